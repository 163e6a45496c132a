"""Who had an address at a moment: device, port, who was signed in, and how sure that is (M4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from controller import past
from controller.api.access import Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.shapes import Answer, example_of, examples
from inventory.history import Held

router = APIRouter(prefix="/api/v1/who", tags=["devices"])

Asked = Annotated[str, Query(min_length=2, max_length=64, description="An address or a MAC.", examples=["10.20.0.23"])]

When = Annotated[
    str | None,
    Query(
        max_length=40,
        description="Left out: now. Without a time zone: the school's own wall clock.",
        examples=["2026-11-24 10:05"],
    ),
]


class HeldOut(Answer):
    model_config = examples(
        {
            "mac": "3c:22:fb:05:00:11",
            "name": "ipad-5-11",
            "kind": "school-ipad",
            "switch": "sw-ict",
            "port": "Gi1/0/5",
            "vlan": 20,
            "address": "10.20.0.23",
            "hostname": "ipad-5-11",
            "began_at": "2026-11-24T09:58:10Z",
            "last_seen": "2026-11-24T10:42:00Z",
            "person": None,
            "group": "year-5",
            "certainty": "likely",
            "reasons": ["seen with the address 10.20.0.23 before and after that moment"],
        }
    )
    mac: str
    name: str | None
    kind: str | None
    switch: str | None
    port: str | None
    vlan: int | None
    address: str | None
    hostname: str | None
    began_at: datetime
    last_seen: datetime
    person: str | None
    group: str | None
    certainty: str
    reasons: tuple[str, ...]


class Who(Answer):
    """The surest first; none where nobody was seen with it. Every question stands in the audit."""

    model_config = examples({"asked": "10.20.0.23", "at": "2026-11-24T10:05:00Z", "items": [example_of(HeldOut)]})
    asked: str
    at: datetime
    items: tuple[HeldOut, ...]


@router.get("", operation_id="ask_who", openapi_extra=needs("audit:read"))
def ask_who(asked: Asked, site: Site, staff: Staff, at: When = None) -> Who:
    """Device, port and sign-in at that moment, with the reasons for how sure it is."""
    now = site.clock.now()
    moment = _moment(at, site.policy.school.zone) if at else now
    if moment > now:
        raise WrongInput("That moment has not come yet.", "Ask for one that is past.")
    try:
        found = past.ask(site.store, staff, asked, moment, now)
    except past.NobodyMeant as error:
        raise WrongInput(str(error)) from error
    return Who(asked=asked, at=moment, items=tuple(map(_shown, found)))


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """Without a zone of its own it is what the clock on the school's wall showed; the first of two such hours."""
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongInput("`at` is no moment.", "Write it as 2026-11-24 10:05, or 2026-11-24T10:05:00Z.") from error
    if not 2000 <= told.year < 2200:
        raise WrongInput("`at` lies beyond all schools.", "Write it as 2026-11-24 10:05.")
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)


def _shown(held: Held) -> HeldOut:
    stay, device = held.stay, held.device
    return HeldOut(
        mac=stay.mac,
        name=device.name if device else None,
        kind=device.kind if device else None,
        switch=stay.port.switch if stay.port else None,
        port=stay.port.port if stay.port else None,
        vlan=stay.vlan,
        address=stay.address,
        hostname=stay.hostname,
        began_at=stay.began_at,
        last_seen=stay.last_seen,
        person=held.person,
        group=held.group,
        certainty=held.certainty.value,
        reasons=held.reasons,
    )
