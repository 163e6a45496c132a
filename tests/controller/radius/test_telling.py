"""Telling a switch that a decision has changed: a switch that loses packets, refuses, or only says that it obeyed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from pyrad.packet import CoANAK, CoAPacket, CoARequest, DisconnectNAK

from controller.accounts import SYSTEM
from controller.clock import SystemClock
from controller.compile import HORIZON, compile_intent
from controller.model import IntendedState, Plan
from controller.radius.client import Client, Way
from controller.radius.mail import Mail
from controller.radius.retry import Patience
from controller.radius.sessions import Session
from controller.radius.telling import Telling
from controller.radius.wire import _DICTIONARY
from controller.situation import Situation
from inventory.model import Approval, Hold, PortRef, Sighting, SwitchName
from tests.fakes.site import IPAD, FakeSite, open_site
from tests.waiting import until

SECRET = "a-secret-of-this-test-only"
QUICK = Patience(first=0.05, longest=0.4, tries=6, whole=3.0)


@dataclass
class Switch:
    """A switch's end of RFC 5176. It acts once on what it hears twice, and signs the device on again where it obeys."""

    store: FakeSite
    loses: int = 0
    """So many packets never arrive."""
    refuses: Mapping[int, int] = field(default_factory=dict)
    """Code of a request -> Error-Cause."""
    obeys: bool = True
    """False: it acknowledges and does nothing."""
    heard: list[bytes] = field(default_factory=list)
    acted: list[CoAPacket] = field(default_factory=list)
    answers: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._run)
        self.where = ("127.0.0.1", 9)

    @property
    def port(self) -> int:
        return int(self.wire.getsockname()[1])

    def _run(self) -> None:
        while True:
            octets, self.where = self.wire.recvfrom(4096)
            if octets == b"end":
                return
            self.heard.append(octets)
            if len(self.heard) <= self.loses:
                continue
            if octets not in self.answers:
                self.answers[octets] = self._act(octets)
            self.wire.sendto(self.answers[octets], self.where)

    def _act(self, octets: bytes) -> bytes:
        asked = CoAPacket(packet=octets, secret=SECRET.encode(), dict=_DICTIONARY)
        assert asked.VerifyCoARequest()
        assert asked.verify_message_authenticator(original_code=asked.code)
        assert asked["Event-Timestamp"]
        reply = asked.CreateReply()
        if (cause := self.refuses.get(asked.code)) is not None:
            reply.code = CoANAK if asked.code == CoARequest else DisconnectNAK
            reply["Error-Cause"] = cause
        else:
            self.acted.append(asked)
            if self.obeys:
                sign_on_again(self.store)
        reply.add_message_authenticator()
        return bytes(reply.ReplyPacket())

    @contextmanager
    def running(self) -> Iterator[None]:
        self.thread.start()
        try:
            yield
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                out.sendto(b"end", ("127.0.0.1", self.port))
            self.thread.join(10)
            self.wire.close()


def sign_on_again(site: FakeSite) -> None:
    """The device asks anew at once, and is answered with the quarantine VLAN."""
    now = site.clock.now()
    session = site.store.radius_session("sw-ict", IPAD)
    assert session is not None
    site.store.put_radius_session(replace(session, vlan=999, told_at=now, until=now + timedelta(minutes=5)))


@dataclass
class Around:
    """The network beside it. `looked` are the switches that were asked to be read."""

    site: FakeSite
    looked: list[str] = field(default_factory=list)
    vlan: int | None = None
    in_lesson: bool = False

    def fence(self) -> int:
        return self.number

    def __post_init__(self) -> None:
        self.number = self.site.store.take_lead("a test", None, self.site.clock.now()).number

    def situation(self) -> Situation:
        return Situation(self.site.inventory(), {}, {}, self.site.policy.brakes, 999, in_lesson=self.in_lesson)

    def claim(self, plan: Plan, situation: Situation) -> Plan:
        return plan

    def look_at(self, name: SwitchName) -> None:
        self.looked.append(name)
        if self.vlan is not None:
            at, port = self.site.clock.now() + timedelta(seconds=1), PortRef(name, "Gi1/0/5")
            self.site.store.record_sightings((Sighting(IPAD, at, "switch-table", port, self.vlan),), at)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    clock = SystemClock()
    opened = open_site(tmp_path, clock.now() - timedelta(minutes=1))
    opened.clock = clock  # type: ignore[assignment]
    yield opened
    opened.store.close()


def decided(site: FakeSite) -> IntendedState:
    now = site.clock.now()
    return compile_intent(site.policy, site.inventory(), site.store.windows(now, now + HORIZON), now, 1)


