"""How an explanation is written in an answer."""

from __future__ import annotations

from datetime import datetime

from controller.api.device_shapes import DecisionOut, decision_out
from controller.api.shapes import Answer, example_of, examples
from controller.explanation import Explanation
from dns_filter.model import Action


class ClientOut(Answer):
    """`sure`: sure, likely, or nobody where no device is known to have the address."""

    asked: str
    how: str
    sure: str
    address: str | None
    mac: str | None
    name: str
    group: str | None


class VerdictOut(Answer):
    """`action`: forward, block, rewrite, local. `matched` is the name on the list or in the rule that decided."""

    action: str
    code: str
    step: str
    rule: str
    matched: str
    categories: tuple[str, ...]
    lists: tuple[str, ...]


class ReplyOut(Answer):
    """How the filter answers. TTLs in seconds: the outcome's cap, until the bell (null: none), what is sent."""

    mode: str
    ede: int | None
    ttl_cap: int
    ttl_boundary: float | None
    ttl: int


class StepOut(Answer):
    """What one step of the filter said; `code` null where it had nothing to say."""

    step: str
    code: str | None
    rule: str
    decided: bool


class ClauseOut(Answer):
    id: str
    text: str
    schools: tuple[str, ...]


class FlipOut(Answer):
    at: datetime
    allowed: bool
    code: str
    why: str


class TextsOut(Answer):
    child: str
    teacher: str
    auditor: str


class ExplanationOut(Answer):
    """`note` is not empty where this was computed for another moment than the table in force is about, and where a
    staged candidate decides for the device.
    """

    model_config = examples(
        {
            "client": {
                "asked": "10.20.0.11",
                "how": "ipad-5-11 was seen with 10.20.0.11 just now",
                "sure": "sure",
                "address": "10.20.0.11",
                "mac": "3c:22:fb:05:00:11",
                "name": "ipad-5-11",
                "group": "year-5",
            },
            "name": "roblox.com.",
            "type": "A",
            "at": "2026-11-24T09:20:00Z",
            "allowed": False,
            "verdict": {
                "action": "block",
                "code": "category",
                "step": "categories",
                "rule": "access_levels.key-stage-2.block[games]",
                "matched": "roblox.com.",
                "categories": ["games"],
                "lists": ["ut1-games@2026-11-20"],
            },
            "reply": {"mode": "nodata", "ede": 15, "ttl_cap": 10, "ttl_boundary": 3300.0, "ttl": 10},
            "epoch": 41,
            "names_version": "5f2b8c0f",
            "profile": "year-5",
            "window": "timetable[0]: computing",
            "decision": example_of(DecisionOut),
            "clauses": [{"id": "F3", "text": "Filtering fits the age.", "schools": ["P3", "P4"]}],
            "steps": [
                {
                    "step": "categories",
                    "code": "category",
                    "rule": "access_levels.key-stage-2.block[games]",
                    "decided": True,
                }
            ],
            "changes": {"at": "2026-11-24T10:15:00Z", "allowed": False, "code": "closed", "why": "the lesson ends"},
            "allowed_if": "the ICT lead allows it in the policy, under access_levels.key-stage-2.allow",
            "note": "",
            "texts": {"child": "This site is not for school.", "teacher": "roblox.com is blocked.", "auditor": "…"},
        }
    )
    client: ClientOut
    name: str
    type: str
    at: datetime
    allowed: bool
    verdict: VerdictOut
    reply: ReplyOut
    epoch: int
    names_version: str
    profile: str
    window: str | None
    decision: DecisionOut
    clauses: tuple[ClauseOut, ...]
    steps: tuple[StepOut, ...]
    changes: FlipOut | None
    allowed_if: str
    note: str
    texts: TextsOut


def shown(told: Explanation) -> ExplanationOut:
    found, grant = told.trace, told.trace.standing.grant
    return ExplanationOut(
        client=ClientOut.model_validate(told.client),
        name=told.name,
        type=told.qtype,
        at=told.at,
        allowed=told.allowed,
        verdict=_verdict(told),
        reply=ReplyOut(
            mode=found.mode,
            ede=found.ede,
            ttl_cap=found.ttl.cap,
            ttl_boundary=found.ttl.boundary,
            ttl=found.ttl.final,
        ),
        epoch=found.epoch,
        names_version=found.names_version,
        profile=found.standing.profile.name,
        window=grant.why if grant else None,
        decision=decision_out(told.decision),
        clauses=tuple(ClauseOut.model_validate(clause) for clause in told.clauses),
        steps=_steps(told),
        changes=_flip(told),
        allowed_if=told.allowed_if,
        note=told.note,
        texts=TextsOut.model_validate(told.texts),
    )


def _verdict(told: Explanation) -> VerdictOut:
    verdict = told.verdict
    return VerdictOut(
        action=verdict.action,
        code=verdict.code,
        step=verdict.step,
        rule=verdict.rule,
        matched=told.matched,
        categories=verdict.categories,
        lists=verdict.lists,
    )


def _steps(told: Explanation) -> tuple[StepOut, ...]:
    return tuple(
        StepOut(
            step=said.step,
            code=said.verdict.code if said.verdict else None,
            rule=said.verdict.rule if said.verdict else "",
            decided=said.step == told.verdict.step,
        )
        for said in told.trace.said
    )


def _flip(told: Explanation) -> FlipOut | None:
    flip = told.changes
    if flip is None:
        return None
    allowed = flip.verdict.action is not Action.BLOCK
    return FlipOut(at=flip.at, allowed=allowed, code=flip.verdict.code, why=flip.why)
