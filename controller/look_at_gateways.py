"""The proof without a running controller: reads the gateways once, writes nothing anywhere. ●"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from controller.access_lists import access_lists
from controller.clock import Clock, SystemClock
from controller.connections import Connections
from controller.diff import Reading
from controller.home import Home
from controller.look import kept, read_all, with_files
from controller.policy import Policy
from controller.policy.file import read
from controller.prove import Gateway, Proof
from controller.prove.ask import of_intent, of_running
from controller.prove.gateways import as_read, gateways_of, meant
from controller.settings import read_settings
from controller.site_parts import filters_of
from device_drivers.model import Driver
from device_drivers.platforms import drivers
from inventory.model import Inventory, SwitchName


@dataclass(frozen=True, slots=True)
class Gateways:
    """A school's gateways, as they are meant to be or as they were read, and what follows."""

    policy: Policy
    proof: Proof
    ways: tuple[Gateway, ...]


def look_at_gateways(root: Path, *, running: bool, clock: Clock | None = None) -> Gateways:
    """Raises PolicyError, SettingsError, StoreError or ValueError with what is wrong in the school's folder."""
    home, clock = Home(root), clock or SystemClock()
    settings, policy, known = read_settings(home), read(home.policy).policy, drivers()
    inventory, _ = kept(home, settings, clock.now())
    inventory = with_files(home, inventory, policy.enforcement.modes())
    filters = filters_of(settings)
    if not running:
        ways = meant(inventory, known, access_lists(policy, filters))
        return Gateways(policy, of_intent(policy, inventory, known, filters), ways)
    readings, notes = _read(home, inventory, known, clock)
    proof = of_running(policy, inventory, known, filters, readings)
    return Gateways(policy, replace(proof, notes=notes), as_read(inventory, known, readings)[0])


def _read(
    home: Home, inventory: Inventory, known: Mapping[str, Driver], clock: Clock
) -> tuple[Mapping[SwitchName, Reading], tuple[str, ...]]:
    only = {switch.name: switch for switch in gateways_of(inventory)}
    readings, notes = read_all(Connections(home), replace(inventory, switches=only), known, clock)
    return readings, tuple(notes)
