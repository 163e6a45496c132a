"""The DNS filter's counts as Prometheus is told them: by worker and by the filter's own words, never by client or name.

By worker, since one that is started again counts from nought: in a sum over all that would look like a rush.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

Tally = Mapping[str, float]
"""Kind -> how many. Kinds are words of the filter's own, never a client's or a name."""


@dataclass(frozen=True, slots=True)
class WorkerCounts:
    """One worker since it began. `numbers` are single counts and levels; `tallies` counts by kind."""

    worker: str
    numbers: Tally = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)


class Family(NamedTuple):
    """`of`: where it stands in a worker's note. `label`: what tells the kinds of a tally apart."""

    of: str
    name: str
    text: str
    label: str = ""


COUNTERS = (
    Family("codes", "verdicts", "Queries by outcome.", "code"),
    Family("steps", "steps", "Queries by the step that decided.", "step"),
    Family("without_verdict", "without_verdict", "Queries that got no verdict: odd, over the limit, failed.", "why"),
    Family("upstream", "upstream", "Questions to upstreams by what became of them.", "outcome"),
    Family("encrypted.dot", "dot_connections", "Connections of DNS over TLS by how they ended.", "outcome"),
    Family("encrypted.doh", "doh_connections", "Connections of DNS over HTTPS by how they ended.", "outcome"),
    Family("encrypted.doh_status", "doh_answers", "Answers over HTTPS by status.", "status"),
    Family("memo_hits", "memo_hits", "Queries answered from memory."),
    Family("log_rows_dropped", "log_rows_dropped", "Rows of the query log that were not written."),
    Family("events_dropped", "events_dropped", "Safeguarding events that were not written."),
    Family("unsent", "unsent", "Answers that the network did not take."),
    Family("clock_steps", "clock_steps", "How often the clock was moved by more than two seconds."),
)
GAUGES = (
    Family("epoch", "epoch", "Epoch of the table in force."),
    Family("fast_engine", "fast_engine", "1 where the hot loop is the compiled one."),
    Family("memo_entries", "memo_entries", "Answers remembered."),
    Family("memo_octets", "memo_octets", "Octets of memory they take."),
    Family("cache_entries", "cache_entries", "Upstream answers kept."),
    Family("cache_octets", "cache_octets", "Octets of memory they take."),
    Family("tcp_connections", "tcp_connections", "Connections open now, the encrypted ones among them."),
    Family("encrypted.certificate_days_left", "certificate_days_left", "Days until the certificate runs out."),
)


class FilterState(Collector):
    """All workers at one moment."""

    def __init__(self, workers: Sequence[WorkerCounts]) -> None:
        self._workers = workers

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("caretaker_dns_workers", "Workers of the filter that run.", len(self._workers))
        for family in COUNTERS:
            yield self._filled(
                CounterMetricFamily(f"caretaker_dns_{family.name}", family.text, labels=_of(family)), family
            )
        for family in GAUGES:
            yield self._filled(
                GaugeMetricFamily(f"caretaker_dns_{family.name}", family.text, labels=_of(family)), family
            )
        yield self._latencies()

    def _filled(self, metric: CounterMetricFamily | GaugeMetricFamily, family: Family) -> Metric:
        for each in self._workers:
            if family.label:
                for kind, count in each.tallies.get(family.of, {}).items():
                    metric.add_metric([each.worker, kind], count)
            elif family.of in each.numbers:
                metric.add_metric([each.worker], each.numbers[family.of])
        return metric

    def _latencies(self) -> Metric:
        """Of queries that nothing was remembered for."""
        text = "Seconds until an answer that was not remembered."
        metric = HistogramMetricFamily("caretaker_dns_seconds", text, labels=["worker"])
        for each in self._workers:
            edges = sorted((float(edge), count) for edge, count in each.tallies.get("latencies", {}).items())
            below, buckets = 0.0, list[tuple[str, float]]()
            for edge, count in edges:
                below += count
                buckets.append(("+Inf" if edge == float("inf") else str(edge), below))
            if buckets:
                metric.add_metric([each.worker], buckets, each.numbers.get("seconds", 0.0))
        return metric


def _of(family: Family) -> list[str]:
    return ["worker", *filter(None, [family.label])]
