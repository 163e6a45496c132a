"""Names of sites in the policy: which spellings are sites, and which would open half the internet."""

from __future__ import annotations

import pytest

from controller.policy.sites import wrong_host, wrong_site

GOOD = [
    "bbc.co.uk",
    "BBC.co.uk.",
    "=www.gov.uk",
    "*.example.org",
    "xn--bcher-kva.example",
    "bücher.example",
    "_dmarc.example.org",
]
GOOD += ["=github.io", "ashlane.sch.uk.example", "www.ashlane.kent.sch.uk", "a-b.example", "1.example"]

BAD = [
    ("", "is no name of a site"),
    ("=", "is no name of a site"),
    (".", "is one word"),
    ("localhost", "is one word"),
    ("bbc..co.uk", "is no name of a site"),
    ("-bbc.co.uk", "is no name of a site"),
    ("b*c.co.uk", "is no name of a site"),
    ("*.*.co.uk", "is no name of a site"),
    ("bbc .co.uk", "is no bare name"),
    (f"{'a' * 64}.example", "is no name of a site"),
    (f"{'a.' * 130}example", "is no name of a site"),
    ("192.0.2.1", "is an address"),
    ("2001:db8::1", "is an address"),
    ("https://www.bbc.co.uk/bitesize", "did you mean 'www.bbc.co.uk'?"),
    ("bbc.co.uk/bitesize", "did you mean 'bbc.co.uk'?"),
    ("bbc.co.uk:443", "did you mean 'bbc.co.uk'?"),
    ("head@bbc.co.uk", "did you mean 'bbc.co.uk'?"),
    ("co.uk", "is a public suffix: this opens everybody's sites"),
    ("CO.UK.", "is a public suffix"),
    ("*.co.uk", "is a public suffix"),
    ("github.io", "is a public suffix"),
    ("kent.sch.uk", "is a public suffix"),
    ("公司.cn", "is a public suffix"),
    ("ttrockstars.com\0", "is no name of a site"),
    ("\N{RIGHT-TO-LEFT OVERRIDE}moc.example.org", "is no name of a site"),
]


@pytest.mark.parametrize("site", GOOD)
def test_a_site_may_be_named_with_all_below_it_alone_or_only_below(site: str) -> None:
    assert [*wrong_site(site, (), allow=True)] == []


@pytest.mark.parametrize(("site", "said"), BAD)
def test_what_is_no_site_or_opens_too_much_is_an_error(site: str, said: str) -> None:
    (finding,) = wrong_site(site, ("here",), allow=True)
    assert finding.error
    assert said in finding.message


def test_to_block_a_public_suffix_is_a_warning_since_somebody_may_mean_it() -> None:
    (finding,) = wrong_site("github.io", (), allow=False)
    assert not finding.error
    assert "blocks everything below it" in finding.message


@pytest.mark.parametrize("host", ["printer", "printer.school.internal", "ash-lane.local"])
def test_a_host_of_the_school_may_be_one_word(host: str) -> None:
    assert [*wrong_host(host, ())] == []


@pytest.mark.parametrize("host", ["", "10.0.0.1", "a b", "*.school.internal"])
def test_an_address_or_a_pattern_is_no_host_of_the_school(host: str) -> None:
    assert len([*wrong_host(host, ())]) == 1
