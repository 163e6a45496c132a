"""What the policy's `privacy:` asks of the filter's query log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from controller.policy import Policy, Privacy
from dns_filter.model import LogLevel, LogRules

_LEVELS: Mapping[str, LogLevel] = {"registrable-domain": "domain", "full": "full", "off": "blocked"}


def usual_level(privacy: Privacy) -> LogLevel:
    """How much of an allowed name is written down where the access level says nothing."""
    return _LEVELS[privacy.allowed_names]


def log_days(privacy: Privacy) -> int:
    """Whole days; a part of a day counts as one. 0: nothing is kept."""
    return _days(privacy.query_log) if isinstance(privacy.query_log, timedelta) else 0


def log_rules(policy: Policy) -> LogRules:
    privacy = policy.privacy
    return LogRules(
        days=log_days(privacy),
        events_days=_days(privacy.safeguarding_events),
        harm=privacy.harm,
        terms=tuple(datetime.combine(term.first, time(), UTC).timestamp() for term in policy.terms),
    )


def _days(length: timedelta) -> int:
    return -(-length // timedelta(days=1))
