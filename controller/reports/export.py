"""The school's own rules as lists that other filters read. What a format cannot say is a comment in it, never wider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dns_filter.model import Name
from dns_filter.names import to_text
from dns_filter.rules import Reach, read_pattern
from inventory.site_rules import SiteRule


@dataclass(frozen=True, slots=True)
class ListForm:
    """`lines` writes one name; an empty answer: this format has no way to say it."""

    comment: str
    lines: Callable[[str, Reach, bool], tuple[str, ...]]
    head: Callable[[datetime], str] = lambda _: ""


def exported(rules: Iterable[SiteRule], form: ListForm, school: str, now: datetime, *, allow: bool) -> str:
    """The text of a list. Names stand in ASCII, so that no line can hold anything else."""
    what = "allows" if allow else "blocks"
    head = f"{form.comment} What {_plain(school)} {what} by its own rules, as of {now:%Y-%m-%d %H:%M} UTC\n"
    seen = dict.fromkeys(line for name, reach in _names(rules) for line in _written(form, name, reach, allow))
    return form.head(now) + head + "".join(f"{line}\n" for line in seen)


def _names(rules: Iterable[SiteRule]) -> Iterator[tuple[Name, Reach]]:
    for rule in sorted(rules, key=lambda each: each.pattern):
        reach, names = read_pattern(rule.pattern)
        yield from ((name, reach) for name in names)


def _written(form: ListForm, name: Name, reach: Reach, allow: bool) -> tuple[str, ...]:
    text = to_text(name)
    spelling = {"all": text, "exact": f"={text}", "below": f"*.{text}"}[reach]
    return form.lines(text, reach, allow) or (f"{form.comment} {spelling} cannot be said in this format",)


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


def _domains(name: str, reach: Reach, _: bool) -> tuple[str, ...]:
    return {"all": (name,), "below": (f"*.{name}",), "exact": ()}[reach]


def _hosts(name: str, reach: Reach, allow: bool) -> tuple[str, ...]:
    if allow or reach == "below":
        return ()
    return (f"0.0.0.0 {name}",) if reach == "exact" else (f"0.0.0.0 {name}", f"0.0.0.0 www.{name}")


def _adblock(name: str, reach: Reach, allow: bool) -> tuple[str, ...]:
    return (f"{'@@' if allow else ''}||{name}^",) if reach == "all" else ()


def _dnsmasq(name: str, reach: Reach, allow: bool) -> tuple[str, ...]:
    return (f"server=/{name}/#" if allow else f"local=/{name}/",) if reach == "all" else ()


def _unbound(name: str, reach: Reach, allow: bool) -> tuple[str, ...]:
    return (f'local-zone: "{name}." {"transparent" if allow else "always_nxdomain"}',) if reach == "all" else ()


def _rpz(name: str, reach: Reach, allow: bool) -> tuple[str, ...]:
    target = "rpz-passthru." if allow else "."
    own, below = f"{name} CNAME {target}", f"*.{name} CNAME {target}"
    return {"all": (own, below), "exact": (own,), "below": (below,)}[reach]


def _zone_head(now: datetime) -> str:
    serial = int(now.timestamp())
    return f"$TTL 300\n@ IN SOA localhost. hostmaster.invalid. {serial} 300 60 86400 300\n@ IN NS localhost.\n"


FORMATS: Mapping[str, ListForm] = {
    "domains": ListForm("#", _domains),
    "hosts": ListForm("#", _hosts),
    "adblock": ListForm("!", _adblock),
    "dnsmasq": ListForm("#", _dnsmasq),
    "unbound": ListForm("#", _unbound),
    "rpz": ListForm(";", _rpz, _zone_head),
}
