"""The policy compiled into the filter's table, ports, ways out and access lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from controller.compile import compile_intent
from controller.model import AccessWindow, IntendedState
from controller.policy.file import parse
from device_drivers.model import Verb
from dns_filter.model import FilterTable, State, standing
from inventory.model import Exemption, Hold, Inventory, PortRef, Purpose, Switch, SwitchName
from tests.controller import school as school_file
from tests.controller.school import (
    DAY,
    DESK,
    GATEWAY,
    HOUR,
    IPAD,
    KS1_IPAD,
    LAPTOP,
    LOCK,
    NINE,
    POLICY,
    PRINTER,
    STRANGER,
    SWITCH,
    YEAR_5,
    at,
    device,
    mac,
    scanned,
    school,
    window,
)

MINUTE = timedelta(minutes=1)
SEEN = (at(IPAD, "10.20.0.11", "Gi1/0/1"), at(DESK, "10.30.0.11", "Gi1/0/2"), at(STRANGER, "10.99.0.7", "Gi1/0/3"))


def compiled(inventory: Inventory, *windows: AccessWindow, now: datetime = NINE) -> IntendedState:
    return compile_intent(POLICY, inventory, windows, now, 7, filters=("10.10.0.5", "fd00:10::5"))


def profile(table: FilterTable, address: str, moment: datetime) -> str:
    return standing(table, address, moment.timestamp()).profile.name


def test_the_filter_opens_and_closes_a_lesson_by_itself() -> None:
    table = compiled(school(seen=SEEN)).table
    lesson = [NINE + after * MINUTE for after in (14, 15, 74, 75)]
    closed, opened = "key-stage-2.closed", "key-stage-2~20261127T0000"
    assert [profile(table, "10.20.0.11", moment) for moment in lesson] == [closed, opened, opened, closed]


def test_the_table_holds_the_lessons_of_two_weeks() -> None:
    table = compiled(school(seen=SEEN)).table
    in_two_weeks = NINE + 14 * DAY - MINUTE
    assert table.horizon == (NINE + 14 * DAY).timestamp()
    assert profile(table, "10.20.0.11", NINE + 9 * DAY + 30 * MINUTE) == "key-stage-2"
    assert profile(table, "10.20.0.11", in_two_weeks) == "key-stage-2.closed"
    assert all(grant.closes_at < float("inf") for cohort in table.cohorts.values() for grant in cohort.grants)


def test_an_address_nobody_knows_and_a_stranger_get_the_same() -> None:
    table = compiled(school(seen=SEEN)).table
    assert standing(table, "10.20.3.3", NINE.timestamp()).profile.state is State.UNKNOWN
    assert standing(table, "10.99.0.7", NINE.timestamp()).profile.state is State.UNKNOWN
    assert table.bindings["10.99.0.7"].device == STRANGER
    assert table.cohorts[table.unknown].grants == ()


def test_only_the_schools_own_networks_may_ask() -> None:
    sources = compiled(school()).table.sources
    assert {"10.20.0.0/22", "fd00:20::/64", "10.99.0.0/24"} <= set(sources)


def test_every_year_group_and_role_has_a_cohort_of_its_own_name() -> None:
    table = compiled(school(), window(1, group="year-1", focus=("maths-sites",))).table
    assert {"year-1", "year-5", "teacher", "head", "unknown"} <= set(table.cohorts)
    assert table.cohorts["teacher"].resting == "staff"
    assert table.cohorts["year-1"].grants[0].profile == "approved-only+maths-sites"


def test_what_is_open_to_pupils_can_be_taken_away_at_any_moment_though_no_lesson_is_in_sight() -> None:
    text = school_file.TEXT.replace("pupils: closed, ks1: approved-only, staff: open", "pupils: open, staff: open")
    text = text.replace("{key_stage: ks2, level: key-stage-2,", "{key_stage: ks2, level: staff,")
    before, _, rest = text.partition("timetable:\n")
    policy = parse(before + rest[rest.index("day:") :], "school.yaml").policy
    seen = (*SEEN, at(PRINTER, "10.40.0.9"))
    table = compile_intent(policy, school(seen=seen), (), NINE, 7).table
    pupil, teacher = table.cohorts["year-5"], table.cohorts["teacher"]
    assert (pupil.grants, pupil.resting, pupil.switchable) == ((), teacher.resting, True)
    found = [table.cohorts[table.bindings[each].cohort] for each in ("10.30.0.11", "10.40.0.9", "10.99.0.7")]
    assert [each.switchable for each in (teacher, *found)] == [False, False, False, False]
    assert table.cohorts[table.bindings["10.20.0.11"].cohort].switchable


def test_a_pupils_device_that_rests_in_quarantine_shares_the_quarantine_of_all() -> None:
    held = device(IPAD, "school-ipad", year_group=YEAR_5, hold=Hold("technician", "lost", NINE - DAY))
    table = compiled(school(held, seen=SEEN)).table
    found = table.cohorts[table.bindings["10.20.0.11"].cohort]
    assert (found.resting, found.switchable) == ("quarantine", False)


def test_an_ipv6_address_is_bound_as_a_socket_spells_it() -> None:
    table = compiled(school(seen=[at(IPAD, "FD00:20::00AB")])).table
    assert table.bindings["fd00:20::ab"].device == IPAD


def test_devices_of_equal_standing_share_a_cohort() -> None:
    trolley = [device(mac(100 + n), "school-ipad", year_group=YEAR_5) for n in range(30)]
    seen = [at(each.mac, f"10.20.1.{n}") for n, each in enumerate(trolley)]
    table = compiled(school(*trolley, seen=seen)).table
    assert {binding.cohort for binding in table.bindings.values()} == {"year-5"}


def test_a_receipt_that_runs_out_closes_the_laptop_with_the_controller_dead() -> None:
    scan = scanned(LAPTOP, NINE - 2 * DAY)
    table = compiled(school(receipts=[scan], seen=[at(LAPTOP, "10.30.0.9")])).table
    moments = [NINE, NINE + DAY - timedelta(seconds=1), NINE + DAY, NINE + 30 * DAY]
    assert [profile(table, "10.30.0.9", moment) for moment in moments] == ["staff", "staff", "quarantine", "quarantine"]


def test_an_address_that_two_devices_claim_has_the_stricter_standing() -> None:
    table = compiled(school(seen=[at(DESK, "10.30.0.11"), at(STRANGER, "10.30.0.11")])).table
    assert table.bindings["10.30.0.11"].device == STRANGER


def test_the_table_says_the_same_a_minute_later() -> None:
    given = school(receipts=[scanned(LAPTOP, NINE)], seen=[*SEEN, at(LAPTOP, "10.30.0.9")])
    opened = window(1, start=-10)
    one, other = (compiled(given, opened, now=NINE + after * MINUTE).table for after in (0, 1))
    stamps = {"made_at": one.made_at, "horizon": one.horizon}
    assert one == other.model_copy(update=stamps)


def test_a_window_that_a_later_one_hides_is_still_found_in_the_table() -> None:
    hidden, hiding = window(1, minutes=30), window(2, start=5, minutes=60, focus=("maths-sites",))
    table = compiled(school(seen=SEEN), hidden, hiding).table
    found = [
        g for g in table.cohorts["year-5"].grants if g.window == "1" and g.closes_at == hidden.closes_at.timestamp()
    ]
    assert found
    assert profile(table, "10.20.0.11", NINE + 20 * MINUTE) == "key-stage-2+maths-sites~20261127T0000"


def test_an_intent_is_valid_until_the_next_bell_and_an_hour_at_most() -> None:
    assert compiled(school()).valid_until == NINE + 15 * MINUTE
    assert compiled(school(), now=NINE + 2 * HOUR).valid_until == NINE + 3 * HOUR
    assert compiled(school(), window(1, start=-10, minutes=15)).valid_until == NINE + 5 * MINUTE


def test_the_gateway_lets_a_pupil_out_up_to_the_end_of_the_lesson() -> None:
    opened = window(1, start=-10, minutes=40)
    assert compiled(school(seen=SEEN), opened).grants["10.20.0.11"] == opened.closes_at + 45 * MINUTE
    assert "10.20.0.11" not in compiled(school(seen=SEEN)).grants
    assert "10.99.0.7" not in compiled(school(seen=SEEN), opened).grants


def test_the_way_out_of_staff_is_a_lease_that_changes_twice_a_day() -> None:
    ends = [
        compiled(school(seen=SEEN), now=NINE.replace(hour=hour)).grants["10.30.0.11"] for hour in (0, 9, 11, 12, 23)
    ]
    tonight, noon = NINE.replace(hour=0) + DAY, NINE.replace(hour=12) + DAY
    assert ends == [tonight, tonight, tonight, noon, noon]


def test_a_way_out_ends_with_the_receipt_that_allows_it() -> None:
    scan = scanned(LAPTOP, NINE - 3 * DAY + HOUR)
    assert compiled(school(receipts=[scan], seen=[at(LAPTOP, "10.30.0.9")])).grants["10.30.0.9"] == NINE + HOUR


def test_each_port_gets_the_vlan_of_what_is_behind_it_and_an_empty_one_rests() -> None:
    intent = compiled(school(seen=SEEN))
    assert {ref.port: port.vlan for ref, port in intent.ports.items()} == {"Gi1/0/1": 20, "Gi1/0/2": 30, "Gi1/0/3": 999}
    assert (intent.resting.vlan, intent.resting.segment) == (999, "quarantine")


def test_devices_that_disagree_about_their_port_get_quarantine() -> None:
    intent = compiled(school(seen=[at(IPAD, port="Gi1/0/1"), at(DESK, port="Gi1/0/1")]))
    port = intent.ports[PortRef(SWITCH.name, "Gi1/0/1")]
    assert port.vlan == 999
    assert "share this port" in port.because.text


def test_who_left_a_port_no_longer_speaks_for_it() -> None:
    gone, here = at(DESK, port="Gi1/0/1", when=NINE - 20 * MINUTE), at(IPAD, port="Gi1/0/1")
    assert compiled(school(seen=[gone, here])).ports[PortRef(SWITCH.name, "Gi1/0/1")].vlan == 20


@pytest.mark.parametrize(("minutes", "until"), [(12, 4), (15, 1), (14, 2), (1, 15)])
def test_a_port_that_two_share_is_looked_at_again_when_one_of_them_will_have_left(minutes: int, until: int) -> None:
    gone, here = at(DESK, port="Gi1/0/1", when=NINE - minutes * MINUTE), at(IPAD, port="Gi1/0/1")
    assert compiled(school(seen=[gone, here])).valid_until == NINE + until * MINUTE


@pytest.mark.parametrize(("who", "kept"), [(IPAD, False), (PRINTER, True)])
def test_a_port_unused_for_a_day_rests_again_but_a_printer_keeps_its_own(who: str, kept: bool) -> None:
    found = compiled(school(seen=[at(who, port="Gi1/0/1", when=NINE - 2 * DAY)]))  # type: ignore[arg-type]
    assert (PortRef(SWITCH.name, "Gi1/0/1") in found.ports) is kept


def test_there_is_no_port_to_move_behind_wireless_or_an_unknown_switch() -> None:
    wifi = Switch(SwitchName("wifi"), "127.0.0.1", 22, "wlc", Purpose.WIRELESS)
    refs = [PortRef(wifi.name, "ap-hall"), PortRef(GATEWAY.name, "eth1"), PortRef(SwitchName("gone"), "Gi1/0/1")]
    seen = [replace(at(mac(50 + n)), port=ref) for n, ref in enumerate(refs)]
    assert compiled(school(seen=seen, switches=(SWITCH, wifi, GATEWAY))).ports == {}


def test_a_held_device_and_an_ended_exemption_are_quarantined_in_the_table_too() -> None:
    held = device(IPAD, "school-ipad", year_group=YEAR_5, hold=Hold("ICT lead", "lost", NINE))
    exempt = device(LOCK, "door-lock", exemption=Exemption("ICT lead", "cannot be scanned", NINE + 400 * DAY))
    table = compiled(school(held, exempt, seen=[*SEEN, at(LOCK, "10.40.0.5")]), window(1)).table
    assert profile(table, "10.20.0.11", NINE) == "quarantine"
    assert [profile(table, "10.40.0.5", NINE + after) for after in (DAY, 14 * DAY, 16 * DAY)] == [
        "things",
        "things",
        "quarantine",
    ]


def test_pupils_reach_dns_at_the_filter_only_and_neither_staff_nor_management() -> None:
    lists = compiled(school()).access_lists
    entries = lists["vlan20"].entries
    assert lists["vlan20"].name == "caretaker-pupils"
    said = [(entry.verb, entry.protocol, entry.destination, entry.port) for entry in entries]
    assert said.index((Verb.PERMIT, "udp", "10.10.0.5/32", 53)) < said.index((Verb.DENY, "udp", "any", 53))
    assert (Verb.PERMIT, "tcp", "fd00:10::5/128", 853) in said
    denied = {entry.destination for entry in entries if entry.verb is Verb.DENY and entry.protocol == "ip"}
    assert {"10.30.0.0/24", "10.10.0.0/24", "10.40.0.0/24"} <= denied
    # The way out is no entry of the list: it is a grant with an end.
    opened = {entry.protocol for entry in entries if entry.verb is Verb.PERMIT and entry.port is None}
    assert opened == {"icmp", "tcp"}
    assert all(
        entry.established
        for entry in entries
        if entry.verb is Verb.PERMIT and entry.protocol == "tcp" and not entry.port
    )
    assert {"1.1.1.1/32", "2620:fe::9/128", "45.90.28.0/24"} <= denied


def test_staff_print_but_do_not_reach_the_management() -> None:
    entries = compiled(school()).access_lists["vlan30"].entries
    verbs = {entry.destination: entry.verb for entry in entries if entry.protocol == "ip"}
    assert (verbs["10.40.0.0/24"], verbs["10.10.0.0/24"]) == (Verb.PERMIT, Verb.DENY)


def test_quarantine_reaches_the_filter_and_an_address_and_nothing_else() -> None:
    entries = compiled(school()).access_lists["vlan999"].entries
    *opened, last = entries
    assert (last.verb, last.protocol, last.destination) == (Verb.DENY, "ip", "any")
    assert {entry.verb for entry in opened} == {Verb.PERMIT}
    assert {entry.port for entry in opened} == {53, 67, 547, 853, None}
    assert {entry.destination for entry in opened if entry.port in (53, 853)} == {"10.10.0.5/32", "fd00:10::5/128"}
    far = {entry.destination for entry in opened if entry.port not in (53, 853)}
    assert far == {"255.255.255.255/32", "10.99.0.0/24", "ff02::1:2/128", "fe80::/10", "ff02::/16"}


def test_without_a_filter_there_is_no_list_that_would_cut_off_every_name() -> None:
    assert compile_intent(POLICY, school(), (), NINE, 1).access_lists == {}
    assert "vlan10" not in compiled(school()).access_lists


def test_the_youngest_keep_their_sites_and_their_way_out_between_lessons() -> None:
    intent = compiled(school(seen=[at(KS1_IPAD, "10.20.0.4")]))
    assert profile(intent.table, "10.20.0.4", NINE) == "approved-only"
    assert "10.20.0.4" in intent.grants


def test_an_allowance_ends_in_the_filter_at_midnight_though_a_window_goes_on() -> None:
    night = window(1, start=2 * 24 * 60, minutes=2 * 24 * 60)
    table = compiled(school(seen=SEEN), night).table
    midnight = NINE.replace(day=27, hour=0)
    names = [profile(table, "10.20.0.11", moment) for moment in (midnight - timedelta(seconds=1), midnight)]
    assert names == ["key-stage-2~20261127T0000", "key-stage-2"]
    allowed = [[rule.name for rule in table.profiles[name].rules if rule.allow] for name in names]
    assert allowed == [["ttrockstars.com", "poppyappeal.org.uk"], ["ttrockstars.com"]]


def test_two_windows_that_follow_each_other_are_both_found_in_the_table() -> None:
    first, second = window(1, start=100, minutes=30), window(2, start=130, minutes=30)
    grants = compiled(school(), first, second).table.cohorts["year-5"].grants
    found = {grant.window: grant.closes_at for grant in grants}
    assert (found["1"], found["2"]) == (first.closes_at.timestamp(), second.closes_at.timestamp())
