"""From an exception to an answer: problem+json for the API, a page for the console, and a row in the audit."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from controller.api.access import guard, record_refusal
from controller.api.headers import dress
from controller.api.problems import (
    Conflict,
    Mistake,
    NoRoom,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    TooManyTries,
    Unavailable,
    WrongInput,
    answer,
    from_http,
    mistakes_of,
)
from controller.store import errors as store
from controller.web.problem_page import page_for

AUDITED = (NotSignedIn, NotAllowed, TooManyTries)


class Broken(Problem):
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "broken"


def add_refusals(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_wrong_input)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(store.StoreError, _on_store)
    app.add_exception_handler(Exception, _on_bug)


def _on_problem(request: Request, error: Exception) -> Response:
    return _refuse(request, cast(Problem, error))


def _on_wrong_input(request: Request, error: Exception) -> Response:
    return _wrong(request, mistakes_of(cast(RequestValidationError, error)))


def _on_http(request: Request, error: Exception) -> Response:
    """The framework's own refusals. A 400 of its is a body that it could not even take apart."""
    http = cast(HTTPException, error)
    if http.status_code == HTTPStatus.BAD_REQUEST:
        return _wrong(request, (Mistake(where="body", problem="this cannot be read"),))
    return _answer(request, from_http(http))


def _wrong(request: Request, mistakes: tuple[Mistake, ...]) -> Response:
    """The framework reads a body before it asks who is there; nobody learns what is wrong before that is answered."""
    try:
        if not getattr(request.state, "guarded", False):
            guard(request)
    except Problem as problem:
        return _refuse(request, problem)
    except store.StoreError as problem:
        return _on_store(request, problem)
    wrong = WrongInput("The request is not as this route expects it.", "See the mistakes, or the OpenAPI document.")
    return _answer(request, wrong, mistakes)


def _on_store(request: Request, error: Exception) -> Response:
    return _answer(request, from_store(cast(store.StoreError, error)))


def _on_bug(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the server logs it with its traceback
    """Starlette answers this outside of all middleware, then raises the bug again."""
    response = _answer(request, Broken("Something went wrong in Caretaker itself.", "The log says more."))
    request.scope.setdefault("request_id", "")
    dress(MutableHeaders(raw=response.raw_headers), request.scope)
    return response


def from_store(error: store.StoreError) -> Problem:
    """What the store says, without the database's own words in brackets."""
    text, todo = str(error).partition(" (")[0], "Try again in a moment; if it stays so, tell the ICT lead."
    match error:
        case store.StoreFull():
            return NoRoom(text, "The ICT lead must make room on the disk. The filter goes on meanwhile.")
        case store.NotFound():
            return NotFound(text)
        case store.WindowOver() | store.Conflict():
            return Conflict(text)
        case _:
            return Unavailable(text, todo, headers={"Retry-After": "5"})


def _refuse(request: Request, problem: Problem) -> Response:
    if isinstance(problem, AUDITED):
        try:
            record_refusal(request, problem)
        except store.StoreError as error:
            # Still a refusal; but one that cannot be written down is answered as what it is.
            return _answer(request, from_store(error))
    return _answer(request, problem)


def _answer(request: Request, problem: Problem, mistakes: tuple[Mistake, ...] = ()) -> Response:
    if request.url.path.startswith(("/api/", "/static/")):
        return answer(request, problem, mistakes)
    return page_for(request, problem, mistakes)
