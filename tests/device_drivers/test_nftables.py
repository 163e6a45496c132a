"""The gateway: what Caretaker renders, against the kernel's own nftables and against the simulated one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_drivers.acl import compile_list
from device_drivers.model import (
    AccessList,
    Ace,
    Change,
    GrantInternet,
    Observed,
    Refused,
    SetAccessList,
    SetAccessVlan,
    Unreadable,
    Verb,
    undo,
)
from device_drivers.platforms.linux_gateway import DRIVER, READ_LEASES, READ_NEIGHBOURS, READ_TABLE
from device_drivers.simulator.dialects.linux import Gateway
from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.world import World
from tests.device_drivers.namespaces import namespace, three
from tests.device_drivers.school import NINE

needs_nft = pytest.mark.needs("nft", "ip", root=True, namespaces=True)
Run = Callable[[str], tuple[int, str]]

LIST = compile_list(
    "ks2",
    [
        Ace(Verb.PERMIT, "udp", "any", "10.0.0.2", 53, "names from the filter"),
        Ace(Verb.DENY, "udp", "any", "any", 53),
        Ace(Verb.PERMIT, "tcp", "10.20.0.0/24", "10.30.0.0/16", 443, "boards, Year 5 (all)"),
        Ace(Verb.DENY, "ip", "any", "10.30.0.0/16"),
        Ace(Verb.PERMIT, "icmp", "10.20.0.0/24", "any"),
        Ace(Verb.PERMIT, "icmp", "any", "any"),
        Ace(Verb.PERMIT, "tcp", "fd00:5::/64", "any"),
        Ace(Verb.DENY, "ip", "fd00::/8", "fd00::/8"),
    ],
)
OTHER = compile_list("guest", [Ace(Verb.PERMIT, "ip", "any", "any")])
BIND = SetAccessList("caretaker-ks2", "vlan20", None, LIST)


def _simulated() -> Run:
    machine = Gateway(DeviceSite(name="gateway", dialect="linux", password="x"), World(), lambda: 0.0)

    def run(line: str) -> tuple[int, str]:
        answer = machine.login().obey(line)
        return answer.status, answer.text

    return run


@pytest.fixture(params=["simulated", pytest.param("kernel", marks=needs_nft)])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    if request.param == "simulated":
        yield _simulated()
        return
    with namespace() as gateway:
        yield gateway.run


def _apply(run: Run, *changes: Change) -> None:
    for line in DRIVER.render(changes, NINE):
        status, said = run(line)
        assert (status, said) == (0, ""), said


def _observed(run: Run) -> Observed:
    return DRIVER.parse({READ_TABLE: run(READ_TABLE)[1], READ_NEIGHBOURS: "", READ_LEASES: ""})


def _open(source: str, seconds: float) -> GrantInternet:
    return GrantInternet(source, None, NINE + timedelta(seconds=seconds))


def test_a_gateway_never_told_anything_has_nothing_of_ours(run: Run) -> None:
    assert _observed(run) == Observed(access_lists={}, bindings={}, grants={})


def test_what_was_pushed_is_read_back(run: Run) -> None:
    _apply(run, BIND, SetAccessList("caretaker-guest", "wlan0.60", None, OTHER), _open("10.5.0.23", 90))
    observed = _observed(run)
    assert observed.access_lists == {"caretaker-ks2": LIST, "caretaker-guest": OTHER}
    assert observed.bindings == {"vlan20": "caretaker-ks2", "wlan0.60": "caretaker-guest"}
    assert 80 <= observed.grants["10.5.0.23"] <= 90


def test_a_second_push_changes_nothing(run: Run) -> None:
    _apply(run, BIND)
    once = _observed(run)
    _apply(run, BIND)
    assert _observed(run) == once


def test_a_list_is_replaced_as_a_whole_and_another_may_take_its_interface(run: Run) -> None:
    shorter = AccessList(LIST.name, LIST.entries[:2])
    _apply(run, BIND)
    _apply(run, SetAccessList("caretaker-ks2", "vlan20", LIST, shorter))
    assert _observed(run).access_lists == {"caretaker-ks2": shorter}
    _apply(run, SetAccessList("caretaker-guest", "vlan20", shorter, OTHER))
    assert _observed(run).bindings == {"vlan20": "caretaker-guest"}


def test_undo_puts_back_what_was_there(run: Run) -> None:
    _apply(run, SetAccessList("caretaker-guest", "wlan0", None, OTHER))
    before = _observed(run)
    _apply(run, BIND, _open("10.5.0.23", 90))
    _apply(run, undo(BIND), undo(_open("10.5.0.23", 90)))
    assert _observed(run) == before


def test_a_grant_is_extended_shortened_and_closed(run: Run) -> None:
    for source in ("10.5.0.23", "10.5.0.0/24", "fd00:5::17", "fd00:5::/64"):
        for seconds in (60, 600, 30):
            _apply(run, _open(source, seconds))
            assert seconds - 10 <= _observed(run).grants[source] <= seconds
        _apply(run, GrantInternet(source, NINE, None))
        _apply(run, GrantInternet(source, NINE, None))
        assert _observed(run).grants == {}


def test_a_device_and_its_whole_segment_may_both_hold_a_grant(run: Run) -> None:
    _apply(run, _open("10.5.0.0/24", 60), _open("10.5.0.23", 600), _open("10.5.0.24/32", 60))
    assert set(_observed(run).grants) == {"10.5.0.0/24", "10.5.0.23", "10.5.0.24"}


def test_a_part_of_a_second_is_given_and_an_end_in_the_past_opens_nothing(run: Run) -> None:
    _apply(run, _open("10.5.0.23", 59.2), _open("10.5.0.24", -3), _open("10.5.0.25", 0.04))
    assert _observed(run).grants.keys() == {"10.5.0.23"}
    assert "timeout 59s200ms" in DRIVER.render([_open("10.5.0.23", 59.2)], NINE)[0]


def test_overlapping_segments_are_refused_and_nothing_of_the_push_stays(run: Run) -> None:
    _apply(run, _open("10.5.0.0/24", 60))
    (line,) = DRIVER.render([_open("10.4.0.0/15", 60), _open("10.7.7.7", 60)], NINE)
    status, said = run(line)
    assert status != 0
    assert said.startswith(DRIVER.refusals)
    assert _observed(run).grants.keys() == {"10.5.0.0/24"}


def test_many_grants_fit_through_the_command_line(run: Run) -> None:
    grants = [_open(f"10.{at // 250}.{at % 250}.7", 600) for at in range(1200)]
    lines = DRIVER.render([BIND, *grants], NINE)
    assert len(lines) == 3
    assert max(map(len, lines)) < 120_000
    _apply(run, BIND, *grants)
    assert len(_observed(run).grants) == 1200


@needs_nft
def test_the_simulated_gateway_lists_what_the_kernel_lists() -> None:
    simulated = _simulated()
    with namespace() as gateway:
        for changes in ((BIND, _open("10.5.0.23", 90), _open("fd00:5::/64", 90)), (undo(BIND),)):
            for line in DRIVER.render(changes, NINE):
                assert simulated(line) == gateway.run(line) == (0, "")
            assert _essence(simulated(READ_TABLE)[1]) == _essence(gateway.run(READ_TABLE)[1])


def _essence(text: str) -> Any:
    """Without version, handles, the order of chains among rules, and the seconds that pass between two looks."""
    plain = re.sub(r'"(handle|expires)": \d+', r'"\1": 0', text)
    nodes = [node for node in json.loads(plain)["nftables"] if "metainfo" not in node]
    return sorted(json.dumps(node, sort_keys=True) for node in nodes)


@needs_nft
def test_the_two_word_their_refusals_alike() -> None:
    simulated = _simulated()
    with namespace() as gateway:
        for line in ("nft 'add chain inet nothing here'", "nft 'list tabel'", READ_TABLE):
            ours, theirs = simulated(line), gateway.run(line)
            assert (ours[0], ours[1].splitlines()[0]) == (theirs[0], theirs[1].splitlines()[0])


@needs_nft
def test_the_kernel_ends_a_grant_by_itself_and_cuts_the_flow_that_used_it() -> None:
    """One UDP flow, ever the same ports: silent, open while the grant lasts, silent again with nobody's help."""
    with three() as (client, gateway, internet):
        _apply(gateway.run, BIND)
        echo = internet.start(sys.executable, "-c", _ECHO)
        assert echo.stdout is not None
        assert echo.stdout.readline() == "listening\n"
        talk = client.start(sys.executable, "-c", _TALK)
        assert talk.stdout is not None
        heard: list[str] = []
        try:
            _until(talk.stdout.readline, "silence", heard)
            _apply(gateway.run, _open("10.20.0.7", 2))
            _until(talk.stdout.readline, "answer", heard)
            _until(talk.stdout.readline, "silence", heard)
            assert _observed(gateway.run).grants == {}
            # A grant for the whole segment opens it again, and an entry that denies is stronger than any grant.
            _apply(gateway.run, _open("10.20.0.0/24", 60))
            _until(talk.stdout.readline, "answer", heard)
            closed = compile_list("ks2", [Ace(Verb.DENY, "udp", "any", "192.0.2.0/24", 7777)])
            _apply(gateway.run, replace(BIND, becomes=closed))
            _until(talk.stdout.readline, "silence", heard)
        finally:
            for each in (talk, echo):
                each.kill()
                each.communicate()


