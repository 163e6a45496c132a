"""Whose query it is: forwarders are believed, nobody else is, and doubt never opens anything."""

from __future__ import annotations

import asyncio
import struct
from base64 import b64encode
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dns_filter.identity import NOBODY, by_path, forwarders_of, only_one
from dns_filter.identity.options import UNREADABLE, options, stated
from dns_filter.identity.paths import UnreadablePaths, chromeos_hash, looked_up, read_paths
from dns_filter.identity.proxy import SIGNATURE, announced, read_preface
from dns_filter.model import Binding
from dns_filter.wire import Malformed
from tests.dns_filter import school
from tests.dns_filter.ask import WITHIN, Running, running
from tests.dns_filter.engines import both_engines
from tests.dns_filter.test_answers import sections
from tests.fakes.upstream import FakeUpstream

FORWARDER, SECOND = "127.20.0.1", "127.20.0.2"
IPAD, LAPTOP, NEW = "02:00:00:00:05:11", "02:00:00:00:30:05", "02:00:00:00:ff:01"
GAMES = {"www.roblox.com": ["300 A 192.0.2.7"]}


def proxied(client: str, *, local: bool = False, family: int | None = None, further: bytes = b"") -> bytes:
    """A PROXY preface for this client, as dnsdist writes it."""
    address = ip_address(client)
    packed = address.packed
    body = packed + bytes(len(packed)) + struct.pack(">HH", 40_000, 53) + further
    kind = (1 if address.version == 4 else 2) << 4 | 2 if family is None else family
    return SIGNATURE + bytes((0x20 if local else 0x21, kind)) + len(body).to_bytes(2) + body


def ecs(client: str, bits: int | None = None) -> dns.edns.Option:
    return dns.edns.ECSOption(client, bits if bits is not None else ip_address(client).max_prefixlen, 0)


def mac(text: str) -> dns.edns.Option:
    return dns.edns.GenericOption(65001, bytes.fromhex(text.replace(":", "")))


def mac_text(text: str) -> dns.edns.Option:
    return dns.edns.GenericOption(65073, text.encode())


def mac_base64(text: str) -> dns.edns.Option:
    return dns.edns.GenericOption(65073, b64encode(bytes.fromhex(text.replace(":", ""))))


def query(*given_options: dns.edns.Option, name: str = "www.roblox.com") -> bytes:
    return dns.message.make_query(name, "A", use_edns=0, options=list(given_options)).to_wire()


async def outcome(here: Running, packet: bytes, client: str, how: str = "udp") -> str:
    """What becomes of it: `allowed`, or the code of the block."""
    heard = await here.udp(packet, client) if how == "udp" else (await here.tcp([packet], client))[0]
    assert heard is not None
    answer = dns.message.from_wire(heard)
    return (answer.extended_errors()[0].text or "").split()[0] if answer.extended_errors() else "allowed"


@both_engines
@pytest.mark.parametrize("how", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((mac(IPAD),), "category"),
        ((mac(LAPTOP),), "allowed"),
        ((mac_text(LAPTOP),), "allowed"),
        ((mac_text(LAPTOP.upper()),), "allowed"),
        ((mac_base64(LAPTOP),), "allowed"),
        ((ecs(school.TEACHER),), "allowed"),
        ((ecs(school.YEAR_5_CLOSED),), "closed"),
        ((ecs(school.TEACHER), mac(LAPTOP)), "allowed"),
        # The MAC is known, the address is one of those that change by the hour.
        ((ecs("127.66.1.1"), mac(LAPTOP)), "allowed"),
        ((), "unknown-device"),
        ((mac(NEW),), "unknown-device"),
        ((ecs("127.66.1.1"),), "unknown-device"),
        ((ecs("127.30.0.0", 24),), "unknown-device"),
        ((mac(LAPTOP), mac(IPAD)), "unknown-device"),
        ((mac(IPAD), ecs(school.TEACHER)), "unknown-device"),
        ((mac(NEW), ecs(school.TEACHER)), "unknown-device"),
        ((dns.edns.GenericOption(65001, b"\2"), ecs(school.TEACHER)), "unknown-device"),
        ((mac_text("no mac at all"),), "unknown-device"),
        ((ecs(FORWARDER),), "unknown-device"),
    ],
)
def test_a_forwarder_says_for_whom_it_asks(
    said: tuple[dns.edns.Option, ...], expected: str, how: str, tmp_path: Path
) -> None:
    async def walk() -> None:
        with FakeUpstream(GAMES) as upstream:
            async with running(tmp_path, upstream.address, forwarders=(FORWARDER,)) as here:
                assert await outcome(here, query(*said), FORWARDER, how) == expected

    asyncio.run(walk())


