"""What access levels become in the filter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.policy.file import parse
from controller.profiles import Profiles
from dns_filter.model import State
from tests.controller.school import NINE, POLICY, TEXT

PROFILES = Profiles(POLICY)
AFTER = NINE + timedelta(days=7)


def test_a_level_carries_its_categories_services_rules_and_safe_search() -> None:
    profile = PROFILES.named(PROFILES.name("key-stage-2", AFTER))
    assert profile.block == ("adult", "proxy", "social", "webmail", "games")
    assert profile.services == ("tiktok",)
    assert [(rule.name, rule.allow) for rule in profile.rules] == [("example.net", False), ("ttrockstars.com", True)]
    assert (profile.safe_search, profile.focus, profile.state) == ("strict", None, State.OPEN)


def test_every_block_names_its_line_of_the_policy_and_the_clauses_it_keeps() -> None:
    reasons = PROFILES.named(PROFILES.name("key-stage-2", AFTER)).reasons
    assert reasons["category:webmail"].rule == "access_levels.key-stage-2.block[webmail]"
    assert reasons["category:webmail"].clauses == ("F7",)
    assert reasons["category:games"].clauses == ("F1", "F3", "F6", "F7", "F10")
    assert reasons["service:tiktok"].rule == "access_levels.key-stage-2.block[tiktok]"
    assert reasons["service:tiktok"].clauses == reasons["category:games"].clauses
    assert reasons["safe_search"].clauses == ("F1",)


def test_a_level_extends_another_and_opens_one_service_against_its_category() -> None:
    profile = PROFILES.named(PROFILES.name("school-social-media", NINE))
    assert profile.block == ("adult", "gambling", "social")
    assert (profile.allowed_services, profile.services, profile.safe_search) == (("facebook",), (), "moderate")


def test_a_level_with_focus_answers_its_sites_only() -> None:
    profile = PROFILES.named(PROFILES.name("approved-only", NINE))
    assert profile.focus == ("bbc.co.uk", "phonicsplay.co.uk")
    assert profile.reasons["focus"].clauses == ("F4", "F5")


def test_a_lesson_with_focus_takes_the_place_of_the_levels_own() -> None:
    profile = PROFILES.named(PROFILES.name("approved-only", NINE, ("maths-sites",)))
    assert (profile.name, profile.focus) == ("approved-only+maths-sites", ("ttrockstars.com",))
    assert profile.reasons["focus"].rule == "site_lists[maths-sites]"


def test_a_closed_profile_still_knows_what_its_level_would_say() -> None:
    profile = PROFILES.named(PROFILES.name("key-stage-2", NINE, closed=True))
    assert (profile.name, profile.state) == ("key-stage-2.closed", State.CLOSED)
    assert "games" in profile.block
    assert profile.reasons["state"].clauses == ("T1", "T2")


def test_an_allowance_counts_up_to_the_end_of_its_last_day() -> None:
    midnight = NINE.replace(day=27, hour=0)
    before, after = (
        PROFILES.named(PROFILES.name("key-stage-2", at)) for at in (midnight - timedelta(seconds=1), midnight)
    )
    assert "poppyappeal.org.uk" in [rule.name for rule in before.rules]
    assert "poppyappeal.org.uk" not in [rule.name for rule in after.rules]


def test_an_ended_allowance_uncovers_the_block_it_stood_above() -> None:
    text = TEXT.replace("allow: [{service: facebook}]}", "allow: [{service: tiktok, until: 2026-11-24}]}").replace(
        "staff: {block: [adult,", "staff: {block: [{service: tiktok}, adult,"
    )
    profiles = Profiles(parse(text, "school.yaml").policy)
    today, tomorrow = (profiles.named(profiles.name("school-social-media", NINE + timedelta(days=d))) for d in (0, 1))
    assert (today.allowed_services, today.services) == (("tiktok",), ())
    assert (tomorrow.allowed_services, tomorrow.services) == ((), ("tiktok",))


@pytest.mark.parametrize(
    ("name", "state"), [("quarantine", State.QUARANTINED), ("unknown", State.UNKNOWN), ("barred", State.QUARANTINED)]
)
def test_what_rests_is_shut_and_a_level_of_that_name_cannot_open_it(name: str, state: State) -> None:
    assert PROFILES.named(name).state is state
    text = TEXT.replace("level: approved-only, segment", f"level: {name}, segment").replace(
        "  approved-only: {", f"  {name}: {{block: [adult]}}\n  approved-only: {{"
    )
    renamed = Profiles(parse(text, "school.yaml").policy)
    assert renamed.name(name, NINE) == f"level-{name}"
    assert renamed.named(name).state is state


def test_whoever_rests_in_quarantine_is_led_to_the_page_that_says_why_where_there_is_one() -> None:
    text = TEXT + "dns: {sinkhole: [10.10.0.9]}\n"
    with_a_page = Profiles(parse(text, "school.yaml").policy)
    for name in ("quarantine", "unknown", "barred", "unassigned"):
        assert (with_a_page.named(name).mode, PROFILES.named(name).mode) == ("page", "nodata")
    assert with_a_page.named("things").mode == "nodata"
