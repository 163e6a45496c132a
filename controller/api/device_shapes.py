"""How devices are written in requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from controller.api.admission import Entry
from controller.api.shapes import Answer, Ask, Id, MacText, Moment, Name, Words, example_of, examples
from controller.model import Decision
from controller.store import Push
from inventory.model import BarredAs, Device, Inventory, PersonId, YearGroupId


class RegisterDevice(Ask):
    """Whom it acts for: at most one of `year_group`, `role`, `person`."""

    model_config = examples(
        {"mac": "3c:22:fb:05:00:11", "name": "ipad-5-11", "kind": "school-ipad", "year_group": "year-5"}
    )
    mac: MacText
    name: Name
    kind: Id
    year_group: Id | None = None
    role: Id | None = None
    person: Name | None = None
    room: Name | None = None
    until: Moment | None = Field(default=None, description="End of the permission; asked for of kinds from home (D3).")

    @model_validator(mode="after")
    def _acts_for_one(self) -> RegisterDevice:
        if sum(part is not None for part in (self.year_group, self.role, self.person)) > 1:
            raise ValueError("expected at most one of `year_group`, `role`, `person`")
        return self

    def as_entry(self) -> Entry:
        year_group = YearGroupId(self.year_group) if self.year_group else None
        person = PersonId(self.person) if self.person else None
        return Entry(self.mac, self.name, self.kind, year_group, self.role, person, self.room, self.until)


class RegisterDevices(Ask):
    model_config = examples({"devices": [example_of(RegisterDevice)], "reason": "new class trolley"})
    devices: Annotated[tuple[RegisterDevice, ...], Field(min_length=1, max_length=500)]
    reason: Words | str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _each_once(self) -> RegisterDevices:
        if len({device.mac for device in self.devices}) != len(self.devices):
            raise ValueError("expected every MAC address once")
        return self


class Quarantine(Ask):
    model_config = examples({"reason": "virus warning on screen"})
    reason: Words


class Release(Ask):
    model_config = examples({"reason": "scanned and clean"})
    reason: Words


class ActOnDevices(Ask):
    """`until` for approve and exempt; `barred_as` for bar."""

    model_config = examples(
        {
            "act": "approve",
            "devices": ["3c:22:fb:05:00:11"],
            "reason": "governor's laptop, agreed with the head",
            "until": "2026-12-18T16:00:00Z",
        },
        {"act": "bar", "devices": ["3c:22:fb:05:00:11"], "reason": "left on the bus", "barred_as": "lost"},
    )
    act: Literal["approve", "exempt", "end-exemption", "bar", "readmit", "quarantine", "release"]
    devices: Annotated[tuple[MacText, ...], Field(min_length=1, max_length=500)]
    reason: Words
    until: Moment | None = None
    barred_as: BarredAs | None = None

    @model_validator(mode="after")
    def _whole(self) -> ActOnDevices:
        if (self.until is not None) != (self.act in ("approve", "exempt")):
            raise ValueError("expected `until` with approve and exempt, and with nothing else")
        if (self.barred_as is not None) != (self.act == "bar"):
            raise ValueError("expected `barred_as` with bar, and with nothing else")
        return self


class BecauseOut(Answer):
    model_config = examples(
        {"rule": "year_groups.year-5", "text": "No lesson is open for Year 5.", "clauses": ["T1", "T2"]}
    )
    rule: str
    text: str
    clauses: tuple[str, ...]


class DecisionOut(Answer):
    """What a device may do now, which rule won, which lost, and what would change it."""

    model_config = examples(
        {
            "mac": "3c:22:fb:05:00:11",
            "profile": "year-5-closed",
            "segment": "pupils",
            "internet": False,
            "because": example_of(BecauseOut),
            "lost": [],
            "until": "2026-11-24T09:15:00Z",
            "allowed_if": "a member of staff opens a lesson for year-5",
            "group": "year-5",
        }
    )
    mac: str
    profile: str
    segment: str
    internet: bool
    because: BecauseOut
    lost: tuple[BecauseOut, ...]
    until: datetime | None
    allowed_if: str
    group: str | None


class PlaceOut(Answer):
    switch: str | None
    port: str | None
    vlan: int | None
    address: str | None
    hostname: str | None
    last_seen: datetime


class HoldOut(Answer):
    by: str
    reason: str
    since: datetime


class ExemptionOut(Answer):
    by: str
    reason: str
    until: datetime


class ApprovalOut(Answer):
    by: str
    reason: str
    until: datetime


class PushedOut(Answer):
    """The newest push that put this device's port into quarantine (of RADIUS: its session), and its five moments."""

    model_config = examples(
        {
            "push": 17,
            "device": "sw-ict",
            "outcome": "verified and saved",
            "seen": "2026-11-24T09:15:00.000Z",
            "decided": "2026-11-24T09:15:00.200Z",
            "pushed": "2026-11-24T09:15:00.210Z",
            "acknowledged": "2026-11-24T09:15:00.290Z",
            "verified": "2026-11-24T09:15:00.480Z",
            "seconds": 0.48,
        }
    )
    push: int
    device: str
    outcome: str
    seen: datetime | None
    decided: datetime | None
    pushed: datetime | None
    acknowledged: datetime | None
    verified: datetime | None
    seconds: float | None


