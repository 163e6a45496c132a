"""Signing in at a device that nobody is signed in at: which year group, or who (W1). It ends by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from controller.accounts import LONGEST_PASSWORD, Account, actor_for, password_fits
from controller.api.access import NOBODY, address_of, the_site, the_throttle
from controller.api.site_view import SiteView
from controller.door_sign_in import SOURCE, follows_its_user, group_logins, sign_in_of
from controller.facts import Facts
from controller.web.doorway.page import AtTheDoor, language_of, link, page
from controller.web.doorway.visit import Visit, neighbourhood
from controller.web.pages import group_title, wall_clock
from inventory.history import SignIn
from inventory.model import Admission

PATH = "/doorway/sign-in"
OWN = "own"
router = APIRouter(prefix=PATH)


class SignInForm(BaseModel):
    """`who`: a year group that shares a login, or `own` with the name of an account."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    who: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(max_length=64)] = ""
    password: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]


def wanted(visit: Visit) -> bool:
    """Shown by itself at a device of the school that is registered, clean, and nobody's until somebody signs in."""
    subject = visit.subject
    if subject is None or subject.device is None or subject.thing or subject.group is not None:
        return False
    return subject.device.admission is Admission.REGISTERED and subject.device.hold is None


@router.get("")
def sign_in_page(request: Request, visit: AtTheDoor) -> HTMLResponse:
    return _shown(request, visit)


@router.post("")
def sign_in(request: Request, visit: AtTheDoor, form: Annotated[SignInForm, Form()]) -> HTMLResponse:
    """A new sign-in ends the one before: two people do not sit at one keyboard."""
    site, throttle, address = the_site(request), the_throttle(request), neighbourhood(address_of(request))
    name = (form.name if form.who == OWN else form.who).strip()
    throttle.count_form(address)
    throttle.count_at_the_door(name, address)
    account = site.store.account(name)
    now = site.clock.now()
    if not may_sign_in(site, visit) or visit.mac is None:
        return _shown(request, visit, status=403)
    asked = _sign_in_of(site, account, form, visit)
    if asked is None or account is None:
        throttle.failed_at_the_door(name)
        _refused(request, site, account, address)
        return _shown(request, visit, status=401, wrong=True)
    throttle.remember(name, address)
    site.store.put_sign_ins([asked], actor_for(account), now)
    site.loop.wake("somebody signed in at a device")
    return _shown(request, visit)


@router.post("/off")
def sign_off(request: Request, visit: AtTheDoor) -> RedirectResponse:
    """Ends what was begun here; a sign-in that somebody else reports is ended by them."""
    site, now = the_site(request), the_site(request).clock.now()
    the_throttle(request).count_form(neighbourhood(address_of(request)))
    found = site.inventory().sign_ins.get(visit.mac) if visit.mac is not None else None
    if found is not None and found.source == SOURCE and found.covers(now):
        site.store.put_sign_ins([replace(found, ended_at=now)], NOBODY, now)
        site.loop.wake("somebody signed off at a device")
    language, chosen = language_of(request)
    return RedirectResponse(link(PATH, {"lang": language} if chosen else {}), 303)


def may_sign_in(site: SiteView, visit: Visit) -> bool:
    """Not from quarantine, and only where the kind of device follows its user."""
    device = visit.device
    if device is None or device.admission is not Admission.REGISTERED or device.hold is not None:
        return False
    return follows_its_user(site.policy, site.inventory(), visit.mac)


def _sign_in_of(site: SiteView, account: Account | None, form: SignInForm, visit: Visit) -> SignIn | None:
    """None where name and password do not fit, where a second factor would be needed, or the account is nobody here."""
    if not password_fits(account, form.password.get_secret_value()) or account is None or visit.mac is None:
        return None
    factor = site.store.second_factor(account.name)
    if factor is not None and factor.confirmed:
        return None  # in front of a class is no place for a code
    return sign_in_of(site.policy, site.inventory(), account, visit.mac, site.clock.now())


def _refused(request: Request, site: SiteView, account: Account | None, address: str) -> None:
    if the_throttle(request).may_record_stranger(address):
        detail = {"why": "not-signed-in", "address": address, "account": account.name if account else ""}
        site.store.record(NOBODY, "access.refused", f"POST {PATH}", detail, site.clock.now())


def _shown(request: Request, visit: Visit, status: int = 200, *, wrong: bool = False) -> HTMLResponse:
    site, now = the_site(request), the_site(request).clock.now()
    subject = Facts(site.policy, site.inventory()).subject(visit.mac, now) if visit.mac is not None else None
    until = subject.signed_in_until if subject is not None else None
    return page(
        request,
        "sign_in.html",
        "sign_in",
        status,
        may=may_sign_in(site, visit),
        wrong=wrong,
        groups=tuple((each, group_title(each)) for each in group_logins(site.policy, site.store.accounts())),
        group=group_title(subject.group) if subject is not None and subject.group and until else "",
        until=wall_clock(until, now, site.policy.school.zone) if until else "",
        own=OWN,
    )
