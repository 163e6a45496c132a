"""The two questions: does what is meant hold, and does what was read?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from controller.access_lists import access_lists
from controller.diff import Reading
from controller.policy import Policy
from controller.prove.gateways import as_read, meant, ungoverned
from controller.prove.proof import Proof, prove
from device_drivers.model import Driver
from inventory.model import Inventory, SwitchName


def of_intent(
    policy: Policy,
    inventory: Inventory,
    drivers: Mapping[str, Driver],
    filters: Sequence[str],
    grants: Iterable[str] = (),
) -> Proof:
    """Every gateway as it is to be. What is said of gateways that are not told stands in `notes`."""
    lists = access_lists(policy, filters)
    proof = prove(policy, filters, meant(inventory, drivers, lists, grants))
    return replace(proof, notes=ungoverned(inventory, drivers))


def of_running(
    policy: Policy,
    inventory: Inventory,
    drivers: Mapping[str, Driver],
    filters: Sequence[str],
    readings: Mapping[SwitchName, Reading],
) -> Proof:
    """Every gateway as it was read. One that was not read is an open question, not a proof."""
    gateways, questions = as_read(inventory, drivers, readings)
    proof = prove(policy, filters, gateways)
    asked = proof.open_questions if gateways or not questions else ()
    return replace(proof, open_questions=(*questions, *asked))
