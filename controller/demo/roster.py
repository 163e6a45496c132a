"""Who and what is in the demo school: about 120 devices, the people, the switches, and what is plugged in where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from inventory.model import (
    Admission,
    Device,
    Mac,
    Mode,
    Person,
    PersonId,
    PortRef,
    Purpose,
    Receipt,
    Switch,
    SwitchName,
    YearGroupId,
)

HALL, CLASSES, ICT, GATEWAY, WIFI = (
    SwitchName(name) for name in ("sw-hall", "sw-classes", "sw-ict", "gateway", "wifi")
)
VLANS = {10: "management", 20: "pupils", 30: "staff", 40: "things", 50: "guest", 999: "quarantine"}
ACCESS_PORTS = 24
AP_PORT, UPLINK = "Gi1/0/27", "Gi1/0/28"


@dataclass(frozen=True, slots=True)
class Placed:
    """A device with its address and its place: a switch port, or the air where `port` is None."""

    device: Device
    address: str
    port: PortRef | None = None
    vlan: int = 20
    """The VLAN its port is configured for before Caretaker comes."""


def switches(first_port: int) -> tuple[Switch, ...]:
    """Three access switches, the gateway and the Wi-Fi controller, on `first_port` and the four ports after it."""
    plan = (
        (HALL, "cisco_ios", Purpose.ACCESS, "hall"),
        (CLASSES, "cisco_ios", Purpose.ACCESS, "classes"),
        (ICT, "cisco_ios", Purpose.ACCESS, "ict-suite"),
        (GATEWAY, "linux_gateway", Purpose.GATEWAY, "hall"),
        (WIFI, "cisco_c9800", Purpose.WIRELESS, "hall"),
    )
    return tuple(
        Switch(name, "127.0.0.1", first_port + i, platform, purpose, Mode.ENFORCE, "demo", room)
        for i, (name, platform, purpose, room) in enumerate(plan)
    )


def people() -> tuple[Person, ...]:
    return tuple(
        Person(PersonId(name.lower().replace(" ", "-")), name, role)
        for name, role in (
            ("Head teacher", "head"),
            ("ICT lead", "ict_lead"),
            ("Year 1 teacher", "teacher"),
            ("Year 3 teacher", "teacher"),
            ("Year 4 teacher", "teacher"),
            ("Year 5 teacher", "teacher"),
            ("Year 6 teacher", "teacher"),
            ("School office", "office"),
            ("ICT technician", "technician"),
        )
    )


def placed() -> tuple[Placed, ...]:
    """Every device of the demo, strangers included."""
    return (*_trolleys(), *_suite(), *_staff(), *_things(), *_strangers())


def receipts(now: datetime) -> tuple[Receipt, ...]:
    """The staff laptops were scanned yesterday."""
    yesterday = now - timedelta(days=1)
    return tuple(
        Receipt(p.device.mac, yesterday, "ClamAV", yesterday, clean=True, by="ICT technician")
        for p in placed()
        if p.device.kind == "school-laptop"
    )


def _mac(vendor: str, group: int, number: int) -> Mac:
    return Mac(f"{vendor}:{group:02x}:00:{number:02x}")


def _known(mac: Mac, name: str, kind: str, room: str | None, **who: str) -> Device:
    year = YearGroupId(who["year_group"]) if "year_group" in who else None
    person = PersonId(who["person"]) if "person" in who else None
    return Device(mac, name, kind, Admission.REGISTERED, year, who.get("role"), person, room)


def _trolleys() -> Iterator[Placed]:
    """Fifteen iPads for each of four classes: a Year 5 iPad is 127.5.0.11 and up."""
    for year in (1, 3, 5, 6):
        for number in range(15):
            device = _known(
                _mac("3c:22:fb", year, number + 1),
                f"ipad-y{year}-{number + 1:02}",
                "school-ipad",
                f"class-{year}",
                year_group=f"year-{year}",
            )
            yield Placed(device, f"127.{year}.0.{11 + number}")


def _suite() -> Iterator[Placed]:
    for number in range(ACCESS_PORTS - 1):
        mac, name = _mac("8c:ec:4b", 4, number + 1), f"suite-pc-{number + 1:02}"
        device = _known(mac, name, "school-desktop", "ict-suite", year_group="year-4")
        yield Placed(device, f"127.4.0.{11 + number}", PortRef(ICT, f"Gi1/0/{number + 1}"))


def _staff() -> Iterator[Placed]:
    for number, year in enumerate((1, 3, 4, 5, 6)):
        mac, name = _mac("a4:83:e7", 30, number + 1), f"laptop-year-{year}-teacher"
        device = _known(mac, name, "school-laptop", f"class-{year}", person=f"year-{year}-teacher")
        yield Placed(device, f"127.30.0.{11 + number}", PortRef(CLASSES, f"Gi1/0/{number + 1}"), 30)
    for number in range(7):
        device = _known(
            _mac("a4:83:e7", 31, number + 1), f"laptop-spare-{number + 1}", "school-laptop", None, role="teacher"
        )
        yield Placed(device, f"127.30.0.{31 + number}")
    for number, who in enumerate(("head-teacher", "ict-lead", "school-office")):
        device = _known(_mac("a4:83:e7", 32, number + 1), f"laptop-{who}", "school-laptop", "office", person=who)
        yield Placed(device, f"127.30.0.{51 + number}", PortRef(HALL, f"Gi1/0/{number + 1}"), 30)
    technician = _known(
        _mac("a4:83:e7", 33, 1), "laptop-technician", "school-desktop", "office", person="ict-technician"
    )
    yield Placed(technician, "127.0.0.1", PortRef(HALL, "Gi1/0/4"), 10)


def _things() -> Iterator[Placed]:
    for number in range(8):
        # The last board's port was left in the pupils' VLAN: the first plan puts it right.
        device = _known(_mac("00:80:92", 40, number + 1), f"board-{number + 1}", "board", f"class-{number + 1}")
        port = PortRef(CLASSES, f"Gi1/0/{number + 9}")
        yield Placed(device, f"127.40.0.{11 + number}", port, 20 if number == 7 else 40)
    places = (
        PortRef(HALL, "Gi1/0/9"),
        PortRef(HALL, "Gi1/0/10"),
        PortRef(CLASSES, "Gi1/0/18"),
        PortRef(ICT, "Gi1/0/24"),
    )
    for number, port in enumerate(places):
        device = _known(_mac("00:1b:a9", 41, number + 1), f"printer-{number + 1}", "printer", None)
        yield Placed(device, f"127.40.0.{31 + number}", port, 40)


def _strangers() -> Iterator[Placed]:
    """Nobody registered these: a laptop on a wall socket, and a pupil's phone with a randomised MAC."""
    yield Placed(Device(STRANGER, "laptop", "unknown"), STRANGER_ADDRESS, STRANGER_PORT, 20)
    yield Placed(Device(Mac("da:a1:19:5e:00:01"), "phone", "unknown"), "127.50.0.66")


STRANGER = Mac("f0:9f:c2:66:00:01")
STRANGER_ADDRESS = "127.5.0.200"
STRANGER_PORT = PortRef(HALL, "Gi1/0/17")
