"""Explaining a decision is the decision itself, with everything that would have been said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dns_filter.model import Action, Code, Query
from dns_filter.names import to_wire
from dns_filter.steps import STEPS, decide
from dns_filter.trace import trace, trace_in
from tests.dns_filter import school
from tests.dns_filter.school import ASH_LANE, CLOSES, LISTS, NINE, OPENS, YEAR_5, YEAR_5_CLOSED
from tests.fakes.domain_table import FakeDomainTable

NAMES = [name.removeprefix("=") for names in LISTS.values() for name in names]
CLIENTS = [*school.table().bindings, school.STRANGER, school.PASSER_BY]


@given(
    st.sampled_from(["", "www."]),
    st.sampled_from([*NAMES, "wikipedia.org", "www.google.com", "localhost", "server.ashlane.local"]),
    st.sampled_from(CLIENTS),
    st.floats(NINE - 100, CLOSES + 100),
)
def test_what_is_explained_is_what_happens(prefix: str, name: str, client: str, at: float) -> None:
    query = Query(to_wire(prefix + name), 1, client, at)
    told = trace_in(query, ASH_LANE)
    assert told.verdict == decide(query, ASH_LANE.seat(client, at).profile, ASH_LANE)
    deciding = next(said for said in told.said if said.verdict is not None)
    assert told.verdict in (deciding.verdict, told.said[-2].verdict), "the first to speak, or safe search after it"
    assert [said.step for said in told.said] == [step.__name__ for step in STEPS]


def test_what_else_would_have_decided_is_told_in_order() -> None:
    told = trace_in(Query(to_wire("www.instagram.com"), 1, school.TEACHER, NINE), ASH_LANE)
    assert told.verdict.code is Code.RULE_ALLOWED
    assert [(said.step, said.verdict.code) for said in told.losing if said.verdict] == [
        ("categories", Code.CATEGORY),
        ("forward", Code.ALLOWED),
    ]
    assert told.categories == ("social", "service:instagram")


def test_the_bell_is_told_with_what_it_does_to_the_ttl() -> None:
    told = trace_in(Query(to_wire("wikipedia.org"), 1, YEAR_5_CLOSED, CLOSES - 7.5), ASH_LANE)
    assert (told.next_flip, told.ttl.cap, told.ttl.boundary, told.ttl.final) == (CLOSES, 15, 7.5, 7)
    assert told.standing.grant is not None
    assert told.standing.grant.why == "timetable[0]"
    closed = trace_in(Query(to_wire("wikipedia.org"), 1, YEAR_5_CLOSED, NINE), ASH_LANE)
    assert (closed.verdict.code, closed.ede, closed.next_flip, closed.ttl.final) == (Code.CLOSED, 15, OPENS, 10)
    assert closed.verdict.clauses == ("T1",)


def test_a_table_is_compiled_once_for_many_questions() -> None:
    table, names = school.table(5), FakeDomainTable(LISTS)
    first = trace(Query(to_wire("www.roblox.com"), 1, YEAR_5, NINE), table, names)  # type: ignore[arg-type]
    assert (first.verdict.action, first.epoch, first.names_version) == (Action.BLOCK, 5, "names-1")
    assert (first.mode, first.ede) == ("nodata", 15)
    again = trace(Query(to_wire("www.roblox.com"), 1, YEAR_5, NINE), table, names)  # type: ignore[arg-type]
    assert again == first
    assert trace(Query(to_wire("www.roblox.com"), 1, YEAR_5, NINE), table, None).verdict.code is Code.UNAVAILABLE
