"""Endpoint reports: what a school machine says of its own protection, by a token that does nothing else (D4, D5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field

from controller.accounts import Account, TokenKind, make_token
from controller.api import admission
from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict, NotAllowed, WrongInput
from controller.api.shapes import Answer, Ask, MacText, Moment, example_of, examples
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.standing import posture_rule
from inventory.model import Admission, Device, Mac, Posture, Receipt, parse_mac
from inventory.posture import posture, posture_ends

router = APIRouter(prefix="/api/v1", tags=["devices"])

ROLE, SCOPE, NAMED = "endpoint", "endpoint:report", "endpoint-"
CLOCKS_DIFFER = timedelta(minutes=5)
_WHY = {
    Posture.COMPLIANT: "Up to date and scanned.",
    Posture.EXEMPT: "Outside the posture rules.",
    Posture.UNSCANNED: "It has not been scanned, or not lately enough.",
    Posture.NONCOMPLIANT: "Its last scan was not clean, or its signatures are too old.",
    Posture.UNKNOWN: "Nobody has registered this device.",
}


class Report(Ask):
    """`scanned_at` null: it has never been scanned. `clean`: nothing harmful is known to be on it."""

    model_config = examples(
        {
            "engine": "Microsoft Defender 4.18.24050.7",
            "signatures_at": "2026-11-24T06:10:00Z",
            "scanned_at": "2026-11-23T12:00:00Z",
            "clean": True,
        }
    )
    engine: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
    signatures_at: Moment
    scanned_at: Moment | None
    clean: Annotated[bool, Field(strict=True)]


class ReportTaken(Answer):
    """What the school makes of it. `until`: when the posture ends by itself."""

    model_config = examples(
        {
            "mac": "3c:22:fb:05:00:11",
            "posture": "compliant",
            "why": "Up to date and scanned.",
            "until": "2026-11-27T06:10:00Z",
        }
    )
    mac: str
    posture: str
    why: str
    until: datetime | None


class MakeEndpointTokens(Ask):
    model_config = examples({"devices": ["3c:22:fb:05:00:11"], "lasts_days": 400})
    devices: Annotated[tuple[MacText, ...], Field(min_length=1, max_length=500)]
    lasts_days: Annotated[int, Field(strict=True, ge=1, le=730)] = 400


class EndpointToken(Answer):
    model_config = examples(
        {
            "mac": "3c:22:fb:05:00:11",
            "name": "laptop-3",
            "token": "ct_0bXQm5yC4mXoE9b7u1sYw2",
            "expires_at": "2027-12-29T09:00:00Z",
        }
    )
    mac: str
    name: str
    token: str
    expires_at: datetime


class EndpointTokens(Answer):
    """Each `token` is shown here and never again."""

    model_config = examples({"items": [example_of(EndpointToken)]})
    items: tuple[EndpointToken, ...]


@router.post(
    "/endpoint-report", status_code=status.HTTP_202_ACCEPTED, operation_id="report_endpoint", openapi_extra=needs(SCOPE)
)
def report_endpoint(ask: Report, site: Site, staff: Staff) -> ReportTaken:
    """Of the device whose token is shown, and of no other."""
    now, device = site.clock.now(), _device_of(site, staff)
    if max(ask.signatures_at, ask.scanned_at or ask.signatures_at) > now + CLOCKS_DIFFER:
        raise WrongInput("The report lies in the future.", "Set the clock of the device.")
    if ask.scanned_at is not None:
        report = Receipt(
            device.mac, ask.scanned_at, ask.engine, ask.signatures_at, ask.clean, "the device itself", reported_at=now
        )
        if site.store.put_report(report, staff, now):
            site.loop.wake("endpoint report")
    rule, receipt = posture_rule(site.policy.devices.get(device.kind)), site.inventory().receipts.get(device.mac)
    found = posture(device, receipt, rule, now)
    until = posture_ends(device, receipt, rule) if found is Posture.COMPLIANT else None
    return ReportTaken(mac=device.mac, posture=found.value, why=_WHY[found], until=until)


@router.post(
    "/endpoint-tokens",
    status_code=status.HTTP_201_CREATED,
    operation_id="make_endpoint_tokens",
    openapi_extra=needs("devices:write"),
)
def make_endpoint_tokens(ask: MakeEndpointTokens, site: Site, staff: Staff) -> EndpointTokens:
    """One for each device, all or none; what a device had before opens nothing any more."""
    inventory = site.inventory()
    devices = [admission.known(inventory, mac) for mac in dict.fromkeys(ask.devices)]
    for device in devices:
        _may_report(site, device)
    return EndpointTokens(items=tuple(_token(site, staff, each, timedelta(days=ask.lasts_days)) for each in devices))


def _token(site: SiteView, staff: Actor, device: Device, lasts: timedelta) -> EndpointToken:
    now, account = site.clock.now(), Account(NAMED + device.mac.replace(":", ""), ROLE)
    before = site.store.account(account.name)
    if before is not None and before.role != ROLE:
        raise Conflict(f"There is an account {account.name} of another kind.", "Remove it first.")
    site.store.put_account(account, staff, now)
    for token in site.store.tokens():
        if token.account == account.name and not token.revoked:
            site.store.revoke_token(token.id, staff, now)
    secret, made = make_token(account, f"reports of {device.name}"[:64], TokenKind.API, now, lasts=lasts)
    site.store.add_token(made, staff, now)
    return EndpointToken(mac=device.mac, name=device.name, token=secret, expires_at=made.expires_at)


def _device_of(site: SiteView, staff: Actor) -> Device:
    """Whose token it is says its account's name. Raises NotAllowed."""
    if staff.role != ROLE or not staff.name.startswith(NAMED):
        raise NotAllowed("Only a device tells of itself.", "`caretaker devices endpoint-token MAC` makes its token.")
    device = site.inventory().devices.get(_mac(staff.name))
    if device is None:
        raise NotAllowed("This device is no longer known here.", "Register it, and give it a new token.")
    _may_report(site, device)
    return device


def _may_report(site: SiteView, device: Device) -> None:
    if device.admission is not Admission.REGISTERED:
        raise NotAllowed(f"{device.name} is not let in.", "Register or readmit it first.")
    kind = site.policy.devices.get(device.kind)
    if kind is not None and "scan-receipt" in kind.needs:
        raise NotAllowed(
            f"A {device.kind} needs a receipt of a station; what it says of itself is not enough (D1).",
            "Scan it at the check-in desk.",
        )


def _mac(account: str) -> Mac:
    try:
        return parse_mac(account.removeprefix(NAMED))
    except ValueError:
        return Mac("")
