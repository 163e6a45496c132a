"""Forms of the console are taken from our own pages only: the browser says where it comes from, the form proves it."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request

from controller.api.access import COOKIE, secret_of
from controller.api.problems import NotAllowed


def form_token(request: Request) -> str:
    """Derived from the session, so that only a page made for this session knows it. Empty without a session."""
    secret = secret_of(request, COOKIE)
    return hmac.new(secret.encode(), b"caretaker form", hashlib.sha256).hexdigest() if secret else ""


async def same_origin(request: Request) -> None:
    """Raises NotAllowed for a POST that another site sent. For the sign-in form, where there is no session yet."""
    if request.method != "POST" or from_here(request):
        return
    raise NotAllowed("This form was not sent from Caretaker's own page.", "Open the page again and repeat it there.")


async def own_form(request: Request) -> None:
    """The same, and the form must carry the session's token. Raises NotAllowed."""
    await same_origin(request)
    if request.method != "POST":
        return
    given = (await request.form()).get("csrf", "")
    known = form_token(request)
    if not known or not isinstance(given, str) or not hmac.compare_digest(given.encode(), known.encode()):
        raise NotAllowed("This form is older than your session.", "Open the page again and repeat it there.")


def from_here(request: Request) -> bool:
    """`Sec-Fetch-Site` where the browser sends it (https and loopback), else `Origin`, which every browser sends."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", ""))
    return (
        bool(origin.netloc) and origin.netloc == request.headers.get("host", "") and origin.scheme == request.url.scheme
    )
