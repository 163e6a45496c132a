"""An alarm for whatever a check found that somebody has to look at today. ●"""

from __future__ import annotations

from datetime import datetime

from controller.check_filter.outcome import Run
from controller.store import Store

ALARM = "filter-check"


def raise_alarms(store: Store, run: Run, now: datetime) -> None:
    for each in run.findings:
        if each.alarming:
            store.raise_alarm(ALARM, f"{each.kind}: {each.subject}", each.text, now)
