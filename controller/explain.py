"""Why may or may not this client ask for this name: what decided, by which rule, and when that changes.

The filter's own code decides, on the table the filter has; nothing is decided a second time here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from controller.clauses import CLAUSES, ClauseText
from controller.client import Client, identify
from controller.compile import HORIZON, compile_intent
from controller.decide import decided, facts_between
from controller.explain_words import texts
from controller.explanation import OF_THE_DEVICE, Explanation, Flip
from controller.model import AccessWindow, Decision, IntendedState
from controller.policy import Policy
from controller.profiles import Profiles
from controller.record_types import type_number
from controller.staging import PREFIX
from controller.standing import NOBODY, group_of, group_subject
from dns_filter.model import Action, Binding, Code, FilterTable, Query, Verdict
from dns_filter.names import to_text, to_wire
from dns_filter.profiles import NameSource
from dns_filter.trace import Trace, trace, verdict_under
from inventory.model import Inventory, Mac, Whereabouts
from inventory.site_rules import SiteRule

NOBODYS_ADDRESS = "0.0.0.0"  # noqa: S104 (not bound: a key of the table that no client can have)
STAGED = (
    "A test device: at the filter a staged candidate of the policy decides for it. "
    "What is said of the device itself is by the running policy."
)
FLIPS = 60
"""So many changes of profile are looked at for one that changes the verdict: more than two weeks of lessons."""


def explain(
    policy: Policy,
    intent: IntendedState,
    inventory: Inventory,
    windows: Iterable[AccessWindow],
    names: NameSource | None,
    client: str,
    name: str,
    qtype: str,
    at: datetime,
    note: str = "",
) -> Explanation:
    """`client` is an address, a MAC, a device's name, a person's id, a year group or a role; `qtype` one such as
    `AAAA`, `TYPE65`. `note` is said where policy, table or names are not those of now.

    Raises UnknownClient, and ValueError for what is no name or no type.
    """
    asked, number, opened = to_wire(name), type_number(qtype), tuple(windows)
    who = identify(client, policy, inventory, intent)
    table, address, made_up = _seat(policy, intent, inventory, opened, who, at)
    found = trace(Query(asked, number, address, at.timestamp()), table, names)
    decision = _decision(policy, inventory, opened, who, at)
    notes = (made_up or note, STAGED if found.standing.profile.name.startswith(PREFIX) else "")
    bare = Explanation(
        who, to_text(asked), qtype.strip().upper(), at, decision, found, note=" ".join(filter(None, notes))
    )
    told = replace(
        bare,
        clauses=_clauses(bare),
        changes=_next_flip(found, table, names),
        allowed_if=_allowed_if(policy, bare, _in_a_lesson(policy, inventory.site_rules, bare, table, names)),
    )
    return replace(told, texts=texts(told, policy.school.zone))


def _seat(
    policy: Policy,
    intent: IntendedState,
    inventory: Inventory,
    windows: tuple[AccessWindow, ...],
    who: Client,
    at: datetime,
) -> tuple[FilterTable, str, str]:
    """The table to ask, the address to ask from, and a note where this is not the table in force.

    A device without an address, and a whole group, are given one that nobody can have.
    """
    note, table = "", intent.table
    address = who.address or NOBODYS_ADDRESS
    known = table.made_at <= at.timestamp() < table.horizon
    if not known:
        note = "By the policy and the devices of today: what was known at that moment may have been different."
    if not known or (who.mac is not None and who.address is None):
        if who.mac is not None:
            inventory = _placed(inventory, who.mac, address, at)
        table = compile_intent(policy, inventory, windows, at, table.epoch).table
    if who.group is not None and who.mac is None:
        seat = Binding(device=who.name, name=who.name, cohort=who.group)
        table = table.model_copy(update={"bindings": {NOBODYS_ADDRESS: seat}})
    return table, address, note


def _placed(inventory: Inventory, mac: Mac, address: str, at: datetime) -> Inventory:
    where = inventory.whereabouts.get(mac) or Whereabouts(mac, at)
    return replace(inventory, whereabouts={**inventory.whereabouts, mac: replace(where, address=address)})


def _decision(
    policy: Policy, inventory: Inventory, windows: tuple[AccessWindow, ...], who: Client, at: datetime
) -> Decision:
    facts = facts_between(policy, inventory, windows, at, at + HORIZON)
    if who.mac is None and who.group is not None:
        return decided(facts, group_subject(policy, who.group), at)
    return decided(facts, facts.subject(who.mac or NOBODY, at), at)


def _next_flip(found: Trace, table: FilterTable, names: NameSource | None) -> Flip | None:
    now, verdict = found, found.verdict
    for _ in range(FLIPS):
        if now.next_flip == float("inf"):
            return None
        now = trace(replace(found.query, at=now.next_flip), table, names)
        if (now.verdict.action, now.verdict.code) != (verdict.action, verdict.code):
            grant = now.standing.grant
            why = grant.why if grant else f"the profile {now.standing.profile.name} holds again"
            return Flip(datetime.fromtimestamp(now.query.at, UTC), now.verdict, why)
    return None


def _clauses(told: Explanation) -> tuple[ClauseText, ...]:
    """Those of the line that decided; where the device decided, or a lesson opened it, those of its standing too."""
    of_standing = told.decision.because.clauses if told.about_the_device or told.allowed else ()
    ids = dict.fromkeys((*told.verdict.clauses, *of_standing))
    return tuple(CLAUSES[each] for each in ids if each in CLAUSES)


def _in_a_lesson(
    policy: Policy, rules: tuple[SiteRule, ...], told: Explanation, table: FilterTable, names: NameSource | None
) -> Verdict | None:
    """What would be said of the name in a lesson of its group; None where no lesson can be opened for it."""
    belongs = group_of(policy, told.client.group)
    if told.allowed or belongs is None or not told.decision.allowed_if:
        return None
    profiles = Profiles(policy, rules)
    profile = profiles.named(profiles.name(belongs.level, told.at, group=told.client.group or ""))
    return verdict_under(told.trace.query.name, profile, table, names, told.at.timestamp())


def _allowed_if(policy: Policy, told: Explanation, in_a_lesson: Verdict | None) -> str:
    """What would allow it, and who can do that; empty where it is allowed.

    A lesson is offered only where it would help: for the youngest it opens nothing that is not open anyway.
    """
    if told.allowed:
        return ""
    level, who = told.trace.standing.profile.access_level, policy.responsible.ict_lead.name
    opening = told.decision.allowed_if
    if told.about_the_device:
        if in_a_lesson is None or in_a_lesson.action is not Action.BLOCK or in_a_lesson.code in OF_THE_DEVICE:
            return opening
        return f"{opening}; but there too: {_remedy(in_a_lesson, level, who)}"
    remedy = _remedy(told.verdict, level, who)
    helps = in_a_lesson is not None and in_a_lesson.action is not Action.BLOCK
    return f"{opening}, or {remedy}" if helps else remedy


def _remedy(verdict: Verdict, level: str, who: str) -> str:
    match verdict.code:
        case Code.FOCUS_BLOCKED if verdict.step == "exam":
            return f"the exam ends, or {who} takes it out of {verdict.rule}"
        case Code.MANDATORY:
            return "nothing: no person, window or setting opens what is on a mandatory list"
        case Code.SANCTION:
            return "the sanction ends, or the head ends it"
        case Code.BYPASS:
            return f"nothing but another policy: {who} would have to take the profile out of filtering"
        case Code.UNAVAILABLE:
            return f"{who} sees to it that the block lists are loaded again"
        case Code.FOCUS_BLOCKED:
            return f"{who} adds it to the sites of {verdict.rule}"
        case Code.RULE_BLOCKED:
            return f"{who} takes {verdict.rule} out of the policy"
        case _:
            return f"{who} allows it in the policy, under access_levels.{level}.allow"
