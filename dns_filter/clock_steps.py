"""A clock that is set back opens no grant that was over. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dns_filter.model import Cohort, FilterTable, Grant

StepBack = tuple[float, float]
"""The moment that the clock was set to, and the one that it had reached: seconds since 1970."""


def without_what_was_over(table: FilterTable, steps: Sequence[StepBack]) -> FilterTable:
    """The table without the grants that run at the hour to which the clock was set and were over before."""
    if not any(_over(grant, steps) for cohort in table.cohorts.values() for grant in cohort.grants):
        return table
    cohorts = {key: _rest(cohort, steps) for key, cohort in table.cohorts.items()}
    return table.model_copy(update={"cohorts": cohorts})


def _rest(cohort: Cohort, steps: Sequence[StepBack]) -> Cohort:
    return cohort.model_copy(update={"grants": tuple(g for g in cohort.grants if not _over(g, steps))})


def _over(grant: Grant, steps: Sequence[StepBack]) -> bool:
    return any(grant.opens_at <= low < grant.closes_at <= high for low, high in steps)
