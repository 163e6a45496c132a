"""Which push put a device into quarantine."""

from __future__ import annotations

import pytest

from controller.push.of_device import quarantine_of
from controller.store import Push
from inventory.model import Mac, PortRef, SwitchName, Whereabouts
from tests.controller.school import NINE

LAPTOP = Mac("f0:9f:c3:00:00:01")
PUPILS, QUARANTINE = 20, 999


def push(number: int, device: str = "sw-ict", port: str = "Gi1/0/7", becomes: int = QUARANTINE) -> Push:
    return Push(number, device, (), "system", NINE, "verified", NINE, ((port, PUPILS, becomes),))


def told(number: int, mac: Mac, becomes: int = QUARANTINE) -> Push:
    return Push(
        number, "radius sw-ict", (f"COA {mac} VLAN 20 -> {becomes}: unknown",), "system", NINE, "verified", NINE
    )


def at(port: str | None) -> Whereabouts:
    return Whereabouts(LAPTOP, NINE, PortRef(SwitchName("sw-ict"), port) if port else None)


@pytest.mark.parametrize(
    ("port", "pushes", "found"),
    [
        ("Gi1/0/7", (push(3), push(2)), 3),
        ("Gi1/0/7", (push(3, port="Gi1/0/8"), push(2)), 2),
        ("Gi1/0/7", (push(3, device="sw-hall"), push(2)), 2),
        ("Gi1/0/7", (push(3, becomes=PUPILS), push(2)), None),
        ("Gi1/0/7", (told(3, LAPTOP), push(2)), 3),
        ("Gi1/0/7", (told(3, Mac("f0:9f:c3:00:00:02")), push(2)), 2),
        (None, (push(3), told(2, LAPTOP)), 2),
        (None, (told(3, LAPTOP, PUPILS), told(2, LAPTOP)), None),
        (None, (push(3),), None),
        ("Gi1/0/7", (), None),
    ],
)
def test_the_newest_push_that_concerns_its_port_or_its_session_counts(
    port: str | None, pushes: tuple[Push, ...], found: int | None
) -> None:
    put = quarantine_of(LAPTOP, at(port), pushes, QUARANTINE)
    assert (put.id if put else None) == found


def test_of_a_device_that_was_never_seen_only_radius_can_tell() -> None:
    assert quarantine_of(LAPTOP, None, (push(3),), QUARANTINE) is None