class DeviceOut(Answer):
    """A device, where it was last seen, and what is decided of it; `decision` is null until the loop's first turn.

    `quarantine`: how it was put there on the network; null in lists, and where no push was needed or is remembered.
    """

    model_config = examples(
        {
            "mac": "3c:22:fb:05:00:11",
            "name": "ipad-5-11",
            "kind": "school-ipad",
            "admission": "registered",
            "year_group": "year-5",
            "role": None,
            "person": None,
            "room": "trolley-5",
            "hold": None,
            "exemption": None,
            "approval": None,
            "barred_as": None,
            "source": "devices.csv",
            "first_seen": "2026-09-02T08:10:00Z",
            "place": {
                "switch": "sw-ict",
                "port": "Gi1/0/5",
                "vlan": 20,
                "address": "10.20.0.11",
                "hostname": "ipad-5-11",
                "last_seen": "2026-11-24T09:14:55Z",
            },
            "decision": example_of(DecisionOut),
            "quarantine": None,
        }
    )
    mac: str
    name: str
    kind: str
    admission: str
    year_group: str | None
    role: str | None
    person: str | None
    room: str | None
    hold: HoldOut | None
    exemption: ExemptionOut | None
    approval: ApprovalOut | None
    barred_as: str | None
    source: str
    first_seen: datetime | None
    place: PlaceOut | None
    decision: DecisionOut | None
    quarantine: PushedOut | None = None


class Devices(Answer):
    """`total` counts all that match; `next` is null on the last page."""

    model_config = examples({"items": [example_of(DeviceOut)], "next": None, "total": 1})
    items: tuple[DeviceOut, ...]
    next: str | None
    total: int


def shown(device: Device, inventory: Inventory, decision: Decision | None, quarantine: Push | None = None) -> DeviceOut:
    own: dict[str, Any] = {
        name: getattr(device, name)
        for name in ("mac", "name", "kind", "admission", "year_group", "role", "person", "room", "first_seen", "source")
    }
    return DeviceOut(
        **own,
        hold=HoldOut.model_validate(device.hold) if device.hold else None,
        exemption=ExemptionOut.model_validate(device.exemption) if device.exemption else None,
        approval=ApprovalOut.model_validate(device.approval) if device.approval else None,
        barred_as=device.barred_as.value if device.barred_as else None,
        place=_place(device, inventory),
        decision=decision_out(decision) if decision else None,
        quarantine=_pushed(quarantine) if quarantine else None,
    )


def _pushed(push: Push) -> PushedOut:
    stamps = {name: getattr(push.moments, name) for name in PushedOut.model_fields if hasattr(push.moments, name)}
    return PushedOut(push=push.id, device=push.device, outcome=push.outcome or "", **stamps)


def decision_out(decision: Decision) -> DecisionOut:
    return DecisionOut.model_validate(decision)


def _place(device: Device, inventory: Inventory) -> PlaceOut | None:
    seen = inventory.whereabouts.get(device.mac)
    if seen is None:
        return None
    return PlaceOut(
        switch=seen.port.switch if seen.port else None,
        port=seen.port.port if seen.port else None,
        vlan=seen.vlan,
        address=seen.address,
        hostname=seen.hostname,
        last_seen=seen.last_seen,
    )
