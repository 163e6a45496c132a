"""Signing in at the console with the school's own tenant: there, and back again."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from controller.accounts import SESSION_LASTS, Account, TokenKind
from controller.api import session
from controller.api.access import OPEN, SESSION_COOKIE, Site, address_of, needs, the_throttle
from controller.api.problems import NotAllowed, NotFound, Unavailable
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.oidc.claims import NotBelieved, Somebody, somebody
from controller.oidc.pending import LASTS, Pending, Waiting, fingerprint
from controller.oidc.service import MISSING, Service, ServiceFailed, installed
from controller.secrets_file import Credentials, SecretsError
from controller.settings_sign_in import OidcProvider
from controller.web.pages import page

router = APIRouter(prefix="/sign-in/with/{provider}")
COOKIE = "caretaker-sign-in"
AGAIN = "Begin again from the sign-in page."
ProviderName = Annotated[str, Path(max_length=40)]
Text = Annotated[str, Query(max_length=4096)]


class Services:
    """What is kept of each service, and the sign-ins that are under way."""

    def __init__(self) -> None:
        self.waiting, self._by_name = Waiting(), dict[str, Service]()

    def of(self, provider: OidcProvider, ca_file: str) -> Service:
        known = self._by_name.get(provider.name)
        if known is None or known.provider != provider:
            known = self._by_name[provider.name] = Service(provider, ca_file)
        return known


@router.get("", openapi_extra=needs(OPEN))
def leave(provider: ProviderName, request: Request, site: Site) -> RedirectResponse:
    """To the service, with a state that is good once and in this browser alone."""
    the_throttle(request).count_page(address_of(request))
    chosen, client = _chosen(site, provider)
    state, nonce, verifier, cookie = (secrets.token_urlsafe(48) for _ in range(4))
    now = site.clock.now()
    try:
        place = (
            _services(request).of(chosen, site.sign_in.ca_file).address(client.username, state, nonce, verifier, now)
        )
    except ServiceFailed as error:
        raise Unavailable(f"{chosen.title} cannot be asked just now: {error}.", "Try again in a moment.") from error
    _services(request).waiting.begin(state, Pending(provider, nonce, verifier, fingerprint(cookie), now))
    response = RedirectResponse(place, 303)
    # Lax, not strict: it has to come along when the service sends the browser back.
    response.set_cookie(
        COOKIE, cookie, max_age=int(LASTS.total_seconds()), httponly=True, samesite="lax", path="/sign-in/with",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return response


@router.get("/back", openapi_extra=needs(OPEN))
def back(
    provider: ProviderName,
    request: Request,
    site: Site,
    state: Text = "",
    code: Text = "",
    error: Text = "",  # noqa: ARG001 - a stranger's words: never shown
    error_description: Text = "",  # noqa: ARG001
    iss: Text = "",
    scope: Text = "",  # noqa: ARG001 - these and the following are sent by services and mean nothing here
    session_state: Text = "",  # noqa: ARG001
    authuser: Text = "",  # noqa: ARG001
    prompt: Text = "",  # noqa: ARG001
    hd: Text = "",  # noqa: ARG001
) -> HTMLResponse:
    """A session for whom the service vouches for, if the settings give that person a role."""
    the_throttle(request).count_page(address_of(request))
    chosen, client = _chosen(site, provider)
    now = site.clock.now()
    pending = _services(request).waiting.finish(state, provider, request.cookies.get(COOKIE, ""), now)
    if pending is None or iss not in ("", chosen.issuer):
        raise NotAllowed("This sign-in was not begun here, or was finished already.", AGAIN)
    if not code:
        raise NotAllowed(f"{chosen.title} did not sign you in.", AGAIN)
    try:
        claims = _services(request).of(chosen, site.sign_in.ca_file).claims(client, code, pending.verifier, now)
        who = somebody(chosen, client.username, pending.nonce, claims, now)
    except ServiceFailed as failed:
        raise NotAllowed(f"{chosen.title} did not vouch for you: {failed}.", AGAIN) from failed
    except NotBelieved as wrong:
        raise NotAllowed(f"What {chosen.title} says is not believed: {wrong}.", AGAIN) from wrong
    return _let_in(request, site, _account(site, chosen, who))


def _let_in(request: Request, site: SiteView, account: Account) -> HTMLResponse:
    secret, _ = session.start(site, account, TokenKind.SESSION, elsewhere=True)
    # No redirect: the browser came from another site and would leave a strict cookie behind on the way.
    response = page(request, "signed_in.html")
    response.set_cookie(
        SESSION_COOKIE, secret, max_age=int(SESSION_LASTS.total_seconds()), httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    response.delete_cookie(COOKIE, path="/sign-in/with", httponly=True, samesite="lax")
    return response


def _account(site: SiteView, provider: OidcProvider, who: Somebody) -> Account:
    """By issuer and subject. An account with a password keeps its role; others follow the tenant. Raises NotAllowed."""
    by, now = Actor(f"sign-in with {provider.name}", "system"), site.clock.now()
    known = site.store.account_of(who.issuer, who.subject)
    if known is not None and known.disabled:
        raise NotAllowed("This account is shut.", "Ask the ICT lead.")
    if known is not None and known.password_hash:
        return known
    if who.role is None:
        raise NotAllowed("You are known there, but have no part here.", "Ask the ICT lead to give your group a role.")
    if known is None:
        if site.store.account(who.name) is not None:
            # Never by the name alone: an address can be given to somebody else.
            raise NotAllowed("An account of this name is here already.", "Ask the ICT lead to link it to you.")
        account = Account(who.name, who.role, groups=_classes(site, who))
        site.store.put_account(account, by, now)
        site.store.link(who.issuer, who.subject, account.name, by, now)
        return account
    account = replace(known, role=who.role, groups=_classes(site, who) or known.groups)
    site.store.put_account(account, by, now)
    return account


def _classes(site: SiteView, who: Somebody) -> frozenset[str]:
    return frozenset(each for each in who.classes if site.policy.year_group_of(each) in site.policy.year_groups)


def _chosen(site: SiteView, name: str) -> tuple[OidcProvider, Credentials]:
    provider = site.sign_in.provider(name)
    if provider is None:
        raise NotFound("There is no such sign-in service here.", AGAIN)
    if not installed():
        raise Unavailable(MISSING, "The ICT lead installs it.")
    try:
        client = site.secrets().get(provider.credentials)
    except SecretsError as error:
        raise Unavailable("The sign-in services cannot be used just now.", "`caretaker doctor` says why.") from error
    if client is None:
        raise Unavailable(
            f"secrets.toml has no entry {provider.credentials} with the client id and secret.", "The ICT lead adds it."
        )
    return provider, client


def _services(request: Request) -> Services:
    return cast(Services, request.app.state.services)
