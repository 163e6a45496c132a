"""Rows of another system weighed against what is known: new, changed, the same, or refused with the reason. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from controller.policy import Policy
from inventory.model import Admission, Device, Inventory, Mac, Person, PersonId
from inventory.roster import onto

FILES = ("people.csv", "devices.csv", "switches.csv")
"""Sources that are the school's own files."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What storing them would do. `problems` are keys (an id or a MAC) and what was expected."""

    people: tuple[Person, ...] = ()
    devices: tuple[Device, ...] = ()
    new: int = 0
    changed: int = 0
    same: int = 0
    problems: tuple[tuple[str, str], ...] = ()


def weigh(
    policy: Policy, inventory: Inventory, source: str, people: Sequence[Person], devices: Sequence[Device]
) -> Weighed:
    """A second run changes nothing; what a row cannot say (barred, held, exempt, approved) stays as it was."""
    wrong: list[tuple[str, str]] = [(person.id, text) for person in people if (text := _person_problem(policy, person))]
    refused: set[str] = {key for key, _ in wrong}
    good = [replace(person, source=source) for person in people if person.id not in refused]
    known = {*inventory.people, *(person.id for person in good)}
    wrong += [(one.mac, text) for one in devices if (text := _device_problem(policy, inventory, known, one))]
    refused |= {key for key, _ in wrong}
    listed = [replace(one, source=source) for one in devices if one.mac not in refused]
    merged = onto(inventory.devices, listed)
    pairs: list[tuple[object, object]] = [(inventory.people.get(one.id), one) for one in good]
    pairs += [(_registered(inventory, one.mac), one) for one in merged]
    new = sum(was is None for was, _ in pairs)
    same = sum(was == becomes for was, becomes in pairs)
    return Weighed(tuple(good), merged, new, len(pairs) - new - same, same, tuple(wrong))


def _registered(inventory: Inventory, mac: Mac) -> Device | None:
    """A stranger that was seen before it was imported is new to the school all the same."""
    device = inventory.devices.get(mac)
    return device if device is not None and device.admission is not Admission.UNKNOWN else None


def _person_problem(policy: Policy, person: Person) -> str:
    if person.year_group is not None and not _known_year(policy, person.year_group):
        return f"expected a year group or class ({_some(_years(policy))}), not {person.year_group!r}"
    if person.role is not None and person.role not in policy.roles:
        return f"expected a role of the policy ({_some(policy.roles)}), not {person.role!r}"
    return ""


def _device_problem(policy: Policy, inventory: Inventory, people: Collection[PersonId], device: Device) -> str:
    if device.kind not in policy.devices:
        return f"expected a kind of the policy ({_some(policy.devices)}), not {device.kind!r}"
    if "permission" in policy.devices[device.kind].needs:
        return f"a {device.kind} needs a permission with an end (D3): register it by hand"
    if device.year_group is not None and not _known_year(policy, device.year_group):
        return f"expected a year group or class ({_some(_years(policy))}), not {device.year_group!r}"
    if device.role is not None and device.role not in policy.roles:
        return f"expected a role of the policy ({_some(policy.roles)}), not {device.role!r}"
    if device.person is not None and device.person not in people:
        return f"expected a person that is known, not {device.person!r}"
    before = inventory.devices.get(device.mac)
    if before is not None and before.admission is Admission.BARRED:
        return f"it is barred ({before.barred_as or 'refused'}): readmit it first"
    return ""


def _known_year(policy: Policy, name: str) -> bool:
    return policy.year_group_of(name) in policy.year_groups


def _years(policy: Policy) -> tuple[str, ...]:
    return (*policy.year_groups, *policy.classes)


def _some(words: Iterable[str]) -> str:
    listed = list(words)
    return ", ".join(listed[:12]) + (", …" if len(listed) > 12 else "")