def _until(read: Callable[[], str], wanted: str, heard: list[str]) -> None:
    while line := read().strip():
        heard.append(line)
        if line == wanted:
            return
    raise AssertionError(f"never {wanted}: {heard}")


_ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("192.0.2.1", 7777)); print("listening", flush=True)
while True:
    words, who = s.recvfrom(100); s.sendto(words, who)
"""
_TALK = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("10.20.0.7", 5555)); s.settimeout(0.15)
while True:
    try:
        s.sendto(b"?", ("192.0.2.1", 7777)); s.recv(100); print("answer", flush=True); import time; time.sleep(0.05)
    except OSError:
        print("silence", flush=True)
"""

ACES = st.builds(
    Ace,
    verb=st.sampled_from(Verb),
    protocol=st.sampled_from(("ip", "tcp", "udp", "icmp")),
    source=st.sampled_from(("any", "10.20.0.0/24", "10.20.0.7/32", "fd00:5::/64")),
    destination=st.sampled_from(("any", "10.30.0.0/16", "fd00::/8")),
    port=st.sampled_from((None, 53, 443)),
    remark=st.text(max_size=40),
    family=st.sampled_from((None, None, 4, 6)),
)


@given(st.lists(ACES, max_size=10))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_list_that_can_be_written_is_read_back_as_it_was(run: Run, entries: list[Ace]) -> None:
    try:
        wanted = compile_list("ks2", entries)
    except Refused:
        return
    _apply(run, replace(BIND, becomes=wanted))
    assert _observed(run).access_lists["caretaker-ks2"] == wanted


