"""The answers of the zone server as messages: refusals, an SOA, a whole zone or its differences, signed one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf

from dns_filter.model import Name
from dns_filter.rpz.edition import Edition, History, Step, is_newer
from dns_filter.rpz.question import Asked, expire_option
from dns_filter.rpz.tsig import BADTIME, Key, Signer, check, refusal
from dns_filter.wire import (
    AXFR,
    FORMERR,
    HEADER,
    IN,
    IXFR,
    NOTIMP,
    QR,
    REFUSED,
    SOA,
    Malformed,
    header_only,
    opt_record,
)

AA, NOTAUTH = 0x0400, 9
LARGEST = 60_000
"""Octets of records in one message over TCP; with question and signature it stays below 65,535."""

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone at this moment. `until` is when the controller's word for it ends (RFC 7314); infinity: never."""

    history: History
    until: float = inf

    def expire(self, now: float) -> int:
        return int(max(0, min(self.until - now, self.history.current.soa.expire)))


def answers(
    data: bytes,
    asked: Asked,
    zones: Mapping[Name, Zone],
    keys: Mapping[Name, Key],
    *,
    trusted: bool,
    udp: bool,
    now: float,
) -> Iterator[bytes]:
    """Every message of the answer. `trusted`: the sender's address may ask without a signature."""
    if asked.opcode:
        yield header_only(data, NOTIMP)
        return
    sign = _plain
    if (said := asked.signature) is not None:
        if error := check(asked.unsigned, said, keys, int(now)):
            yield _ill_signed(asked, keys, error, now)
            return
        sign = Signer(keys[said.key], said.mac, int(now))
    elif not trusted:
        yield _head(asked, REFUSED)
        return
    yield from _of_zone(asked, zones.get(asked.zone), sign, udp=udp, now=now)


def unreadable(data: bytes) -> bytes:
    """The answer to what cannot be read: none at all to what is no request."""
    return header_only(data, FORMERR) if len(data) >= 12 and not data[2] & 0x80 else b""


def _of_zone(asked: Asked, zone: Zone | None, sign: Sign, *, udp: bool, now: float) -> Iterator[bytes]:
    if asked.qclass != IN or zone is None:
        yield sign(_head(asked, NOTAUTH if zone is None else REFUSED))
        return
    edition = zone.history.current
    soa = edition.soa_record()
    match asked.qtype:
        case 6:
            yield sign(_message(asked, [soa], _opt(asked, zone, now)))
        case 252 if not udp:
            yield from _transfer(asked, zone, _whole(edition), sign, now)
        case 251:
            yield from _transfer(asked, zone, [soa] if udp else _since(asked, zone.history), sign, now)
        case _:
            yield sign(_head(asked, REFUSED))


assert (SOA, AXFR, IXFR) == (6, 252, 251)  # a match knows no names of plain constants


def _since(asked: Asked, history: History) -> Iterable[bytes]:
    current = history.current
    if asked.serial is not None and not is_newer(current.serial, asked.serial):
        return [current.soa_record()]  # up to date, or ahead of us: then the next edition will tell
    steps = history.since(asked.serial) if asked.serial is not None else None
    return _whole(current) if steps is None else _differences(current, steps)


def _whole(edition: Edition) -> Iterator[bytes]:
    soa = edition.soa_record()
    return chain([soa, edition.ns_record()], edition.body.records(), [soa])


def _differences(current: Edition, steps: Sequence[Step]) -> Iterator[bytes]:
    """RFC 1995 §4: for each step the old SOA with what goes, then the new one with what comes."""
    yield current.soa_record()
    for step in steps:
        yield from chain([current.soa_record(step.since)], step.removed.records())
        yield from chain([current.soa_record(step.until)], step.added.records())
    yield current.soa_record()


def _transfer(asked: Asked, zone: Zone, records: Iterable[bytes], sign: Sign, now: float) -> Iterator[bytes]:
    opt = _opt(asked, zone, now)
    for part in _parts(records):
        yield sign(_message(asked, part, opt))
        opt = b""


def _parts(records: Iterable[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for record in records:
        size += len(record)
        if size > LARGEST:
            yield part
            part, size = [], len(record)
        part.append(record)
    yield part


def _message(asked: Asked, records: Sequence[bytes], opt: bytes) -> bytes:
    head = HEADER.pack(asked.id, QR | AA, 1, len(records), 0, int(bool(opt)))
    return b"".join((head, asked.raw, *records, opt))


def _opt(asked: Asked, zone: Zone, now: float) -> bytes:
    if not asked.edns:
        return b""
    return opt_record(do=False, options=expire_option(zone.expire(now)) if asked.wants_expire else b"")


def _head(asked: Asked, rcode: int) -> bytes:
    return HEADER.pack(asked.id, QR | rcode, 1, 0, 0, 0) + asked.raw


def _ill_signed(asked: Asked, keys: Mapping[Name, Key], error: int, now: float) -> bytes:
    said = asked.signature
    assert said is not None  # nothing else is checked
    head = _head(asked, NOTAUTH)
    if error == BADTIME:
        # Signed, so that an honest subscriber can believe what time it is here.
        return Signer(keys[said.key], said.mac, said.time)(head, BADTIME, int(now).to_bytes(6))
    return refusal(head, said, error)


def _plain(message: bytes) -> bytes:
    return message


__all__ = ["Malformed", "Zone", "answers", "unreadable"]
