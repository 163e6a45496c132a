"""How a page for the door is made: who stands there, in which words, in the frame all of them share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from controller.addresses import Endpoint
from controller.api.access import address_of, the_site, the_throttle
from controller.web.doorway.visit import Visit, chosen_language, neighbourhood, visit
from controller.web.doorway.words import Say, offered, own_name
from controller.web.origin import from_here

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""As the console's, but no script at all."""
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class NotOurName(Exception):
    """Somebody was led here under another name, that of a blocked site or of a browser's check; or sends a form that
    another site's page made."""


def arrive(request: Request) -> Visit:
    """Before every page: ours by name, not too often, and who is it? Raises NotOurName, TooManyTries."""
    if request.headers.get("host", "").lower() not in our_names(request) or not from_our_page(request):
        raise NotOurName
    the_throttle(request).count_page(neighbourhood(address_of(request)))
    language, chosen = language_of(request)
    blocked = request.query_params.get("site", "")
    request.state.visit = visit(the_site(request), address_of(request), language, chosen=chosen, blocked=blocked)
    return cast(Visit, request.state.visit)


AtTheDoor = Annotated[Visit, Depends(arrive)]
"""Whoever asks, in a route: `def blocked(request: Request, visit: AtTheDoor) -> HTMLResponse`."""


def from_our_page(request: Request) -> bool:
    return request.method in ("GET", "HEAD") or from_here(request)


def page(request: Request, template: str, words: str, status: int = 200, **values: Any) -> HTMLResponse:
    """`template` of `templates/` with the words `words/WORDS.LANGUAGE.toml`; every value is escaped.

    In a template: `say("key", name=…)`, `say.each("key")`, `link("/path", key=…)`, `visit`, `contact`.
    """
    site, who = the_site(request), getattr(request.state, "visit", None)
    language, chosen = language_of(request)
    say = Say(words, language, who.pupil if who else False)
    here = {"site": who.site} if who and who.site else {}
    body = TEMPLATES.get_template(template).render(
        say=say,
        visit=who,
        school=site.policy.school.name,
        contact=site.policy.responsible,
        languages=tuple((each, own_name(each)) for each in offered(site.policy)),
        language=language,
        path=request.url.path,
        here=here,
        link=lambda path, **query: link(path, {**({"lang": language} if chosen else {}), **query}),
        **values,
    )
    return HTMLResponse(body, status, {"Content-Security-Policy": CONTENT_POLICY, "Content-Language": language})


def link(path: str, query: dict[str, Any]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def language_of(request: Request) -> tuple[str, bool]:
    accepts, asked = request.headers.get("accept-language", ""), request.query_params.get("lang", "")
    return chosen_language(offered(the_site(request).policy), asked, accepts)


def our_origin(request: Request) -> str:
    """Where this door is reached, whatever name the caller used: what is told to browsers never comes from them."""
    return f"{request.url.scheme}://{_place(request)}"


def our_names(request: Request) -> frozenset[str]:
    host, port = _server(request)
    names = {host, f"{host}:{port}", f"[{host}]", f"[{host}]:{port}", _place(request)}
    return frozenset({*names, *({f"localhost:{port}"} if host in ("127.0.0.1", "::1") else ())})


def _place(request: Request) -> str:
    host, port = _server(request)
    name = request.app.state.door_name
    if name:
        host = name
    usual = 443 if request.url.scheme == "https" else 80
    if port == usual:
        return f"[{host}]" if ":" in host else host
    return str(Endpoint(host, port))


def _server(request: Request) -> tuple[str, int]:
    """The address of the socket the request came in by."""
    host, port = request.scope.get("server") or ("localhost", 80)
    return str(host), int(port or 80)