@pytest.mark.parametrize(
    "rule", ["tcp flags syn drop", "ip saddr != 10.0.0.0/8 accept", "udp sport 53 accept", "limit rate 1/second accept"]
)
@needs_nft
def test_a_list_of_ours_that_somebody_edited_beyond_our_words_is_unreadable(rule: str) -> None:
    with namespace() as gateway:
        _apply(gateway.run, BIND)
        gateway.must(f"nft insert rule inet caretaker caretaker-ks2 {rule}")
        with pytest.raises(Unreadable):
            _observed(gateway.run)


@needs_nft
def test_an_element_without_an_end_is_seen_as_one_that_never_ends_and_can_be_closed() -> None:
    with namespace() as gateway:
        _apply(gateway.run, BIND)
        gateway.must("nft 'add element inet caretaker granted4 { 10.5.0.23 }'")
        assert _observed(gateway.run).grants["10.5.0.23"] > 86400 * 365
        _apply(gateway.run, GrantInternet("10.5.0.23", NINE, None))
        assert _observed(gateway.run).grants == {}


@needs_nft
def test_the_tables_of_others_are_never_touched() -> None:
    with namespace() as gateway:
        gateway.must("nft 'add table inet school; add chain inet school own { type filter hook forward priority 0; }'")
        before = gateway.run("nft list table inet school")
        _apply(gateway.run, BIND, _open("10.5.0.23", 60))
        _apply(gateway.run, undo(BIND))
        assert gateway.run("nft list table inet school") == before


