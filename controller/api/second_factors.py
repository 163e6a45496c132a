"""The second factor: begin, confirm and take off one's own; take a colleague's off whose phone is lost."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, status
from pydantic import Field, SecretStr

from controller import second_factor as factor
from controller.accounts import LONGEST_PASSWORD, SCOPES, Account, password_fits
from controller.api.access import SIGNED_IN, Site, Staff, address_of, needs, the_throttle
from controller.api.problems import Conflict, NotAllowed, NotFound, NotSignedIn, Unavailable
from controller.api.shapes import Answer, Ask, Words, examples
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.seal import SealError

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])

AccountName = Annotated[str, Path(min_length=1, max_length=64)]
Code = Annotated[str, Field(min_length=6, max_length=40)]


class SecondFactorNeeded(NotSignedIn):
    code = "second-factor"


class OwnPassword(Ask):
    model_config = examples({"password": "correct horse battery staple"})
    password: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class Confirm(Ask):
    model_config = examples({"code": "492039"})
    code: Code


class TakeOff(Ask):
    model_config = examples({"reason": "lost the phone; came to the office and asked"})
    reason: Words


class Begun(Answer):
    """Shown once. `picture` is an SVG of `uri` for the camera; `secret` is for typing. It waits for `confirm`."""

    model_config = examples(
        {
            "secret": "JBSWY3DPEHPK3PXP",
            "uri": "otpauth://totp/Caretaker:head?secret=JBSWY3DPEHPK3PXP&issuer=Caretaker",
            "picture": "<svg/>",
        }
    )
    secret: str
    uri: str
    picture: str


class Confirmed(Answer):
    """Codes for the day the phone is lost, each good once. Shown here and never again."""

    model_config = examples({"recovery_codes": ["abcd-efgh-jkmn-pqrs"]})
    recovery_codes: tuple[str, ...]


class SecondFactorOut(Answer):
    """`on`: it is asked for. `needed`: this role may do nothing without one."""

    model_config = examples({"on": True, "needed": True, "recovery_left": 10})
    on: bool
    needed: bool
    recovery_left: int


@router.get("/me/second-factor", operation_id="get_second_factor", openapi_extra=needs(SIGNED_IN))
def get_second_factor(site: Site, staff: Staff) -> SecondFactorOut:
    return told(site, staff.name, staff.role)


@router.post(
    "/me/second-factor",
    status_code=status.HTTP_201_CREATED,
    operation_id="begin_second_factor",
    openapi_extra=needs(SIGNED_IN),
)
def begin_second_factor(ask: OwnPassword, request: Request, site: Site, staff: Staff) -> Begun:
    """Not asked for until it is confirmed with a first code."""
    prove_password(request, site, staff, ask.password.get_secret_value())
    return begin(site, staff)


@router.post("/me/second-factor/confirm", operation_id="confirm_second_factor", openapi_extra=needs(SIGNED_IN))
def confirm_second_factor(ask: Confirm, request: Request, site: Site, staff: Staff) -> Confirmed:
    """From here on every sign-in asks for a code."""
    the_throttle(request).count_sign_in(staff.name, address_of(request))
    return Confirmed(recovery_codes=confirm(site, staff, ask.code))


@router.post("/me/second-factor/off", operation_id="end_second_factor", openapi_extra=needs(SIGNED_IN))
def end_second_factor(ask: OwnPassword, request: Request, site: Site, staff: Staff) -> SecondFactorOut:
    prove_password(request, site, staff, ask.password.get_secret_value())
    site.store.end_second_factor(staff.name, staff, site.clock.now(), "by its owner")
    return told(site, staff.name, staff.role)


@router.post("/{account}/second-factor/off", operation_id="end_second_factor_of", openapi_extra=needs("accounts:write"))
def end_second_factor_of(account: AccountName, ask: TakeOff, site: Site, staff: Staff) -> SecondFactorOut:
    """For a lost phone. The account is signed out everywhere; be sure who asks."""
    found = account_below(site, staff, account)
    site.store.end_second_factor(account, staff, site.clock.now(), ask.reason)
    site.store.end_sessions(account, staff, site.clock.now(), "its second factor was taken off")
    return told(site, found.name, found.role)


def begin(site: SiteView, staff: Actor) -> Begun:
    secret = factor.new_secret()
    try:
        site.store.begin_second_factor(staff.name, site.seal.close(secret), staff, site.clock.now())
    except SealError as error:
        raise Unavailable("The secret cannot be kept safely just now.", f"The ICT lead looks at: {error}") from error
    address = factor.uri(secret, staff.name, site.policy.school.name)
    return Begun(secret=secret, uri=address, picture=factor.picture(address))


def confirm(site: SiteView, staff: Actor, code: str) -> tuple[str, ...]:
    found = site.store.second_factor(staff.name)
    if found is None or found.confirmed:
        raise Conflict("There is no second factor that waits to be confirmed.", "Begin with a new one.")
    step = factor.step_of(_secret(site, found), code, site.clock.now(), found.last_step)
    if step is None:
        raise NotAllowed("This is not the code that the app shows now.", "Is the clock of the phone right? Try again.")
    codes = factor.new_recovery_codes()
    site.store.confirm_second_factor(staff.name, step, tuple(map(factor.recovery_hash, codes)), staff, site.clock.now())
    return codes


def require_code(site: SiteView, account: Account, code: str, actor: Actor) -> None:
    """After the password: nothing where the account has no second factor. Raises SecondFactorNeeded."""
    found = site.store.second_factor(account.name)
    if found is None or not found.confirmed:
        return
    if code and _takes(site, found, code, actor):
        return
    text = (
        "This account also needs the six digits of its app." if not code else "This code is wrong or was used already."
    )
    raise SecondFactorNeeded(text, "Wait for the app's next code, or use one of the recovery codes.")


def needs_to_enrol(site: SiteView, account: str, role: str) -> bool:
    found = site.store.second_factor(account)
    return role in site.sign_in.second_factor and (found is None or not found.confirmed)


def told(site: SiteView, account: str, role: str) -> SecondFactorOut:
    found = site.store.second_factor(account)
    left = len(found.recovery) if found else 0
    return SecondFactorOut(
        on=found is not None and found.confirmed, needed=role in site.sign_in.second_factor, recovery_left=left
    )


def prove_password(request: Request, site: SiteView, staff: Actor, password: str) -> None:
    """Somebody at a browser that was left open must not change how its owner signs in. Raises NotAllowed."""
    the_throttle(request).count_sign_in(staff.name, address_of(request))
    if not password_fits(site.store.account(staff.name), password):
        raise NotAllowed("This is not your password.", "Try again.")


def account_below(site: SiteView, staff: Actor, name: str) -> Account:
    """An account whose rights the one who asks holds as well. Raises NotFound, NotAllowed."""

    account = site.store.account(name)
    if account is None:
        raise NotFound("There is no such account.", "GET /api/v1/accounts lists them.")
    if outranks(account.role, staff):
        raise NotAllowed(f"The role {account.role} may do more than you.", "Ask somebody who may do all that it may.")
    return account


def outranks(role: str, staff: Actor) -> bool:
    """A program's account by itself may do nothing: its tokens say what, and nobody makes one that may do more."""
    return role != "api_client" and bool(SCOPES.get(role, frozenset()) - staff.scopes)


def _takes(site: SiteView, found: factor.SecondFactor, code: str, actor: Actor) -> bool:
    now = site.clock.now()
    step = factor.step_of(_secret(site, found), code, now, found.last_step)
    if step is not None:
        return site.store.use_step(found.account, step)
    return site.store.use_recovery(found.account, factor.recovery_hash(code), actor, now)


def _secret(site: SiteView, found: factor.SecondFactor) -> str:
    try:
        return site.seal.open(found.sealed)
    except SealError as error:
        raise Unavailable("No second factor can be checked just now.", f"The ICT lead looks at: {error}") from error
