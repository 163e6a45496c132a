"""A plan without a running controller: reads every device once, writes nothing anywhere. ●"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from controller.api.plan import shown
from controller.clock import Clock, SystemClock
from controller.compile import compile_intent
from controller.connections import Connections
from controller.diff import Reading
from controller.home import Home
from controller.model import AccessWindow
from controller.plan import plan
from controller.policy.file import read
from controller.push.own_macs import own_macs, ports_of
from controller.reconcile import observe, sightings
from controller.settings import Settings, read_settings
from controller.site_parts import filters_of
from controller.store import Store
from controller.timetable import in_lesson
from device_drivers.model import DeviceError, Driver
from device_drivers.platforms import drivers
from inventory import roster
from inventory.csv_file import Rows
from inventory.fold import fold
from inventory.model import Inventory, Mode, Purpose, Switch, SwitchName

Fact = TypeVar("Fact")

AT_ONCE = 20
"""Devices read at the same moment: more were slower when measured (enforcement.md §3)."""


def look(root: Path, clock: Clock | None = None) -> dict[str, Any]:
    """The plan as `GET /api/v1/plan` shows it; devices that could not be read stand in its notes.

    Raises PolicyError, SettingsError, StoreError or ValueError with what is wrong in the school's folder.
    """
    home, clock = Home(root), clock or SystemClock()
    settings, loaded, known = read_settings(home), read(home.policy), drivers()
    policy = loaded.policy
    inventory, windows = kept(home, settings, clock.now())
    inventory = with_files(home, inventory, policy.enforcement.modes())
    readings, notes = read_all(Connections(home), inventory, known, clock)
    seen = [one for name, reading in readings.items() for one in sightings(inventory.switches[name], reading)]
    inventory = fold(inventory, seen, clock.now()).inventory
    intent = compile_intent(policy, inventory, windows, clock.now(), 0, filters=filters_of(settings))
    lesson = in_lesson(policy, clock.now())
    found = plan(
        intent,
        inventory,
        readings,
        known,
        policy.brakes,
        clock.now(),
        in_lesson=lesson,
        own_path=ports_of(own_macs(), inventory),
    )
    if not inventory.switches:
        notes = [f"{home.switches} names no switch yet: there is nothing to look at"]
    return {**shown(found, policy=loaded.sha256).model_dump(mode="json"), "notes": notes}


def kept(home: Home, settings: Settings, now: datetime) -> tuple[Inventory, tuple[AccessWindow, ...]]:
    """What the store knows. A school that never ran has none, and looking does not make one."""
    if not settings.database.url and not home.database.exists():
        return Inventory(), ()
    with Store.open(settings.database_url(home)) as store:
        return store.inventory(), store.windows(now, now)


def with_files(home: Home, inventory: Inventory, modes: Mapping[Purpose, Mode]) -> Inventory:
    """The inventory as the school's files would make it, without storing it."""
    devices = _listed(home.devices, roster.read_devices)
    people = _listed(home.people, roster.read_people)
    switches = _listed(home.switches, partial(roster.read_switches, modes=modes))
    problems = (*devices.problems, *people.problems, *switches.problems)
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    listed = roster.onto(inventory.devices, devices.values)
    return Inventory(
        devices={**inventory.devices, **{each.mac: each for each in listed}},
        people={**inventory.people, **{each.id: each for each in people.values}},
        switches={**inventory.switches, **{each.name: each for each in switches.values}},
        ports=inventory.ports,
        whereabouts=inventory.whereabouts,
        receipts=inventory.receipts,
    )


def _listed(path: Path, read: Callable[[bytes, str], Rows[Fact]]) -> Rows[Fact]:
    """A file that is not there, or empty, lists nothing: as the running controller takes it."""
    raw = path.read_bytes() if path.is_file() else b""
    return read(raw, str(path)) if raw else Rows((), ())


def read_all(
    connections: Connections, inventory: Inventory, known: Mapping[str, Driver], clock: Clock
) -> tuple[dict[SwitchName, Reading], list[str]]:
    switches = list(inventory.switches.values())
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        found = list(
            pool.map(lambda switch: _read_one(connections, switch, known.get(switch.platform), clock), switches)
        )
    readings = {switch.name: one for switch, one in zip(switches, found, strict=True) if isinstance(one, Reading)}
    return readings, [one for one in found if isinstance(one, str)]


def _read_one(connections: Connections, switch: Switch, driver: Driver | None, clock: Clock) -> Reading | str:
    """A reading, or in a sentence why there is none."""
    if driver is None:
        return f"{switch.name}: no driver for the platform {switch.platform!r}"
    try:
        session = connections.connect(switch, driver)
        try:
            return observe(driver, session, clock.now)
        finally:
            session.close()
    except DeviceError as error:
        return f"{switch.name}: {error}"
