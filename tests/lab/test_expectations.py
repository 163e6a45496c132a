"""The reachability model by itself: what the words of the policy mean for packets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.lab.expect import NEVER, OUT, expected, standing, vlan_at
from controller.lab.internet import ADDRESSES, ECHO_PORTS
from controller.lab.plan import AT_HOME, HOSTS, VLANS, layout, subnet
from controller.lab.routes import TUNNELS_TCP, Manner, probes, tunnels
from controller.lab.story import STILL_HERE, Opening, Said, Story, Window

ELEVEN = datetime(2026, 12, 1, 11, 0, tzinfo=UTC).timestamp()
LESSON = Window("year-5", Opening.LESSON, ELEVEN - 60, ELEVEN + 60)


def at_home() -> Story:
    """Everybody who belongs here at their own socket, with an address of their segment."""
    story = Story(layout(2))
    for host in HOSTS:
        if host.plugged:
            client = story.clients[host.name]
            client.socket, client.lease = story.layout.home[host.name], host.vlan
            client.address = str(subnet(host.vlan).network_address + 100 + host.number)
    story.look(ELEVEN)
    return story


def test_between_lessons_staff_and_things_are_out_and_pupils_are_not() -> None:
    reach = expected(at_home(), ELEVEN)
    assert {name for name in AT_HOME if reach[name, "web"]} == {"ipad-1a", "teacher", "head", "printer", "board"}
    assert reach["ipad-1a", "name-learning"]
    assert not reach["ipad-1a", "name-open"]


def test_a_lesson_is_for_its_class_and_up_to_its_bell() -> None:
    story = at_home()
    story.said.windows.append(LESSON)
    open_at = [expected(story, ELEVEN + after)["ipad-5a", "web"] for after in (-61, -60, 59, 60)]
    assert open_at == [False, True, True, False]
    assert not expected(story, ELEVEN)["pc-6a", "web"]


@pytest.mark.parametrize(
    ("narrows", "names"),
    [
        (lambda said: said.windows.append(Window("year-5", Opening.EXAM, 0, ELEVEN + 9)), {"learning"}),
        (lambda said: said.windows.append(Window("year-5", Opening.PAUSE, 0, ELEVEN + 9)), set()),
        (lambda said: said.sanctions.update({AT_HOME["ipad-5b"].mac: ELEVEN + 9}), set()),
        (lambda said: said.declined.add("child-5-01"), set()),
        (lambda said: said.unsigned.add("child-5-01"), {"learning", "chat"}),
        (lambda said: said.held.add(AT_HOME["ipad-5b"].mac), set()),
        (lambda said: setattr(said, "emergency", True), set()),
    ],
)
def test_what_narrows_outranks_the_lesson(narrows: Callable[[Said], object], names: set[str]) -> None:
    said = Said(windows=[LESSON])
    narrows(said)
    assert standing(said, AT_HOME["ipad-5b"].mac, ELEVEN).names == names


def test_in_an_exam_its_class_alone_has_no_messages() -> None:
    story = at_home()
    story.said.windows += [LESSON, Window("year-6", Opening.EXAM, 0, ELEVEN + 9)]
    reach = expected(story, ELEVEN)
    assert [reach[name, "name-chat"] for name in ("ipad-5a", "ipad-1a", "pc-6a", "teacher")] == [
        True,
        True,
        False,
        True,
    ]
    assert expected(story, ELEVEN + 9)["ipad-5a", "name-chat"]


@given(st.sampled_from(list(AT_HOME)), st.booleans(), st.booleans(), st.sampled_from(list(Opening)))
def test_nothing_ever_opens_other_resolvers_or_what_is_mandatory(
    name: str, emergency: bool, dark: bool, kind: Opening
) -> None:
    story = at_home()
    story.said.emergency = emergency
    story.said.windows += [Window(group, kind, 0, ELEVEN + 9) for group in ("year-1", "year-5", "year-6")]
    story.dark = {"sw2"} if dark else set()
    reach = expected(story, ELEVEN)
    assert not any(reach[name, way] for way in NEVER)


def test_without_any_feed_names_may_still_be_known_from_before_and_nothing_else_is_open() -> None:
    story = at_home()
    story.feeds.clear()
    reach = expected(story, ELEVEN)
    assert (reach["board", "name-open"], reach["board", "name-games"], reach["board", "web"]) == (None, False, False)
    assert (reach["ipad-5a", "name-open"], reach["ipad-1a", "name-learning"]) == (False, None)


def test_a_device_behind_another_gets_what_that_one_gets_at_every_hour() -> None:
    story = at_home()
    story.clients["stranger"].behind = "ipad-5a"
    for windows, may in (([], False), ([LESSON], True)):
        story.said.windows[:] = windows
        reach = expected(story, ELEVEN)
        assert (reach["stranger", "web"], reach["stranger", "name-open"]) == (may, may)
        assert not any(reach["stranger", way] for way in NEVER)
        tried = {probe.way for probe in probes(story) if probe.client == "stranger"}
        assert tried == {way for client, way in reach if client == "stranger"}
    story.said.held.add(AT_HOME["ipad-5a"].mac)
    assert not any(may for (client, _), may in expected(story, ELEVEN).items() if client == "stranger")


def test_what_has_to_be_scanned_rests_until_it_is_and_what_the_school_owns_by_name_does_not() -> None:
    mac = AT_HOME["visitor"].mac
    said = Said(registered={mac}, unfit={mac})
    assert standing(said, mac, ELEVEN).segment == "quarantine"
    said.unfit.clear()
    assert standing(said, mac, ELEVEN).segment == "guest"
    said = Said(registered={mac}, unfit={mac}, staffed={mac})
    assert standing(said, mac, ELEVEN).segment == "staff"


def test_every_tunnel_has_a_far_end_that_listens() -> None:
    tried = list(tunnels("ipad-5a"))
    assert {probe.port for probe in tried if probe.manner is Manner.UDP} <= set(ECHO_PORTS)
    assert {probe.port for probe in tried if probe.manner is Manner.TCP} <= set(TUNNELS_TCP.values())
    assert {probe.address for probe in tried} <= set(ADDRESSES)


def test_a_socket_that_a_stranger_shares_rests_until_the_stranger_is_long_gone() -> None:
    story = at_home()
    socket, stranger = story.layout.home["ipad-5a"], story.clients["stranger"]
    story.clients["ipad-5a"].socket = None
    stranger.socket = socket
    story.look(ELEVEN + 1)
    stranger.socket, story.clients["ipad-5a"].socket = None, socket
    story.look(ELEVEN + 2)
    assert vlan_at(story, socket, ELEVEN + 2) == VLANS["quarantine"]
    story.look(ELEVEN + 2 + STILL_HERE)
    assert vlan_at(story, socket, ELEVEN + 2 + STILL_HERE) == VLANS["pupils"]


def test_a_dead_controller_freezes_what_people_said_and_not_the_hours() -> None:
    story = at_home()
    story.said.windows.append(LESSON)
    story.in_force = story.said.copy()
    story.said.emergency = True
    assert expected(story, ELEVEN)["ipad-5a", "web"]
    assert not expected(story, ELEVEN + 60)["ipad-5a", "web"]


def test_without_power_in_the_middle_nobody_is_out() -> None:
    story = at_home()
    story.dark.add("sw1")
    assert not any(may for (_, way), may in expected(story, ELEVEN).items() if way in OUT)


def test_of_segments_only_staff_begin_conversations_with_others() -> None:
    reach = expected(at_home(), ELEVEN)
    assert [reach["teacher", way] for way in ("to-pupil", "to-printer")] == [True, True]
    assert [reach["ipad-5a", way] for way in ("to-staff", "to-printer", "to-pupil")] == [False, False, True]
    assert not reach["printer", "to-staff"]
