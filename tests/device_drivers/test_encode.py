"""What people can name never becomes a command."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from device_drivers.acl import compile_list
from device_drivers.encode import cli_name, cli_text, one_line, port_name, vlan_id
from device_drivers.model import AccessList, Ace, GrantInternet, Refused, SetAccessList, SetAccessVlan, Verb
from device_drivers.platforms import drivers
from tests.device_drivers.school import NINE

HOSTILE = st.text(max_size=200) | st.text(alphabet="ab \n\r\t\x00\x03\x1a?!#\"'`;|\\\u2028é-", max_size=80)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Year 5 trolley", "Year 5 trolley"),
        ("Head's office", "Heads office"),
        ("Room 4\nno shutdown", "Room 4 no shutdown"),
        ("!hidden", "hidden"),
        ("#4", "4"),
        ("what? where", "what where"),
        ('say "cheese"', "say cheese"),
        ("Tŷ Ffynnon, café", "Ty Ffynnon, cafe"),
        ("-n sudo", "n sudo"),
        ("教室", ""),
    ],
)
def test_a_name_is_sent_without_what_a_device_could_mistake(typed: str, sent: str) -> None:
    assert cli_text(typed) == sent


@given(HOSTILE)
def test_text_is_one_line_of_harmless_signs_and_encoding_it_again_changes_nothing(typed: str) -> None:
    sent = cli_text(typed)
    assert cli_text(sent) == sent
    assert len(sent) <= 64
    assert all(sign.isascii() and (sign.isalnum() or sign in " _.,:/()+=@-") for sign in sent)
    assert not sent or sent[0].isalnum()


@given(HOSTILE)
def test_a_name_of_a_list_is_one_word_or_refused(typed: str) -> None:
    try:
        word = cli_name(typed)
    except Refused:
        return
    assert word[0].isalpha()
    assert cli_name(word) == word
    assert len(word) <= 32
    assert not set(word) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@given(remark=HOSTILE, name=HOSTILE, interface=HOSTILE, port=HOSTILE)
@example(remark="x\nno shutdown", name="a\nb", interface="Vlan20\nno shutdown", port="Gi1/0/5\nshutdown")
def test_lines_sent_are_lines_rendered_whatever_people_call_things(
    remark: str, name: str, interface: str, port: str
) -> None:
    ace = Ace(Verb.PERMIT, "udp", "any", "10.0.0.2/32", 53, remark)
    changes = (
        SetAccessList(name, "Vlan20", None, AccessList(name, (ace,))),
        SetAccessList("caretaker-ks2", interface, None, AccessList("caretaker-ks2", (ace,))),
        SetAccessList("caretaker-ks2", interface, AccessList("caretaker-ks2", (ace,)), None),
        SetAccessVlan(port, 20, 99),
        GrantInternet(name, None, NINE),
    )
    for change in changes:
        for driver in drivers().values():
            try:
                lines = driver.render((change,), NINE)
            except Refused:
                continue
            wire = "\n".join(map(one_line, lines))
            assert len(wire.splitlines()) == len(lines)
            assert not any(unicodedata.category(sign) == "Cc" for line in lines for sign in line)


@pytest.mark.parametrize("name", ["Gi1/0/5 ", "Gi1/0/5\nshutdown", "-1/0/5", "", "Gi1/0/5?", "range Gi1/0/1 - 48"])
def test_a_port_name_that_is_none_is_refused_and_never_mended(name: str) -> None:
    with pytest.raises(Refused, match="not a port name"):
        port_name(name)


@pytest.mark.parametrize("number", [-1, 0, 1002, 1005, 4095])
def test_a_vlan_no_port_can_be_in_is_refused(number: int) -> None:
    with pytest.raises(Refused):
        vlan_id(number)


def test_the_last_gate_refuses_a_line_that_would_be_two() -> None:
    with pytest.raises(Refused):
        one_line("description x\nno shutdown")


def test_names_of_lists_keep_the_mark_that_they_are_ours() -> None:
    assert compile_list("caretaker-" + "k" * 18, ()).name == "caretaker-" + "k" * 18
    long, longer = (compile_list("k" * length, ()).name for length in (60, 61))
    assert long.startswith("caretaker-kkk")
    assert len(long) == len(longer) == 28
    assert long != longer
    assert compile_list("Year 5", ()).name == "caretaker-Year-5"
