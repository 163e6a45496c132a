"""A filter alone, and what it assumes of its clients."""

from datetime import UTC, datetime

import pytest

from controller.assume import table_without_inventory
from controller.policy import Policy
from controller.policy.file import read
from dns_filter.model import standing
from tests.controller.policies import policy
from tests.shared_data import PROJECT

NINE = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
EXAMPLE = PROJECT.parent / "shared" / "school-example.yaml"


def profile_of_anybody(policy: Policy, assume: str | None) -> str:
    table = table_without_inventory(policy, NINE, 1, assume)
    return standing(table, "198.51.100.7", NINE.timestamp()).profile.name


def test_without_an_assumption_nobody_is_known() -> None:
    assert profile_of_anybody(policy(), None) == "unknown"


def test_every_role_year_group_and_level_of_the_policy_can_be_assumed() -> None:
    school = policy()
    for assume in (*school.roles, *school.year_groups, *school.access_levels):
        assert profile_of_anybody(school, assume) != "unknown"


def test_an_access_level_is_assumed_as_it_stands() -> None:
    school = policy()
    level = next(iter(school.access_levels))
    assert profile_of_anybody(school, level) == level


def test_what_the_policy_does_not_know_is_refused_with_what_it_knows() -> None:
    with pytest.raises(ValueError, match="expected a role, year group or access level"):
        table_without_inventory(policy(), NINE, 1, "yar-5")


def test_a_site_list_that_is_not_there_yet_opens_nothing_and_breaks_nothing() -> None:
    school = policy().model_copy(update={"site_lists": {}})
    for group in school.year_groups:
        table = table_without_inventory(school, NINE, 1, group)
        assert all(profile.focus in (None, ()) for profile in table.profiles.values())


@pytest.mark.skipif(not EXAMPLE.is_file(), reason="needs school-example.yaml beside the project")
def test_the_example_of_a_school_runs_as_it_stands() -> None:
    assert profile_of_anybody(read(EXAMPLE).policy, "staff") == "staff"
