"""What people type as a site, read as their browser would."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controller.reports.site_name import Kind, Mark, read_site, visible
from dns_filter.names import to_text, to_wire


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("poki.com", "poki.com"),
        ("  HTTPS://WWW.Poki.COM:8443/en/g/shooter?x=1#top ", "www.poki.com"),
        ("http://bbc.co.uk@evil.example/login", "evil.example"),
        ("https:\\\\evil.example\\path", "evil.example"),
        ("//cdn.evil.example/x.js", "cdn.evil.example"),
        ("https://%65vil.example/", "evil.example"),
        ("evil.example.", "evil.example"),
        ("https://ｅｖｉｌ。example/", "evil.example"),
        ("http://faß.de/", "xn--fa-hia.de"),
        ("view-source:https://evil.example/a", "evil.example"),
        ("look at <https://evil.example/a>, it is awful", "evil.example"),
        ("I saw evil.example in the lesson", "evil.example"),
        ("https://пример.рф/страница", "xn--e1afmkfd.xn--p1ai"),
        ("https://evil\u200b.example/", "evil.example"),
    ],
)
def test_a_site_is_read_as_the_browser_reads_it(typed: str, site: str) -> None:
    read = read_site(typed)
    assert (read.kind, read.site) == (Kind.SITE, site)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("http://192.0.2.7/x", "192.0.2.7"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1"),
        ("http://3221225991/", "192.0.2.7"),
        ("http://0xC0.0.2.7/", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_an_address_is_known_as_one_in_every_spelling_a_browser_takes(typed: str, address: str) -> None:
    assert (read_site(typed).kind, read_site(typed).site) == (Kind.ADDRESS, address)


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "it was horrible", "javascript:alert(document.domain)", "data:text/html,<h1>evil.example</h1>",
     "file:///etc/passwd", "mailto:a@b.example", "localhost", "com", "5.99", "....", "http://", "https:///", "-"],
)  # fmt: skip
def test_what_names_no_site_stays_evidence(typed: str) -> None:
    read = read_site(typed)
    assert (read.kind, read.site, read.key) == (Kind.NOTHING, "", "")
    assert read.evidence == visible(typed)


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("https://bit.ly/3xYz", Mark.SHORTENER),
        ("https://l.facebook.com/l.php?u=https://evil.example", Mark.REDIRECTOR),
        ("https://sites.google.com/view/games-unblocked", Mark.SHARED),
        ("https://xn--pple-43d.com/", Mark.MIXED),
        ("https://bbc.co.uk@evil.example", Mark.SIGNED_IN_AS),
        ("https://evil.example:8080", Mark.PORT),
        ("javascript:alert(1)", Mark.SCRIPT),
        ("evil\u202e.example", Mark.HIDDEN),
        ("evil.example " + "x" * 3000, Mark.CUT),
    ],
)
def test_what_whoever_looks_must_know_is_marked(typed: str, mark: Mark) -> None:
    assert mark in read_site(typed).marks


def test_a_shortener_is_kept_as_it_is() -> None:
    assert read_site("https://bit.ly/3xYz").site == "bit.ly"


def test_with_and_without_www_it_is_one_case() -> None:
    assert read_site("www.poki.com").key == read_site("https://poki.com/x").key == "poki.com"


@given(st.text(max_size=300))
@example("http://[::1")
@example("http://[v1.x]/")
@example("1" * 400)
@example("0x.0x.0x.0x")
@example("xn--a.example")
@example("\ud800.example")
def test_whatever_is_typed_the_name_is_one_the_filter_knows_and_the_evidence_hides_nothing(typed: str) -> None:
    read = read_site(typed)
    if read.kind is Kind.SITE:
        assert to_text(to_wire(read.site)) == read.site
        assert read.site.isascii()
        assert len(read.site) <= 253
    assert all(each.isprintable() for each in read.evidence)
    assert visible(read.evidence) == read.evidence
