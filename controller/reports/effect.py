"""What a rule would break: the log of the last days put to the filter as it is, and to the filter with it. ●"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from controller.model import AccessWindow
from controller.policy import Policy
from controller.query_log import Span
from controller.query_log.files import QueryLogFiles
from controller.replay import Way
from controller.replay.judge import Replay
from controller.replay.logged import logged
from controller.replay.sides import sides
from dns_filter.profiles import NameSource
from inventory.model import Inventory
from inventory.site_rules import SiteRule

MOST = 200


@dataclass(frozen=True, slots=True)
class Effect:
    """`closes`: group and name -> how often it was asked for and would be closed. `lessons`: what each would lose."""

    pattern: str
    queries: int
    closes: Mapping[str, int]
    lessons: Mapping[str, tuple[str, ...]]


NOTHING = Effect("", 0, MappingProxyType({}), MappingProxyType({}))


def effect_of(
    policy: Policy,
    inventory: Inventory,
    windows: Iterable[AccessWindow],
    names: NameSource | None,
    files: QueryLogFiles,
    rule: SiteRule | None,
    span: Span,
) -> Effect:
    """Of nobody by name: groups only. Raises sqlite3.Error, OSError."""
    if rule is None:
        return NOTHING
    own = inventory.site_rules
    both = sides(policy, policy, windows, names, span.since, span.until, rules=own, candidate_rules=(*own, rule))
    run = Replay(both)
    run.take(logged(files, span, sorted({flip for each in both for flip in each.flips})))
    report = run.report(policy, policy)
    closes: Counter[str] = Counter()
    for change in report.changes:
        if change.way is Way.CLOSES:
            closes[f"{change.group} {change.name}"] += change.times
    lessons = {f"{each.group}: {each.lesson}": tuple(each.names) for each in report.lessons}
    return Effect(rule.pattern, report.queries, dict(closes.most_common(MOST)), dict(list(lessons.items())[:MOST]))
