"""What would change on the network, and what holds it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.model import Brake, Plan
from controller.plan import Reading, plan
from controller.policy import Brakes
from device_drivers.model import (
    AccessList,
    Ace,
    Capability,
    Driver,
    GrantInternet,
    NeighbourKind,
    Observed,
    PortKind,
    SetAccessList,
    SetAccessVlan,
    Verb,
)
from inventory.model import Inventory, Mode, Port, PortRef, Switch
from tests.controller.networks import intent, port, switch
from tests.controller.obedient import Device, applied
from tests.controller.school import DESK, GATEWAY, HOUR, IPAD, NINE, PRINTER, STRANGER, SWITCH, at, mac, school, window

DRIVERS = {name: Device(Observed(), NINE).driver(name) for name in ("cisco_ios", "linux_gateway")}
ASK = Brakes()
PORT = PortRef(SWITCH.name, "Gi1/0/1")


def planned(inventory: Inventory, observed: Observed, **rest: object) -> Plan:
    given = {"brakes": ASK, "drivers": DRIVERS, **rest}
    return plan(intent(inventory), inventory, {SWITCH.name: observed}, now=NINE, **given)  # type: ignore[arg-type]


def brakes(found: Plan) -> list[Brake]:
    return [held.brake for held in found.held_back]


def test_a_stranger_goes_to_quarantine_and_the_plan_says_why() -> None:
    found = planned(
        school(seen=[at(STRANGER, port="Gi1/0/1")]), switch(port("Gi1/0/1", 20), seen=[(STRANGER, "Gi1/0/1")])
    )
    assert [each.change for each in found.changes] == [SetAccessVlan("Gi1/0/1", 20, 999)]
    assert found.changes[0].because.rule == "unknown: quarantine"
    assert not found.held_back


def test_a_registered_ipad_is_admitted_to_the_pupils() -> None:
    found = planned(school(seen=[at(IPAD, port="Gi1/0/1")]), switch(port("Gi1/0/1"), seen=[(IPAD, "Gi1/0/1")]))
    assert [each.change for each in found.changes] == [SetAccessVlan("Gi1/0/1", 999, 20)]


def test_an_empty_port_goes_back_to_rest_and_a_resting_one_stays() -> None:
    found = planned(school(), switch(port("Gi1/0/1", 20, up=False), port("Gi1/0/2", 999)))
    assert [each.change for each in found.changes] == [SetAccessVlan("Gi1/0/1", 20, 999)]


@pytest.mark.parametrize("kind", [PortKind.TRUNK, PortKind.LAG_MEMBER, PortKind.ROUTED, PortKind.UNKNOWN])
def test_what_is_no_plain_access_port_is_never_touched(kind: PortKind) -> None:
    found = planned(school(seen=[at(STRANGER, port="Gi1/0/1")]), switch(port("Gi1/0/1", 20, kind)))
    assert found.empty
    assert brakes(found) in ([], [Brake.UPLINK])


@pytest.mark.parametrize("kind", [NeighbourKind.BRIDGE, NeighbourKind.ACCESS_POINT, NeighbourKind.ROUTER])
def test_a_port_towards_other_network_equipment_is_an_uplink(kind: NeighbourKind) -> None:
    found = planned(school(), switch(port("Gi1/0/1", 20), behind=[("Gi1/0/1", kind)]), forced=True)
    assert found.empty
    assert brakes(found) == [Brake.UPLINK]
    assert "never touched" in found.held_back[0].text


def test_a_phone_on_the_desk_does_not_make_an_uplink() -> None:
    observed = switch(port("Gi1/0/1", 999), behind=[("Gi1/0/1", NeighbourKind.PHONE)], seen=[(IPAD, "Gi1/0/1")])
    assert len(planned(school(seen=[at(IPAD, port="Gi1/0/1")]), observed).changes) == 1


def test_a_port_with_somebody_the_intent_does_not_know_to_be_there_is_not_put_to_rest() -> None:
    """The intent is older than the reading, or the device was seen at another port too: this one is not empty."""
    assert planned(school(), switch(port("Gi1/0/1", 20), seen=[(IPAD, "Gi1/0/1")])).empty


def test_many_devices_behind_one_port_are_another_switch() -> None:
    crowd = [(mac(60 + n), "Gi1/0/1") for n in range(4)]
    known = school(seen=[at(who, port="Gi1/0/1") for who, _ in crowd])
    found = planned(known, switch(port("Gi1/0/1", 20), seen=crowd))
    assert (found.empty, brakes(found)) == (True, [Brake.TOO_MANY_MACS])


@pytest.mark.parametrize(
    ("said", "own_path", "brake"),
    [
        (Port(PORT, protected=True), frozenset(), Brake.PROTECTED),
        (Port(PORT), frozenset({PORT}), Brake.OWN_PATH),
        (Port(PORT, mode=Mode.OBSERVE), frozenset(), Brake.MODE),
        (Port(PORT, mode=Mode.REGISTER), frozenset(), Brake.MODE),
    ],
)
def test_what_a_person_said_of_a_port_holds(said: Port, own_path: frozenset[PortRef], brake: Brake) -> None:
    inventory = replace(school(seen=[at(STRANGER, port="Gi1/0/1")]), ports={PORT: said})
    found = planned(inventory, switch(port("Gi1/0/1", 20)), own_path=own_path, forced=True)
    assert (found.empty, brakes(found)) == (True, [brake])


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.REGISTER])
def test_a_port_cannot_be_driven_harder_than_its_switch(mode: Mode) -> None:
    inventory = replace(school(switches=[replace(SWITCH, mode=mode)]), ports={PORT: Port(PORT, mode=Mode.ENFORCE)})
    found = planned(inventory, switch(port("Gi1/0/1", 20)))
    assert brakes(found) == [Brake.MODE]
    assert f"sw-1 is in mode {mode}" in found.held_back[0].text


def test_a_vlan_the_switch_does_not_have_is_not_set() -> None:
    found = planned(school(), switch(port("Gi1/0/1", 20), vlans=frozenset({1, 20})))
    assert brakes(found) == [Brake.NOT_SUPPORTED]
    assert "create it there first" in found.held_back[0].text


def test_what_a_driver_cannot_do_is_said_and_not_tried() -> None:
    blind = {"cisco_ios": replace(DRIVERS["cisco_ios"], can=frozenset({Capability.WIRELESS_CLIENTS}))}
    assert brakes(planned(school(), switch(port("Gi1/0/1", 20)), drivers=blind)) == [Brake.NOT_SUPPORTED]
    assert brakes(planned(school(), switch(port("Gi1/0/1", 20)), drivers={})) == [Brake.NOT_SUPPORTED]


def test_a_switch_that_was_not_read_is_named() -> None:
    assert planned(school(), switch()).notes == ("gw has not been read: nothing is planned for it",)


class TestInLessonTime:
    def test_a_working_port_is_not_moved_but_a_person_may_say_so(self) -> None:
        given = school(seen=[at(IPAD, port="Gi1/0/1")]), switch(port("Gi1/0/1", 30), seen=[(IPAD, "Gi1/0/1")])
        assert brakes(planned(*given, in_lesson=True)) == [Brake.LESSON]
        assert len(planned(*given, in_lesson=True, forced=True).changes) == 1
        assert len(planned(*given, in_lesson=True, brakes=Brakes(in_lesson_time="allow")).changes) == 1

    def test_where_the_policy_refuses_it_nobody_can_force_it(self) -> None:
        given = school(seen=[at(IPAD, port="Gi1/0/1")]), switch(port("Gi1/0/1", 30), seen=[(IPAD, "Gi1/0/1")])
        assert brakes(planned(*given, in_lesson=True, forced=True, brakes=Brakes(in_lesson_time="refuse"))) == [
            Brake.LESSON
        ]

    def test_a_stranger_is_quarantined_all_the_same(self) -> None:
        given = school(seen=[at(STRANGER, port="Gi1/0/1")]), switch(port("Gi1/0/1", 20), seen=[(STRANGER, "Gi1/0/1")])
        assert len(planned(*given, in_lesson=True).changes) == 1

    def test_a_device_is_admitted_from_quarantine(self) -> None:
        given = school(seen=[at(IPAD, port="Gi1/0/1")]), switch(port("Gi1/0/1"), seen=[(IPAD, "Gi1/0/1")])
        assert len(planned(*given, in_lesson=True).changes) == 1

    def test_a_board_does_not_go_dark_because_a_stranger_plugs_in_beside_it(self) -> None:
        both = [at(PRINTER, port="Gi1/0/1"), at(STRANGER, port="Gi1/0/1")]
        observed = switch(port("Gi1/0/1", 40), seen=[(PRINTER, "Gi1/0/1"), (STRANGER, "Gi1/0/1")])
        assert brakes(planned(school(seen=both), observed, in_lesson=True)) == [Brake.LESSON]
        assert len(planned(school(seen=both), observed).changes) == 1

    @pytest.mark.parametrize("in_lesson_time", ["ask", "allow", "refuse"])
    def test_whatever_the_policy_allows_no_board_goes_dark_without_a_person(self, in_lesson_time: str) -> None:
        both = [at(PRINTER, port="Gi1/0/1"), at(STRANGER, port="Gi1/0/1")]
        observed = switch(port("Gi1/0/1", 40), seen=[(PRINTER, "Gi1/0/1"), (STRANGER, "Gi1/0/1")])
        asked = Brakes.model_validate({"in_lesson_time": in_lesson_time})
        assert brakes(planned(school(seen=both), observed, in_lesson=True, brakes=asked)) == [Brake.LESSON]
        forced = planned(school(seen=both), observed, in_lesson=True, forced=True, brakes=asked)
        assert len(forced.changes) == (0 if in_lesson_time == "refuse" else 1)


class TestBlastRadius:
    def test_only_so_many_ports_change_in_a_minute_and_the_rest_follows(self) -> None:
        ports = [port(f"Gi1/0/{n}", 20) for n in range(1, 15)]
        found = planned(school(), switch(*ports))
        assert len(found.changes) == 10
        assert brakes(found) == [Brake.BLAST_RADIUS] * 4
        recent = tuple(PortRef(SWITCH.name, each.name) for each in ports[:8])
        assert len(planned(school(), switch(*ports), recent=recent).changes) == 2

    def test_a_stranger_goes_before_admissions_and_those_before_empty_ports(self) -> None:
        seen = [at(STRANGER, port="Gi1/0/9"), at(IPAD, port="Gi1/0/8")]
        table = [(STRANGER, "Gi1/0/9"), (IPAD, "Gi1/0/8")]
        ports = [*(port(f"Gi1/0/{n}", 20) for n in range(1, 8)), port("Gi1/0/8", 999), port("Gi1/0/9", 20)]
        found = planned(school(seen=seen), switch(*ports, seen=table), brakes=Brakes(ports_per_minute=3))
        assert [each.change.port for each in found.changes] == ["Gi1/0/9", "Gi1/0/8", "Gi1/0/1"]  # type: ignore[union-attr]

    def test_no_more_of_a_room_than_its_share(self) -> None:
        inventory = school(switches=[replace(SWITCH, room="ict-suite")])
        found = planned(inventory, switch(*(port(f"Gi1/0/{n}", 20) for n in range(1, 11))))
        assert len(found.changes) == 2
        assert set(brakes(found)) == {Brake.ROOM}
        assert "20%" in found.held_back[0].text

    def test_a_room_of_two_ports_can_still_be_changed_one_by_one(self) -> None:
        inventory = school(switches=[replace(SWITCH, room="office")])
        assert len(planned(inventory, switch(port("Gi1/0/1", 20), port("Gi1/0/2", 20))).changes) == 1


class TestTheGateway:
    def changes(self, observed: Observed, switches: tuple[Switch, ...] = (SWITCH, GATEWAY), **rest: object) -> Plan:
        inventory = school(seen=[at(IPAD, "10.20.0.11"), at(DESK, "10.30.0.11")], switches=switches)
        meant = intent(inventory, window(1, start=-10, minutes=20))
        given = {"drivers": DRIVERS, **rest}
        return plan(meant, inventory, {GATEWAY.name: observed}, brakes=ASK, now=NINE, **given)  # type: ignore[arg-type]

    def test_a_lesson_is_a_grant_that_ends_with_it_and_comes_before_the_lists(self) -> None:
        found = self.changes(Observed())
        kinds = [type(each.change) for each in found.changes]
        assert kinds == sorted(kinds, key=[GrantInternet, SetAccessList].index)
        grants = {each.change.source: each.change for each in found.changes if isinstance(each.change, GrantInternet)}
        assert grants["10.20.0.11"] == GrantInternet("10.20.0.11", None, NINE + timedelta(minutes=10))
        assert {each.change.interface for each in found.changes if isinstance(each.change, SetAccessList)} == {
            "vlan20", "vlan30", "vlan40", "vlan50", "vlan999",
        }  # fmt: skip

    def test_a_second_or_two_of_counting_is_no_difference_but_another_end_is(self) -> None:
        told = applied(Observed(), [each.change for each in self.changes(Observed()).changes], NINE)
        assert self.changes(told).empty
        later = replace(told, grants={source: left - 3 for source, left in told.grants.items()})
        assert self.changes(later).empty
        longer = replace(told, grants={**told.grants, "10.20.0.11": 3000.0})
        assert [each.change.becomes for each in self.changes(longer).changes] == [NINE + timedelta(minutes=10)]  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("left", "told"),
        [(597, False), (601.5, False), (602.5, True), (594, True), (None, True)],
    )
    def test_an_end_that_looks_late_is_put_right_sooner_than_one_that_looks_early(
        self, left: float | None, told: bool
    ) -> None:
        """Reading takes time, which makes an end look earlier than it is."""
        others = applied(Observed(), [each.change for each in self.changes(Observed()).changes], NINE)
        grants = {**others.grants, "10.20.0.11": left} if left is not None else {}
        found = self.changes(replace(others, grants=grants))
        assert ("10.20.0.11" in {each.change.source for each in found.changes}) is told  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("ends_in", "left", "told"),
        [(4, None, False), (4, 1.0, False), (4, 3000.0, True), (6, None, True), (0, 1.0, False), (0, 3.0, True)],
    )
    def test_nobody_is_let_out_for_the_last_seconds_before_the_bell_but_who_is_out_too_long_is_called_in(
        self, ends_in: float, left: float | None, told: bool
    ) -> None:
        inventory = school(seen=[at(IPAD, "10.20.0.11")])
        bell = window(1, start=-10, minutes=20).closes_at
        meant = intent(inventory, window(1, start=-10, minutes=20))
        read = Reading(Observed(grants={} if left is None else {"10.20.0.11": left}), bell - timedelta(seconds=ends_in))
        found = plan(meant, inventory, {GATEWAY.name: read}, DRIVERS, ASK, NINE)
        assert any(isinstance(each.change, GrantInternet) for each in found.changes) is told

    def test_the_seconds_a_gateway_counts_begin_when_it_was_read(self) -> None:
        told = applied(
            Observed(), [each.change for each in self.changes(Observed()).changes], NINE - timedelta(minutes=1)
        )
        inventory = school(seen=[at(IPAD, "10.20.0.11"), at(DESK, "10.30.0.11")])
        meant = intent(inventory, window(1, start=-10, minutes=20))
        reading = Reading(told, NINE - timedelta(minutes=1))
        assert plan(meant, inventory, {GATEWAY.name: reading}, DRIVERS, ASK, NINE).empty

    def test_a_way_out_nobody_meant_is_closed_in_lesson_time_too(self) -> None:
        told = applied(Observed(), [each.change for each in self.changes(Observed()).changes], NINE)
        stray = replace(told, grants={**told.grants, "10.20.3.9": 600.0})
        found = self.changes(stray, in_lesson=True)
        assert [each.change for each in found.changes] == [
            GrantInternet("10.20.3.9", NINE + timedelta(minutes=10), None)
        ]

    def test_a_list_somebody_changed_is_put_right_and_a_foreign_one_is_left(self) -> None:
        told = applied(Observed(), [each.change for each in self.changes(Observed()).changes], NINE)
        open_list = AccessList("caretaker-pupils", (Ace(Verb.PERMIT, "ip", "any", "any"),))
        drifted = replace(
            told,
            access_lists={**told.access_lists, "caretaker-pupils": open_list, "cctv": open_list},
            bindings={**told.bindings, "vlan77": "cctv"},
        )
        assert [each.change.interface for each in self.changes(drifted).changes] == ["vlan20"]  # type: ignore[union-attr]

    def test_a_list_of_a_segment_that_is_gone_is_taken_away(self) -> None:
        told = applied(Observed(), [each.change for each in self.changes(Observed()).changes], NINE)
        old = AccessList("caretaker-old", ())
        extra = replace(
            told, access_lists={**told.access_lists, old.name: old}, bindings={**told.bindings, "vlan60": old.name}
        )
        assert [each.change for each in self.changes(extra).changes] == [SetAccessList(old.name, "vlan60", old, None)]

    def test_where_a_gateway_cannot_lease_its_lists_let_out_and_the_plan_says_so(self) -> None:
        no_leases = replace(DRIVERS["linux_gateway"], can=frozenset({Capability.ACCESS_LIST}))
        drivers: dict[str, Driver] = {**DRIVERS, "linux_gateway": no_leases}
        found = self.changes(Observed(), drivers=drivers)
        assert set(brakes(found)) == {Brake.NOT_SUPPORTED}
        ends = {each.change.interface: each.change.becomes.entries[-1].verb for each in found.changes}  # type: ignore[union-attr]
        lists = {each.change.interface: each.change.becomes.entries for each in found.changes}  # type: ignore[union-attr]
        assert lists["vlan20"][-1] == Ace(Verb.PERMIT, "ip", "any", "any")
        assert Ace(Verb.PERMIT, "ip", "any", "any") not in lists["vlan999"]
        assert ends["vlan30"] is Verb.PERMIT

    def test_lists_wait_for_the_end_of_a_lesson_and_ways_out_do_not(self) -> None:
        found = self.changes(Observed(), in_lesson=True)
        assert {type(each.change) for each in found.changes} == {GrantInternet}
        assert set(brakes(found)) == {Brake.LESSON}

    def test_a_gateway_in_observe_is_told_nothing(self) -> None:
        found = self.changes(Observed(), (SWITCH, replace(GATEWAY, mode=Mode.OBSERVE)))
        assert found.empty
        assert set(brakes(found)) == {Brake.MODE}


def test_a_plan_is_valid_as_long_as_its_intent() -> None:
    assert planned(school(), switch()).valid_until == NINE + HOUR / 4
