"""Zones as a subscriber that is not ours gets them: whole, by differences, signed or not at all."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.xfr
import dns.zone
import pytest

from dns_filter import table_file
from dns_filter.clock import FixedClock
from dns_filter.lists.good_lists import kept_at
from dns_filter.names import to_text
from dns_filter.rpz.keeper import ZoneKeeper, ZoneSettings
from dns_filter.rpz.keys import KeysError, make_key, read_keys
from dns_filter.servers import Server
from dns_filter.shipped import safe_search
from tests.dns_filter import school
from tests.dns_filter.rpz_service import KEY, Service, compile_school_lists, serving
from tests.waiting import until

YEAR_5 = "year-5.cohort.rpz.invalid"
KEY_STAGE_2 = "key-stage-2.profile.rpz.invalid"
PATIENCE = 60.0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Service]:
    """For a test that rings the bell or publishes something."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The school at nine o'clock, for tests that only ask."""
    with serving(tmp_path_factory.mktemp("school"), files=True) as running:
        yield running


def signed(service: Service, secret: str = "", name: str = KEY) -> dict[str, Any]:
    ring = {dns.name.from_text(name): dns.tsig.Key(name, secret or service.secret, dns.tsig.HMAC_SHA256)}
    return {"keyring": ring, "keyname": dns.name.from_text(name), "keyalgorithm": dns.tsig.HMAC_SHA256}


def transferred(service: Service, zone: str, into: dns.zone.Zone | None = None, **keys: Any) -> dns.zone.Zone:
    """The zone by AXFR, or brought up to date by IXFR."""
    found = into or dns.zone.Zone(zone, relativize=True)
    query, _ = dns.xfr.make_query(found, **(keys or signed(service)))
    dns.query.inbound_xfr(service.place.host, found, query, port=service.place.port, timeout=PATIENCE)
    return found


def asked(service: Service, query: dns.message.Message, *, tcp: bool = True) -> dns.message.Message:
    ask = dns.query.tcp if tcp else dns.query.udp
    return ask(query, service.place.host, port=service.place.port, timeout=PATIENCE)


def question(service: Service, zone: str, qtype: str = "SOA", **keys: Any) -> dns.message.Message:
    query = dns.message.make_query(zone, qtype)
    options = keys or signed(service)
    query.use_tsig(options["keyring"], options["keyname"], algorithm=options["keyalgorithm"])
    return query


def said(zone: dns.zone.Zone, name: str) -> list[str]:
    node = zone.get_node(name)
    return sorted(rdata.to_text() for rdataset in node for rdata in rdataset) if node else []


def test_a_whole_zone_is_transferred_and_reads_as_it_was_meant(service: Service) -> None:
    zone = transferred(service, KEY_STAGE_2)
    zone.check_origin()
    assert said(zone, "*.roblox.com") == said(zone, "roblox.com") == ["*."]
    assert said(zone, "ttrockstars.com") == said(zone, "wiki.poki.com") == ["rpz-passthru."]
    assert said(zone, "www.google.co.uk") == ["forcesafesearch.google.com."]
    assert said(zone, "printer.ashlane.example") == ["10.40.0.9", "fd00:40::9"]


@pytest.mark.parametrize("tcp", [True, False])
def test_the_soa_is_signed_and_says_how_long_the_zone_may_be_kept(service: Service, tcp: bool) -> None:
    query = question(service, YEAR_5)
    answer = asked(service, query, tcp=tcp)
    assert answer.had_tsig
    assert answer.flags & dns.flags.AA
    assert answer.answer[0][0].serial == service.serial(YEAR_5)
    assert answer.answer[0][0].expire == 14 * 86_400


def test_the_bell_changes_the_zone_of_the_year_group_and_of_no_other(own: Service) -> None:
    zone, others = transferred(own, YEAR_5), own.serial("staff.cohort.rpz.invalid")
    before = own.serial(YEAR_5)
    assert said(zone, "*") == ["*."]
    own.clock.at = school.OPENS
    until(lambda: own.serial(YEAR_5) != before)
    transferred(own, YEAR_5, zone)
    assert said(zone, "*") == []
    assert said(zone, "*.roblox.com") == ["*."]
    own.clock.at = school.CLOSES
    until(lambda: said(transferred(own, YEAR_5, zone), "*") == ["*."])
    assert own.serial("staff.cohort.rpz.invalid") == others


