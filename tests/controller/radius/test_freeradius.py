"""A real FreeRADIUS asks the real API: the right VLAN for so long, quarantine whenever something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.api.app import make_app
from controller.api.serve import run_api
from tests.controller.radius.servers import AT_PORT_7, MAB, School, account, ask, freeradius, school, vlan
from tests.fakes.site import IPAD, FakeSite, open_site
from tests.waiting import until

pytestmark = pytest.mark.needs("freeradius")
STRANGER = {"User-Name": "02005e100066", "User-Password": "02005e100066", "Calling-Station-Id": "02-00-5E-10-00-66"}


@pytest.fixture
def ash_lane(tmp_path: Path) -> Iterator[School]:
    with school(tmp_path) as found:
        yield found


def test_a_year_5_ipad_gets_the_pupils_vlan_until_its_lesson_begins(ash_lane: School) -> None:
    answer = ask(ash_lane, MAB | AT_PORT_7)
    assert vlan(answer) == "20"
    assert answer is not None
    assert answer["Session-Timeout"] == [900]  # it is nine; at 09:15 the timetable opens
    assert answer["Termination-Action"] == [1]  # asks again, and is not cut off
    assert 80 in answer  # Message-Authenticator (CVE-2024-3596)


def test_a_stranger_is_accepted_into_quarantine_and_never_refused(ash_lane: School) -> None:
    answer = ask(ash_lane, STRANGER | AT_PORT_7)
    assert vlan(answer) == "999"
    assert answer is not None
    assert answer["Session-Timeout"] == [300]


def test_where_it_signed_on_is_known_by_the_name_the_switch_itself_gives_the_port(ash_lane: School) -> None:
    ask(ash_lane, MAB | {"NAS-Port-Id": "GigabitEthernet1/0/8"})
    place = ash_lane.site.store.inventory().whereabouts[IPAD]
    assert place.port is not None
    assert str(place.port) == "sw-ict Gi1/0/8"


def test_who_signs_on_with_another_mac_than_the_one_at_the_port_rests(ash_lane: School) -> None:
    assert vlan(ask(ash_lane, MAB | {"Calling-Station-Id": "02-00-5E-10-00-77"})) == "999"


def test_a_name_and_password_without_eap_are_refused(ash_lane: School) -> None:
    answer = ask(ash_lane, MAB | {"User-Name": "admin"})
    assert answer is not None
    assert answer.code == 3


def test_a_request_without_message_authenticator_is_not_answered(ash_lane: School) -> None:
    assert ask(ash_lane, MAB, signed=False) is None


def test_a_switch_that_shares_no_secret_is_not_answered(ash_lane: School) -> None:
    assert ask(ash_lane, MAB, source="127.0.0.3", signed=False) is None


def test_accounting_says_who_left(ash_lane: School) -> None:
    ask(ash_lane, MAB | AT_PORT_7)
    assert any(each.mac == IPAD for each in ash_lane.site.store.radius_sessions())
    told = {"Calling-Station-Id": "3C-22-FB-05-00-11", "Acct-Session-Id": "A1", "User-Name": "3c22fb050011"}
    assert account(ash_lane, told | {"Acct-Status-Type": 1, "Framed-IP-Address": "10.20.0.44"}) is not None
    assert ash_lane.site.store.inventory().whereabouts[IPAD].address == "10.20.0.44"
    assert account(ash_lane, told | {"Acct-Status-Type": 2}) is not None
    assert not any(each.mac == IPAD for each in ash_lane.site.store.radius_sessions())


def test_a_token_that_was_taken_back_means_quarantine(ash_lane: School) -> None:
    site = ash_lane.site
    (token,) = (token for token in site.store.tokens() if token.account == "freeradius" and not token.revoked)
    site.store.revoke_token(token.id, SYSTEM, site.clock.now())
    answer = ask(ash_lane, MAB | AT_PORT_7)
    assert vlan(answer) == "999"
    assert answer is not None
    assert answer["Session-Timeout"] == [60]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    opened = open_site(tmp_path)
    yield opened
    opened.store.close()


def test_with_the_controller_dead_everybody_who_signs_on_rests_for_a_minute(site: FakeSite, tmp_path: Path) -> None:
    with run_api(make_app(site), "127.0.0.1", 0) as api:
        url, port = api.url, api.port
    with freeradius(site, tmp_path, url) as found:  # it starts without the controller
        answer = ask(found, MAB | AT_PORT_7)
        assert vlan(answer) == "999"
        assert answer is not None
        assert answer["Session-Timeout"] == [60]
        with run_api(make_app(site), "127.0.0.1", port):
            until(lambda: vlan(ask(found, MAB | AT_PORT_7)) == "20", 60)


def test_a_school_that_has_not_asked_for_radius_gives_nobody_a_vlan(site: FakeSite, tmp_path: Path) -> None:
    site.limits = None
    with run_api(make_app(site), "127.0.0.1", 0) as api, freeradius(site, tmp_path, api.url) as found:
        assert vlan(ask(found, MAB | AT_PORT_7)) == "999"