@both_engines
@pytest.mark.parametrize("how", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("preface", "expected"),
    [
        (proxied(school.TEACHER), "allowed"),
        (proxied(school.YEAR_5), "category"),
        (proxied(school.TEACHER, further=b"\x04\x00\x03abc"), "allowed"),
        (proxied("::ffff:" + school.TEACHER), "allowed"),
        (proxied("127.66.1.1"), "unknown-device"),
        (proxied(school.TEACHER, local=True), "unknown-device"),
        (proxied(school.TEACHER, family=0), "unknown-device"),
        (proxied(FORWARDER), "unknown-device"),
    ],
    ids=["teacher", "pupil", "further words", "IPv4 in IPv6", "nobody's address", "itself", "no address", "its own"],
)
def test_a_proxy_preface_is_the_forwarders_own_word(preface: bytes, expected: str, how: str, tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(GAMES) as upstream:
            async with running(tmp_path, upstream.address, forwarders=(FORWARDER,)) as here:
                # The options behind it are the client's, who would like to be a teacher's laptop.
                for packet in (query(), query(mac(LAPTOP), ecs(school.TEACHER))):
                    if how == "udp":
                        assert await outcome(here, preface + packet, FORWARDER) == expected
                    else:
                        assert await over_tcp(here, preface, packet) == [expected] * 3

    asyncio.run(walk())


async def over_tcp(here: Running, preface: bytes, packet: bytes) -> list[str]:
    """Three questions over one connection behind one preface, which comes octet by octet."""
    reader, writer = await asyncio.open_connection(here.place.host, here.place.port, local_addr=(FORWARDER, 0))
    for octet in preface:
        writer.write(bytes((octet,)))
        await asyncio.sleep(0)
    writer.write((len(packet).to_bytes(2) + packet) * 3)
    said = []
    for _ in range(3):
        length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), WITHIN))
        answer = dns.message.from_wire(await reader.readexactly(length))
        said.append((answer.extended_errors()[0].text or "").split()[0] if answer.extended_errors() else "allowed")
    writer.close()
    await writer.wait_closed()
    return said


