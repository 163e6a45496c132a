"""A name is its octets: what is typed, listed or asked comes to one form, and two names never come to the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter.model import Name
from dns_filter.names import ROOT, from_host, is_at_or_below, labels, parents, spellings, to_text, to_wire

octets = st.lists(st.binary(min_size=1, max_size=63).map(bytes.lower), max_size=4)
wire_names = octets.filter(lambda parts: sum(map(len, parts)) + len(parts) < 255).map(
    lambda parts: Name(b"".join(bytes((len(part),)) + part for part in parts) + b"\0")
)
hosts = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,20}[a-z0-9_])?(\.[a-z0-9]{1,9}){0,4}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("bbc.co.uk", b"\x03bbc\x02co\x02uk\0"),
        ("BBC.co.UK.", b"\x03bbc\x02co\x02uk\0"),
        (".", b"\0"),
        ("_ldap._tcp.school.local", b"\x05_ldap\x04_tcp\x06school\x05local\0"),
        (r"www\.google.com", b"\x0awww.google\x03com\0"),
        (r"a\010b.example", b"\x03a\x0ab\x07example\0"),
        (r"\097\066.example", b"\x02ab\x07example\0"),
        (r"back\\slash.example.", b"\x0aback\\slash\x07example\0"),
        ("faß.de", b"\x0axn--fa-hia\x02de\0"),
        ("MÜNCHEN.example", b"\x0exn--mnchen-3ya\x07example\0"),
        ("ｂｂｃ。co．uk", b"\x03bbc\x02co\x02uk\0"),
        ("i❤.ws", b"\x09xn--i-7iq\x02ws\0"),
    ],
)
def test_a_name_as_people_write_it_becomes_its_octets(text: str, wire: bytes) -> None:
    assert to_wire(text) == wire


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        ".bbc.co.uk",
        "bbc..uk",
        "a b.uk",
        "a\tb.uk",
        "a\nb",
        "a\u00a0b.uk",
        f"{'x' * 64}.uk",
        "\\",
        "a\\",
        "a\\25.uk",
        "a\\300.uk",
        "ü\\046.uk",
        ".".join(["x" * 60] * 5),
        "ü." * 130,
        "a\u0378.uk",
        "\u05d0a.example",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        to_wire(text)


def test_two_labels_that_print_like_three_are_another_name() -> None:
    trick = Name(b"\x0awww.google\x03com\0")
    assert trick != to_wire("www.google.com")
    assert to_text(trick) == r"www\.google.com"
    assert to_wire("google.com") not in parents(trick)


def test_both_spellings_are_kept_where_the_older_standard_differs() -> None:
    assert spellings("faß.de") == (to_wire("faß.de"), to_wire("fass.de"))
    assert spellings("FAẞ.de") == spellings("faß.de")
    assert spellings("όδος.example") == (to_wire("όδος.example"), to_wire("όδοσ.example"))
    assert spellings("münchen.example") == (to_wire("münchen.example"),)
    assert spellings("bbc.co.uk") == (to_wire("bbc.co.uk"),)


@given(wire_names)
def test_every_name_prints_and_reads_back_to_itself(name: Name) -> None:
    text = to_text(name)
    assert text.isascii()
    assert text.isprintable()
    assert to_wire(text) == name


@given(wire_names, wire_names)
def test_two_names_never_print_alike(one: Name, other: Name) -> None:
    assert (to_text(one) == to_text(other)) == (one == other)


@given(hosts)
def test_case_and_a_final_dot_mean_nothing(host: str) -> None:
    assert to_wire(host) == to_wire(host.upper()) == to_wire(f"{host}.") == from_host(host.encode())


@given(st.text())
def test_any_text_is_a_name_or_a_clear_refusal(text: str) -> None:
    try:
        name = to_wire(text)
    except ValueError:
        return
    assert len(name) <= 255
    assert name == name.lower()
    assert all(1 <= len(label) <= 63 for label in labels(name))


@given(wire_names)
def test_parents_climb_label_by_label(name: Name) -> None:
    climbed = list(parents(name))
    assert len(climbed) == len(list(labels(name)))
    assert all(name.endswith(parent) and parent != ROOT for parent in climbed)
    assert all(is_at_or_below(name, parent) for parent in climbed)


def test_below_is_a_matter_of_labels_not_of_letters() -> None:
    assert is_at_or_below(to_wire("www.bbc.co.uk"), to_wire("bbc.co.uk"))
    assert not is_at_or_below(to_wire("xbbc.co.uk"), to_wire("bbc.co.uk"))
    assert not is_at_or_below(to_wire("co.uk"), to_wire("bbc.co.uk"))
