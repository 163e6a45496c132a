"""The loop and the network as API and console see them: one thing that can be woken, asked and told. ●"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from controller.diff import Reading
from controller.loop import Loop
from controller.model import Actor, EnforcementPoint, IntendedState, Plan
from controller.network import Network
from controller.push.surroundings import Undo
from controller.radius.part import RadiusPart
from controller.store import Push
from inventory.model import SwitchName

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LoopView:
    """The loop together with the network, as API and console see them."""

    turns: Loop
    network: Network
    radius: RadiusPart

    def wake(self, reason: str) -> None:
        self.turns.wake(reason)

    def look_for_strangers(self) -> None:
        self.network.look_for_strangers()

    def intent(self) -> IntendedState | None:
        return self.turns.intent()

    def points(self) -> tuple[EnforcementPoint, ...]:
        return (*self.network.points(), *self.radius.points(self.network.clock.now()))

    def plan(self) -> Plan:
        return self.network.plan()

    def readings(self) -> Mapping[SwitchName, Reading]:
        return self.network.readings()

    def apply(self, plan: Plan, actor: Actor, force: Collection[str] = ()) -> None:
        log.info("plan applied", by=actor.name, force=sorted(force))
        self.network.apply(plan, force)

    def undo(self, push: Push, actor: Actor, reason: str) -> None:
        log.info("push taken back", by=actor.name, push=push.id, device=push.device)
        self.network.undo(Undo(push, actor, reason))