@contextmanager
def telling(
    site: FakeSite, switch: Switch, around: Around, way: Way = Way.DISCONNECT, *, hold: bool = True
) -> Iterator[Telling]:
    """Year 5's iPad is signed on at Gi1/0/5 in VLAN 20; then somebody puts it in quarantine."""
    now = site.clock.now()
    site.store.put_radius_session(
        Session("sw-ict", IPAD, now, "Gi1/0/5", "A1", 20, now - timedelta(seconds=1), now + timedelta(hours=1))
    )
    if hold:
        ipad = site.inventory().devices[IPAD]
        site.store.put_devices((replace(ipad, hold=Hold("head", "a virus", now)),), SYSTEM, now)
    client = Client("sw-ict", "127.0.0.1", SECRET, way, switch.port)
    told = teller(site, client, around, QUICK)
    with switch.running():
        told.start()
        try:
            yield told
        finally:
            told.stop()


def teller(site: FakeSite, client: Client, around: Around, patience: Patience) -> Telling:
    known, mail = {client.name: client}, Mail(site.clock, patience)
    return Telling(site.store, site.clock, lambda: site.policy, lambda: decided(site), lambda: known, around, mail)


def outcomes(site: FakeSite) -> list[str]:
    return [push.outcome or "" for push in site.store.pushes("radius sw-ict")]


def test_a_device_in_quarantine_signs_on_again_and_that_is_read_back(site: FakeSite) -> None:
    switch, around = Switch(site), Around(site)
    with telling(site, switch, around):
        until(lambda: outcomes(site) == ["verified"], 60)
    (asked,) = switch.acted
    assert asked["Calling-Station-Id"] == ["3C-22-FB-05-00-11"]
    assert asked["Acct-Session-Id"] == ["A1"]
    (push,) = site.store.pushes("radius sw-ict")
    assert push.moments.verified is not None
    assert "VLAN 20 -> 999" in push.lines[0]
    assert SECRET not in str(site.store.audit(limit=500))


def test_lost_packets_are_sent_again_and_acted_upon_once(site: FakeSite) -> None:
    switch, around = Switch(site, loses=3), Around(site)
    with telling(site, switch, around):
        until(lambda: outcomes(site) == ["verified"], 60)
    assert len(switch.heard) >= 4
    assert len(set(switch.heard)) == 1  # the very same octets, so that it knows them again
    assert len(switch.acted) == 1


def test_a_switch_that_cannot_change_a_session_is_asked_to_end_it(site: FakeSite) -> None:
    switch, around = Switch(site, refuses={CoARequest: 405}), Around(site)
    with telling(site, switch, around, Way.COA):
        until(lambda: outcomes(site) == ["verified"], 60)
    assert [asked.code for asked in switch.acted] == [40]


def test_a_session_that_goes_on_in_the_other_vlan_is_proven_by_the_switchs_own_table(site: FakeSite) -> None:
    switch, around = Switch(site, obeys=False), Around(site, vlan=999)
    with telling(site, switch, around, Way.COA):
        until(lambda: outcomes(site) == ["verified"], 60)
    (asked,) = switch.acted
    assert asked.code == CoARequest
    assert asked["Acct-Session-Id"] == ["A1"]
    assert around.looked == ["sw-ict"], "looked at as soon as it acknowledged"
    (push,) = site.store.pushes("radius sw-ict")
    stamps = push.moments.seen, push.moments.pushed, push.moments.acknowledged, push.moments.verified
    assert None not in stamps
    assert list(stamps) == sorted(each for each in stamps if each)
    session = site.store.radius_session("sw-ict", IPAD)
    assert session is not None
    assert session.vlan == 999, "the answer of before is out of date"