@pytest.mark.parametrize(
    "text", ["", "sudo: a password is required", "{}", '{"nftables": []}', "bash: nft: command not found", "[1]"]
)
def test_an_answer_that_is_no_table_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        DRIVER.parse({READ_TABLE: text, READ_NEIGHBOURS: "", READ_LEASES: ""})


def test_a_gateway_has_no_access_ports_and_takes_no_nonsense() -> None:
    for change in (
        SetAccessVlan("Gi1/0/5", 20, 99),
        _open("the hall", 60),
        SetAccessList("caretaker-ks2", "vlan20; reboot", None, LIST),
    ):
        with pytest.raises(Refused):
            DRIVER.render([change], NINE)
    assert DRIVER.render([], NINE) == ()


BOOT = "mount -t tmpfs tmpfs /run && export HOME=/run && "


@needs_nft
def test_a_gateway_that_comes_back_alone_holds_every_list_of_both_families_and_no_grant() -> None:
    """The kernel's own nftables: kept, forgotten as by a reboot, loaded as at boot, twice."""
    six = GrantInternet("fd00:5::23", None, NINE + timedelta(minutes=40))
    four = GrantInternet("10.5.0.0/24", None, NINE + timedelta(minutes=40))
    with namespace() as gateway:
        _apply(gateway.run, BIND, SetAccessList("caretaker-guest", "vlan30", None, OTHER), four, six)
        told = _observed(gateway.run)
        assert set(told.grants) == {"fd00:5::23", "10.5.0.0/24"}
        (keep,) = (line.replace("sudo -n nft", "nft") for line in DRIVER.save)
        # One shell, so that its private mount holds the file for all steps; the ruleset lives in the namespace.
        load = "nft -f /run/caretaker-boot/ruleset.nft"
        steps = (keep, "nft flush ruleset", load, load)
        done = subprocess.run(
            gateway.words("unshare", "--mount", "sh", "-c", BOOT + " && ".join(steps)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        back = _observed(gateway.run)
    assert (back.access_lists, back.bindings) == (told.access_lists, told.bindings)
    assert back.grants == {}


def test_a_gateway_without_a_table_of_ours_has_nothing_to_keep() -> None:
    machine = Gateway(DeviceSite(name="gateway", dialect="linux", password="x"), World(), lambda: 0.0)
    assert machine.login().obey(DRIVER.save[0]).status == 1


def test_a_simulated_gateway_forgets_what_was_not_kept_and_every_grant() -> None:
    machine = Gateway(DeviceSite(name="gateway", dialect="linux", password="x"), World(), lambda: 0.0)

    def run(line: str) -> tuple[int, str]:
        answer = machine.login().obey(line)
        return answer.status, answer.text

    _apply(run, BIND, GrantInternet("10.5.0.23", None, NINE + timedelta(minutes=40)))
    assert run(DRIVER.save[0]) == (0, "")
    _apply(run, SetAccessList("caretaker-guest", "vlan30", None, OTHER))
    machine.reboot()
    back = _observed(run)
    assert back.bindings == {"vlan20": "caretaker-ks2"}
    assert back.grants == {}


def test_lists_of_a_large_school_go_in_several_commands_each_of_them_whole(run: Run) -> None:
    entries = [Ace(Verb.DENY, "ip", "any", f"198.51.{number}.1/32", None, "x" * 40) for number in range(150)]
    lists = [compile_list(f"segment-{number}", entries) for number in range(20)]
    changes = [SetAccessList(each.name, f"vlan{at}", None, each) for at, each in enumerate(lists, 20)]
    lines = DRIVER.render([_open("10.5.0.23", 60), *changes], NINE)
    assert max(map(len, lines)) < 128 * 1024
    assert 1 < len(lines) < len(lists)
    assert "granted4 { 10.5.0.23 timeout 60s }" in lines[0]
    for line in lines:
        assert run(line) == (0, "")
    observed = _observed(run)
    assert observed.access_lists == {each.name: each for each in lists}
    assert len(observed.bindings) == len(lists)
