"""What comes with the filter covers what a primary school needs, and contradicts itself nowhere."""

from __future__ import annotations

import csv

import pytest
from pydantic import ValidationError

from dns_filter import shipped
from dns_filter.names import is_at_or_below, to_text, to_wire
from dns_filter.shipped_files import ProtectedFile
from tests.shared_data import shared_data


def test_every_name_a_primary_school_needs_is_protected() -> None:
    with (shared_data("domains") / "uk-education" / "uk_education_domains.csv").open() as file:
        needed = [row["domain"] for row in csv.DictReader(file)]
    assert len(needed) > 150
    assert [name for name in needed if not shipped.covering(to_wire(name))] == []


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("www.msftconnecttest.com", "essential"),
        ("dns.msftncsi.com", "essential"),
        ("1-courier.push.apple.com", "essential"),
        ("accounts.google.co.uk", "essential"),
        ("0.uk.pool.ntp.org", "essential"),
        ("r3.o.lencr.org", "essential"),
        ("login.microsoftonline.com", "protected:platform"),
        ("docs.google.com", "protected:platform"),
        ("play.ttrockstars.com", "protected:education"),
        ("www.sparxmaths.uk", "protected:education"),
        ("www.childline.org.uk", "protected:support"),
        ("talktofrank.com", "protected:support"),
        ("youtube.com", "protected:choice"),
    ],
)
def test_a_protected_name_is_known_by_its_class(name: str, category: str) -> None:
    found = shipped.covering(to_wire(name))
    assert category in {each.category for each in found}
    assert all(each.reason and each.source for each in found)


@pytest.mark.parametrize(
    "name", ["x.detectportal.firefox.com", "evil.google.com", "xttrockstars.com", "d1.cloudfront.net"]
)
def test_nothing_beside_or_below_an_exact_name_is_protected(name: str) -> None:
    assert shipped.covering(to_wire(name)) == ()


def test_a_service_can_be_switched_off_for_none_of_it_is_protected_above_services() -> None:
    shielded = [
        (service.id, to_text(domain))
        for service in shipped.services().values()
        for domain in service.domains
        if any(each.kind != "choice" for each in shipped.covering(domain))
    ]
    assert shielded == []


def test_no_bypass_is_protected_and_no_protected_name_counts_as_a_bypass() -> None:
    names = [each.name for each in shipped.bypass()]
    assert [to_text(name) for name in names if shipped.covering(name)] == []
    everything = shipped.protected() + shipped.essential()
    assert [to_text(p.name) for p in everything if any(is_at_or_below(p.name, name) for name in names)] == []


def test_safe_search_reaches_google_in_every_country_and_its_hosts_are_not_protected_from_it() -> None:
    strict = shipped.safe_search("strict")
    google = [name for name, target in strict.items() if target == to_wire("forcesafesearch.google.com")]
    assert len(google) >= 180
    assert {to_wire("www.google.com"), to_wire("www.google.co.uk"), to_wire("www.google.cat")} <= set(google)
    assert to_wire("google.com") not in strict
    assert [to_text(name) for name in strict if shipped.covering(name)] == []


def test_strict_and_moderate_differ_for_youtube_and_off_rewrites_nothing() -> None:
    youtube = to_wire("www.youtube.com")
    assert shipped.safe_search("strict")[youtube] == to_wire("restrict.youtube.com")
    assert shipped.safe_search("moderate")[youtube] == to_wire("restrictmoderate.youtube.com")
    assert shipped.safe_search("strict").keys() == shipped.safe_search("moderate").keys()
    assert shipped.safe_search("off") == {}


def test_safe_search_never_leads_in_a_circle() -> None:
    for level in ("strict", "moderate"):
        table = shipped.safe_search(level)  # type: ignore[arg-type]
        assert not set(table.values()) & table.keys()


def test_engines_without_a_switch_are_named() -> None:
    engines = shipped.engines_without_switch()
    assert {to_wire("qwant.com"), to_wire("startpage.com"), to_wire("search.yahoo.com")} <= set(engines)
    assert not set(engines) & shipped.safe_search("strict").keys()


def test_special_names_stay_in_the_school() -> None:
    special = shipped.special_use()
    assert special[to_wire("localhost")].answer == "loopback"
    assert special[to_wire("resolver.arpa")].answer == "nodata"
    assert special[to_wire("31.172.in-addr.arpa")].answer == "nxdomain"
    assert {to_wire(name) for name in ("local", "onion", "home.arpa", "test", "invalid")} <= special.keys()


def test_canaries_tell_browsers_to_keep_to_the_school_resolver() -> None:
    assert {to_wire(n) for n in ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com")} <= (
        shipped.canaries().keys()
    )


def test_the_services_of_a_school_day_are_known() -> None:
    wanted = "tiktok snapchat whatsapp roblox instagram facebook youtube discord x telegram netflix twitch steam"
    wanted += " fortnite minecraft spotify pinterest reddit tumblr strangers character-ai chatgpt"
    assert set(wanted.split()) <= shipped.services().keys()


def test_every_pseudo_category_comes_with_its_names_version_and_date() -> None:
    lists = shipped.shipped_lists()
    categories = {category for each in lists for category in each.categories}
    assert {"essential", "bypass", "protected:platform", "protected:education", "protected:support"} <= categories
    assert {"protected:choice", "service:tiktok", shipped.UNSWITCHED_SEARCH} <= categories
    assert all(each.entries.names and len(each.version) == 12 and each.date for each in lists)


def test_a_data_file_with_a_slip_in_it_is_refused() -> None:
    good = '{"about": "a", "source": "s", "date": "2026-11-20", "groups": [%s]}'
    group = '{"class": "platform", "reason": "r", "source": "s", "exact": ["%s"]%s}'
    assert ProtectedFile.model_validate_json(good % (group % ("apple.com", "")))
    for name, more in (("Apple.com", ""), ("apple.com.", ""), ("a b", ""), ("apple.com", ', "suffixes": []')):
        with pytest.raises(ValidationError):
            ProtectedFile.model_validate_json(good % (group % (name, more)))