def test_a_change_that_was_acknowledged_and_not_made_is_followed_by_a_disconnect(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.radius.ladder.PROOF", timedelta(seconds=0.2))
    switch, around = Switch(site, obeys=False), Around(site, vlan=20)
    with telling(site, switch, around, Way.COA):
        until(lambda: len(switch.acted) == 2, 60)
        sign_on_again(site)
        until(lambda: outcomes(site) == ["verified"], 60)
    assert [asked.code for asked in switch.acted] == [CoARequest, 40]


def test_a_session_it_does_not_know_is_over(site: FakeSite) -> None:
    switch, around = Switch(site, refuses={40: 503}), Around(site)
    with telling(site, switch, around):
        until(lambda: outcomes(site) == ["verified"], 60)
    assert site.store.radius_sessions() == ()


def test_silence_leads_to_the_switch_itself_whose_table_counts(site: FakeSite) -> None:
    switch, around = Switch(site, loses=1000), Around(site, vlan=999)
    with telling(site, switch, around):
        until(lambda: outcomes(site) == ["verified"], 60)
    assert around.looked == ["sw-ict"]
    session = site.store.radius_session("sw-ict", IPAD)
    assert session is not None
    assert session.vlan == 999


def test_a_word_that_is_not_proven_ends_with_a_person(site: FakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.radius.ladder.PROOF", timedelta(seconds=0.2))
    switch, around = Switch(site, obeys=False), Around(site, vlan=20)
    with telling(site, switch, around):
        until(lambda: any(alarm.kind == "radius" for alarm in site.store.alarms()), 60)
        until(lambda: outcomes(site) == ["failed: acknowledged"], 60)
    (alarm,) = (alarm for alarm in site.store.alarms() if alarm.kind == "radius")
    assert "sw-ict keeps 3c:22:fb:05:00:11 in VLAN 20, and it belongs to 999" in alarm.text


def test_what_is_made_with_another_secret_is_no_answer(site: FakeSite) -> None:
    switch, around = Switch(site, loses=1000), Around(site, vlan=999)
    with telling(site, switch, around):
        until(lambda: bool(switch.heard), 60)
        asked = CoAPacket(packet=switch.heard[0], secret=b"somebody else", dict=_DICTIONARY)
        forged = asked.CreateReply().ReplyPacket()
        switch.wire.sendto(forged, switch.where)
        until(lambda: outcomes(site) == ["verified"], 60)
    assert around.looked  # it went on as if nothing had been said


def test_a_client_that_is_taken_away_meanwhile_ends_nothing_else(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.radius.ladder.PROOF", timedelta(seconds=0.2))
    switch, around = Switch(site, refuses={CoARequest: 405, 40: 501}, loses=1), Around(site, vlan=20)
    with telling(site, switch, around, Way.COA) as told:
        until(lambda: bool(switch.heard), 60)
        told.clients = dict
        until(lambda: bool(outcomes(site)[0]), 60)
        assert not told.on_their_way()
    assert outcomes(site)[0].startswith("failed")


def test_what_is_decided_otherwise_meanwhile_is_not_carried_out_to_the_end(site: FakeSite) -> None:
    switch, around = Switch(site, loses=1000), Around(site)
    with telling(site, switch, around) as told:
        until(lambda: bool(switch.heard), 60)
        ipad = site.inventory().devices[IPAD]
        site.store.put_devices((replace(ipad, hold=None),), SYSTEM, site.clock.now())
        told.wake()
        until(lambda: outcomes(site) == ["overtaken by another decision"], 60)
        assert not told.on_their_way()
    assert around.looked == []


def test_a_client_whose_row_was_changed_is_spoken_to_anew_and_heard(site: FakeSite) -> None:
    switch, around = Switch(site, loses=1000), Around(site, vlan=20)
    with telling(site, switch, around) as told:
        until(lambda: bool(switch.heard), 60)
        key, change = next(iter(told.on_their_way().items()))
        other = replace(told.clients()["sw-ict"], message_authenticator=False)
        mail = Mail(site.clock, QUICK)
        mail.open()
        try:
            mail.send(key, told.clients()["sw-ict"], change)
            mail.send(key, other, change)
            switch.loses = 0
            until(lambda: bool(mail.answers(0.1)), 60)
        finally:
            mail.close()


def test_another_controller_that_leads_sends_instead(site: FakeSite) -> None:
    switch, around = Switch(site), Around(site)
    site.store.take_lead("another", site.store.lease(), site.clock.now())
    with telling(site, switch, around) as told:
        until(lambda: "Another controller leads" in told.problem, 60)
    assert switch.heard == []


@pytest.mark.parametrize(("person", "heard"), [(False, 0), (True, 1)])
def test_a_board_stays_on_in_a_lesson_unless_a_person_says_so(site: FakeSite, person: bool, heard: int) -> None:
    now = site.clock.now()
    over = Approval("office", "lent", now - timedelta(minutes=1))  # it was let in for a while
    board = replace(site.inventory().devices[IPAD], kind="printer", approval=over)
    site.store.put_devices((board,), SYSTEM, now)
    switch, around = Switch(site), Around(site, in_lesson=True)
    with telling(site, switch, around, hold=person) as told:
        until(lambda: switch.heard or (told.tallies.get("sw-ict") and told.tallies["sw-ict"].held), 60)
    assert len(set(switch.heard)) == heard, "what is not answered in time is sent again: the very same octets"
