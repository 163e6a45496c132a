"""Every refusal as problem+json (RFC 9457): what is wrong and what to do, in plain words, without the input.

Problem
├── NotSignedIn      401
├── NotAllowed       403
├── NotFound         404
├── Conflict         409
└── WrongInput       422
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Mistake(BaseModel):
    """One mistake in a request: where it is, and what was expected there."""

    where: str
    problem: str


class ProblemOut(BaseModel):
    """The body of every answer from 400 on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:caretaker:not-allowed",
                    "title": "Not allowed",
                    "status": 403,
                    "detail": "A teacher may open lessons of the own classes only.",
                    "todo": "Ask the head teacher, or the ICT lead to add the class to your account.",
                    "request_id": "0f8fad5bd9cb469fa16570867728950e",
                    "mistakes": [],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    todo: str = ""
    request_id: str = ""
    mistakes: tuple[Mistake, ...] = ()


class Problem(Exception):
    """Raised anywhere below a route. `detail` and `todo` are shown to the person who asked."""

    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    code: str = "bad-request"

    def __init__(
        self, detail: str, todo: str = "", *, headers: Mapping[str, str] | None = None, title: str = ""
    ) -> None:
        super().__init__(detail)
        self.detail, self.todo, self.headers = detail, todo, dict(headers or {})
        self.title = title or self.code.replace("-", " ").capitalize()


class NotSignedIn(Problem):
    status = HTTPStatus.UNAUTHORIZED
    code = "not-signed-in"


class NotAllowed(Problem):
    status = HTTPStatus.FORBIDDEN
    code = "not-allowed"


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND
    code = "not-found"


class Conflict(Problem):
    status = HTTPStatus.CONFLICT
    code = "conflict"


class WrongInput(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "wrong-input"


class TooManyTries(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too-many-tries"


class Unavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"


class NoRoom(Problem):
    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "no-room"


def body_of(problem: Problem, request_id: str, mistakes: tuple[Mistake, ...] = ()) -> ProblemOut:
    return ProblemOut(
        type=f"urn:caretaker:{problem.code}",
        title=problem.title,
        status=int(problem.status),
        detail=problem.detail,
        todo=problem.todo,
        request_id=request_id,
        mistakes=mistakes,
    )


def answer(request: Request, problem: Problem, mistakes: tuple[Mistake, ...] = ()) -> JSONResponse:
    body = body_of(problem, request.scope.get("request_id", ""), mistakes)
    return JSONResponse(body.model_dump(), int(problem.status), problem.headers, MEDIA_TYPE)


def from_http(error: HTTPException) -> Problem:
    """The framework's own refusals (404, 405, 400 for a form it cannot read), in our shape."""
    status = HTTPStatus(error.status_code)
    problem = Problem(status.description or status.phrase, headers=error.headers, title=status.phrase)
    problem.status, problem.code = status, status.phrase.lower().replace(" ", "-")
    return problem


def mistakes_of(error: RequestValidationError) -> tuple[Mistake, ...]:
    """Where and what, never the input itself: it may be a password or a script. At most 20."""
    return tuple(Mistake(where=_where(item), problem=_words(item)) for item in error.errors()[:20])


def _where(item: Mapping[str, object]) -> str:
    place = item["loc"] if isinstance(item["loc"], tuple) else ()
    if item["type"] in {"extra_forbidden", "json_invalid"}:
        place = place[:-1]  # the last part is the sender's own text
    return ".".join(str(part) for part in place) or "body"


def _words(item: Mapping[str, object]) -> str:
    if item["type"] == "extra_forbidden":
        return "there is something here that this route does not know"
    return str(item["msg"]).removeprefix("Value error, ")[:200]