@both_engines
@settings(max_examples=30)
@given(
    said=st.lists(
        st.sampled_from((mac(LAPTOP), mac_text(LAPTOP), mac_base64(LAPTOP), ecs(school.TEACHER))), max_size=4
    ),
    client=st.sampled_from((school.YEAR_5, school.YEAR_5_CLOSED, school.STRANGER, SECOND)),
    how=st.sampled_from(("udp", "tcp")),
)
def test_from_anybody_else_it_is_not_even_read(
    said: list[dns.edns.Option], client: str, how: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def walk() -> None:
        with FakeUpstream(GAMES) as upstream:
            async with running(tmp_path_factory.mktemp("home"), upstream.address, forwarders=(FORWARDER,)) as here:
                plain = await outcome(here, query(), client, how)
                assert await outcome(here, query(*said), client, how) == plain != "allowed"
                # The true teacher asks too: nothing that is remembered of one may reach another.
                assert await outcome(here, query(*said), school.TEACHER, how) == "allowed"
                assert await outcome(here, query(*said), client, how) == plain

    asyncio.run(walk())


@both_engines
def test_a_preface_from_anybody_else_is_no_question(tmp_path: Path) -> None:
    async def walk() -> None:
        async with running(tmp_path, forwarders=(FORWARDER,)) as here:
            reply = await here.udp(proxied(school.TEACHER) + query(), school.YEAR_5)
            assert reply is not None
            assert len(reply) == 12
            assert dns.message.from_wire(reply, ignore_trailing=True).rcode() == dns.rcode.NOTIMP

    asyncio.run(walk())


@both_engines
def test_clients_behind_one_forwarder_never_get_each_others_answers(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(GAMES) as upstream:
            async with running(tmp_path, upstream.address, forwarders=(FORWARDER,)) as here:
                for _ in range(3):
                    assert await outcome(here, query(mac(LAPTOP)), FORWARDER) == "allowed"
                    assert await outcome(here, query(mac(IPAD)), FORWARDER) == "category"
                    assert await outcome(here, query(), FORWARDER) == "unknown-device"
                    assert await outcome(here, query(), school.TEACHER) == "allowed"
                    assert await outcome(here, query(), school.YEAR_5) == "category"

    asyncio.run(walk())


@both_engines
def test_a_push_moves_the_clients_of_a_forwarder_too(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(GAMES) as upstream:
            async with running(tmp_path, upstream.address, forwarders=(FORWARDER,)) as here:
                assert await outcome(here, query(mac(LAPTOP)), FORWARDER) == "allowed"
                bindings = dict(school.table().bindings)
                bindings[school.TEACHER] = bindings[school.TEACHER].model_copy(update={"cohort": "quarantine"})
                here.adopt(school.table(2, bindings=bindings))
                assert await outcome(here, query(mac(LAPTOP)), FORWARDER) == "quarantined"
                # Of a device that sits in two cohorts nobody knows which holds where only its MAC is told.
                bindings["127.30.0.6"] = bindings[school.TEACHER].model_copy(update={"cohort": "staff"})
                here.adopt(school.table(3, bindings=bindings))
                assert await outcome(here, query(mac(LAPTOP)), FORWARDER) == "unknown-device"
                assert await outcome(here, query(ecs("127.30.0.6")), FORWARDER) == "allowed"

    asyncio.run(walk())


@both_engines
def test_nobody_behind_a_forwarder_gets_what_the_forwarder_itself_may(tmp_path: Path) -> None:
    """It is a server in a cupboard that nothing is closed to; whoever it forgets to name is not."""

    async def walk() -> None:
        own = Binding(device="02:00:00:00:20:01", name="server-20-01", cohort="things")
        table = school.table(bindings={**school.table().bindings, FORWARDER: own})
        with FakeUpstream(GAMES) as upstream:
            async with running(tmp_path, upstream.address, table=table, forwarders=(FORWARDER,)) as here:
                for packet in (query(), query(ecs(FORWARDER)), proxied(FORWARDER) + query(), query(ecs("10.0.0.0", 8))):
                    assert await outcome(here, packet, FORWARDER) == "unknown-device"

    asyncio.run(walk())


@both_engines
def test_each_client_of_a_forwarder_has_its_own_share(tmp_path: Path) -> None:
    async def walk() -> None:
        more = {"forwarders": (FORWARDER,), "rate_limit": True, "per_second": 1.0, "burst": 3.0}
        async with running(tmp_path, **more) as here:  # type: ignore[arg-type]
            seen = []
            for patience in [WITHIN] * 6 + [0.2] * 2:
                reply = await here.udp(query(mac(IPAD)), FORWARDER, wait=patience)
                said = dns.message.from_wire(reply) if reply else None
                seen.append("nothing" if said is None else "tc" if said.flags & dns.flags.TC else "answer")
            assert seen == ["answer"] * 3 + ["tc"] * 3 + ["nothing"] * 2
            assert await outcome(here, query(ecs(school.YEAR_5_CLOSED)), FORWARDER) == "closed"

    asyncio.run(walk())


@both_engines
def test_a_forwarder_that_is_not_the_schools_may_ask_for_the_schools_alone(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(GAMES) as upstream:
            table = school.table(sources=("127.30.0.0/16",))
            async with running(tmp_path, upstream.address, table=table, forwarders=(FORWARDER,)) as here:
                assert await outcome(here, query(ecs(school.TEACHER)), FORWARDER) == "allowed"
                reply = await here.udp(query(ecs(school.YEAR_5)), FORWARDER)
                assert reply is not None
                assert dns.message.from_wire(reply).rcode() == dns.rcode.REFUSED

    asyncio.run(walk())


@both_engines
def test_a_forwarder_may_open_more_connections_than_a_client(tmp_path: Path) -> None:
    async def walk() -> None:
        async with running(tmp_path, forwarders=(FORWARDER,)) as here:
            place = here.place.host, here.place.port
            held = [await asyncio.open_connection(*place, local_addr=(FORWARDER, 0)) for _ in range(30)]
            reader, writer = held[-1]
            writer.write(len(query()).to_bytes(2) + query())
            assert await asyncio.wait_for(reader.readexactly(2), WITHIN)
            for _, each in held:
                each.close()

    asyncio.run(walk())


@both_engines
@pytest.mark.parametrize(
    "preface",
    [
        proxied(school.TEACHER)[:-1],
        SIGNATURE + b"\x31\x12\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x12\x00\x04" + bytes(4),
        SIGNATURE + b"\x21\x12\xff\xff" + bytes(65),
    ],
    ids=["cut off", "version 3", "too short", "too long"],
)
def test_a_broken_preface_is_met_with_silence(preface: bytes, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        read_preface(preface)

    async def walk() -> None:
        async with running(tmp_path, forwarders=(FORWARDER,)) as here:
            assert await here.udp(preface, FORWARDER, wait=0.1) is None
            assert sections(await here.ask("www.roblox.com")) == ("NOERROR", [], [6])

    asyncio.run(walk())


@given(st.binary(max_size=600), st.booleans())
def test_no_octets_break_the_reading_of_a_preface(octets: bytes, signed: bool) -> None:
    data = SIGNATURE + octets if signed else octets
    try:
        preface = read_preface(data)
    except Malformed:
        return
    assert preface is None or (16 <= preface.length == announced(data) <= len(data))


@given(st.binary(max_size=200))
def test_no_octets_break_the_reading_of_options(octets: bytes) -> None:
    for data in (octets, query()[:-2] + len(octets).to_bytes(2) + octets):
        assert all(isinstance(code, int) for code, _ in options(data))
        assert all(each == UNREADABLE or len(each) >= 2 for each in stated(data))


@given(st.ip_addresses(v=4), st.binary(min_size=6, max_size=6))
def test_what_is_stated_is_spelt_as_the_table_spells_it(address: IPv4Address, octets: bytes) -> None:
    packet = query(ecs(str(address)), dns.edns.GenericOption(65001, octets))
    assert stated(packet) == [str(address), octets.hex(":")]
    assert stated(query(mac_base64(octets.hex(":")), mac_text(octets.hex(":").upper()))) == [octets.hex(":")] * 2


def test_networks_are_no_forwarders() -> None:
    assert forwarders_of(["10.10.0.7", "FD00::7"]) == {"10.10.0.7", "fd00::7"}
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        forwarders_of(["10.10.0.0/24"])


KEYS = (school.TEACHER, school.YEAR_5, "127.66.1.1", LAPTOP, IPAD, NEW, UNREADABLE, "", NOBODY)


@given(st.lists(st.sampled_from(KEYS), max_size=4))
def test_whoever_is_named_alone_or_twice_is_that_one_and_every_doubt_is_nobody(names: list[str]) -> None:
    key = only_one(names, school.ASH_LANE)
    bound = {binding.device for name in names if (binding := school.ASH_LANE.binding(name))}
    if key == NOBODY:
        assert school.ASH_LANE.binding(key) is None
    elif bound:
        binding = school.ASH_LANE.binding(key)
        assert binding is not None
        assert bound == {binding.device}
        assert not {NEW, UNREADABLE, "", NOBODY} & set(names)
    else:
        assert set(names) == {"127.66.1.1"}


def test_a_path_and_an_address_must_not_disagree() -> None:
    ipad, laptop = (school.ASH_LANE.binding(address) for address in (school.YEAR_5, school.TEACHER))
    assert by_path((LAPTOP,), None) == LAPTOP
    assert by_path((LAPTOP,), laptop) == LAPTOP
    assert by_path((NEW, LAPTOP), laptop) == LAPTOP  # one device with two adapters
    assert by_path((LAPTOP,), ipad) == NOBODY
    assert by_path((), laptop) == NOBODY


SALT = "ash lane salt"
HEADER = b"device,identifier,token\n"


def test_a_chromebook_is_known_by_the_hash_that_it_sends() -> None:
    # As `printf 'ash lane salt5CD1234XYZ' | sha256sum` says it, in upper case.
    expected = "B730CFA35292CFA60C2D97B7E6A0E0676E23640C1DC426F7AF5D1202EC5FEDF9"
    assert chromeos_hash(SALT, "5CD1234XYZ") == expected
    paths = read_paths(HEADER + f"{LAPTOP},5CD1234XYZ,\n".encode(), SALT)
    assert looked_up(paths, expected) == looked_up(paths, expected.lower()) == (LAPTOP,)
    assert looked_up(paths, "5CD1234XYZ") == ()


def test_one_identifier_may_stand_for_several_adapters() -> None:
    paths = read_paths(HEADER + f"{LAPTOP},,a-long-enough-token\n{IPAD.upper()},,a-long-enough-token\r\n".encode(), "")
    assert looked_up(paths, "a-long-enough-token") == (LAPTOP, IPAD)


@pytest.mark.parametrize(
    ("octets", "salt", "says"),
    [
        (b"", SALT, "line 1: expected the columns"),
        (b"device,token\n", SALT, "line 1: expected the columns"),
        (HEADER + b"no mac,,a-long-enough-token\n", SALT, "line 2: expected a MAC"),
        (HEADER + b"02:00:00:00:05:11,,\n", SALT, "line 2: expected an identifier or a token"),
        (HEADER + b"02:00:00:00:05:11,5CD1,a-long-enough-token\n", SALT, "line 2: expected an identifier or a token"),
        (HEADER + b"02:00:00:00:05:11\n", SALT, "line 2: expected three columns"),
        (HEADER + b"02:00:00:00:05:11,,short\n", SALT, "line 2: expected a token of 16"),
        (HEADER + b"02:00:00:00:05:11,," + b"0f" * 32 + b"\n", SALT, "line 2: expected a token of 16"),
        (HEADER + b"02:00:00:00:05:11,5CD1,\n", "short", "line 2: an identifier needs a salt"),
        (HEADER + b"02:00:00:00:05:11,5CD1,,x\n", SALT, "line 2: expected three columns"),
        (HEADER + b"\xff\xfe\n", SALT, "expected CSV in UTF-8"),
        (bytes(9 << 20), SALT, "expected at most 8 MiB"),
    ],
)
def test_a_mistake_in_the_identifiers_is_named_with_its_line(octets: bytes, salt: str, says: str) -> None:
    with pytest.raises(UnreadablePaths, match=says):
        read_paths(octets, salt)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_octets_break_the_reading_of_identifiers(octets: bytes) -> None:
    for text in (octets, HEADER + octets):
        try:
            paths = read_paths(text, SALT)
        except UnreadablePaths:
            continue
        assert all(len(mac) == 17 for macs in paths.values() for mac in macs)
