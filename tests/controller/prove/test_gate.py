"""A policy whose own lists would let somebody through opens nothing more, and goes on closing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.brakes import held_by
from controller.brakes import proof as held_by_proof
from controller.compile import compile_intent
from controller.model import Because, Brake, PlannedChange
from controller.policy.file import parse
from controller.prove.intent import broken_of
from controller.situation import Situation
from device_drivers.model import Ace, Change, GrantInternet, SetAccessList, SetAccessVlan, Verb
from device_drivers.platforms import drivers
from inventory.model import Inventory, Mode, Purpose, Switch, SwitchName
from tests.controller.school import NINE, POLICY, TEXT

FILTERS = ("10.10.0.5",)
GATEWAY = Switch(SwitchName("gw"), "127.0.0.1", 22, "linux_gateway", Purpose.GATEWAY, Mode.ENFORCE)
LISTS = compile_intent(POLICY, Inventory(), (), NINE, 1, filters=FILTERS).access_lists
HOUR = timedelta(hours=1)


def _situation(*leaks: str) -> Situation:
    inventory = Inventory(switches={GATEWAY.name: GATEWAY})
    return Situation(inventory, {}, drivers(), POLICY.brakes, quarantine_vlan=999, leaks=leaks)


def test_the_lists_of_a_school_are_proven_whenever_they_are_compiled() -> None:
    assert compile_intent(POLICY, Inventory(), (), NINE, 1, filters=FILTERS).leaks == ()
    assert compile_intent(POLICY, Inventory(), (), NINE, 1).leaks == ()


def test_segments_that_share_an_address_are_no_segregation_and_the_intent_says_so() -> None:
    # No policy file can say this: it is refused. The proof does not lean on that.
    staff = POLICY.segments["staff"].model_copy(update={"subnets": POLICY.segments["things"].subnets})
    policy = POLICY.model_copy(update={"segments": {**POLICY.segments, "staff": staff}})
    leaks = compile_intent(policy, Inventory(), (), NINE, 1, filters=FILTERS).leaks
    assert any(each.startswith("a gateway that leases: things: no way to management, pupils, staff") for each in leaks)


def test_a_hole_is_found_for_both_kinds_of_gateway() -> None:
    hole = Ace(Verb.PERMIT, "tcp", "any", "any", 443)
    lists = {**LISTS, "vlan20": replace(LISTS["vlan20"], entries=(hole, *LISTS["vlan20"].entries))}
    found = broken_of(POLICY, FILTERS, lists)
    assert any("a gateway that leases: pupils: no way to" in each for each in found)
    assert any("a gateway without leases: pupils: no public resolver" in each for each in found)


def test_the_filter_may_stand_where_pupils_may_not_go() -> None:
    policy = parse(TEXT + "dns: {sinkhole: [10.30.0.80]}\n", "school.yaml").policy
    assert compile_intent(policy, Inventory(), (), NINE, 1, filters=("10.30.0.53",)).leaks == ()


@pytest.mark.parametrize(("change", "held"), [
    (SetAccessList("caretaker-pupils", "vlan20", None, LISTS["vlan20"]), True),
    (GrantInternet("10.20.0.7", None, NINE + HOUR), True),
    (GrantInternet("10.20.0.7", NINE, NINE + HOUR), True),
    (GrantInternet("10.20.0.7", NINE + HOUR, NINE), False),
    (GrantInternet("10.20.0.7", NINE + HOUR, None), False),
])  # fmt: skip
def test_while_the_intent_leaks_what_opens_is_held_back_and_what_closes_is_not(change: Change, held: bool) -> None:
    planned = PlannedChange(GATEWAY.name, change, Because("segments", "why"))
    assert held_by(planned, _situation()) is None
    found = held_by(planned, _situation("pupils reach 8.8.8.8", "guests too"))
    assert (found is not None and found.brake is Brake.PROOF) == held
    if found:
        assert found.text.startswith("pupils reach 8.8.8.8 (and 1 more). Mend the policy")


def test_a_device_is_still_put_into_quarantine_while_the_intent_leaks_and_none_is_let_out() -> None:
    into, out = (
        PlannedChange(GATEWAY.name, SetAccessVlan("Gi1/0/5", was, becomes), Because("unknown", "why"))
        for was, becomes in ((20, 999), (999, 20))
    )
    situation = _situation("pupils reach 8.8.8.8")
    assert held_by_proof(into, situation) is None
    assert held_by_proof(out, situation) is not None
