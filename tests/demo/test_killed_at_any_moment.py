"""kill -9 of the whole school at random moments: what was acknowledged is there after the next start.

CARETAKER_KILL_ROUNDS sets the number of rounds, CARETAKER_KILL_SEED the moments.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
import pytest

from controller import publish
from controller.check_filter.seats import seated
from controller.clock import SystemClock
from controller.compile import HORIZON, compile_intent
from controller.policy.file import read
from controller.settings import Settings
from controller.site_parts import filters_of
from controller.store import Store
from dns_filter import table_file
from dns_filter.model import FilterTable
from tests.demo.running import LAST_LINE, Demo
from tests.waiting import until

pytestmark = [pytest.mark.xdist_group("demo killed"), pytest.mark.slow, pytest.mark.timeout(900)]

ROUNDS = int(os.environ.get("CARETAKER_KILL_ROUNDS", "5"))
SEED = int(os.environ.get("CARETAKER_KILL_SEED", "2026"))
DIED = (httpx2.TransportError, FileNotFoundError)


@dataclass
class Acknowledged:
    """What the API said yes to. An order that was under way at the kill may or may not have been carried out."""

    windows: dict[str, str] = field(default_factory=dict)
    """Id -> its end, as the API told it last."""
    devices: dict[str, str] = field(default_factory=dict)
    """MAC -> name."""
    unsure: set[str] = field(default_factory=set)
    """Windows whose ending was under way."""
    orders: int = 0


def test_nothing_acknowledged_is_lost_whenever_it_is_killed(quiet_demo: Demo) -> None:
    moments, said_yes = random.Random(SEED), Acknowledged()
    for number in range(ROUNDS):
        if number % 3 == 2:
            _killed_while_starting(quiet_demo, moments.uniform(0.1, 4.0))
        else:
            _killed_at_work(quiet_demo, moments, said_yes)
        quiet_demo.up()
        _check(quiet_demo, said_yes)
        quiet_demo.kill_everything()
    assert said_yes.orders >= ROUNDS


def test_the_same_is_meant_before_and_after_a_kill(quiet_demo: Demo) -> None:
    quiet_demo.up()
    quiet_demo.call("POST", "/windows", {"group": "year-4", "minutes": 45})
    before = _published_as_meant(quiet_demo)
    quiet_demo.kill_everything()
    quiet_demo.up()
    after = _published_as_meant(quiet_demo)
    assert publish.says_the_same(after, before)
    assert after.epoch >= before.epoch


def _killed_while_starting(demo: Demo, after: float) -> None:
    demo.begin()
    threading.Event().wait(after)
    demo.kill_everything()


def _killed_at_work(demo: Demo, moments: random.Random, said_yes: Acknowledged) -> None:
    demo.up()
    before = said_yes.orders
    while said_yes.orders < before + 2:  # however slow this machine is, there is something to lose
        _order(demo, moments, said_yes)
    with _kill_after(demo, moments.uniform(0.05, 1.2)) as killed:
        while not killed.is_set():
            try:
                _order(demo, moments, said_yes)
            except DIED:
                killed.wait(20)


@contextmanager
def _kill_after(demo: Demo, seconds: float) -> Iterator[threading.Event]:
    killed = threading.Event()

    def kill() -> None:
        demo.kill_everything()
        killed.set()

    timer = threading.Timer(seconds, kill)
    timer.start()
    yield killed
    timer.join()


def _order(demo: Demo, moments: random.Random, said_yes: Acknowledged) -> None:
    """One thing a person does: open a lesson, end one, register a device."""
    match moments.choice(("open", "open", "end", "register")):
        case "open":
            group = f"year-{moments.choice((3, 4, 5, 6))}"
            reply = demo.call("POST", "/windows", {"group": group, "minutes": moments.randrange(60, 120)})
            _keep(reply, said_yes)
        case "end" if said_yes.windows:
            window = moments.choice(sorted(said_yes.windows))
            said_yes.unsure.add(window)
            _keep(demo.call("POST", f"/windows/{window}/end"), said_yes)
            said_yes.unsure.discard(window)
        case _:
            number = len(said_yes.devices)
            device = {"mac": f"3c:22:fb:77:00:{number:02x}", "name": f"ipad-new-{number}", "kind": "school-ipad"}
            reply = demo.call("POST", "/devices", {"devices": [{**device, "year_group": "year-5"}]})
            if reply.is_success:
                said_yes.devices[device["mac"]] = device["name"]
                said_yes.orders += 1


def _keep(reply: httpx2.Response, said_yes: Acknowledged) -> None:
    if reply.is_success:
        said_yes.windows[reply.json()["id"]] = reply.json()["closes_at"]
        said_yes.orders += 1


def _check(demo: Demo, said_yes: Acknowledged) -> None:
    for window, closes_at in said_yes.windows.items():
        kept = demo.get(f"/windows/{window}")
        ended = window in said_yes.unsure and kept["ended_by"]
        assert ended or datetime.fromisoformat(kept["closes_at"]) == datetime.fromisoformat(closes_at), kept
    for mac, name in said_yes.devices.items():
        assert demo.get(f"/devices/{mac}")["name"] == name
        assert demo.get(f"/devices/{mac}")["admission"] == "registered"
    with Store.open(demo.home.database_url) as store:
        assert store.verify_audit() is None
        assert not store.unfinished_pushes()
    _published_as_meant(demo)
    assert LAST_LINE in demo.printed


def _published_as_meant(demo: Demo) -> FilterTable:
    """The table in force, once it says exactly what the policy and the stored facts say."""
    policy, clock = read(demo.home.policy).policy, SystemClock()
    filters = filters_of(Settings().overruled(dns=f"127.0.0.1:{demo.ports.dns}"))
    with Store.open(demo.home.database_url) as store:

        def not_as_meant() -> list[str]:
            now, published = clock.now(), table_file.read(demo.home.table)
            windows = store.windows(now, now + HORIZON)
            inventory = store.inventory()
            meant = compile_intent(policy, inventory, windows, now, 0, filters=filters).table
            meant = seated(meant, policy, now, inventory.site_rules)
            if publish.says_the_same(published, meant):
                return []
            two = (dict(published), dict(meant))
            return [f"{key}: {two[0][key]} is published, {two[1][key]} is meant" for key in _differing(*two)]

        with suppress(AssertionError):
            until(lambda: not not_as_meant())
        assert not_as_meant() == []
    return table_file.read(demo.home.table)


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return [key for key in one if key not in ("epoch", "made_at", "horizon") and one[key] != other[key]]
