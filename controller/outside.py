"""What the policy leaves a group while no lesson is open: the same at every hour. Pure."""

from __future__ import annotations

from typing import NamedTuple

from controller.model import Because
from controller.policy import OutsideWindows, Policy, Role, YearGroup
from controller.profiles import Profiles


class Outside(NamedTuple):
    """`level` and `closed` name the profile."""

    level: str
    closed: bool
    because: Because
    allowed_if: str


def outside(policy: Policy, profiles: Profiles, group: str | None, belongs: YearGroup | Role) -> Outside:
    key, rest = _resting_level(policy.outside_windows, belongs)
    closed = rest == "closed"
    level = belongs.level if rest in ("closed", "open") else rest
    text = f"No lesson is open for {group}." if closed else f"Outside lessons {group} has the level {level}."
    clauses = ("T1", "T2") if closed else profiles.level(level).clauses
    because = Because(f"outside_windows.{key}", text, clauses)
    return Outside(level, closed, because, "" if rest == "open" else f"a member of staff opens a lesson for {group}")


def _resting_level(outside: OutsideWindows, belongs: YearGroup | Role) -> tuple[str, str]:
    """The key of `outside_windows` that speaks of a group, and what it says."""
    if isinstance(belongs, Role):
        return "staff", outside.staff
    stage = belongs.key_stage
    own = {"eyfs": outside.eyfs, "ks1": outside.ks1, "ks2": outside.ks2}[stage]
    return ("pupils" if own is None else stage), outside.for_key_stage(stage)
