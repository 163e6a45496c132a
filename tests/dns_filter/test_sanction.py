"""One kind of use is taken from one person: no rule for everybody gives it back, and help stays open (W5)."""

from __future__ import annotations

import pytest

from dns_filter.model import Binding, Code, Cohort, Reason, Rule
from dns_filter.snapshot import Snapshot
from tests.dns_filter.school import KEY_STAGE_2, LISTS, YEAR_5, table, verdict
from tests.fakes.domain_table import FakeDomainTable

TAKEN = KEY_STAGE_2.model_copy(
    update={
        "name": "key-stage-2.no-webmail",
        "withdrawn": ("webmail", "service:instagram"),
        "rules": (*KEY_STAGE_2.rules, Rule(name="mail.example.org", allow=True, rule="allow[mail.example.org]")),
        "reasons": {"sanction": Reason(rule="sanctions", clauses=("W5",)), "category:webmail": Reason(rule="a list")},
    }
)
HERE = Snapshot(
    table(
        profiles={**table().profiles, TAKEN.name: TAKEN},
        cohorts={**table().cohorts, "taken": Cohort(id="taken", resting=TAKEN.name)},
        bindings={YEAR_5: Binding(device="02:00:00:00:05:11", name="ipad-05-11", cohort="taken")},
    ),
    FakeDomainTable(
        {**LISTS, "webmail": ["mail.example.org", "purplemash.com", "ocsp.digicert.com", "childline.org.uk"]}
    ),
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mail.example.org", Code.SANCTION),  # whatever the level allows
        ("inbox.mail.example.org", Code.SANCTION),
        ("www.instagram.com", Code.SANCTION),
        ("purplemash.com", Code.PROTECTED),  # a list of webmail holds it; lessons need it
        ("childline.org.uk", Code.PROTECTED),
        ("ocsp.digicert.com", Code.ESSENTIAL),
        ("wikipedia.org", Code.ALLOWED),
        ("www.wicked.example.org", Code.MANDATORY),
    ],
)
def test_what_a_sanction_takes_stays_taken(name: str, code: Code) -> None:
    assert verdict(name, YEAR_5, where=HERE).code is code


def test_the_reason_is_the_sanction_and_not_the_list() -> None:
    found = verdict("mail.example.org", YEAR_5, where=HERE)
    assert (found.rule, found.clauses, found.step) == ("sanctions", ("W5",), "sanction")
