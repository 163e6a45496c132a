"""Letters that report a site: forwarded, in HTML, broken and hostile."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.reports.mail import LARGEST, Letter, Unreadable, read_letter

OWN = frozenset({"ashlane.example"})


def letter(text: str, subject: str = "a bad site", html: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "parent@home.example", "reports@ashlane.example", subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def read(raw: bytes) -> Letter:
    return read_letter(raw, OWN)


def test_the_address_in_a_letter_is_what_it_reports() -> None:
    found = read(letter("My son saw https://www.poki.com/en/g/shooter, please look.\n-- \nhttps://home.example"))
    assert found.sites == ("https://www.poki.com/en/g/shooter",)
    assert found.sender == "parent@home.example"
    assert "My son saw" in found.said


def test_a_bare_name_is_enough_and_the_schools_own_mail_is_none() -> None:
    assert read(letter("it was poki.com. write to head@ashlane.example or www.ashlane.example")).sites == ("poki.com",)


def test_what_was_answered_to_is_not_reported_again() -> None:
    assert read(letter("thanks\n> https://old.example.org/x")).sites == ()


def test_the_links_of_a_letter_in_html_count_and_its_scripts_do_not() -> None:
    message = EmailMessage()
    message["Subject"] = "look"
    message.set_content(
        '<script>location="https://script.example.org"</script><a href="https://evil.example.org/x">click</a>',
        subtype="html",
    )
    assert read(message.as_bytes()).sites == ("https://evil.example.org/x",)


def test_no_header_of_a_letter_carries_a_line_break_further() -> None:
    raw = b"From: a@b.example\r\nSubject: =?utf-8?q?x=0D=0ABcc=3A_all=40school.example?=\r\n\r\nhttps://evil.example.org\r\n"
    found = read(raw)
    assert found.subject.isprintable()
    assert "\n" not in found.said


def test_a_letter_that_is_too_large_is_not_read() -> None:
    with pytest.raises(Unreadable, match="larger"):
        read(b"x" * (LARGEST + 1))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 100,
        b"Content-Type: text/plain; charset=no-such\r\n\r\nhttps://evil.example.org",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\nhi\r\n" * 500,
        b"Content-Type: multipart/mixed; boundary=" + b"y" * 5000 + b"\r\n\r\n",
        b"From: =?utf-8?b?////?=\r\nSubject: =?x?q?=\r\n\r\nhi",
        b"\r\n".join(b"Content-Type: message/rfc822\r\n" for _ in range(200)) + b"\r\n\r\nhi",
    ],
)
def test_a_broken_letter_is_read_or_refused_in_words(raw: bytes) -> None:
    try:
        found = read(raw)
    except Unreadable:
        return
    assert len(found.said) <= 2000


@given(
    st.binary(max_size=2000)
    | st.text(max_size=500).map(lambda text: b"Subject: x\r\n\r\n" + text.encode("utf-8", "replace"))
)
def test_no_octets_are_a_fault(raw: bytes) -> None:
    try:
        found = read(raw)
    except Unreadable:
        return
    assert all(each.isprintable() for each in (found.sender, found.subject, found.said))
    assert len(found.sites) <= 5
