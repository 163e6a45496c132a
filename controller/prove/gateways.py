"""The gateways of a school as the proof looks at them: as they are meant to be, and as they were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from controller.access_lists import as_told
from controller.diff import Reading
from controller.prove.proof import Gateway
from device_drivers.model import AccessList, Capability, Driver
from inventory.model import Inventory, Mode, Purpose, Switch, SwitchName


def meant(
    inventory: Inventory,
    drivers: Mapping[str, Driver],
    lists: Mapping[str, AccessList],
    grants: Iterable[str] = (),
) -> tuple[Gateway, ...]:
    """Every gateway with the lists it is to have. All of them: a backup line is a way out like the first one."""
    return tuple(
        _meant(switch, drivers.get(switch.platform), lists, tuple(grants)) for switch in gateways_of(inventory)
    )


def _meant(switch: Switch, driver: Driver | None, lists: Mapping[str, AccessList], grants: tuple[str, ...]) -> Gateway:
    leases = driver is not None and Capability.LEASE in driver.can
    told = {interface: as_told(access_list, driver) for interface, access_list in lists.items()}
    return Gateway(switch.name, switch.platform, leases, told, grants if leases else ())


def as_read(
    inventory: Inventory, drivers: Mapping[str, Driver], readings: Mapping[SwitchName, Reading]
) -> tuple[tuple[Gateway, ...], tuple[str, ...]]:
    """Every gateway that was read, and what is to be said of the others."""
    found, questions = list[Gateway](), list[str]()
    for switch in gateways_of(inventory):
        reading, driver = readings.get(switch.name), drivers.get(switch.platform)
        if reading is None or driver is None:
            questions.append(f"{switch.name} was not read: what it lets through is not known")
        elif Capability.ACCESS_LIST not in driver.can:
            questions.append(f"{switch.name}: the driver for {switch.platform} reads no access lists")
        else:
            observed = reading.observed
            bound = {at: observed.access_lists.get(name) for at, name in observed.bindings.items()}
            leases = Capability.LEASE in driver.can
            found.append(Gateway(switch.name, switch.platform, leases, bound, tuple(observed.grants)))
    return tuple(found), tuple(questions)


def ungoverned(inventory: Inventory, drivers: Mapping[str, Driver]) -> tuple[str, ...]:
    """Gateways that are not told what is meant: the proof of the intent says nothing of them."""
    notes = list[str]()
    for switch in gateways_of(inventory):
        driver = drivers.get(switch.platform)
        if driver is None or Capability.ACCESS_LIST not in driver.can:
            notes.append(
                f"{switch.name} takes no access lists of Caretaker's ({switch.platform}): see what it lets through"
            )
        elif switch.mode is not Mode.ENFORCE:
            notes.append(f"{switch.name} is in mode {switch.mode}: what is meant is not put in force there")
    return tuple(notes)


def gateways_of(inventory: Inventory) -> tuple[Switch, ...]:
    return tuple(switch for switch in inventory.switches.values() if switch.purpose is Purpose.GATEWAY)
