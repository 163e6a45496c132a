"""What API and pages do with reports, alike: take one in, join what is known of it, decide, undo."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from controller.api.problems import Conflict, WrongInput
from controller.api.site_view import SiteView
from controller.facts import Facts
from controller.model import Actor
from controller.reports.decision import MANY, Made, NotPossible, decide, provisional
from controller.reports.model import Case, Decision, Means, Outcome, Place, Report, Voice, Wish
from controller.reports.now_says import reached_by
from controller.reports.site_name import Kind, Reported, read_site, visible
from controller.store.reports import Taken
from dns_filter.model import Name
from inventory.model import Mac
from inventory.site_rules import SiteRule

LONGEST_SAID = 2000
STAFF_ROLES_NOT = frozenset({"pupil", "api_client", "auditor"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a reporter gives. `address` is where the form or the call came from."""

    site: str
    said: str = ""
    wish: Wish = Wish.BLOCK
    means: Means = Means.API
    by: str = ""
    address: str = ""
    language: str = "en"
    block: bool = False
    """A member of staff asks for the provisional block."""
    wanted_for: str = ""
    wanted_by: date | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """`receipt` is shown to the reporter once. `not_blocked` says why nothing was blocked at once though asked for."""

    taken: Taken
    receipt: str
    not_blocked: str = ""


def take(site: SiteView, actor: Actor, told: Told) -> Filed:
    """Keep a report. Raises WrongInput where it says nothing at all, and the store's Conflict when too many wait."""
    now, read = site.clock.now(), read_site(told.site)
    said = visible(told.said)[:LONGEST_SAID]
    if not read.evidence and not said:
        raise WrongInput("The report says nothing.", "Give the address of the page, or say what you saw.")
    receipt = secrets.token_urlsafe(18)
    report = Report(
        id="",
        at=now,
        wish=told.wish,
        means=told.means,
        voice=Voice.STRANGER if told.means is Means.MAIL else voice_of(actor),
        by=visible(told.by)[:80],
        kind=read.kind,
        site=read.site,
        evidence=read.evidence,
        said=said,
        marks=read.marks,
        place=place_of(site, told.address),
        wanted_for=told.wanted_for,
        wanted_by=told.wanted_by,
        language=told.language,
    )
    rule, why_not = _at_once(site, actor, told, read) if told.block else (None, "")
    taken = site.store.take_report(report, key_of(read, said), receipt_hash(receipt), actor, now, rule)
    if taken.rule is not None:
        site.loop.wake(f"{taken.report.id} blocks {taken.rule.pattern}")
    return Filed(taken, receipt, why_not)


def key_of(read: Reported, said: str) -> str:
    """Reports with one key are one case. What is no name is one case with whoever sends the very same."""
    if read.key:
        return read.key
    return f"text:{hashlib.sha256((read.evidence or said).encode()).hexdigest()[:32]}"


def receipt_hash(receipt: str) -> str:
    return hashlib.sha256(receipt.encode("utf-8", "surrogatepass")).hexdigest()


def voice_of(actor: Actor) -> Voice:
    if actor.role == "pupil":
        return Voice.PUPIL
    return Voice.STAFF if "reports:block" in actor.scopes else Voice.STRANGER


def place_of(site: SiteView, address: str) -> Place:
    """Whose device had this address just now; what is not known stays empty."""
    intent, inventory = site.loop.intent(), site.inventory()
    binding = intent.table.bindings.get(address) if intent and address else None
    if binding is None:
        return Place(address=address)
    subject = Facts(site.policy, inventory).subject(Mac(binding.device), site.clock.now())
    return Place(address, binding.device, binding.name, subject.person or "", subject.group or "")


def settle(site: SiteView, actor: Actor, case_id: str, decision: Decision) -> tuple[Case, SiteRule | None]:
    """Decide a case; the filter is told at once. Raises WrongInput, Conflict, the store's NotFound and Conflict."""
    now, case = site.clock.now(), site.store.case(case_id)
    made = weighed(site, case, decision, actor.name)
    if decision.outcome is Outcome.ALREADY:
        _is_so_already(site, case)
    decided, rule = site.store.decide_case(case.id, made.decided, made.rule, actor, now)
    site.loop.wake(f"case {case.id} decided")
    return decided, rule


def weighed(site: SiteView, case: Case, decision: Decision, by: str) -> Made:
    """What a decision would make, and nothing is kept. Raises WrongInput."""
    try:
        return decide(case, decision, site.policy, by, site.clock.now(), held_by(site))
    except NotPossible as wrong:
        raise WrongInput(str(wrong)) from None


def undo(site: SiteView, actor: Actor, case_id: str, why: str) -> Case:
    case = site.store.undo_case(case_id, why, actor, site.clock.now())
    site.loop.wake(f"case {case.id} taken back")
    return case


def held_by(site: SiteView) -> Callable[[Name], frozenset[str]] | None:
    names = site.names()
    if names is None:
        return None
    return lambda name: frozenset(names.categories(names.mask(name)))


def _at_once(site: SiteView, actor: Actor, told: Told, read: Reported) -> tuple[SiteRule | None, str]:
    if "reports:block" not in actor.scopes or told.wish is not Wish.BLOCK or told.means is Means.MAIL:
        return None, "Only a member of staff blocks by reporting; somebody looks at it."
    if read.kind is not Kind.SITE:
        return None, "There is no name of a site in it; somebody looks at it."
    if many := read.marks & MANY:
        return None, f"Behind this name stand many sites ({', '.join(sorted(many))}); somebody looks at it first."
    try:
        reason = visible(told.said)[:200]
        rule = provisional(read.key, site.policy, actor.name, reason, site.clock.now())
    except NotPossible as wrong:
        return None, str(wrong)
    return rule, "" if rule else "The policy wants nothing blocked before somebody has looked."


def _is_so_already(site: SiteView, case: Case) -> None:
    """Raises Conflict where it is not as the reporter wishes."""
    groups = reached_by(site.policy, site.inventory(), site.loop.intent(), site.names(), case.key, site.clock.now())
    pupils = [each for each, reached in groups.items() if each in site.policy.year_groups and reached]
    if case.wish is Wish.BLOCK and pupils:
        raise Conflict(f"It is not blocked: {', '.join(pupils)} reach it in a lesson.", "Block it, or refuse.")
    if case.wish is Wish.OPEN and not any(groups.values()):
        raise Conflict("It is not open: nobody reaches it in a lesson.", "Allow it, or refuse.")
