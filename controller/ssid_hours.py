"""Which Wi-Fi networks are on the air now, by the policy's `wifi.ssids`, and when that changes next (T1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from controller.policy import DAYS, Policy, SsidHours
from controller.timetable import is_school_date, moment

_DAY = timedelta(days=1)


def ssids_on(policy: Policy, now: datetime) -> Mapping[str, bool]:
    """SSID -> is it to be on the air? Only those the policy speaks of; all others are somebody else's."""
    return {
        ssid: any(on <= now < off for on, off in _around(policy, hours, now))
        for ssid, hours in policy.wifi.ssids.items()
    }


def next_change(policy: Policy, now: datetime) -> datetime | None:
    """The next moment at which one of them is switched, within the coming day; None where none is."""
    edges = (edge for hours in policy.wifi.ssids.values() for pair in _around(policy, hours, now) for edge in pair)
    return min((edge for edge in edges if edge > now), default=None)


def _around(policy: Policy, hours: SsidHours, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From when to when, for yesterday, today and tomorrow by the school's clock."""
    zone = policy.school.zone
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today, today + _DAY):
        if DAYS[day.weekday()] in hours.on and is_school_date(policy, day):
            yield moment(day, hours.starts, zone), moment(day, hours.ends, zone)
