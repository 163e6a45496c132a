"""The simulated switch answers as IOS does: modes, abbreviations, refusals, pages, two configurations."""

from __future__ import annotations

import pytest

from device_drivers.simulator.dialects.cisco_ios import IosSwitch
from device_drivers.simulator.machine import Conversation
from device_drivers.simulator.world import World
from tests.device_drivers.school import IPAD, site


@pytest.fixture
def switch(tmp_path: object) -> IosSwitch:
    hall = site(tmp_path).devices[0]  # type: ignore[arg-type]
    return IosSwitch(hall, World([IPAD]), lambda: 0.0)


def _say(talk: Conversation, *lines: str) -> str:
    return [talk.obey(line).text for line in lines][-1]


def test_the_prompt_says_where_one_is(switch: IosSwitch) -> None:
    talk = switch.login()
    seen = []
    for line in ("", "conf t", "int gi 1/0/5", "vlan 40", "ip access-list extended x", "exit", "end"):
        talk.obey(line)
        seen.append(talk.prompt())
    assert seen == [
        "sw-hall#",
        "sw-hall(config)#",
        "sw-hall(config-if)#",
        "sw-hall(config-vlan)#",
        "sw-hall(config-ext-nacl)#",
        "sw-hall(config)#",
        "sw-hall#",
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("show frob", "             ^\n% Invalid input detected at '^' marker.\n\n"),
        ("frobnicate", "        ^\n% Invalid input detected at '^' marker.\n\n"),
        ("show", "% Incomplete command.\n\n"),
        ("show interfaces", "% Incomplete command.\n\n"),
        ("co", '% Ambiguous command:  "co"\n\n'),
        ("show running-config interface gi9/9", None),
    ],
)
def test_what_it_does_not_understand_it_refuses_in_its_own_words(switch: IosSwitch, typed: str, said: str) -> None:
    answer = switch.login().obey(typed)
    assert answer.status == 1
    assert said is None or answer.text == said


@pytest.mark.parametrize("typed", ["sh int stat", "show interfaces status", "SHOW Interfaces STATUS", "  sh  int  st"])
def test_commands_may_be_abbreviated(switch: IosSwitch, typed: str) -> None:
    assert "Gi1/0/5   Year 5 trolley     connected    20" in _say(switch.login(), typed)


def test_what_was_configured_is_what_it_shows(switch: IosSwitch) -> None:
    talk = switch.login()
    _say(
        talk,
        "conf t",
        "interface GigabitEthernet 1/0/6",
        "description Library door",
        "switchport access vlan 30",
        "end",
    )
    assert "Gi1/0/6   Library door       notconnect   30" in _say(talk, "show interfaces status")
    assert "30   staff                            active    Gi1/0/4, Gi1/0/6" in _say(talk, "show vlan brief")
    section = _say(talk, "show running-config interface Gi1/0/6")
    assert "/6\n description Library door\n switchport access vlan 30\n switchport mode access\nend" in section
    _say(talk, "conf t", "int gi1/0/6", "no description", "shut", "end")
    assert "Gi1/0/6                      disabled     30" in _say(talk, "show interfaces status")


def test_an_access_vlan_that_is_not_there_is_made_and_said(switch: IosSwitch) -> None:
    talk = switch.login()
    said = _say(talk, "conf t", "int gi1/0/5", "switchport access vlan 77")
    assert said == "% Access VLAN does not exist. Creating vlan 77\n"
    assert "77   VLAN0077" in _say(talk, "do show vlan brief")
    assert "  77    3c22.fb05.0011    DYNAMIC     Gi1/0/5" in _say(talk, "do show mac address-table")


def test_a_device_behind_a_port_that_is_shut_is_seen_no_more(switch: IosSwitch) -> None:
    talk = switch.login()
    _say(talk, "conf t", "int gi1/0/5", "shutdown", "end")
    assert "3c22.fb05.0011" not in _say(talk, "show mac address-table")


def test_unsaved_configuration_is_forgotten_and_saved_is_kept(switch: IosSwitch) -> None:
    talk = switch.login()
    _say(talk, "conf t", "int gi1/0/5", "description saved", "end")
    assert _say(talk, "write memory") == "Building configuration...\n[OK]\n"
    _say(talk, "conf t", "int gi1/0/5", "description unsaved", "end")
    switch.reboot()
    assert "description saved" in switch.login().obey("show running-config").text
    assert "unsaved" not in switch.configuration()


def test_copying_the_configuration_asks_where_to(switch: IosSwitch) -> None:
    talk = switch.login()
    _say(talk, "conf t", "int gi1/0/5", "description kept", "end")
    talk.obey("copy running-config startup-config")
    assert talk.prompt() == "Destination filename [startup-config]? "
    assert "[OK]" in talk.obey("").text
    assert talk.prompt() == "sw-hall#"
    assert "description kept" in _say(talk, "show startup-config")


def test_an_access_list_is_printed_as_ios_prints_it(switch: IosSwitch) -> None:
    talk = switch.login()
    _say(
        talk,
        "conf t",
        "ip access-list extended caretaker-ks2",
        "remark names from the filter",
        "permit udp 10.20.0.0 0.0.0.255 host 10.0.0.2 eq 53",
        "permit tcp any 10.0.0.3 0.0.0.0 eq 443",
        "exit",
        "interface Vlan20",
        "ip access-group caretaker-ks2 in",
        "end",
    )
    assert _say(talk, "show ip access-lists") == (
        "Extended IP access list caretaker-ks2\n"
        "    10 permit udp 10.20.0.0 0.0.0.255 host 10.0.0.2 eq domain\n"
        "    20 permit tcp any host 10.0.0.3 eq 443\n"
    )
    shown = _say(talk, "show running-config | section ^ip access-list")
    assert shown.splitlines()[1] == " 10 remark names from the filter"
    assert _say(talk, "show run | include access-group") == " ip access-group caretaker-ks2 in\n"
    _say(talk, "conf t", "ip access-list extended caretaker-ks2")
    refused = talk.obey("permit udp any host eq 53")
    assert refused.status == 1
    assert "% Invalid input" in refused.text


@pytest.mark.parametrize(("wanted", "has", "has_not"), [
    ("include hostname", "hostname sw-hall", "interface"),
    ("exclude hostname", "interface Vlan20", "hostname"),
    ("begin interface Vlan20", "ip address 10.20.0.1", "hostname"),
    ("section interface Vlan20", "ip address 10.20.0.1", "Gigabit"),
])  # fmt: skip
def test_output_may_be_filtered(switch: IosSwitch, wanted: str, has: str, has_not: str) -> None:
    shown = _say(switch.login(), f"show running-config | {wanted}")
    assert has in shown
    assert has_not not in shown


def test_a_wrong_value_of_a_known_setting_is_invalid_where_it_stands(switch: IosSwitch) -> None:
    talk = switch.login()
    said = _say(talk, "conf t", "int gi1/0/5", "switchport access vlan 9999")
    assert said.index("^") == len("sw-hall(config-if)#switchport access vlan ")
