"""A day in the demo school, seen from outside: iPads, a stranger, a lesson, and what it prints to try."""

from __future__ import annotations

import re

import httpx2
import pytest

from controller.demo import roster
from inventory.model import PortRef
from tests.demo.running import Demo
from tests.waiting import until

pytestmark = [pytest.mark.xdist_group("demo school"), pytest.mark.slow]

YEAR_1, YEAR_4, YEAR_5 = "127.1.0.11", "127.4.0.11", "127.5.0.11"
REAL_GAME = "agame.com"
"""On the list of UT1, and not on the demo's own short one."""
HALL = 0


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_a_game_of_the_real_list_is_blocked_for_a_year_5_ipad(demo: Demo, tcp: bool) -> None:
    heard = demo.ask(YEAR_5, REAL_GAME, tcp=tcp)
    assert heard.blocked
    assert heard.ede == 15
    assert heard.ttl <= 10


def test_in_a_lesson_it_is_the_list_that_blocks_and_what_is_for_learning_stays_open(demo: Demo) -> None:
    """ttrockstars.com stands on the list of games too: public lists are wrong at times."""
    opened = demo.call("POST", "/windows", {"group": "year-5", "minutes": 5}).json()
    demo.everywhere(YEAR_5, "wikipedia.org", lambda heard: heard.answered)
    said = demo.get(f"/explain?client={YEAR_5}&name={REAL_GAME}")["verdict"]
    assert (said["step"], said["categories"]) == ("categories", ["games"])
    assert demo.ask(YEAR_5, REAL_GAME).blocked
    assert demo.ask(YEAR_5, "ttrockstars.com").answered
    demo.call("POST", f"/windows/{opened['id']}/end")


@pytest.mark.parametrize("name", ["bbc.co.uk", "www.bbc.co.uk", "ttrockstars.com"])
def test_what_is_for_learning_is_answered(demo: Demo, name: str) -> None:
    assert demo.ask(YEAR_5, name).answered


def test_the_youngest_get_their_approved_sites_and_nothing_else(demo: Demo) -> None:
    assert demo.ask(YEAR_1, "phonicsplay.co.uk").answered
    assert demo.ask(YEAR_1, "bbc.co.uk").answered
    for name in ("wikipedia.org", "example.com", REAL_GAME):
        assert demo.ask(YEAR_1, name).ede == 15


def test_a_stranger_gets_the_essentials_only_and_its_port_rests_in_quarantine(demo: Demo) -> None:
    for name in ("bbc.co.uk", "ttrockstars.com", REAL_GAME, "childline.org.uk"):
        heard = demo.ask(roster.STRANGER_ADDRESS, name)
        assert heard.blocked
        assert heard.ede == 18
    assert demo.ask(roster.STRANGER_ADDRESS, "captive.apple.com").answered
    until(lambda: demo.vlan_of(HALL, roster.STRANGER_PORT.port) == 999)


def test_registered_devices_keep_their_vlans(demo: Demo) -> None:
    switches = {roster.HALL: 0, roster.CLASSES: 1, roster.ICT: 2}
    for placed in roster.placed():
        if placed.port in (PortRef(roster.ICT, "Gi1/0/1"), PortRef(roster.CLASSES, "Gi1/0/1")):
            assert demo.vlan_of(switches[placed.port.switch], placed.port.port) == placed.vlan


def test_opening_a_lesson_flips_the_verdict_and_ending_it_flips_it_back(demo: Demo) -> None:
    assert demo.ask(YEAR_4, "wikipedia.org").blocked
    opened = demo.call("POST", "/windows", {"group": "year-4", "minutes": 5})
    assert opened.status_code == 202
    demo.everywhere(YEAR_4, "wikipedia.org", lambda heard: heard.answered)
    window = f"/windows/{opened.json()['id']}"
    until(lambda: {step["reach"] for step in demo.get(window)["progress"]} == {"in-force"})
    assert demo.call("POST", f"{window}/end").status_code == 202
    demo.everywhere(YEAR_4, "wikipedia.org", lambda heard: heard.blocked)


def test_it_says_where_everything_is_and_how_to_sign_in(demo: Demo) -> None:
    printed = demo.printed
    assert f"http://127.0.0.1:{demo.ports.api}/" in printed
    assert f"127.0.0.1:{demo.ports.dns}" in printed
    assert str(demo.home.root) in printed
    name, password = re.findall(r"^ +(ict-lead) +(\S+)$", printed, re.MULTILINE)[0]
    assert f"ssh -p {demo.ports.ssh} caretaker@127.0.0.1" in printed
    session = f"http://127.0.0.1:{demo.ports.api}/api/v1/session"
    signed_in = httpx2.post(session, json={"name": name, "password": password}, trust_env=False)
    assert signed_in.status_code == 201


@pytest.mark.needs("dig", "curl")
def test_the_commands_it_prints_work_as_they_are_printed(demo: Demo) -> None:
    lines = [line.strip() for line in demo.printed.partition("to try")[2].splitlines() if line.startswith("       ")]
    assert len(lines) == 10
    said = {}
    for line in lines:
        done = demo.shell(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said[line] = done.stdout
    game, bbc, before, opened, ended, stranger, door, plugged, quarantined, why = (said[line] for line in lines)
    assert "EDE: 15" in game
    assert re.search(r"^bbc\.co\.uk\.\s.*\sA\s", bbc, re.MULTILINE)
    assert before == ""
    assert "open until" in opened
    assert "ended" in ended
    assert "EDE: 18" in stranger
    assert "This device is not registered" in door
    assert " is on sw-classes Gi1/0/20" in plugged
    assert str(roster.STRANGER_ADDRESS) in quarantined
    assert "poki.com" in why
    mac = plugged.split()[0]
    until(lambda: mac in demo.cli("devices", "list", "--quarantined").stdout)
    for line in plugged.splitlines()[1:]:
        assert demo.shell(line.strip()).returncode == 0, line
