"""An upstream's answer written anew: without `ech`, or behind a CNAME of ours."""

from __future__ import annotations

from dataclasses import replace

from dns_filter.model import Name
from dns_filter.records import ECH, Answer, Record, params, written
from dns_filter.wire import CNAME, HTTPS, RRSIG, SVCB, read_name

_MANDATORY = 0


def without_ech(answer: Answer, name: Name) -> Answer:
    """The same answer with `ech` gone from every SVCB and HTTPS record, so that the name stays readable (RFC 9849).

    Signatures over those records would no longer fit and go too.
    """
    kept = [(number, _stripped(record)) for number, record in enumerate(answer.records) if not _signs_svcb(record)]
    records = tuple(record for _, record in kept)
    answers = sum(number < answer.answers for number, _ in kept)
    body, ttl_at = written(records, name)
    return answer._replace(records=records, answers=answers, body=body, ttl_at=ttl_at, ech=False)


def behind(answer: Answer, name: Name, target: Name, ttl: int) -> Answer:
    """The answer about `target` as an answer about `name`, which a CNAME of `ttl` seconds leads there."""
    alias = Record(name, CNAME, ttl, target, 0, 0, (target,))
    records = (alias, *answer.records)
    body, ttl_at = written(records, name)
    return answer._replace(records=records, answers=answer.answers + 1, body=body, ttl_at=ttl_at)


def _signs_svcb(record: Record) -> bool:
    return record.rtype == RRSIG and int.from_bytes(record.rdata[:2]) in (SVCB, HTTPS)


def _stripped(record: Record) -> Record:
    if record.rtype not in (SVCB, HTTPS):
        return record
    _, start = read_name(record.rdata, 2)
    kept = b"".join(_param(key, value) for key, value in params(record.rdata) if key != ECH)
    return replace(record, rdata=record.rdata[:start] + kept)


def _param(key: int, value: bytes) -> bytes:
    if key == _MANDATORY:
        # A client refuses a record whose mandatory list names a key that is not there (RFC 9460 §8).
        keys = (value[at : at + 2] for at in range(0, len(value), 2))
        value = b"".join(each for each in keys if int.from_bytes(each) != ECH)
        if not value:
            return b""
    return key.to_bytes(2) + len(value).to_bytes(2) + value
