"""What FreeRADIUS passes on: which device and where, or nothing at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.radius.ask import Ask, Step, UnreadableAsk, person_of, read_account, read_ask
from controller.radius.sessions import Session, accounted, port_named
from inventory.model import Mac
from tests.controller.school import NINE

IPAD = Mac("3c:22:fb:05:00:11")
GOOD = {
    "User-Name": ["3c22fb050011"],
    "Calling-Station-Id": ["3C-22-FB-05-00-11"],
    "NAS-Port-Id": ["Gi1/0/5"],
    "Caretaker-Client": ["sw-ict"],
}


@pytest.mark.parametrize(
    "said", ["3C-22-FB-05-00-11", "3c22.fb05.0011", "3c22fb050011", "3C:22:FB:05:00:11", "3C-22-FB-05-00-11:Pupils"]
)
def test_a_mac_is_known_in_every_spelling(said: str) -> None:
    assert read_ask(GOOD | {"Calling-Station-Id": [said]}) == Ask(IPAD, "sw-ict", "Gi1/0/5")


def test_a_person_who_was_proven_may_call_the_device_as_it_is() -> None:
    told = GOOD | {"User-Name": ["anonymous"], "Caretaker-Person": ["child-5-01"]}
    assert read_ask(told) == Ask(IPAD, "sw-ict", "Gi1/0/5", person="child-5-01")


@pytest.mark.parametrize(
    "wrong",
    [
        {"Calling-Station-Id": []},
        {"Calling-Station-Id": ["3C-22-FB-05-00-11", "3C-22-FB-05-00-12"]},
        {"Calling-Station-Id": ["ff:ff:ff:ff:ff:ff"]},
        {"Calling-Station-Id": ["10.20.0.1"]},
        {"Caretaker-Client": []},
        {"User-Name": ["3c22fb050012"]},
        {"NAS-Port-Id": ["x" * 65]},
        {"NAS-Port-Id": ["a\nb"]},
    ],
)
def test_what_is_not_clear_is_not_guessed(wrong: dict[str, list[str]]) -> None:
    with pytest.raises(UnreadableAsk):
        read_ask(GOOD | wrong)


@given(
    st.dictionaries(st.sampled_from([*GOOD, "Acct-Status-Type", "Acct-Delay-Time"]), st.lists(st.text(), max_size=2))
)
def test_nothing_that_is_said_breaks_the_reading(said: dict[str, list[str]]) -> None:
    for read in (read_ask, lambda told: read_account(told, NINE)):
        try:
            read(GOOD | said)  # type: ignore[operator]
        except UnreadableAsk:
            continue


def test_accounting_that_comes_late_counts_from_when_it_happened() -> None:
    told = GOOD | {"Acct-Status-Type": ["Stop"], "Acct-Delay-Time": ["90"], "Framed-IP-Address": ["10.20.0.7"]}
    found = read_account(told, NINE)
    assert (found.step, found.at, found.address) == (Step.STOP, NINE - timedelta(seconds=90), "10.20.0.7")


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "224.0.0.1", "nowhere"])
def test_an_address_that_is_nobodys_says_nothing(address: str) -> None:
    told = GOOD | {"Acct-Status-Type": ["Start"], "Framed-IP-Address": [address]}
    assert read_account(told, NINE).address is None


@pytest.mark.parametrize(
    ("name", "person"),
    [("HILL\\child-5-01", "child-5-01"), ("child-5-01@hill.example", "child-5-01"), ("host/pc", None), ("pc$", None)],
)
def test_a_person_is_known_without_domain_and_realm(name: str, person: str | None) -> None:
    assert person_of(name) == person


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("GigabitEthernet1/0/7", "Gi1/0/7"),
        ("Gi1/0/7", "Gi1/0/7"),
        ("gigabitethernet1/0/7", "Gi1/0/7"),
        ("TenGigabitEthernet1/0/7", "Te1/0/7"),
        ("GigabitEthernet1/0/70", "GigabitEthernet1/0/70"),
        ("7", "7"),
        ("G1/0/9", "G1/0/9"),
        (None, None),
    ],
)
def test_a_port_is_called_as_its_own_driver_calls_it(said: str | None, name: str | None) -> None:
    assert port_named(said, ["Gi1/0/7", "Te1/0/7", "Gi1/0/8"]) == name


def test_a_stop_of_a_session_that_was_followed_by_another_ends_nothing() -> None:
    newer = Session("sw-ict", IPAD, NINE, "Gi1/0/5", "A2", 20, NINE)
    late = read_account(GOOD | {"Acct-Status-Type": ["Stop"], "Acct-Session-Id": ["A1"]}, NINE)
    assert accounted(newer, late) == newer
    assert (
        accounted(newer, read_account(GOOD | {"Acct-Status-Type": ["Stop"], "Acct-Session-Id": ["A2"]}, NINE)) is None
    )
