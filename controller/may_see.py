"""What may this member of staff look at: the whole school, or the own classes and what is nobody's (W1)."""

from __future__ import annotations

from dataclasses import dataclass

from controller.may_open import role_of
from controller.model import Actor
from controller.policy import Policy
from controller.standing import acts_for
from inventory.model import Device, Inventory

ALWAYS_NARROW = frozenset({"teacher", "pupil"})
"""A policy that says nothing of these roles does not thereby show them every child."""


@dataclass(frozen=True, slots=True)
class Sight:
    """`groups` None: the whole school. Else the year groups whose devices and people may be looked at."""

    groups: frozenset[str] | None

    @property
    def whole(self) -> bool:
        return self.groups is None

    def of_group(self, policy: Policy, group: str | None) -> bool:
        """Roles are no secret; a year group is seen by those who teach it."""
        return self.groups is None or group is None or group not in policy.year_groups or group in self.groups

    def of_device(self, policy: Policy, inventory: Inventory, device: Device, acting: str | None, name: str) -> bool:
        """`acting`: the group that it acts for now, by whoever is signed in. `name`: of the one who looks.

        All that it belongs to must be in sight. A colleague's own device is the colleague's affair.
        """
        if self.groups is None:
            return True
        person = inventory.people.get(device.person) if device.person else None
        if device.person is not None and (person is None or person.year_group is None) and device.person != name:
            return False
        belongs = (
            acting,
            device.year_group,
            person.year_group if person else None,
            acts_for(policy, inventory, device)[0],
        )
        return all(self.of_group(policy, group) for group in belongs)


def sight_of(policy: Policy, actor: Actor) -> Sight:
    """Who opens lessons for own classes only looks at own classes only; so does a program that was given classes."""
    role = role_of(policy, actor)
    if role is not None and role.may_open == "anyone":
        return Sight(None)
    narrow = actor.role in ALWAYS_NARROW or (role is not None and role.may_open == "own-classes")
    # Who teaches one class of a year sees the year: its tablets go round.
    own = frozenset(policy.year_group_of(each) for each in actor.groups)
    return Sight(own if narrow or (actor.role == "api_client" and own) else None)
