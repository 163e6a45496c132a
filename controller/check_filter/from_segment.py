"""What a probe found in its segment: made into a record there, and judged before it is believed here (F10). Pure."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from controller.check_filter.outcome import SEGMENT, Finding, Line, Run
from inventory.receipt_text import octets_of
from inventory.receipts import Station

SKEW = timedelta(minutes=5)
OLDEST = timedelta(days=1)
"""Older than this it says nothing of today."""
MOST_FOUND, LONGEST = 200, 300
CLAUSE = "F10"


def run_of(
    school: str, segment: str, tried: int, opened: Collection[object], found: Iterable[Finding], now: datetime
) -> Run:
    """A probe knows nothing of the table in force: `policy`, `epoch` and `names` stay empty."""
    line = Line(
        seat=f"{SEGMENT}{segment}",
        subject="ways past the filter",
        expect="shut",
        asked=tried,
        right=tried - len(opened),
        clauses=(CLAUSE,),
        wrong=tuple(map(str, list(opened)[:3])),
    )
    return Run(
        school=school,
        where=line.seat,
        at=now.replace(microsecond=0),
        policy="",
        epoch=0,
        names="",
        lines=(line,),
        findings=tuple(found),
    )


def signer_of(key: str, stations: Iterable[Station]) -> Station | None:
    """The station whose key (base64) this is; the signature itself was verified when the record was read."""
    return next((station for station in stations if octets_of(station.key) == b64decode(key)), None)


def refused(run: Run, station: Station | None, school: str, segments: Collection[str], now: datetime) -> str:
    """Why it is not believed, as a sentence; empty where it is."""
    if station is None:
        return "No station of this school signed it."
    if station.revoked_at is not None:
        return "The station that signed it was revoked."
    if run.school != school:
        return "It is of another school."
    if run.where.removeprefix(SEGMENT) not in segments or not run.where.startswith(SEGMENT):
        return "It names no segment of this school."
    if run.at > now + SKEW:
        return "It is from the future: the probe's clock is wrong."
    if run.at < max(now - OLDEST, station.enrolled_at - SKEW):
        return "It is more than a day old, or older than the station."
    return "" if _of_routes_alone(run) else "It holds something else than ways past the filter."


def _of_routes_alone(run: Run) -> bool:
    """A station may say what it saw from where it stands, and nothing about the rest of the school."""
    few = len(run.lines) == 1 and len(run.findings) <= MOST_FOUND
    lines = all(line.seat == run.where and set(line.clauses) <= {CLAUSE} for line in run.lines)
    short = all(len(text) <= LONGEST for found in run.findings for text in (found.subject, found.text))
    return few and lines and short and all(_is_route(found) for found in run.findings)


def _is_route(found: Finding) -> bool:
    return found.kind == "route" and set(found.clauses) <= {CLAUSE}
