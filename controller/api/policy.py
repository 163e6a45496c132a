"""The policy: what is in force, in short, and a check of a candidate before it is put in place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Body

from controller.api.access import Site, needs
from controller.api.shapes import Answer, example_of, examples
from controller.policy import Policy
from controller.policy.calendar_files import FOLDER
from controller.policy.file import PolicyError, parse, with_calendars
from controller.policy.problem import Problem

router = APIRouter(prefix="/api/v1/policy", tags=["policy"])

MOST_PROBLEMS = 200
EXAMPLE = "school:\n  name: Ash Lane Primary School\n  time_zone: Europe/London\n"


class PolicySummary(Answer):
    """`may_open` of a role: `anyone`, `own-classes`, `nobody`."""

    model_config = examples(
        {
            "school": "Ash Lane Primary School",
            "time_zone": "Europe/London",
            "year_groups": ["reception", "year-1", "year-5"],
            "may_open": {"teacher": "own-classes", "head": "anyone"},
            "access_levels": ["approved-only", "key-stage-2", "staff"],
            "site_lists": ["approved-sites"],
            "device_kinds": ["school-ipad", "printer"],
            "segments": {"pupils": 20, "quarantine": 999},
            "lessons_a_week": 6,
            "bell": "15:15",
            "enforcement": "enforce",
        }
    )
    school: str
    time_zone: str
    year_groups: tuple[str, ...]
    may_open: dict[str, str]
    access_levels: tuple[str, ...]
    site_lists: tuple[str, ...]
    device_kinds: tuple[str, ...]
    segments: dict[str, int]
    lessons_a_week: int
    bell: str
    enforcement: str


class ProblemAt(Answer):
    """Lines and columns count from 1."""

    model_config = examples(
        {"file": "school.yaml", "line": 3, "column": 14, "path": "school.time_zone", "message": "expected a time zone"}
    )
    file: str
    line: int
    column: int
    path: str
    message: str


class Checked(Answer):
    """`ok` is false where anything at all is wrong: a policy is taken whole or not at all."""

    model_config = examples({"ok": False, "problems": [example_of(ProblemAt)], "warnings": []})
    ok: bool
    problems: tuple[ProblemAt, ...]
    warnings: tuple[ProblemAt, ...]


@router.get("", operation_id="get_policy", openapi_extra=needs("windows:read"))
def get_policy(site: Site) -> PolicySummary:
    return summary(site.policy)


@router.post("/check", operation_id="check_policy", openapi_extra=needs("policy:write"))
def check_policy(text: Annotated[str, Body(media_type="text/plain", examples=[EXAMPLE])], site: Site) -> Checked:
    """Send the file's text as text/plain. Nothing is changed: the policy in force is the file on the controller.

    The calendars that it names are read where they are kept, beside that file, as they would be if it were put there.
    """
    try:
        loaded = with_calendars(parse(text, "school.yaml"), site.home.policy.parent)
    except PolicyError as error:
        return Checked(ok=False, problems=_at(error.problems), warnings=())
    return Checked(ok=True, problems=(), warnings=_at(loaded.warnings))


def summary(policy: Policy) -> PolicySummary:
    return PolicySummary(
        school=policy.school.name,
        time_zone=policy.school.time_zone,
        year_groups=tuple(policy.year_groups),
        may_open={name: role.may_open for name, role in policy.roles.items()},
        access_levels=tuple(policy.access_levels),
        site_lists=tuple(policy.site_lists),
        device_kinds=tuple(policy.devices),
        segments={name: segment.vlan for name, segment in policy.segments.items()},
        lessons_a_week=sum(len(slot.on) for slot in policy.timetable),
        bell=f"{policy.day.bell:%H:%M}",
        enforcement=policy.enforcement.mode,
    )


def _at(problems: Any) -> tuple[ProblemAt, ...]:
    rows: tuple[Problem, ...] = tuple(problems)[:MOST_PROBLEMS]
    return tuple(ProblemAt.model_validate(replace(row, file=_as_asked(row.file))) for row in rows)


def _as_asked(file: str) -> str:
    """Where on the controller a calendar is kept is nobody's business who asks from elsewhere."""
    path = PurePath(file)
    return f"{FOLDER}/{path.name}" if path.parent.name == FOLDER else path.name
