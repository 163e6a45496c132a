"""A list of any format says the same names; what names no whole domain blocks nothing; slips are told by line."""

from __future__ import annotations

import gzip
import hashlib
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter.lists import FORMATS, Format, ParsedList, parse, summary
from dns_filter.lists.file import UnreadableList, read_list_file
from dns_filter.names import to_text, to_wire

BLOCKED = ["games.example.com", "xn--mnchen-3ya.example", "_track.example.net"]


def texts(names: frozenset[bytes]) -> set[str]:
    return {to_text(name) for name in names}  # type: ignore[arg-type]


def reasons(parsed: ParsedList) -> dict[int, str]:
    return {each.line: each.reason for each in parsed.invalid}


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        ("domains", "{}"),
        ("domains", "{}."),
        ("hosts", "0.0.0.0 {}"),
        ("hosts", "127.0.0.1\t{} # why"),
        ("hosts", "::1 {}"),
        ("hosts", "fe80::1%lo0 {}"),
        ("hosts", "192.0.2.9   {}"),
        ("adblock", "||{}^"),
        ("adblock", "||{}^$important"),
        ("adblock", "||{}^$third-party,ctag=device_tv"),
        ("dnsmasq", "address=/{}/"),
        ("dnsmasq", "address=/{}/0.0.0.0"),
        ("dnsmasq", "server=/{}/"),
        ("dnsmasq", "local=/.{}/"),
        ("unbound", 'local-zone: "{}" always_nxdomain'),
        ("unbound", "local-zone: {}. static"),
        ("unbound", 'local-data: "{} 60 IN A 0.0.0.0"'),
        ("unbound", "local-data: '{}. AAAA ::'"),
        ("rpz", "{0} CNAME .\n*.{0} CNAME ."),
        ("wildcard", ".{}"),
    ],
)
@pytest.mark.parametrize("auto", [False, True])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_format_blocks_the_name_and_all_below(shape: Format, line: str, auto: bool, ending: str) -> None:
    text = ending.join(line.format(name).replace("\n", ending) for name in [*BLOCKED, BLOCKED[0]]) + ending
    for raw in (text.encode(), b"\xef\xbb\xbf" + text.upper().replace("%LO0", "%lo0").encode()):
        parsed = parse(raw, "auto" if auto else shape)
        if not raw.startswith(b"\xef") or shape in ("domains", "hosts", "rpz", "wildcard"):
            assert texts(parsed.blocks.whole) == set(BLOCKED)
            assert parsed.format == shape
            assert parsed.invalid_total == 0
        assert parsed.blocks.exact == parsed.blocks.below == frozenset()


def test_a_zone_means_what_it_says_and_keeps_its_origin() -> None:
    parsed = parse(
        b"""$TTL 60
$ORIGIN rpz.example.
@ IN SOA localhost. root.localhost. (
      1 ; serial
      3600 600 86400 60 )
  IN NS localhost.
only.example.com      CNAME .          ; this name alone
*.below.example.com   300 IN CNAME *.
both.example.com.rpz.example. CNAME rpz-drop.
*.both.example.com    CNAME .
walled.example.com    A 192.0.2.1
                      AAAA 2001:db8::1
good.example.com      CNAME rpz-passthru.
*.good.example.com    CNAME rpz-passthru.
32.1.2.0.192.rpz-ip   CNAME .
ns.example.org.rpz-nsdname CNAME .
"""
    )
    assert parsed.format == "rpz"
    assert texts(parsed.blocks.exact) == {"only.example.com", "walled.example.com"}
    assert texts(parsed.blocks.below) == {"below.example.com"}
    assert texts(parsed.blocks.whole) == {"both.example.com"}
    assert texts(parsed.exceptions.whole) == {"good.example.com"}
    assert parsed.counts["rpz_trigger"] == 2
    assert parsed.invalid_total == 0


def test_exceptions_and_wildcards_are_kept_apart() -> None:
    parsed = parse(b"||example.com^\n@@||school.example.com^\n||*.example.net^\n*.example.org\n")
    assert texts(parsed.blocks.whole) == {"example.com"}
    assert texts(parsed.blocks.below) == {"example.net", "example.org"}
    assert texts(parsed.exceptions.whole) == {"school.example.com"}


def test_a_resolver_that_is_told_where_to_ask_blocks_nothing() -> None:
    parsed = parse(
        b"server=/internal.example/192.0.2.53\nserver=/open.example/#\naddress=/a.example/b.example/0.0.0.0\n"
        b'local-zone: "fine.example" transparent\nserver:\nlocal-zone: "10.in-addr.arpa" nodefault\n'
    )
    assert texts(parsed.names) == {"a.example", "b.example"}
    assert texts(parsed.exceptions.names) == {"open.example", "fine.example"}
    assert parsed.invalid_total == 0


