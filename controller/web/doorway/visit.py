"""Who stands at the door: by the address they come from, as the filter knows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from controller.api.site_view import SiteView
from controller.facts import Facts
from controller.model import Decision
from controller.policy import Policy
from controller.standing import Subject
from inventory.model import Device, Mac, Person

_SITE = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){0,20}")


@dataclass(frozen=True, slots=True)
class Visit:
    """`subject` and `decision` are None where nobody knows the address, or before the loop's first turn.

    `site` is the name that was asked for and led here, empty where somebody came by themselves: a caller's word.
    """

    address: str
    language: str
    chosen: bool = False
    """The language was chosen by hand, so links keep it."""
    site: str = ""
    pupil: bool = False
    subject: Subject | None = None
    decision: Decision | None = None
    person: Person | None = None

    @property
    def device(self) -> Device | None:
        return self.subject.device if self.subject else None

    @property
    def mac(self) -> Mac | None:
        return self.subject.mac if self.subject else None

    @property
    def group(self) -> str | None:
        """The year group or role it acts for at this moment."""
        return self.subject.group if self.subject else None


def visit(site: SiteView, address: str, language: str, *, chosen: bool = False, blocked: str = "") -> Visit:
    """Whom the filter takes this address for; where several devices claim one, the strictest, as the filter does."""
    policy, inventory, address = site.policy, site.inventory(), canonical(address)
    intent = site.loop.intent()
    bound = intent.table.bindings.get(address) if intent else None
    if intent is None or bound is None:
        child = in_segment_of_pupils(policy, address)
        return Visit(address, language, chosen, site_name(blocked), child)
    mac = Mac(bound.device)
    subject = Facts(policy, inventory).subject(mac, site.clock.now())
    person = inventory.people.get(subject.person) if subject.person else None
    pupil = subject.pupils or (subject.device is None and in_segment_of_pupils(policy, address))
    return Visit(address, language, chosen, site_name(blocked), pupil, subject, intent.decisions.get(mac), person)


def canonical(address: str) -> str:
    """As the filter's table spells it: no zone, and IPv4 as IPv4 also where it came in over an IPv6 socket."""
    found = parsed(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found or "")


def neighbourhood(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or a /64 of IPv6, of which one machine has as many as it likes."""
    found = parsed(canonical(address))
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return str(found or "unknown")


def site_name(text: str) -> str:
    """A host name as it may stand on a page: lower case, without its port. Empty where it is none, or an address."""
    name = text.strip().lower().rpartition("@")[2].partition(":")[0].rstrip(".")
    return name if len(name) <= 253 and _SITE.fullmatch(name) and parsed(name) is None else ""


def in_segment_of_pupils(policy: Policy, address: str) -> bool:
    found = parsed(address)
    segments = ((segment.purpose or name, segment.subnets) for name, segment in policy.segments.items())
    mine = (purpose for purpose, subnets in segments if found and any(found in subnet for subnet in subnets))
    return "pupils" in mine


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.partition("%")[0])
    except ValueError:
        return None


def chosen_language(offered: Sequence[str], asked: str, accepts: str) -> tuple[str, bool]:
    """(language, chosen by hand?): the one asked for, else the browser's best, else the school's first."""
    if asked in offered:
        return asked, True
    wanted = sorted(_accepted(accepts), key=lambda each: -each[1])
    found = (_fit(tag, offered) for tag, weight in wanted if weight > 0)
    return next((language for language in found if language), offered[0]), False


def _fit(tag: str, offered: Sequence[str]) -> str | None:
    """`pl-PL` is content with `pl` (RFC 4647, lookup); `*` with the school's first."""
    if tag == "*":
        return offered[0]
    by_name = {language.lower(): language for language in offered}
    parts = tag.lower().split("-")
    return next((by_name[name] for end in range(len(parts), 0, -1) if (name := "-".join(parts[:end])) in by_name), None)


def _accepted(header: str) -> list[tuple[str, float]]:
    found = []
    for item in header[:500].split(",")[:20]:
        tag, _, rest = item.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](\.[0-9]{0,3})?)\s*", rest)
        if not rest or quality:
            found.append((tag.strip(), float(quality[1]) if quality else 1.0))
    return found
