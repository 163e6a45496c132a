"""How reports, cases and rules are written in an answer, and what is asked of who decides."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from controller.api.shapes import Answer, Ask, Id, Moment, example_of, examples
from controller.policy import Clause, Policy
from controller.reports.model import Case, Decision, Outcome, Reach, Report
from controller.reports.site_name import MARKS
from controller.reports.stages import next_due
from inventory.site_rules import Scope, SiteRule

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
SiteName = Annotated[str, StringConstraints(max_length=300)]


class ScopeOut(Ask):
    """For whom. `pupils`: whatever levels pupils have; `school`: everybody."""

    model_config = examples({"groups": ["year-4"], "levels": [], "pupils": False, "school": False})
    groups: tuple[Id, ...] = Field(default=(), max_length=50)
    levels: tuple[Id, ...] = Field(default=(), max_length=50)
    pupils: bool = False
    school: bool = False

    @property
    def scope(self) -> Scope:
        return Scope(self.groups, self.levels, self.pupils, self.school)


class Decide(Ask):
    """`reach` and `scope` count for what blocks or opens. `override` names the protected names closed on purpose."""

    model_config = examples(
        {"outcome": "blocked", "reason": "games", "scope": {"pupils": True}, "reach": "below"},
        {
            "outcome": "allowed",
            "reason": "times tables",
            "scope": {"groups": ["year-4"]},
            "until": "2026-12-03T15:15:00Z",
        },
        {"outcome": "refused", "reason": "a site of the school's own reading list"},
    )
    outcome: Outcome
    reason: Reason
    scope: ScopeOut = ScopeOut()
    reach: Reach = Reach.BELOW
    clauses: tuple[Clause, ...] = Field(default=(), max_length=20)
    review_on: date | None = None
    until: Moment | None = None
    everywhere: bool = Field(
        default=False, description="For all schools of the provider: it stands in the shared file."
    )
    override: tuple[SiteName, ...] = Field(default=(), max_length=20)

    @property
    def decision(self) -> Decision:
        return Decision(
            self.outcome,
            self.reason,
            self.scope.scope,
            self.reach,
            self.clauses,
            self.review_on,
            self.until,
            self.everywhere,
            self.override,
        )


class SiteRuleOut(Answer):
    """`pattern` as in the policy file. `origin`: which file of the provider it came with; empty: our own."""

    model_config = examples(
        {
            "id": "r7",
            "pattern": "poki.com",
            "allow": False,
            "scope": example_of(ScopeOut),
            "decided_at": "2026-11-24T09:31:00Z",
            "by": "head",
            "reason": "games",
            "until": None,
            "provisional": False,
            "review_on": "2027-11-24",
            "case": "c12",
            "clauses": ["F2", "F1"],
            "everywhere": False,
            "overrides": "",
            "origin": "",
            "last_hit": "2026-11-24",
            "ended_at": None,
            "ended_by": "",
            "ended_why": "",
            "holds": True,
        }
    )
    id: str
    pattern: str
    allow: bool
    scope: ScopeOut
    decided_at: datetime
    by: str
    reason: str
    until: datetime | None
    provisional: bool
    review_on: date | None
    case: str
    clauses: tuple[str, ...]
    everywhere: bool
    overrides: str
    origin: str
    last_hit: date | None
    ended_at: datetime | None
    ended_by: str
    ended_why: str
    holds: bool


class AskedOut(Answer):
    model_config = examples({"stage": "deputy", "at": "2026-11-24T09:15:00Z"})
    stage: str
    at: datetime


class DecidedOut(Answer):
    model_config = examples(
        {
            "outcome": "blocked",
            "by": "head",
            "at": "2026-11-24T09:31:00Z",
            "reason": "games",
            "rule": "r7",
            "clauses": ["F2", "F1"],
            "review_on": "2027-11-24",
        }
    )
    outcome: Outcome
    by: str
    at: datetime
    reason: str
    rule: str
    clauses: tuple[str, ...]
    review_on: date | None


class CaseOut(Answer):
    """`site` is empty where no name can be read out of it. `next_ask`: who is asked next, and when."""

    model_config = examples(
        {
            "id": "c12",
            "wish": "block",
            "site": "poki.com",
            "kind": "site",
            "marks": [],
            "opened_at": "2026-11-24T09:00:00Z",
            "last_voice": "2026-11-24T09:12:00Z",
            "voices": 30,
            "pupils": 29,
            "asked": [example_of(AskedOut)],
            "next_ask": example_of(AskedOut),
            "provisional": "",
            "decided": example_of(DecidedOut),
        }
    )
    id: str
    wish: str
    site: str
    kind: str
    marks: tuple[str, ...]
    opened_at: datetime
    last_voice: datetime
    voices: int
    pupils: int
    asked: tuple[AskedOut, ...]
    next_ask: AskedOut | None
    provisional: str
    decided: DecidedOut | None


class VoiceOut(Answer):
    """One report. `device`, `person` and `group`: of the address it came from, as known at that moment."""

    model_config = examples(
        {
            "id": "rep31",
            "at": "2026-11-24T09:00:00Z",
            "means": "block-page",
            "voice": "stranger",
            "by": "",
            "site": "www.poki.com",
            "evidence": "https://www.poki.com/en/g/shooter",
            "said": "people shoot each other",
            "address": "10.20.0.23",
            "device": "ipad-5-11",
            "person": "",
            "group": "year-5",
            "wanted_for": "",
            "wanted_by": None,
        }
    )
    id: str
    at: datetime
    means: str
    voice: str
    by: str
    site: str
    evidence: str
    said: str
    address: str
    device: str
    person: str
    group: str
    wanted_for: str
    wanted_by: date | None


def rule_out(rule: SiteRule, now: datetime) -> SiteRuleOut:
    scope = ScopeOut.model_validate(rule.scope, from_attributes=True)
    names = SiteRuleOut.model_fields.keys() - {"scope", "holds"}
    return SiteRuleOut(scope=scope, holds=rule.holds(now), **{name: getattr(rule, name) for name in names})


def case_out(case: Case, policy: Policy) -> CaseOut:
    following = next_due(case, policy.reports)
    return CaseOut(
        id=case.id,
        wish=case.wish,
        site="" if case.key.startswith("text:") else case.key,
        kind=case.kind,
        marks=tuple(MARKS[each] for each in sorted(case.marks)),
        opened_at=case.opened_at,
        last_voice=case.last_voice,
        voices=case.voices,
        pupils=case.pupils,
        asked=tuple(AskedOut(stage=each.stage, at=each.at) for each in case.asked),
        next_ask=AskedOut(stage=following.stage, at=following.at) if following else None,
        provisional=case.provisional,
        decided=DecidedOut.model_validate(case.decided) if case.decided else None,
    )


def voice_out(report: Report) -> VoiceOut:
    place = {name: getattr(report.place, name) for name in ("address", "device", "person", "group")}
    own = VoiceOut.model_fields.keys() - place.keys()
    return VoiceOut(**place, **{name: getattr(report, name) for name in own})
