"""A candidate policy for a few test devices before pupils get it (F13): what keeps it out, and its table. Pure.

Test devices have the candidate's names and lessons; ports, access lists and gateways stay those of the running policy.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from controller.clock_steps import Step
from controller.compile import compile_intent
from controller.model import AccessWindow, IntendedState
from controller.policy import Policy
from dns_filter.model import Cohort, FilterProfile, FilterTable
from inventory.model import Inventory, Mac

PREFIX = "staged."
"""Before the names of a candidate's profiles and cohorts: both policies may call theirs alike."""


def mandatory_lost(running: Policy, candidate: Policy) -> tuple[str, ...]:
    """Categories that are mandatory now and would not be: no candidate may open them (F14)."""
    return tuple(name for name in running.mandatory if name not in candidate.mandatory)


def only(inventory: Inventory, macs: Collection[Mac]) -> Inventory:
    """The same facts about these devices alone."""
    return replace(
        inventory,
        devices={mac: each for mac, each in inventory.devices.items() if mac in macs},
        whereabouts={mac: each for mac, each in inventory.whereabouts.items() if mac in macs},
    )


def with_candidate(
    intent: IntendedState,
    candidate: Policy,
    macs: Collection[Mac],
    inventory: Inventory,
    windows: Sequence[AccessWindow],
    steps: Sequence[Step] = (),
) -> IntendedState:
    """The running intent, its table with the candidate's profiles for the test devices."""
    theirs = compile_intent(candidate, only(inventory, macs), windows, intent.at, intent.table.epoch, steps=steps)
    table = with_table(intent.table, theirs.table, macs)
    return replace(intent, table=table, valid_until=min(intent.valid_until, theirs.valid_until))


def with_table(running: FilterTable, candidate: FilterTable, macs: Collection[Mac]) -> FilterTable:
    """Mandatory is what either policy calls so. An address of a test device that the candidate does not know stays."""
    moved = {
        address: candidate.bindings[address].model_copy(update={"cohort": PREFIX + candidate.bindings[address].cohort})
        for address, binding in running.bindings.items()
        if binding.device in macs and address in candidate.bindings
    }
    wanted = {binding.cohort.removeprefix(PREFIX) for binding in moved.values()}
    cohorts = {PREFIX + name: _cohort(candidate.cohorts[name]) for name in sorted(wanted)}
    used = {
        name for cohort in cohorts.values() for name in (cohort.resting, *(grant.profile for grant in cohort.grants))
    }
    profiles = {name: _profile(candidate.profiles[name.removeprefix(PREFIX)]) for name in sorted(used)}
    return running.model_copy(
        update={
            "mandatory": tuple(dict.fromkeys((*running.mandatory, *candidate.mandatory))),
            "profiles": {**running.profiles, **profiles},
            "cohorts": {**running.cohorts, **cohorts},
            "bindings": {**running.bindings, **moved},
        }
    )


def _cohort(cohort: Cohort) -> Cohort:
    grants = tuple(grant.model_copy(update={"profile": PREFIX + grant.profile}) for grant in cohort.grants)
    return cohort.model_copy(update={"id": PREFIX + cohort.id, "resting": PREFIX + cohort.resting, "grants": grants})


def _profile(profile: FilterProfile) -> FilterProfile:
    return profile.model_copy(update={"name": PREFIX + profile.name})