def test_a_small_change_is_sent_as_a_difference(own: Service) -> None:
    zone = transferred(own, KEY_STAGE_2)
    profile = school.KEY_STAGE_2.model_copy(update={"block": ("games", "adult")})
    own.push(school.table(2, profiles={**school.table().profiles, "key-stage-2": profile}))
    serial = own.serial(KEY_STAGE_2)
    until(lambda: own.serial(KEY_STAGE_2) != serial)
    query = dns.message.make_query(KEY_STAGE_2, "IXFR")
    query.authority = [dns.rrset.from_text(f"{KEY_STAGE_2}.", 0, "IN", "SOA", f". . {serial} 0 0 0 0")]
    options = signed(own)
    query.use_tsig(options["keyring"], options["keyname"], algorithm=options["keyalgorithm"])
    answer = dns.query.tcp(query, own.place.host, port=own.place.port, timeout=PATIENCE, one_rr_per_rrset=True)
    told = [rrset.to_text().split(" ", 3)[0].removesuffix(f".{KEY_STAGE_2}.") for rrset in answer.answer]
    soa = f"{KEY_STAGE_2}."
    gone = {"*.cdninstagram.com", "*.instagram.com", "cdninstagram.com", "instagram.com"}
    assert (told[:2], set(told[2:-2]), told[-2:]) == ([soa, soa], gone, [soa, soa])
    transferred(own, KEY_STAGE_2, zone)
    assert said(zone, "*.cdninstagram.com") == []
    assert said(zone, "*.roblox.com") == ["*."]
    assert sorted(zone.nodes) == sorted(transferred(own, KEY_STAGE_2).nodes)


def test_a_subscriber_that_is_up_to_date_gets_one_soa(service: Service) -> None:
    zone = transferred(service, KEY_STAGE_2)
    nodes = set(zone.nodes)
    transferred(service, KEY_STAGE_2, zone)
    assert set(zone.nodes) == nodes


def test_a_new_list_changes_every_zone_that_blocks_its_category(own: Service) -> None:
    assert said(transferred(own, KEY_STAGE_2), "miniclip.com") == []
    compile_school_lists(own.home, games=["miniclip.com"])
    until(lambda: said(transferred(own, KEY_STAGE_2), "miniclip.com") == ["*."])
    assert said(transferred(own, "staff.profile.rpz.invalid"), "miniclip.com") == []


def test_serials_go_on_where_they_were_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path, at=school.OPENS) as first:
        serial = first.serial(YEAR_5)
    with serving(tmp_path, at=school.OPENS - 600) as second:  # the clock was set back
        assert second.serial(YEAR_5) == serial + 1
        assert second.serial(KEY_STAGE_2) == first.serial(KEY_STAGE_2)


def test_nobody_without_a_key_gets_anything(service: Service) -> None:
    for qtype in ("SOA", "AXFR", "A"):
        answer = asked(service, dns.message.make_query(YEAR_5, qtype))
        assert (answer.rcode(), answer.answer) == (dns.rcode.REFUSED, [])


def test_a_named_network_may_ask_unsigned(tmp_path: Path) -> None:
    with serving(tmp_path, unsigned=["127.0.0.1/32"]) as service:
        assert asked(service, dns.message.make_query(YEAR_5, "SOA"), tcp=False).answer


OTHER = "b3RoZXIgc2VjcmV0IG9mIGEgc3RyYW5nZXIgaGVyZSE="


