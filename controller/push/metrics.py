"""What Prometheus is told of pushes: how long quarantines take, what was changed by hand, bugs met on devices."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from controller.model import EnforcementPoint
from controller.push.moments import Spread

MOST_POINTS = 500
"""Devices beyond these are in no label: a mistaken import must not break the monitoring."""


class PushState(Collector):
    """`quarantines` is over the newest pushes that are kept, None where there are none."""

    def __init__(self, points: Iterable[EnforcementPoint], quarantines: Spread | None) -> None:
        self._points, self._quarantines = tuple(points)[:MOST_POINTS], quarantines

    def collect(self) -> Iterable[Metric]:
        if self._quarantines is not None:
            yield from _times(self._quarantines)
        drift = GaugeMetricFamily("caretaker_drift", "What was changed by hand and stands.", labels=("point",))
        bugs = CounterMetricFamily("caretaker_driver_bugs", "Our own driver failed on a device.", labels=("point",))
        for point in self._points:
            drift.add_metric([point.name], len(point.drift))
            bugs.add_metric([point.name], point.bugs)
        yield from (drift, bugs)


def _times(taken: Spread) -> Iterable[Metric]:
    text = "From seen to verified by read-back, over the newest pushes."
    family = GaugeMetricFamily("caretaker_quarantine_seconds", text, labels=("quantile",))
    for name, value in (("0.5", taken.p50), ("0.95", taken.p95), ("1", taken.longest)):
        family.add_metric([name], value)
    yield family
    yield GaugeMetricFamily("caretaker_quarantines_counted", "Over how many that is.", taken.count)
