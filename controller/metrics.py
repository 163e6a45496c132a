"""What Prometheus is told. Label values come from lists of ours or from the inventory, never from a client."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from controller.model import AccessWindow, EnforcementPoint, IntendedState, PointState
from inventory.model import Admission, Inventory

MOST_POINTS = 500
"""Switches beyond these are in no label: a mistaken import must not break the monitoring."""
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})


class RequestCounts:
    """Requests by method, route template and status; one per app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("caretaker_http_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram("caretaker_http_seconds", "Time to answer.", ("route",), registry=self.registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class SchoolState(Collector):
    """The school at one moment, as gauges."""

    def __init__(
        self,
        inventory: Inventory,
        windows: Iterable[AccessWindow],
        points: Iterable[EnforcementPoint],
        intent: IntendedState | None,
    ) -> None:
        self._inventory, self._windows, self._points, self._intent = inventory, windows, points, intent

    def collect(self) -> Iterable[Metric]:
        yield self._devices()
        yield GaugeMetricFamily("caretaker_windows_open", "Lessons open now.", len(tuple(self._windows)))
        yield from self._enforcement()
        if self._intent is not None:
            yield GaugeMetricFamily("caretaker_intent_epoch", "Epoch of the table last made.", self._intent.table.epoch)
            at = self._intent.at.timestamp()
            yield GaugeMetricFamily("caretaker_intent_made_at_seconds", "When the loop last made an intent.", at)

    def _devices(self) -> Metric:
        tally = Tally(device.admission for device in self._inventory.devices.values())
        family = GaugeMetricFamily("caretaker_devices", "Known devices.", labels=("admission",))
        for admission in Admission:
            family.add_metric([admission.value], tally[admission])
        return family

    def _enforcement(self) -> Iterable[Metric]:
        points = tuple(self._points)[:MOST_POINTS]
        state = GaugeMetricFamily(
            "caretaker_enforcement_point", "1 for the state it is in.", labels=("point", "purpose", "state")
        )
        held = GaugeMetricFamily("caretaker_changes_held_back", "Changes a brake holds back.", labels=("point",))
        for point in points:
            held.add_metric([point.name], len(point.held_back))
            for each in PointState:
                state.add_metric([point.name, point.purpose, each.value], float(each is point.state))
        return state, held


def exposition(state: SchoolState, counts: RequestCounts, *more: Collector) -> bytes:
    """Prometheus text format 0.0.4."""
    registry = CollectorRegistry()
    for collector in (state, *more):
        registry.register(collector)
    return generate_latest(registry) + generate_latest(counts.registry)
