"""One zone through time: what it says now, its serial, and what changed since the editions before (RFC 1995)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dns_filter import ttl
from dns_filter.rpz.zone import Body, body
from dns_filter.wire import IN, OWNER, RECORD, SOA

KEPT = 32
"""Steps back that a subscriber may be and still be sent differences only."""
NS = 2
_LOCALHOST = b"\x09localhost\0"
_HOSTMASTER = b"\x0ahostmaster\x07invalid\0"


@dataclass(frozen=True, slots=True)
class Soa:
    """Seconds. A subscriber asks again after `refresh` in case a NOTIFY was lost; after `expire` without an answer
    it lets the zone go."""

    refresh: int = 20
    retry: int = 5
    expire: int = 14 * 86_400
    minimum: int = ttl.BLOCK


@dataclass(frozen=True, slots=True)
class Edition:
    """What a zone says under one serial."""

    serial: int
    body: Body
    soa: Soa = Soa()

    def soa_record(self, serial: int | None = None) -> bytes:
        soa = self.soa
        numbers = (self.serial if serial is None else serial, soa.refresh, soa.retry, soa.expire, soa.minimum)
        rdata = _LOCALHOST + _HOSTMASTER + b"".join(each.to_bytes(4) for each in numbers)
        return OWNER + RECORD.pack(SOA, IN, soa.minimum, len(rdata)) + rdata

    def ns_record(self) -> bytes:
        return OWNER + RECORD.pack(NS, IN, self.soa.minimum, len(_LOCALHOST)) + _LOCALHOST


@dataclass(frozen=True, slots=True)
class Step:
    """From one serial to the next."""

    since: int
    until: int
    removed: Body
    added: Body


@dataclass(frozen=True, slots=True)
class History:
    """The edition in force, and the steps that led to it, oldest first."""

    current: Edition
    steps: tuple[Step, ...] = ()

    def followed_by(self, edition: Edition) -> History:
        """Steps that weigh more than the zone itself are forgotten: sending it whole is then less."""
        steps = [*self.steps, _step(self.current, edition)][-KEPT:]
        while steps and sum(map(_weight, steps)) > len(edition.body.octets):
            del steps[0]
        return History(edition, tuple(steps))

    def since(self, serial: int) -> Sequence[Step] | None:
        """The steps from a subscriber's serial to now; none where it is up to date, None where it must take all."""
        if serial == self.current.serial:
            return ()
        starts = [number for number, step in enumerate(self.steps) if step.since == serial]
        return self.steps[starts[0] :] if starts else None


def is_newer(serial: int, than: int) -> bool:
    """Serial number arithmetic (RFC 1982 §3.2)."""
    return 0 < (serial - than) % 2**32 < 2**31


def _step(before: Edition, after: Edition) -> Step:
    old, new = set(before.body.records()), set(after.body.records())
    return Step(before.serial, after.serial, body(old - new), body(new - old))


def _weight(step: Step) -> int:
    return len(step.removed.octets) + len(step.added.octets) + 200
