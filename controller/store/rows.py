"""Facts of the inventory as rows of tables, and back."""

from __future__ import annotations

from typing import Any

from controller.store import schema
from controller.store.database import Row
from inventory.history import SignIn, Stay
from inventory.model import (
    Admission,
    AlsoAt,
    Approval,
    BarredAs,
    Device,
    Exemption,
    Hold,
    Mode,
    Person,
    Port,
    PortRef,
    Purpose,
    Receipt,
    Switch,
    SwitchName,
    Whereabouts,
)

_DEVICE = ("mac", "name", "kind", "year_group", "role", "person", "room", "first_seen")
_PERSON = ("id", "name", "role", "year_group")
_SWITCH = ("name", "host", "ssh_port", "platform", "credentials", "room")
_RECEIPT = ("mac", "scanned_at", "engine", "signatures_at", "clean", "by", "reported_at")
_WHEREABOUTS = ("mac", "last_seen", "vlan", "address", "hostname", "port_seen", "address_seen")

_SIGN_IN = ("mac", "began_at", "source", "ended_at", "person", "year_group", "role")


def device_row(device: Device) -> dict[str, Any]:
    hold, exemption, approval = device.hold, device.exemption, device.approval
    return _picked(device, _DEVICE) | {
        "admission": device.admission.value,
        "hold_by": hold.by if hold else None,
        "hold_reason": hold.reason if hold else None,
        "hold_since": hold.since if hold else None,
        "exemption_by": exemption.by if exemption else None,
        "exemption_reason": exemption.reason if exemption else None,
        "exemption_until": exemption.until if exemption else None,
        "approval_by": approval.by if approval else None,
        "approval_reason": approval.reason if approval else None,
        "approval_until": approval.until if approval else None,
        "barred_as": device.barred_as.value if device.barred_as else None,
        "source": device.source or None,
    }


def read_device(row: Row) -> Device:
    hold = Hold(row["hold_by"], row["hold_reason"], row["hold_since"]) if row["hold_since"] else None
    until = row["exemption_until"]
    exemption = Exemption(row["exemption_by"], row["exemption_reason"], until) if until else None
    ends = row["approval_until"]
    return Device(
        **_taken(row, _DEVICE),
        admission=Admission(row["admission"]),
        hold=hold,
        exemption=exemption,
        approval=Approval(row["approval_by"], row["approval_reason"], ends) if ends else None,
        barred_as=BarredAs(row["barred_as"]) if row["barred_as"] else None,
        source=row["source"] or "",
    )


def person_row(person: Person) -> dict[str, Any]:
    return _picked(person, _PERSON) | {"source": person.source or None}


def read_person(row: Row) -> Person:
    return Person(**_taken(row, _PERSON), source=row["source"] or "")


def switch_row(switch: Switch) -> dict[str, Any]:
    return _picked(switch, _SWITCH) | {"purpose": switch.purpose.value, "mode": switch.mode.value}


def read_switch(row: Row) -> Switch:
    return Switch(**_taken(row, _SWITCH), purpose=Purpose(row["purpose"]), mode=Mode(row["mode"]))


def port_row(port: Port) -> dict[str, Any]:
    mode = port.mode.value if port.mode else None
    return _place(port.ref) | {"room": port.room, "mode": mode, "protected": port.protected}


def read_port(row: Row) -> Port:
    ref = PortRef(SwitchName(row["switch"]), row["port"])
    return Port(ref, row["room"], Mode(row["mode"]) if row["mode"] else None, row["protected"])


def whereabouts_row(where: Whereabouts) -> dict[str, Any]:
    return _picked(where, _WHEREABOUTS) | _place(where.port) | {"also": _also_text(where.also)}


def read_whereabouts(row: Row) -> Whereabouts:
    port = PortRef(SwitchName(row["switch"]), row["port"]) if row["port"] is not None else None
    return Whereabouts(**_taken(row, _WHEREABOUTS), port=port, also=_also(row["also"]))


def _also_text(also: tuple[AlsoAt, ...]) -> str | None:
    """`fd00:5::17 1767225600000000 fe80::1 1767225600000000`: address and microseconds, in turns."""
    return " ".join(f"{other.address} {schema.micros(other.at)}" for other in also) or None


def _also(text: str | None) -> tuple[AlsoAt, ...]:
    words = (text or "").split()
    return tuple(
        AlsoAt(address, schema.Moment.read(int(at))) for address, at in zip(words[::2], words[1::2], strict=True)
    )


def stay_row(stay: Stay) -> dict[str, Any]:
    return _picked(stay, ("began_at", *_WHEREABOUTS)) | _place(stay.port) | {"also": _also_text(stay.also)}


def read_stay(row: Row) -> Stay:
    port = PortRef(SwitchName(row["switch"]), row["port"]) if row["port"] is not None else None
    return Stay(**_taken(row, ("began_at", *_WHEREABOUTS)), port=port, also=_also(row["also"]))


def sign_in_row(sign_in: SignIn) -> dict[str, Any]:
    return _picked(sign_in, _SIGN_IN)


def read_sign_in(row: Row) -> SignIn:
    return SignIn(**_taken(row, _SIGN_IN))


def receipt_row(receipt: Receipt) -> dict[str, Any]:
    return _picked(receipt, _RECEIPT)


def read_receipt(row: Row) -> Receipt:
    return Receipt(**_taken(row, _RECEIPT))


def _place(ref: PortRef | None) -> dict[str, Any]:
    return {"switch": ref.switch if ref else None, "port": ref.port if ref else None}


def _picked(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _taken(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}
