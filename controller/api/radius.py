"""RADIUS: FreeRADIUS asks for the VLAN of a device, and passes on what switches account (docs/radius.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from controller.api.access import Site, Staff, needs
from controller.api.points import PointOut, shown
from controller.api.problems import Conflict, WrongInput
from controller.api.shapes import Answer, example_of, examples
from controller.radius.answer import attributes
from controller.radius.ask import Attributes, UnreadableAsk, read_account, read_ask
from controller.radius.desk import RadiusOff
from controller.radius.points import PURPOSE
from controller.radius.progress import belongs

router = APIRouter(prefix="/api/v1/radius", tags=["radius"])

Value = Annotated[str, StringConstraints(max_length=4096)] | int | float | bool
AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class AttributeIn(BaseModel):
    """As FreeRADIUS's module `rest` writes it with `body = 'json'`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: str = Field(default="string", max_length=40)
    value: Annotated[tuple[Value, ...], Field(max_length=50)]


class Packet(RootModel[Annotated[dict[AttributeName, AttributeIn], Field(max_length=250)]]):
    """Every attribute of a packet; those nobody asks for are passed over."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "User-Name": {"type": "string", "value": ["3c22fb050011"]},
                    "Calling-Station-Id": {"type": "string", "value": ["3C-22-FB-05-00-11"]},
                    "NAS-Port-Id": {"type": "string", "value": ["GigabitEthernet1/0/5"]},
                    "Caretaker-Client": {"type": "string", "value": ["sw-ict"]},
                }
            ]
        },
    )

    def attributes(self) -> Attributes:
        return {name: tuple(map(str, one.value)) for name, one in self.root.items()}


class Taken(Answer):
    model_config = examples({"taken": True})
    taken: bool = True


class AttributeOut(Answer):
    """Never expanded at the other end: `%{…}` in a value stays text."""

    op: str = ":="
    value: tuple[str, ...]
    do_xlat: bool = False


class Given(RootModel[dict[str, AttributeOut]]):
    """What FreeRADIUS puts into its Access-Accept."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [{"reply:Tunnel-Private-Group-Id:0": {"op": ":=", "value": ["20"], "do_xlat": False}}]
        },
    )


@router.post("/decisions", operation_id="answer_radius", openapi_extra=needs("radius:ask"))
def answer_radius(packet: Packet, site: Site, staff: Staff) -> Given:
    """The VLAN and for how long. A stranger gets the quarantine VLAN, never a refusal."""
    try:
        found = site.radius.answer(read_ask(packet.attributes()), staff, site.clock.now())
    except UnreadableAsk as error:
        raise WrongInput(str(error)) from error
    except RadiusOff as error:
        raise Conflict(str(error)) from error
    return Given({f"reply:{name}": AttributeOut(value=(text,)) for name, text in attributes(found).items()})


@router.post(
    "/accounting",
    status_code=status.HTTP_200_OK,
    operation_id="account_radius",
    openapi_extra=needs("radius:ask"),
)
def account_radius(packet: Packet, site: Site, staff: Staff) -> Taken:
    """Where a device signed on, moved or left. Told twice it is one word."""
    now = site.clock.now()
    try:
        site.radius.account(read_account(packet.attributes(), now), staff, now)
    except UnreadableAsk as error:
        raise WrongInput(str(error)) from error
    except RadiusOff as error:
        raise Conflict(str(error)) from error
    return Taken()


class SessionOut(Answer):
    """`vlan` is what was answered last, `belongs` where it is to be now; `until` is when the client asks again."""

    model_config = examples(
        {
            "client": "sw-ict",
            "mac": "3c:22:fb:05:00:11",
            "name": "ipad-5-11",
            "port": "Gi1/0/5",
            "vlan": 20,
            "belongs": 20,
            "told_at": "2026-11-24T09:14:55Z",
            "until": "2026-11-24T10:14:55Z",
            "seen_at": "2026-11-24T09:14:55Z",
        }
    )
    client: str
    mac: str
    name: str | None
    port: str | None
    vlan: int | None
    belongs: int | None
    told_at: datetime | None
    until: datetime | None
    seen_at: datetime


class Sessions(Answer):
    model_config = examples({"enabled": True, "points": [example_of(PointOut)], "items": [example_of(SessionOut)]})
    enabled: bool
    points: tuple[PointOut, ...]
    items: tuple[SessionOut, ...]


@router.get("/sessions", operation_id="list_radius_sessions", openapi_extra=needs("plan:read"))
def list_radius_sessions(site: Site) -> Sessions:
    """Who is signed on by RADIUS, and what each client has taken up of what was decided."""
    intent, devices, now = site.loop.intent(), site.inventory().devices, site.clock.now()
    found = [
        SessionOut(
            client=each.client,
            mac=each.mac,
            name=devices[each.mac].name if each.mac in devices else None,
            port=each.port,
            vlan=each.vlan,
            belongs=belongs(intent, site.policy, each.mac)[0] if intent else None,
            told_at=each.told_at,
            until=each.until,
            seen_at=each.seen_at,
        )
        for each in site.store.radius_sessions()
        if not each.is_over(now)
    ]
    told = tuple(shown(point) for point in site.loop.points() if point.purpose == PURPOSE)
    return Sessions(enabled=site.radius.limits is not None, points=told, items=tuple(found))
