"""An explanation in words: for a child, for a teacher, for an auditor."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from controller.explanation import Explanation, Texts
from dns_filter.model import Action, Code, Verdict

_CHILD = {
    Code.CLOSED: "The internet is closed at the moment. Ask your teacher before you use it.",
    Code.QUARANTINED: "This device has to be looked at first. Please tell a grown-up.",
    Code.UNKNOWN_DEVICE: "We do not know this device yet. Please tell a grown-up.",
    Code.FOCUS_BLOCKED: "This site is not one of those you are working with now. Ask your teacher if you need it.",
    Code.SAFE_SEARCH: "You can search here. We ask the search to leave out what is not for children.",
    Code.UNAVAILABLE: "The internet is having a rest. Please tell a grown-up.",
}
_SAID = {
    Code.CLOSED: "the internet is closed for this device",
    Code.QUARANTINED: "this device is in quarantine",
    Code.UNKNOWN_DEVICE: "nobody has registered this device",
    Code.MANDATORY: "it is on a list of illegal content",
    Code.SANCTION: "a sanction took this kind of use away",
    Code.BYPASS: "it would get round the filter",
    Code.RULE_BLOCKED: "a rule of the policy blocks this name",
    Code.FOCUS_BLOCKED: "only approved sites are open now, and it is none of them",
    Code.UNAVAILABLE: "the filter has no block lists to decide by",
    Code.ESSENTIAL: "devices need it to work at all",
    Code.INTERNAL: "it is a name of the school itself",
    Code.SPECIAL_USE: "it is a name that never leaves a network",
    Code.RULE_ALLOWED: "a rule of the policy allows it",
    Code.FOCUS_ALLOWED: "it is one of the approved sites",
    Code.PROTECTED: "it is on the list of names that schools need",
    Code.SAFE_SEARCH: "searches are answered by the safe search",
    Code.ALLOWED: "nothing blocks it",
}


def texts(told: Explanation, zone: ZoneInfo) -> Texts:
    return Texts(_for_child(told), _for_teacher(told, zone), _for_auditor(told, zone))


def _for_child(told: Explanation) -> str:
    """No detail: what is blocked and why is no business of whoever looks over the shoulder."""
    if said := _CHILD.get(told.verdict.code):
        return said
    return "You can use this site." if told.allowed else "This site is not for school. Ask your teacher if you need it."


def _for_teacher(told: Explanation, zone: ZoneInfo) -> str:
    who = told.client.name or told.client.asked
    said = f"{told.name} is {_word(told.verdict)} for {who}: {_why(told.verdict)}."
    parts = [said, told.decision.because.text if told.about_the_device or told.decision.internet else ""]
    if told.changes:
        why = told.changes.why.rstrip(".")
        parts.append(f"From {_clock(told.changes.at, zone)} it is {_word(told.changes.verdict)} ({why}).")
    if told.allowed_if:
        parts.append(f"What would allow it: {told.allowed_if}.")
    return " ".join(part for part in parts if part)


def _for_auditor(told: Explanation, zone: ZoneInfo) -> str:
    verdict, trace = told.verdict, told.trace
    rows = [
        f"{told.qtype} {told.name} at {_clock(told.at, zone)}: {verdict.action}, {verdict.code}",
        f"client: {told.client.how} ({told.client.sure})",
        f"profile {trace.standing.profile.name}, cohort {trace.standing.cohort.id}, table epoch {trace.epoch}",
        f"decided by step {verdict.step}, rule {verdict.rule or 'none'}"
        + (f", matched {told.matched}" if told.matched else ""),
        f"lists: {', '.join(verdict.lists)}" if verdict.lists else "",
        f"device: {told.decision.because.rule}: {told.decision.because.text}",
        *(f"clause {clause.id}: {clause.text}" for clause in told.clauses),
        *(f"would else have decided: {step}, {rule}" for step, rule in told.else_decided),
        f"answer: mode {trace.mode}, TTL {trace.ttl.final}" + (f", EDE {trace.ede}" if trace.ede is not None else ""),
        f"changes at {_clock(told.changes.at, zone)} to {told.changes.verdict.code}"
        if told.changes
        else "no change by itself",
        f"allowed if: {told.allowed_if}" if told.allowed_if else "",
        told.note,
    ]
    return "\n".join(row for row in rows if row)


def _word(verdict: Verdict) -> str:
    return "blocked" if verdict.action is Action.BLOCK else "open"


def _why(verdict: Verdict) -> str:
    said = "messaging is off in an exam" if verdict.step == "exam" else _SAID.get(verdict.code)
    listed = ", ".join(verdict.categories) or verdict.rule
    what = said or f"it belongs to {listed}"
    return f"{what} ({verdict.rule})" if verdict.rule and verdict.action is Action.BLOCK else what


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %Y %H:%M}"
