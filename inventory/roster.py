"""devices.csv, people.csv and switches.csv: rows into facts, and facts into rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from types import MappingProxyType
from typing import TypeVar

from inventory.csv_file import CellProblem, Rows, Sheet, read_rows, write_rows
from inventory.model import (
    Admission,
    Device,
    Mac,
    Mode,
    Person,
    PersonId,
    Purpose,
    Switch,
    SwitchName,
    YearGroupId,
    parse_mac,
)

DEVICE_COLUMNS = ("mac", "name", "kind", "year_group", "role", "person", "room")
PERSON_COLUMNS = ("id", "name", "role", "year_group")
SWITCH_COLUMNS = ("name", "host", "ssh_port", "platform", "purpose", "mode", "credentials", "room")

ALL_OBSERVED: Mapping[Purpose, Mode] = MappingProxyType({})
"""Nobody said anything: every switch is only looked at."""

Word = TypeVar("Word", bound=StrEnum)

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
PERSON_FORM = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"
_PERSON = re.compile(PERSON_FORM)
_SWITCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def read_devices(raw: bytes, file: str = "devices.csv") -> Rows[Device]:
    """Everything in the file is registered: whoever wrote it down has let it in."""
    return read_rows(raw, file, _DEVICES)


def read_people(raw: bytes, file: str = "people.csv") -> Rows[Person]:
    return read_rows(raw, file, _PEOPLE)


def read_switches(raw: bytes, file: str = "switches.csv", modes: Mapping[Purpose, Mode] = ALL_OBSERVED) -> Rows[Switch]:
    """`modes`: for rows that leave theirs empty."""
    return read_rows(raw, file, replace(_SWITCHES, read=partial(_switch, modes)))


def onto(known: Mapping[Mac, Device], listed: Iterable[Device]) -> tuple[Device, ...]:
    """A roster read again over what is known: what the file cannot say (barred, held, exempt, first seen) stays."""
    return tuple(_onto(known.get(device.mac), device) for device in listed)


def write_devices(devices: Iterable[Device]) -> str:
    rows = ((d.mac, d.name, d.kind, d.year_group or "", d.role or "", d.person or "", d.room or "") for d in devices)
    return write_rows(DEVICE_COLUMNS, rows)


def write_people(people: Iterable[Person]) -> str:
    return write_rows(PERSON_COLUMNS, ((p.id, p.name, p.role or "", p.year_group or "") for p in people))


def write_switches(switches: Iterable[Switch]) -> str:
    return write_rows(SWITCH_COLUMNS, map(_switch_cells, switches))


def _switch_cells(s: Switch) -> tuple[str, ...]:
    return (s.name, s.host, str(s.ssh_port), s.platform, s.purpose.value, s.mode.value, s.credentials, s.room or "")


def _onto(known: Device | None, listed: Device) -> Device:
    if known is None:
        return listed
    barred = known.admission is Admission.BARRED
    return replace(
        listed,
        admission=Admission.BARRED if barred else listed.admission,
        hold=known.hold,
        exemption=known.exemption,
        first_seen=known.first_seen,
        approval=known.approval,
        barred_as=known.barred_as if barred else None,
    )


def _device(row: Mapping[str, str]) -> Device:
    try:
        mac = parse_mac(row["mac"])
    except ValueError as error:
        raise CellProblem("mac", f"expected a MAC such as 3c:22:fb:05:00:11 ({error})") from error
    return Device(
        mac=mac,
        name=row["name"] or f"device {mac}",
        kind=_id(row, "kind"),
        admission=Admission.REGISTERED,
        year_group=YearGroupId(_id(row, "year_group")) if row["year_group"] else None,
        role=_id(row, "role") if row["role"] else None,
        person=PersonId(_fits(row, "person", _PERSON, "the id of a person")) if row["person"] else None,
        room=row["room"] or None,
    )


def _person(row: Mapping[str, str]) -> Person:
    if bool(row["role"]) == bool(row["year_group"]):
        raise CellProblem("role", "expected either a role (staff) or a year_group (pupil)")
    return Person(
        PersonId(_fits(row, "id", _PERSON, "letters, digits and ._@-")),
        row["name"],
        _id(row, "role") if row["role"] else None,
        YearGroupId(_id(row, "year_group")) if row["year_group"] else None,
    )


def _switch(modes: Mapping[Purpose, Mode], row: Mapping[str, str]) -> Switch:
    purpose = _one_of(row, "purpose", Purpose)
    return Switch(
        name=SwitchName(_fits(row, "name", _SWITCH, "letters, digits and ._-")),
        host=_host(row["host"]),
        ssh_port=_port_number(row["ssh_port"]),
        platform=_id(row, "platform"),
        purpose=purpose,
        mode=_one_of(row, "mode", Mode) if row["mode"] else modes.get(purpose, Mode.OBSERVE),
        credentials=_id(row, "credentials") if row["credentials"] else "default",
        room=row["room"] or None,
    )


def _id(row: Mapping[str, str], column: str) -> str:
    return _fits(row, column, _ID, "a name of the policy file such as year-5: small letters, digits, - and _")


def _fits(row: Mapping[str, str], column: str, form: re.Pattern[str], expected: str) -> str:
    if not form.fullmatch(row[column]):
        raise CellProblem(column, f"expected {expected}, not {row[column][:40]!r}")
    return row[column]


def fits_person(column: str, text: str) -> str:
    """An id of a person. Raises CellProblem."""
    return _fits({column: text}, column, _PERSON, "an id of letters, digits and ._@-")


def _one_of(row: Mapping[str, str], column: str, words: type[Word]) -> Word:
    try:
        return words(row[column].lower())
    except ValueError as error:
        expected = f"expected one of {', '.join(words)}, not {row[column][:40]!r}"
        raise CellProblem(column, expected) from error


def _host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    if not _HOST.fullmatch(text):
        raise CellProblem("host", f"expected an address or a host name, not {text[:40]!r}")
    return text


def _port_number(text: str) -> int:
    if not text:
        return 22
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text) or int(text) > 65_535:
        raise CellProblem("ssh_port", f"expected a port from 1 to 65535, not {text[:40]!r}")
    return int(text)


_DEVICES = Sheet(DEVICE_COLUMNS, frozenset({"mac", "kind"}), _device, lambda device: str(device.mac), "mac")
_PEOPLE = Sheet(PERSON_COLUMNS, frozenset({"id", "name"}), _person, lambda person: str(person.id), "id")
_SWITCHES = Sheet(
    SWITCH_COLUMNS,
    frozenset({"name", "host", "platform", "purpose"}),
    partial(_switch, ALL_OBSERVED),
    lambda switch: str(switch.name),
    "name",
)
