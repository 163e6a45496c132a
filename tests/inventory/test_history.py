"""Who had 10.5.0.23 on Tuesday at five past ten, and how sure are we?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inventory.history import Certainty, Past, SignIn, Stay, who_had
from inventory.model import Admission, Device, Mac, Person, PersonId, PortRef, SwitchName, YearGroupId

AT = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
IPAD, PHONE = Mac("3c:22:fb:05:00:11"), Mac("02:00:5e:10:00:66")
SOCKET = PortRef(SwitchName("sw-ict"), "Gi1/0/5")
STAY = Stay(
    IPAD,
    AT - timedelta(minutes=7),
    AT + timedelta(minutes=30),
    SOCKET,
    20,
    "10.5.0.23",
    "ipad-11",
    AT + timedelta(minutes=30),
    AT + timedelta(minutes=30),
)
TROLLEY = Device(IPAD, "ipad-5-11", "school-ipad", Admission.REGISTERED, year_group=YearGroupId("year-5"))
SIGNED = SignIn(IPAD, AT - timedelta(minutes=6), "radius", year_group=YearGroupId("year-6"))


def past(*stays: Stay, sign_ins: tuple[SignIn, ...] = (), devices: tuple[Device, ...] = (TROLLEY,)) -> Past:
    people = {PersonId("p17"): Person(PersonId("p17"), "A pupil", year_group=YearGroupId("year-4"))}
    return Past(stays, sign_ins, {device.mac: device for device in devices}, people)


def earlier(stay: Stay, **span: float) -> Stay:
    """The same stay, over so long before the moment."""
    end = AT - timedelta(**span)
    return replace(stay, began_at=end - timedelta(hours=1), last_seen=end, port_seen=end, address_seen=end)


def test_seen_before_and_after_on_a_port_with_a_sign_in_is_sure() -> None:
    (held,) = who_had(past(STAY, sign_ins=(SIGNED,)), AT)
    assert (held.stay.mac, held.stay.port, held.group, held.certainty) == (IPAD, SOCKET, "year-6", Certainty.SURE)
    assert "signed in since 09:59 UTC as year-6 (radius)" in held.reasons


def test_without_a_sign_in_it_is_likely_the_class_it_belongs_to() -> None:
    (held,) = who_had(past(STAY), AT)
    assert (held.group, held.certainty) == ("year-5", Certainty.LIKELY)


def test_a_person_who_signed_in_is_named_with_the_year_group() -> None:
    signed = replace(SIGNED, year_group=None, person=PersonId("p17"))
    (held,) = who_had(past(STAY, sign_ins=(signed,)), AT)
    assert (held.person, held.group) == ("p17", "year-4")


@pytest.mark.parametrize(
    ("began", "ended", "group"),
    [
        (timedelta(minutes=-6), None, "year-6"),
        (timedelta(minutes=-6), timedelta(0), "year-5"),
        (timedelta(minutes=-6), timedelta(seconds=1), "year-6"),
        (timedelta(hours=-11), None, "year-5"),
        (timedelta(0), None, "year-6"),
        (timedelta(seconds=1), None, "year-5"),
    ],
)
def test_a_sign_in_holds_from_its_beginning_up_to_its_end(
    began: timedelta, ended: timedelta | None, group: str
) -> None:
    signed = replace(SIGNED, began_at=AT + began, ended_at=AT + ended if ended is not None else None)
    (held,) = who_had(past(STAY, sign_ins=(signed,)), AT)
    assert held.group == group


def test_of_two_sign_ins_the_later_one_counts() -> None:
    later = replace(SIGNED, began_at=AT - timedelta(minutes=1), year_group=YearGroupId("year-3"))
    (held,) = who_had(past(STAY, sign_ins=(later, SIGNED)), AT)
    assert held.group == "year-3"


def test_two_devices_with_one_address_are_both_named_and_neither_is_sure() -> None:
    borrowed = replace(STAY, mac=PHONE, port=None)
    held = who_had(past(STAY, borrowed, sign_ins=(SIGNED,)), AT)
    assert {one.stay.mac for one in held} == {IPAD, PHONE}
    assert {one.certainty for one in held} == {Certainty.UNSURE}


def test_who_had_it_before_is_not_named_when_another_was_seen_with_it() -> None:
    held = who_had(past(earlier(replace(STAY, mac=PHONE), hours=2), STAY), AT)
    assert [one.stay.mac for one in held] == [IPAD]


def test_a_randomised_mac_is_never_sure() -> None:
    signed = replace(SIGNED, mac=PHONE)
    (held,) = who_had(past(replace(STAY, mac=PHONE), sign_ins=(signed,)), AT)
    assert held.certainty is Certainty.LIKELY


@pytest.mark.parametrize(
    ("span", "certainty"),
    [
        ({"minutes": 1.0}, Certainty.SURE),
        ({"minutes": 10.0}, Certainty.SURE),
        ({"minutes": 11.0}, Certainty.UNSURE),
        ({"hours": 24.0}, Certainty.UNSURE),
        ({"hours": 25.0}, None),
    ],
)
def test_the_longer_it_was_not_seen_the_less_is_said(span: dict[str, float], certainty: Certainty | None) -> None:
    held = who_had(past(earlier(STAY, **span), sign_ins=(SIGNED,)), AT)
    assert [one.certainty for one in held] == ([certainty] if certainty else [])


def test_a_port_that_was_told_long_before_is_only_likely() -> None:
    (held,) = who_had(past(replace(STAY, port_seen=AT - timedelta(hours=1)), sign_ins=(SIGNED,)), AT)
    assert held.certainty is Certainty.LIKELY


def test_what_began_later_says_nothing() -> None:
    assert who_had(past(replace(STAY, began_at=AT + timedelta(seconds=1))), AT) == ()


def test_a_device_nobody_registered_and_nobody_signed_in_at_is_somebodys() -> None:
    (held,) = who_had(past(STAY, devices=()), AT)
    assert (held.device, held.person, held.group, held.certainty) == (None, None, None, Certainty.UNSURE)
