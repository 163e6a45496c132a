"""One small school as a filter table: the pupils, lessons, lists and names that the tests of the filter speak of."""

from __future__ import annotations

from dns_filter.model import (
    Action,
    Binding,
    Cohort,
    FilterProfile,
    FilterTable,
    Grant,
    Name,
    Query,
    Reason,
    Rule,
    State,
    Verdict,
)
from dns_filter.names import to_wire
from dns_filter.snapshot import Snapshot
from dns_filter.steps import decide
from tests.fakes.domain_table import FakeDomainTable

NINE = 1_795_597_200.0
"""Wednesday 25 November 2026, 09:00 in London."""
OPENS, CLOSES = NINE + 900, NINE + 4500
"""The computing lesson of year 5: 09:15 to 10:15."""

YEAR_5, YEAR_5_CLOSED, YEAR_1, TEACHER = "127.5.0.11", "127.5.0.12", "127.1.0.11", "127.30.0.5"
SICK_LAPTOP, PRINTER, STRANGER, PASSER_BY = "127.99.0.7", "127.40.0.9", "127.66.6.6", "203.0.113.9"

LISTS = {
    "games": ["roblox.com", "poki.com", "ttrockstars.com", "search.example.org"],
    "social": ["instagram.com", "cdninstagram.com"],
    "adult": ["faß.de", "redlight.example.org"],
    "iwf-illegal": ["wicked.example.org"],
    "essential": ["=captive.apple.com", "ocsp.digicert.com"],
    "bypass": ["dns.google", "relay.example.net"],
    "protected:education": ["bbc.co.uk", "purplemash.com"],
    "protected:support": ["childline.org.uk"],
    "service:tiktok": ["tiktok.com", "bbc.co.uk"],
    "service:instagram": ["instagram.com"],
    "search:without-switch": ["startpage.com"],
}

KEY_STAGE_2 = FilterProfile(
    name="key-stage-2",
    access_level="key-stage-2",
    block=("games", "social", "adult"),
    services=("tiktok",),
    rules=(
        Rule(
            name="ttrockstars.com",
            allow=True,
            rule="access_levels.key-stage-2.allow[ttrockstars.com]",
            clauses=("F8",),
        ),
        Rule(name="www.youtube.com", allow=True, rule="access_levels.key-stage-2.allow[www.youtube.com]"),
        Rule(name="duckduckgo.com", allow=False, rule="access_levels.key-stage-2.block[duckduckgo.com]"),
    ),
    safe_search="strict",
    reasons={
        "category:games": Reason(rule="access_levels.key-stage-2.block[games]", clauses=("F1", "F3")),
        "safe_search": Reason(rule="access_levels.key-stage-2.safe_search", clauses=("F1",)),
    },
)
CLOSED = KEY_STAGE_2.model_copy(
    update={
        "name": "key-stage-2-closed",
        "state": State.CLOSED,
        "reasons": {"state": Reason(rule="outside_windows.pupils", clauses=("T1",))},
    }
)
APPROVED_ONLY = FilterProfile(
    name="approved-only",
    access_level="approved-only",
    focus=("bbc.co.uk", "=www.topmarks.co.uk", "*.phonicsplay.co.uk", "www.google.co.uk"),
    safe_search="strict",
    reasons={"focus": Reason(rule="access_levels.approved-only.focus", clauses=("F4", "F5"))},
)
STAFF = FilterProfile(
    name="staff",
    access_level="staff",
    block=("social", "adult"),
    allowed_services=("instagram",),
    safe_search="moderate",
)
QUARANTINE = FilterProfile(name="quarantine", access_level="none", state=State.QUARANTINED)
UNKNOWN = FilterProfile(name="unknown", access_level="none", state=State.UNKNOWN)
THINGS = FilterProfile(name="things", access_level="things", filtered=False)

LESSON = Grant(profile="key-stage-2", opens_at=OPENS, closes_at=CLOSES, why="timetable[0]", window="timetable[0]")


def table(epoch: int = 1, **changes: object) -> FilterTable:
    """The school's table at 09:00; `changes` replace whole fields."""
    profiles = (KEY_STAGE_2, CLOSED, APPROVED_ONLY, STAFF, QUARANTINE, UNKNOWN, THINGS)
    cohorts = (
        Cohort(id="year-5", resting="key-stage-2-closed", grants=(LESSON,)),
        Cohort(id="year-5-open", resting="key-stage-2"),
        Cohort(id="year-1", resting="approved-only"),
        Cohort(id="staff", resting="staff"),
        Cohort(id="quarantine", resting="quarantine"),
        Cohort(id="unknown", resting="unknown"),
        Cohort(id="things", resting="things"),
    )
    fields: dict[str, object] = {
        "epoch": epoch,
        "made_at": NINE,
        "horizon": NINE + 14 * 86_400,
        "school": "Ash Lane Primary School",
        "sources": ("127.0.0.0/8", "fd00::/8"),
        "internal": {"ashlane.local": ("127.0.0.53:5354",), "20.10.in-addr.arpa": ()},
        "hosts": {"printer.ashlane.example": ("10.40.0.9", "fd00:40::9")},
        "mandatory": ("iwf-illegal",),
        "sinkhole": ("10.10.0.80", "fd00:10::80"),
        "profiles": {profile.name: profile for profile in profiles},
        "cohorts": {cohort.id: cohort for cohort in cohorts},
        "bindings": {
            YEAR_5_CLOSED: Binding(device="02:00:00:00:05:12", name="ipad-05-12", cohort="year-5"),
            YEAR_5: Binding(device="02:00:00:00:05:11", name="ipad-05-11", cohort="year-5-open"),
            YEAR_1: Binding(device="02:00:00:00:01:11", name="ipad-01-11", cohort="year-1"),
            TEACHER: Binding(device="02:00:00:00:30:05", name="laptop-30-05", cohort="staff"),
            SICK_LAPTOP: Binding(device="02:00:00:00:99:07", name="laptop-99-07", cohort="quarantine"),
            PRINTER: Binding(device="02:00:00:00:40:09", name="printer-40-09", cohort="things"),
        },
        "unknown": "unknown",
    }
    return FilterTable.model_validate({**fields, **changes})


def snapshot(**changes: object) -> Snapshot:
    return Snapshot(table(**changes), FakeDomainTable(LISTS))  # type: ignore[arg-type]


def verdict(name: str, client: str = YEAR_5, at: float = NINE, where: Snapshot | None = None) -> Verdict:
    """What the filter does when this client asks for this name."""
    asked_of = where or ASH_LANE
    wire = to_wire(name)
    return decide(Query(wire, 1, client, at), asked_of.seat(client, at).profile, asked_of)


def blocked(name: str, client: str = YEAR_5, at: float = NINE) -> bool:
    return verdict(name, client, at).action is Action.BLOCK


def wire(name: str) -> Name:
    return to_wire(name)


ASH_LANE = snapshot()
