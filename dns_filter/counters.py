"""Counts of one worker, without personal data: by outcome, never by name or client, so their number is bounded."""

from __future__ import annotations

from dns_filter.desk import Desk
from dns_filter.limits import Pass
from dns_filter.querylog import LATENCIES, QueryLog


def read(desk: Desk, queries: QueryLog) -> dict[str, object]:
    """Every count since the worker began."""
    codes = {code.value: count for code, count in queries.codes.items()}
    return {
        "engine": desk.engine.name,
        "fast_engine": int(desk.engine.name == "fast"),
        "epoch": desk.snapshot.table.epoch,
        "names": desk.snapshot.names_version,
        "queries": sum(codes.values()),
        "codes": codes,
        "steps": dict(queries.steps),
        "latencies": latencies(queries),
        "seconds": queries.seconds,
        "without_verdict": _without_verdict(desk),
        "memo_hits": queries.memo_hits,
        "memo_entries": len(desk.engine.memory),
        "memo_octets": desk.engine.memory.weight,
        "cache_entries": len(desk.pipeline.resolver.cache),
        "cache_octets": desk.pipeline.resolver.cache.weight,
        "upstream": dict(desk.upstreams.counts),
        "log_rows_dropped": queries.dropped,
        "events_dropped": queries.tally.events_dropped,
        "unsent": desk.unsent + desk.engine.unsent,
    }


def _without_verdict(desk: Desk) -> dict[str, int]:
    counts, dropped = dict(desk.pipeline.counts), desk.engine.dropped
    return {**counts, Pass.DROP.value: counts.get(Pass.DROP.value, 0) + dropped} if dropped else counts


def latencies(queries: QueryLog) -> dict[str, int]:
    """Upper edge in seconds -> queries that took longer than the edge before and no longer than this one."""
    return {str(edge): queries.latencies[edge] for edge in (*LATENCIES, float("inf"))}
