"""What nobody can block by reporting, however the name is spelt and however wide the rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.policy.file import parse
from controller.reports.obstacles import Obstacle, obstacles, override_names
from dns_filter import shipped
from dns_filter.names import to_text
from tests.fakes.site import POLICY as TEXT

POLICY = parse(
    TEXT + "reports: {own_sites: [ashlane.sch.example]}\ndns: {internal: {ashlane.internal: []}}\n", "school.yaml"
).policy


def kinds(pattern: str) -> set[Obstacle]:
    return {each.kind for each in obstacles(pattern, POLICY)}


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("com", Obstacle.PUBLIC_SUFFIX),
        ("co.uk", Obstacle.PUBLIC_SUFFIX),
        ("=sch.uk", Obstacle.PUBLIC_SUFFIX),
        ("github.io", Obstacle.PUBLIC_SUFFIX),
        ("captive.apple.com", Obstacle.ESSENTIAL),
        ("apple.com", Obstacle.ESSENTIAL),
        ("*.apple.com", Obstacle.ESSENTIAL),
        ("cloudfront.net", Obstacle.SHARED_HOST),
        ("cloudflare.com", Obstacle.SHARED_HOST),
        ("ashlane.internal", Obstacle.INTERNAL),
        ("printer.ashlane.internal", Obstacle.INTERNAL),
        ("ashlane.sch.example", Obstacle.OWN_SITE),
        ("www.ashlane.sch.example", Obstacle.OWN_SITE),
        ("sch.example", Obstacle.OWN_SITE),
        ("ashlane.example", Obstacle.OWN_SITE),
        ("printer.local", Obstacle.SPECIAL_USE),
        ("childline.org.uk", Obstacle.PROTECTED),
        ("www.childline.org.uk", Obstacle.PROTECTED),
        ("ill\\", Obstacle.NO_NAME),
    ],
)
def test_these_stand_in_the_way(pattern: str, kind: Obstacle) -> None:
    assert kind in kinds(pattern)


@pytest.mark.parametrize("pattern", ["poki.com", "=www.poki.com", "d123.cloudfront.net", "somebody.github.io"])
def test_an_ordinary_site_can_be_blocked(pattern: str) -> None:
    assert kinds(pattern) == set()


def test_only_what_is_merely_protected_can_be_overridden_and_by_name() -> None:
    assert override_names(obstacles("childline.org.uk", POLICY)) == ("childline.org.uk",)
    assert override_names(obstacles("apple.com", POLICY)) == ()


EVERY_GUARDED = [to_text(each.name) for each in (*shipped.essential(), *shipped.protected())]
EVERY_GUARDED += [to_text(each) for each in shipped.shared_hosts()]


@given(st.sampled_from(EVERY_GUARDED), st.integers(0, 4))
def test_no_rule_at_or_above_a_guarded_name_goes_unnoticed(name: str, up: int) -> None:
    labels = name.split(".")
    assert obstacles(".".join(labels[min(up, len(labels) - 1) :]), POLICY)


def test_nothing_that_is_mandatory_or_leads_round_the_filter_is_opened() -> None:
    found = obstacles("hate.example", POLICY, allow=True, held=lambda _: frozenset({"terrorism", "bypass"}))
    assert {each.kind for each in found} == {Obstacle.MANDATORY, Obstacle.BYPASS}
