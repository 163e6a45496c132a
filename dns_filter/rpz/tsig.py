"""Signing DNS messages with a shared secret (TSIG, RFC 8945): HMAC-SHA256 and nothing older."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from dns_filter.model import Name
from dns_filter.names import to_wire
from dns_filter.wire import RECORD, Malformed, read_name

TSIG, ANY_CLASS = 250, 255
ALGORITHM = to_wire("hmac-sha256")
FUDGE = 300
"""Seconds that the clocks of two servers may differ."""
BADSIG, BADKEY, BADTIME = 16, 17, 18
_LEAST_MAC = 16


@dataclass(frozen=True, slots=True)
class Key:
    name: Name
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """The TSIG record of a message."""

    key: Name
    algorithm: Name
    time: int
    fudge: int
    mac: bytes
    original_id: bytes
    error: int
    other: bytes

    @property
    def timers(self) -> bytes:
        return self.time.to_bytes(6) + self.fudge.to_bytes(2)


def read_signature(data: bytes, at: int) -> Signature:
    """The TSIG record that starts at `at` and ends the message. Raises Malformed."""
    key, at = read_name(data, at)
    if at + RECORD.size > len(data):
        raise Malformed("cut off inside a TSIG")
    rtype, rclass, ttl, length = RECORD.unpack_from(data, at)
    algorithm, at = read_name(data, at + RECORD.size)
    size = int.from_bytes(data[at + 8 : at + 10])
    mac, rest = data[at + 10 : at + 10 + size], data[at + 10 + size :]
    other = rest[6:]
    if (rtype, rclass, ttl) != (TSIG, ANY_CLASS, 0) or len(rest) < 6 or len(other) != int.from_bytes(rest[4:6]):
        raise Malformed("a TSIG of the wrong shape")
    if length != len(algorithm) + 16 + size + len(other):
        raise Malformed("a TSIG of the wrong length")
    time, fudge = int.from_bytes(data[at : at + 6]), int.from_bytes(data[at + 6 : at + 8])
    return Signature(key, algorithm, time, fudge, mac, rest[:2], int.from_bytes(rest[2:4]), other)


def check(unsigned: bytes, said: Signature, keys: Mapping[Name, Key], now: int) -> int:
    """0 where the message was signed with a key of ours in time; else BADKEY, BADSIG or BADTIME (RFC 8945 §5.2).

    `unsigned` is the message up to its TSIG record.
    """
    key = keys.get(said.key)
    if key is None or said.algorithm != ALGORITHM:
        return BADKEY
    # A shortened MAC may be legal; none of the resolvers that we serve sends one.
    wanted = _mac(key, _restored(unsigned, said.original_id), _variables(said))
    if len(said.mac) < _LEAST_MAC or not hmac.compare_digest(said.mac, wanted):
        return BADSIG
    return 0 if abs(now - said.time) <= said.fudge else BADTIME


def _restored(unsigned: bytes, original_id: bytes) -> bytes:
    additional = int.from_bytes(unsigned[10:12]) - 1
    return original_id + unsigned[2:10] + additional.to_bytes(2) + unsigned[12:]


def _variables(said: Signature) -> bytes:
    """RFC 8945 §4.3.3."""
    head = said.key + ANY_CLASS.to_bytes(2) + bytes(4) + said.algorithm + said.timers
    return head + said.error.to_bytes(2) + len(said.other).to_bytes(2) + said.other


def _mac(key: Key, *parts: bytes) -> bytes:
    return hmac.digest(key.secret, b"".join(parts), "sha256")


class Signer:
    """Signs the answer to one request, message by message: each MAC covers the one before (RFC 8945 §5.3)."""

    def __init__(self, key: Key, request_mac: bytes, now: int) -> None:
        self._key, self._before, self._now = key, request_mac, now
        self._first = True

    def __call__(self, message: bytes, error: int = 0, other: bytes = b"") -> bytes:
        said = Signature(self._key.name, ALGORITHM, self._now, FUDGE, b"", message[:2], error, other)
        covered = _variables(said) if self._first else said.timers
        earlier = len(self._before).to_bytes(2) + self._before if self._before else b""
        self._before, self._first = _mac(self._key, earlier, message, covered), False
        return attached(message, said, self._before)


def refusal(message: bytes, said: Signature, error: int) -> bytes:
    """An answer to what was not signed well: it carries the error and no MAC (RFC 8945 §5.3.2)."""
    told = Signature(said.key, said.algorithm, said.time, FUDGE, b"", message[:2], error, b"")
    return attached(message, told, b"")


def attached(message: bytes, said: Signature, mac: bytes) -> bytes:
    rdata = said.algorithm + said.timers + len(mac).to_bytes(2) + mac + said.original_id
    rdata += said.error.to_bytes(2) + len(said.other).to_bytes(2) + said.other
    additional = int.from_bytes(message[10:12]) + 1
    record = said.key + RECORD.pack(TSIG, ANY_CLASS, 0, len(rdata)) + rdata
    return message[:10] + additional.to_bytes(2) + message[12:] + record