@pytest.mark.parametrize(
    "rule",
    [
        "example.com##.advert",
        "example.com#@#.advert",
        "example.com#?#div:has(> .x)",
        "##.banner",
        "/ads/banner.",
        "/^ad[0-9]+/",
        "|https://example.com/ad.js",
        "||example.com/ads/*",
        "||example.com^path",
        "||exa*mple.com^",
        "||example.com^$script",
        "||example.com^$third-party,domain=other.example",
        "||example.com^$removeparam=utm",
        "||example.com^$dnstype=AAAA",
        "||example.com^$badfilter",
        "@@||example.com^$client=192.0.2.1",
        "http://example.com/x",
        "(^|\\.)example\\.com$",
        "ads*.example.com",
        "_banner.gif",
        "-advert.jpg?",
        "192.0.2.1",
        "192.0.2.0/24",
        "2001:db8::1",
    ],
)
def test_a_rule_of_a_browser_that_names_no_whole_domain_blocks_nothing(rule: str) -> None:
    list_text = "[Adblock Plus 2.0]\n! Title: of a browser\nother.example##.x\n||tracker.example^\n" + rule + "\n"
    parsed = parse(list_text.encode())
    assert texts(parsed.names) == {"tracker.example"}
    assert not parsed.exceptions.names


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"localhost", "one label"),
        (b"0.0.0.0 example.com 192.0.2.3", "address"),
        (b"example.com:8080", "port"),
        (b"exam ple.com", "several words"),
        (b"-bad.example.com", "no label"),
        (b"bad-.example.com", "no label"),
        (b"a..example.com", "label"),
        (b"x" * 64 + b".example", "64 octets"),
        (b"example.c", "last label"),
        (b"example.3com", "last label"),
        (b"someone@example.com", "no label"),
        (b".".join([b"x" * 60] * 5) + b".example", "characters"),
        (b"<a href='x'>list</a>", "markup"),
        (b"\xff\xfe\xfd.example.com", "not UTF-8"),
        (b"a" * 5000, "5001 octets"),
    ],
)
def test_a_slip_is_told_by_line_and_the_rest_is_kept(line: bytes, reason: str) -> None:
    parsed = parse(b"# a list\ngood.example.com\n" + line + b"\nalso.example.com\n")
    assert {"good.example.com", "also.example.com"} <= texts(parsed.names)
    assert parsed.invalid_total == 1
    assert list(reasons(parsed)) == [3]
    assert reason in reasons(parsed)[3]


def test_a_list_of_another_format_than_promised_is_refused_line_by_line() -> None:
    parsed = parse(b"0.0.0.0 a.example\nb.example\n||c.example^\n", "hosts")
    assert texts(parsed.names) == {"a.example"}
    assert reasons(parsed) == {
        2: "a line of domains in a list of hosts",
        3: "a line of adblock in a list of hosts",
    }


def test_letters_of_the_world_become_what_is_asked_for_in_both_spellings() -> None:
    parsed = parse("faß.de\nMÜNCHEN.example\ncg\u2011dialup.net\n".encode())
    assert texts(parsed.names) == {"xn--fa-hia.de", "xn--mnchen-3ya.example", "xn--cgdialup-1m3d.net"}
    assert parsed.twins == {to_wire("fass.de"): to_wire("faß.de")}


def test_a_web_page_is_seen_as_one() -> None:
    assert parse(b"\n <!DOCTYPE html>\n<html><body>404</body></html>\n").html
    assert not parse(b"example.com\n").html


def test_ordinary_and_careful_reading_agree() -> None:
    ordinary = [f"host{i}.example{i % 7}.co.uk" for i in range(50)]
    shapes = ["{}", "0.0.0.0 {}", "||{}^", "server=/{}/", "address=/{}/#", "*.{}", 'local-zone: "{}" refuse']
    for shape in shapes:
        quick = parse("\n".join(shape.format(name) for name in ordinary).encode())
        careful = parse("\n".join(f" {shape.format(name)} # x" for name in ordinary).encode())
        assert quick.blocks == careful.blocks
        assert quick.counts == careful.counts
        assert len(quick.names) == 50


def test_a_list_that_ends_without_a_line_end_or_comes_from_an_old_mac_is_whole() -> None:
    for raw in (b"a.example.com\nb.example.com", b"a.example.com\rb.example.com\r"):
        assert texts(parse(raw).names) == {"a.example.com", "b.example.com"}
    assert texts(parse("a.example.com\nb.example.com\n".encode("utf-16")).names) == {"a.example.com", "b.example.com"}


@given(st.binary(max_size=400), st.sampled_from(FORMATS))
def test_no_list_however_broken_stops_the_reader(raw: bytes, shape: Format) -> None:
    parsed = parse(raw, shape)
    assert parsed.invalid_total >= len(parsed.invalid)
    assert all(to_text(name).count(".") >= 1 for name in parsed.names)


@given(
    st.lists(st.text(max_size=30), max_size=8), st.sampled_from(["||{}^", "0.0.0.0 {}", "server=/{}/", "*.{} CNAME ."])
)
def test_no_line_however_odd_stops_the_reader(words: list[str], shape: str) -> None:
    summary(parse("\n".join(shape.format(word) for word in words).encode("utf-8", "surrogatepass")))


def test_the_summary_counts_and_fingerprints_the_names() -> None:
    found = summary(parse(b"b.example\na.example\nA.example.\n# why\nnope\n"))
    assert found["unique_valid_domains"] == 2
    assert found["sha256_sorted_unique"] == hashlib.sha256(b"a.example\nb.example").hexdigest()
    assert found["invalid"] == [{"line": 5, "text": "nope", "reason": "a name of one label"}]


def test_a_file_is_read_packed_or_not(tmp_path: Path) -> None:
    text = b"games.example.com\n" * 100
    for name, octets in (("a", text), ("b.gz", gzip.compress(text)), ("c.xz", lzma.compress(text))):
        (tmp_path / name).write_bytes(octets)
        assert read_list_file(tmp_path / name) == text


def test_a_bomb_a_stump_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    bomb = bytes(3_000_000)
    files = {
        "bomb.gz": gzip.compress(bomb),
        "bomb.xz": lzma.compress(bomb),
        "bomb": bomb,
        "stump.gz": gzip.compress(b"x" * 100)[:-10],
        "stump.xz": lzma.compress(b"x" * 100)[:-20],
        "noise.gz": b"no gzip",
        "noise.xz": b"no xz at all",
        "two.xz": lzma.compress(b"a.example\n") * 2,
    }
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    for name in [*files, "missing", "missing.xz"]:
        with pytest.raises(UnreadableList, match=name.replace(".", r"\.")):
            read_list_file(tmp_path / name, cap=2_000_000)
