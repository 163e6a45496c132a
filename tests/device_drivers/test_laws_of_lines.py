"""A law of every driver: whatever stands in a name, as many lines are sent as were rendered, and none of them is two.

150 texts a driver by default; CARETAKER_NAMES=10000 for the long run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from device_drivers.encode import one_line
from device_drivers.model import (
    AccessList,
    Ace,
    Bounce,
    Change,
    Disconnect,
    Driver,
    GrantInternet,
    Refused,
    SetAccessList,
    SetAccessVlan,
    SetClientRole,
    SetShutdown,
    Verb,
)
from device_drivers.platforms import drivers
from device_drivers.platforms.cisco_ios import DRIVER
from device_drivers.session import Target, connect, enrol, remember
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, Site
from inventory.model import parse_mac

NAMES = int(os.environ.get("CARETAKER_NAMES", "150"))
WIRED = max(20, NAMES // 10)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CLIENT = parse_mac("3c:22:fb:05:00:11")

PIECES = (
    *("\n", "\r", "\r\n", "\x00", "\x1b[2J", "\x7f", "\u2028", "\u2029", "\x85", "\t", "\v", "\f", "\b"),
    *("?", "!", "#", "'", '"', "\\", ";", "|", "&", "`", "$(reboot)", "{", "}", "^C", "\x03", "\x1a", "%", "<", ">"),
    *(
        "no shutdown",
        "reload",
        "exit",
        "end",
        "write erase",
        "interface Gi1/0/48",
        "Tŷ Ffynnon",
        "班",
        "é",
        "🙂",
        "a",
        " ",
    ),
)


def hostile(number: int) -> str:
    dice = Random(number)
    return "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 9)))


def _list(name: str, remark: str) -> AccessList:
    return AccessList(name, (Ace(Verb.PERMIT, "udp", "10.20.0.0/22", "10.10.0.5/32", 53, remark),))


FIELDS: dict[str, Callable[[str], Change]] = {
    "port of a move": lambda text: SetAccessVlan(text, 20, 999),
    "port that is shut": lambda text: SetShutdown(text, was=False, becomes=True),
    "port that is bounced": Bounce,
    "name of a list": lambda text: SetAccessList(text, "vlan20", None, _list(text, "")),
    "interface of a list": lambda text: SetAccessList("caretaker-pupils", text, None, _list("caretaker-pupils", "")),
    "remark of a list": lambda text: SetAccessList("caretaker-pupils", "vlan20", None, _list("caretaker-pupils", text)),
    "list that goes": lambda text: SetAccessList(text, "vlan20", _list(text, ""), None),
    "role of a client": lambda text: SetClientRole(CLIENT, "guest", text),
    "client": lambda text: Disconnect(parse_mac(text) if ":" in text else CLIENT),
    "source that is let out": lambda text: GrantInternet(text, None, NOW + timedelta(minutes=30)),
}
HARMLESS = ("Ash Lane", "Gi1/0/7", "caretaker-pupils", "vlan20", "10.20.0.7", "ge-0/0/7", "eth7")


def rendered(driver: Driver, change: Change) -> tuple[str, ...] | None:
    """None where the platform, or its driver for this very text, says no before anything is sent."""
    with suppress(Refused, ValueError):
        return driver.render((change,), NOW)
    return None


def most_lines(driver: Driver, make: Callable[[str], Change]) -> int:
    return max(len(rendered(driver, make(text)) or ()) for text in HARMLESS)


def cases() -> Iterator[tuple[str, str]]:
    yield from ((name, field) for name in sorted(drivers()) for field in FIELDS)


@pytest.mark.parametrize(("platform", "field"), list(cases()))
def test_no_text_makes_a_line_of_its_own(platform: str, field: str) -> None:
    driver, make = drivers()[platform], FIELDS[field]
    most = most_lines(driver, make)
    for number in range(NAMES):
        lines = rendered(driver, make(hostile(number)))
        if lines is None:
            continue
        for line in lines:
            assert one_line(line) == line, (number, line)
            assert "\n" not in line
        assert len(lines) <= most, f"{hostile(number)!r} made {lines}"


def test_a_switch_receives_exactly_the_lines_that_were_rendered(tmp_path: Path) -> None:
    """Over SSH, as its journal has them."""
    device = DeviceSite(name="sw-1", dialect="cisco_ios", password="gate-key-7")
    simulator = Simulator(Site(devices=(device,), directory=str(tmp_path / "network")))
    simulator.start()
    try:
        found = simulator.devices["sw-1"]
        known_hosts = tmp_path / "known_hosts"
        remember(known_hosts, enrol("127.0.0.1", found.port))
        where = ("sw-1", "127.0.0.1", found.port, "cisco_ios", "caretaker", "gate-key-7", known_hosts)
        session = connect(Target(*where, refusals=DRIVER.refusals))
        for number in range(WIRED):
            lines = rendered(DRIVER, _remarked(hostile(number)))
            assert lines is not None
            before = len(found.journal.lines())
            session.send(lines, config=True)
            received = found.journal.lines()[before:]
            own = [line for line in received if line not in ("configure terminal", "end", "")]
            assert own == list(lines), hostile(number)
        session.close()
    finally:
        simulator.stop()


def _remarked(text: str) -> Change:
    return SetAccessList("caretaker-pupils", "vlan20", None, _list("caretaker-pupils", text))
