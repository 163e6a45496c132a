"""What counts as messaging, and is therefore off in every exam (T2). Pure."""

from __future__ import annotations

from functools import cache

from controller.policy import Policy
from dns_filter.shipped import services

CATEGORIES = ("chat", "dating", "forums", "social", "social_networks", "webmail")
"""As lists call them; one that no list of the school has stands for nothing."""
_KINDS = frozenset({"chat", "dating", "mail", "social"})


def messaging(policy: Policy) -> tuple[str, ...]:
    """The policy's own word (`exams.messaging`), else all categories and services by which people write."""
    own = policy.exams.messaging
    return tuple(sorted(set(own))) if own is not None else _usual()


@cache
def _usual() -> tuple[str, ...]:
    named = (f"service:{each.id}" for each in services().values() if each.kind in _KINDS)
    return tuple(sorted({*CATEGORIES, *named}))