@pytest.mark.parametrize(
    ("secret", "name", "error"),
    [(OTHER, KEY, dns.tsig.PeerBadSignature), (OTHER, "stranger", dns.tsig.PeerBadKey)],
)
def test_a_wrong_key_is_told_so_and_gets_nothing(
    service: Service, secret: str, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        transferred(service, YEAR_5, **signed(service, secret, name))


def test_an_old_signature_is_answered_with_the_time(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    query = question(service, YEAR_5)
    monkeypatch.setattr("time.time", lambda: 1_600_000_000.0)
    wire = query.to_wire()
    monkeypatch.undo()
    answer = _raw(service, wire)
    tsig = answer[-1]
    assert (tsig.error, len(tsig.other)) == (dns.rcode.BADTIME, 6)


def _raw(service: Service, wire: bytes) -> Any:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.sendto(wire, (service.place.host, service.place.port))
        heard = sock.recv(65_535)
    message = dns.message.from_wire(heard, keyring=False, ignore_trailing=True)
    assert message.tsig is not None
    return message.tsig


def test_a_zone_nobody_has_heard_of_is_not_ours(service: Service) -> None:
    answer = asked(service, question(service, "year-99.cohort.rpz.invalid"))
    assert answer.rcode() == dns.rcode.NOTAUTH


def test_noise_on_the_port_is_survived(service: Service) -> None:
    for junk in (b"", b"\0" * 11, b"\0" * 12, b"\xff" * 40, bytes(range(200)), b"\0\1" * 300):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(junk, (service.place.host, service.place.port))
        with socket.create_connection((service.place.host, service.place.port)) as stream:
            stream.sendall(len(junk).to_bytes(2) + junk)
    assert asked(service, question(service, YEAR_5)).answer


def test_a_notify_is_repeated_until_it_is_heard(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as subscriber:
        subscriber.bind(("127.0.0.1", 0))
        subscriber.settimeout(PATIENCE)
        place = Server(*subscriber.getsockname())
        with serving(tmp_path, notify=[(place, "")]) as service:
            first, _ = _notify_about(subscriber, YEAR_5)
            heard, sender = _notify_about(subscriber, YEAR_5)
            assert heard.id == first.id
            assert heard.opcode() == dns.opcode.NOTIFY
            assert heard.answer[0][0].serial == service.serial(YEAR_5)
            subscriber.sendto(dns.message.make_response(heard).to_wire(), sender)
            until(lambda: not any(YEAR_5 in each for each in service.server.notifier.unheard))


def _notify_about(subscriber: socket.socket, zone: str) -> tuple[dns.message.Message, Any]:
    while True:
        octets, sender = subscriber.recvfrom(4096)
        heard = dns.message.from_wire(octets)
        if heard.question[0].name == dns.name.from_text(zone):
            return heard, sender


def test_every_zone_is_kept_as_a_file_that_reads_the_same_but_rewrites_nothing(service: Service) -> None:
    path = service.home / "files" / f"{KEY_STAGE_2}.zone"
    from_file = dns.zone.from_file(str(path), origin=KEY_STAGE_2)
    sent = transferred(service, KEY_STAGE_2)
    different = {str(name) for name in sent.nodes if said(sent, str(name)) != said(from_file, str(name))}
    assert from_file.nodes.keys() == sent.nodes.keys()
    blocked_anyway = {"duckduckgo.com", "www.duckduckgo.com", "start.duckduckgo.com"}
    assert different == {to_text(name) for name in safe_search("strict")} - blocked_anyway
    assert said(from_file, "www.google.co.uk") == ["*."]
    assert path.read_text().splitlines()[2].startswith("@ IN SOA ")


def test_a_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    statement = make_key(path, "provider")
    make_key(path, "second.example")
    assert path.stat().st_mode & 0o777 == 0o600
    assert statement.startswith('key "provider" { algorithm hmac-sha256; secret "')
    assert len(read_keys(path)) == 2
    with pytest.raises(KeysError, match="there is a key provider already"):
        make_key(path, "provider")
    path.chmod(0o640)
    with pytest.raises(KeysError, match="owner alone"):
        read_keys(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('\nkey "a" { algorithm hmac-md5; secret "aGVsbG8="; };', "line 1: algorithm hmac-md5: expected hmac-sha256"),
        ('# ours\nkey "a" { algorithm hmac-sha256; secret "?"; };', "line 1: expected a name and a secret in base64"),
        ('key "a" { algorithm hmac-sha256; secret "aGVsbG8="; };\nkee', "line 2: expected key"),
    ],
)
def test_a_key_file_with_a_mistake_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(KeysError, match=complaint):
        read_keys(path)


def test_without_one_of_its_lists_no_zone_is_made_until_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compile_school_lists(tmp_path)
    table_file.write(tmp_path / "table.json", school.table())
    path, clock = kept_at(tmp_path / "names", "games"), FixedClock(school.NINE)
    whole = path.read_bytes()
    keeper = ZoneKeeper(ZoneSettings(tmp_path / "table.json", tmp_path / "names", tmp_path / "serials.json"), clock)
    for damage, complaint in ((whole[:-20], "the kept list is damaged"), (b"{}", "kept is nothing")):
        path.write_bytes(damage)
        clock.at += 10
        assert not keeper.refresh()
        assert complaint in caplog.text
    path.write_bytes(whole)
    clock.at += 10
    assert len(keeper.refresh()) == len(keeper.zones) == 14
