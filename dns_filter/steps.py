"""The questions asked of a query, in order, each with its reason. The first that has an answer decides.

Order is meaning. The school's own names never leave it and are no matter of filtering. What no teacher may open
stands above everything that opens; what keeps a device working stands above what closes it; what a teacher may open
stands above what it opens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from dns_filter.model import Action, Code, Name, Query, State, Verdict
from dns_filter.names import to_wire
from dns_filter.profiles import CHOICE, PROTECTED, CompiledProfile, Listing
from dns_filter.shipped import UNSWITCHED_SEARCH
from dns_filter.snapshot import Snapshot
from dns_filter.wire import suffixes

HEALTH = to_wire("health.filter.invalid")
DESIGNATED = to_wire("_dns.resolver.arpa")
"""Where a client asks which encrypted resolver stands for this one (RFC 9462 §4)."""


_LISTINGS = 4_096
"""Combinations of lists that are kept of a profile: far more than there are, and a bound all the same."""


@dataclass(slots=True)
class Ask:
    """One name as the steps look at it: its parents, and the lists it is on, looked up once."""

    name: Name
    suffixes: list[Name]
    mask: int
    profile: CompiledProfile
    snapshot: Snapshot


def ask(name: Name, profile: CompiledProfile, snapshot: Snapshot) -> Ask:
    return Ask(name, suffixes(name), snapshot.names.mask(name), profile, snapshot)


Step = Callable[[Ask], Verdict | None]


def own_names(ask: Ask) -> Verdict | None:
    if ask.name == HEALTH:
        return Verdict(Action.LOCAL, Code.INTERNAL, "own_names", "the filter's own name", matched=HEALTH)
    if ask.name == DESIGNATED and ask.snapshot.designated:
        return Verdict(Action.LOCAL, Code.INTERNAL, "own_names", "the filter's own listeners", matched=DESIGNATED)
    return None


def internal(ask: Ask) -> Verdict | None:
    # Before special-use names: many schools run their directory under `.local`.
    if ask.name in ask.snapshot.hosts:
        return Verdict(Action.LOCAL, Code.INTERNAL, "internal", "dns.hosts", matched=ask.name)
    if ask.snapshot.zones.keys().isdisjoint(ask.suffixes):
        return None
    for suffix in ask.suffixes:
        if (zone := ask.snapshot.zones.get(suffix)) is not None:
            action = Action.FORWARD if zone.servers else Action.LOCAL
            return Verdict(action, Code.INTERNAL, "internal", f"dns.internal[{zone.text}]", matched=suffix)
    return None


def special_use(ask: Ask) -> Verdict | None:
    # Asked of the world outside, these leak what happens inside (RFC 6761).
    if ask.snapshot.special.keys().isdisjoint(ask.suffixes):
        return None
    for suffix in ask.suffixes:
        if suffix in ask.snapshot.special:
            rule = f"special-use names ({ask.snapshot.special[suffix].rfc})"
            return Verdict(Action.LOCAL, Code.SPECIAL_USE, "special_use", rule, matched=suffix)
    return None


def mandatory(ask: Ask) -> Verdict | None:
    # Illegal content. Everything that can allow stands below: no rule, window or rollback reaches past this line.
    hit = ask.mask & ask.profile.mandatory
    return _listed(ask, hit, Code.MANDATORY, "mandatory") if hit else None


def essential(ask: Ask) -> Verdict | None:
    # Above the device's state: a quarantined laptop must reach its updates and its certificates to be released.
    hit = ask.mask & ask.profile.essential
    if not hit:
        return None
    matched = ask.snapshot.names.matched(ask.name, hit)
    return Verdict(Action.FORWARD, Code.ESSENTIAL, "essential", "essential names", matched, ("essential",))


_STATE_CODES = {State.CLOSED: Code.CLOSED, State.QUARANTINED: Code.QUARANTINED, State.UNKNOWN: Code.UNKNOWN_DEVICE}


def device_state(ask: Ask) -> Verdict | None:
    # Above every rule: what a school allows, it allows to devices that may be on its network.
    source = ask.profile.source
    if source.state is State.OPEN:
        return None
    told = ask.profile.reason("state")
    return Verdict(Action.BLOCK, _STATE_CODES[source.state], "device_state", told.rule, clauses=told.clauses)


def readiness(ask: Ask) -> Verdict | None:
    # A filter that lacks its lists must not answer as if nothing were on them.
    if not ask.profile.unavailable:
        return None
    return Verdict(Action.BLOCK, Code.UNAVAILABLE, "readiness", ask.profile.unavailable)


def bypass(ask: Ask) -> Verdict | None:
    # Above explicit rules: one allowed resolver or relay would allow every name there is (F10).
    if ask.profile.source.filtered and ask.name in ask.snapshot.canaries:
        told = ask.profile.reason("bypass")
        return Verdict(Action.BLOCK, Code.BYPASS, "bypass", told.rule, ask.name, ("bypass",), clauses=told.clauses)
    hit = ask.mask & ask.profile.bypass
    return _listed(ask, hit, Code.BYPASS, "bypass") if hit else None


def sanction(ask: Ask) -> Verdict | None:
    # Above explicit rules: what was taken from one person, no rule for the whole year gives back (W5). Below what is
    # protected: public lists of one kind of use hold sign-in pages and help lines too.
    hit = ask.mask & ask.profile.withdrawn
    if not hit or ask.mask & ask.profile.protected:
        return None
    told = ask.profile.reason("sanction")
    return replace(_listed(ask, hit, Code.SANCTION, "sanction"), rule=told.rule, clauses=told.clauses)


def exam(ask: Ask) -> Verdict | None:
    # Above explicit rules and the sites of the exam: however wide those are, nobody is written to (T2). Below what is
    # protected, as a sanction: the exam board's sign-in page may be on a list of mail.
    hit = ask.mask & ask.profile.silenced
    if not hit or ask.mask & ask.profile.protected:
        return None
    told = ask.profile.reason("exam")
    return replace(_listed(ask, hit, Code.FOCUS_BLOCKED, "exam"), rule=told.rule, clauses=told.clauses)


def explicit_rules(ask: Ask) -> Verdict | None:
    # People know better than lists; a rule for a name knows better than one for a service.
    found = ask.profile.rules.find(ask.suffixes) if ask.profile.rules else None
    if found:
        rule, matched = found
        action, code = (Action.FORWARD, Code.RULE_ALLOWED) if rule.allow else (Action.BLOCK, Code.RULE_BLOCKED)
        return Verdict(action, code, "explicit_rules", rule.rule, matched, clauses=rule.clauses)
    hit = ask.mask & ask.profile.allowed_services
    return _listed(ask, hit, Code.RULE_ALLOWED, "explicit_rules", Action.FORWARD) if hit else None


def focus(ask: Ask) -> Verdict | None:
    # Only approved sites: for the youngest this is the whole internet (F4), so it comes before what is merely good.
    if ask.profile.focus is None:
        return None
    if found := ask.profile.focus.find(ask.suffixes):
        rule, matched = found
        return Verdict(Action.FORWARD, Code.FOCUS_ALLOWED, "focus", rule.rule, matched, clauses=rule.clauses)
    if ask.mask & ask.profile.support:
        return None  # a child who looks for help finds it, approved or not; `protected` says so
    told = ask.profile.reason("focus")
    return Verdict(Action.BLOCK, Code.FOCUS_BLOCKED, "focus", told.rule, clauses=told.clauses)


def protected(ask: Ask) -> Verdict | None:
    # Above the lists: public lists hold help lines, exam boards and login pages.
    hit = ask.mask & ask.profile.protected
    return _listed(ask, hit, Code.PROTECTED, "protected", Action.FORWARD) if hit else None


def services(ask: Ask) -> Verdict | None:
    hit = ask.mask & ask.profile.services
    return _listed(ask, hit, Code.SERVICE, "services") if hit else None


def protected_choice(ask: Ask) -> Verdict | None:
    # Below services: what lists hold by mistake, but a school may well want to block by name of the service.
    hit = ask.mask & ask.profile.choice
    return _listed(ask, hit, Code.PROTECTED, "protected_choice", Action.FORWARD) if hit else None


def categories(ask: Ask) -> Verdict | None:
    hit = ask.mask & ask.profile.categories
    return _listed(ask, hit, Code.CATEGORY, "categories") if hit else None


def safe_search(ask: Ask) -> Verdict | None:
    target = ask.profile.rewrites.get(ask.name)
    if target is None:
        # An engine that has no safe address is blocked where search must be safe.
        hit = ask.mask & ask.profile.unswitched
        return _listed(ask, hit, Code.SAFE_SEARCH, "safe_search") if hit else None
    told = ask.profile.reason("safe_search")
    return Verdict(
        Action.REWRITE, Code.SAFE_SEARCH, "safe_search", told.rule, ask.name, clauses=told.clauses, target=target
    )


FORWARD = Verdict(Action.FORWARD, Code.ALLOWED, "forward", "nothing blocks it")


def forward(_: Ask) -> Verdict:
    return FORWARD


STEPS: tuple[Step, ...] = (
    own_names,
    internal,
    special_use,
    mandatory,
    essential,
    device_state,
    readiness,
    bypass,
    sanction,
    exam,
    explicit_rules,
    focus,
    protected,
    services,
    protected_choice,
    categories,
    safe_search,
    forward,
)
# An allowed search engine is still asked to search safely; only a block beats the rewrite.
_STILL_REWRITTEN = (Code.RULE_ALLOWED, Code.FOCUS_ALLOWED, Code.PROTECTED)


def decide(query: Query, profile: CompiledProfile, snapshot: Snapshot) -> Verdict:
    """What the filter does with this query of a client that has this profile now. The type never matters here."""
    return first_verdict(ask(query.name, profile, snapshot))


def first_verdict(ask: Ask) -> Verdict:
    for step in STEPS:
        if verdict := step(ask):
            return settled(ask, verdict)
    return FORWARD


def settled(ask: Ask, verdict: Verdict) -> Verdict:
    """The verdict after safe search has had its say about what an earlier step allowed."""
    if verdict.code in _STILL_REWRITTEN and ask.name in ask.profile.rewrites:
        return safe_search(ask) or verdict
    return verdict


def _listed(ask: Ask, hit: int, code: Code, step: str, action: Action = Action.BLOCK) -> Verdict:
    """A verdict about a name that lists decided, with the lists, their categories and the policy's reason."""
    listings, key = ask.profile.listings, (hit, code, step)
    if (told := listings.get(key)) is None:
        if len(listings) >= _LISTINGS:
            listings.clear()
        told = listings[key] = _listing(ask, *key)
    matched = ask.snapshot.names.matched(ask.name, hit)
    return Verdict(action, code, step, told.rule, matched, told.categories, told.lists, told.clauses)


def _listing(ask: Ask, hit: int, code: Code, step: str) -> Listing:
    names, asked = ask.snapshot.names, _asked_for(ask, code)
    wanted = tuple(each for each in names.categories(hit) if each in asked)
    keys = [each if ":" in each or each == step else f"category:{each}" for each in wanted]
    told = ask.profile.reason(*keys, step)
    lists = tuple(dict.fromkeys(each for category in wanted for each in names.lists(category)))
    return Listing(told.rule, wanted, lists, told.clauses)


def _asked_for(ask: Ask, code: Code) -> Collection[str]:
    """One list may feed several categories; those that the step did not ask for are no reason of its verdict."""
    source = ask.profile.source
    match code:
        case Code.MANDATORY:
            return ask.snapshot.table.mandatory
        case Code.BYPASS:
            return ("bypass",)
        case Code.PROTECTED:
            return (*PROTECTED, *CHOICE)
        case Code.SAFE_SEARCH:
            return (UNSWITCHED_SEARCH,)
        case Code.CATEGORY:
            return source.block
        case Code.SANCTION:
            return source.withdrawn
        case Code.FOCUS_BLOCKED:
            return source.silenced
    services = source.services if code is Code.SERVICE else source.allowed_services
    return [f"service:{each}" for each in services]
