"""Lists come from public https addresses, found past the school's own filter, and from nowhere else unless told."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

import pytest

from controller import resolvers
from controller.addresses import Endpoint
from controller.lists.fetch_lookup import lookup_past
from controller.lists.fetch_place import FetchFailed, PlaceRefused, place_of, redirected, why_refused
from controller.lists.fetch_wire import Reach, trusting

PUBLIC = ip_address("93.184.215.14")
REACH = Reach(lambda _: (PUBLIC,), trusting(""))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("93.184.215.14", ""),
        ("2606:4700::1111", ""),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:93.184.215.14", ""),
        ("2002:7f00:1::", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::5db8:d70e", ""),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("10.20.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("fd00::1", "private"),
        ("100.64.0.1", "shared between providers"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("224.0.0.251", "multicast"),
        ("ff02::fb", "multicast"),
        ("255.255.255.255", "private"),
        ("198.51.100.1", "private"),
    ],
)
def test_only_ordinary_public_addresses_are_connected_to(address: str, why: str) -> None:
    assert why_refused(ip_address(address)) == why


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://lists.example/x", "only https"),
        ("file:///etc/passwd", "only https"),
        ("//lists.example/x", "only https"),
        ("https:///x", "names no host"),
        ("https://me:secret@lists.example/x", "a password"),
        ("https://lists.example:70000/", "Port out of range"),
        ("https://[::1/x", "Invalid IPv6"),
        ("https://lists.example/a b", "printable"),
        ("https://lists.example/\r\nHost: x", "printable"),
        ("https://lists.example/" + "x" * 2000, "at most 2000"),
    ],
)
def test_an_address_that_is_no_place_for_lists_is_refused(url: str, why: str) -> None:
    with pytest.raises(PlaceRefused, match=why):
        place_of(url)


def test_a_members_key_in_an_address_stands_in_no_message() -> None:
    for url in (
        "http://lists.example/x?key=secret",
        "https://me:secret@lists.example/x",
        "https://secret@lists.example/",
    ):
        with pytest.raises(PlaceRefused) as refused:
            place_of(url)
        assert "secret" not in str(refused.value)


def test_a_redirect_is_read_beside_the_address_that_gave_it() -> None:
    place = place_of("https://Lists.example./a/b")
    assert (place.host, place.port) == ("lists.example", 443)
    assert redirected(place, "../c").url == "https://Lists.example./c"


def test_a_host_that_the_settings_name_may_be_inside_the_school_but_never_multicast() -> None:
    inside = ip_address("10.20.0.9")
    internal = replace(REACH, lookup=lambda _: (inside,), internal_hosts=frozenset({"mirror.school.example"}))
    assert internal.addresses("mirror.school.example") == (inside,)
    assert internal.addresses("Mirror.School.Example") == (inside,)
    with pytest.raises(PlaceRefused, match="private"):
        internal.addresses("elsewhere.example")
    lost = replace(internal, lookup=lambda _: (ip_address("224.0.0.1"),))
    with pytest.raises(PlaceRefused, match="multicast"):
        lost.addresses("mirror.school.example")


def test_a_further_authority_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(FetchFailed, match=name):
            trusting(str(tmp_path / name))


OWN = Endpoint("127.0.0.1", 53)
OTHER = Endpoint("192.0.2.53", 53)


@pytest.mark.parametrize(
    ("upstreams", "machine", "own", "asked"),
    [
        ((OTHER,), (OWN,), (OWN,), (OTHER,)),
        ((), (OWN, OTHER), (OWN,), (OTHER,)),
        ((), (OWN, OTHER), (Endpoint("0.0.0.0", 53),), ()),
        ((), (OWN,), (OWN,), ()),
    ],
)
def test_the_schools_own_filter_is_never_asked_where_its_lists_are(
    monkeypatch: pytest.MonkeyPatch,
    upstreams: tuple[Endpoint, ...],
    machine: tuple[Endpoint, ...],
    own: tuple[Endpoint, ...],
    asked: tuple[Endpoint, ...],
) -> None:
    seen: list[Endpoint] = []
    monkeypatch.setattr(resolvers, "of_machine", lambda: machine)
    monkeypatch.setattr(resolvers, "addresses", lambda _, servers: seen.extend(servers) or (PUBLIC,))
    lookup = lookup_past(own, upstreams)
    if asked:
        assert lookup("lists.example") == (PUBLIC,)
    else:
        with pytest.raises(FetchFailed, match=r"dns\.upstreams"):
            lookup("lists.example")
    assert tuple(seen) == asked


def test_without_upstreams_the_machine_looks_names_up_as_it_always_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers, "of_machine", lambda: (OTHER,))
    lookup = lookup_past((OWN, Endpoint("0.0.0.0", 5353)), ())
    assert ip_address("127.0.0.1") in lookup("localhost")
    with pytest.raises(FetchFailed, match="no address of"):
        lookup("no such name.invalid")


def test_a_resolver_is_asked_for_both_kinds_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    from dnslib import QTYPE, RR

    zone = MappingProxyType({"A": "93.184.215.14", "AAAA": "2606:4700::1111"})

    def ask(server: Endpoint, name: str, kind: str, _: float) -> object:
        if server == OWN:
            return None
        reply = resolvers.DNSRecord.question(name, kind).reply()
        reply.add_answer(*RR.fromZone(f"{name} 60 CNAME cdn.example.\ncdn.example 60 {kind} {zone[kind]}"))
        assert reply.rr[0].rtype == QTYPE.CNAME
        return reply

    monkeypatch.setattr(resolvers, "_ask", ask)
    found = resolvers.addresses("lists.example", (OWN, OTHER))
    assert tuple(map(str, found)) == ("93.184.215.14", "2606:4700::1111")
    assert resolvers.addresses("lists.example", (OWN,)) == ()
