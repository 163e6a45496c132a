"""Somebody makes MACs up at a port with MAB: everybody is answered, few are kept, one alarm is raised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.model import Actor
from controller.radius.ask import Ask
from inventory.model import parse_mac
from tests.fakes.site import IPAD, FakeSite, open_site

FREERADIUS = Actor("freeradius", "api_client")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    opened = open_site(tmp_path)
    yield opened
    opened.store.close()


def test_a_flood_of_made_up_macs_fills_nothing_and_the_ipad_stays_where_it_belongs(site: FakeSite) -> None:
    desk = site.radius
    for number in range(150):
        mac = parse_mac(f"02:13:37:00:{number >> 8:02x}:{number & 255:02x}")
        found = desk.answer(Ask(mac, "sw-ict", "Gi1/0/8"), FREERADIUS, site.clock.now())
        assert found.vlan == 999
        site.clock.advance(timedelta(milliseconds=5))
    assert len(site.store.radius_sessions()) <= 64  # strangers behind one port
    assert len([alarm for alarm in site.store.alarms() if alarm.kind == "flood"]) == 1
    assert desk.answer(Ask(IPAD, "sw-ict", "Gi1/0/7"), FREERADIUS, site.clock.now()).vlan == 20
