"""Encrypted DNS in settings.toml: nothing of it is on by itself, and half of it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.filter_settings import Asked, settings_alone, settings_of_school
from controller.home import Home
from controller.new_school import write_new_school
from controller.settings import OptionError, SettingsError, read_settings
from dns_filter.parent import EncryptedDns
from tests.controller.school import POLICY
from tests.dns_filter.encrypted import write_pair


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_new_school(tmp_path / "school")
    made = Home(tmp_path / "school")
    made.make()
    return made


def test_a_new_school_has_plain_dns_alone_and_believes_nobody(home: Home) -> None:
    kept = settings_of_school(home, Asked())
    assert kept.encrypted is None
    assert kept.forwarders == ()


def test_listeners_with_their_certificate_are_told_to_the_filter(home: Home) -> None:
    home.settings.write_text(
        '[dns]\ndot = "10.10.0.2"\ndoh = ["10.10.0.2:8443", "[fd00::2]"]\ncertificate = "tls/fullchain.pem"\n'
        'certificate_key = "/etc/tls/privkey.pem"\nidentifiers = "identifiers.csv"\ndoh_salt = "ash lane salt"\n'
        'name = "dns.ashlane.example"\ncontacts = "mailto:office@ashlane.example"\n'
        'forwarders = ["10.10.0.7", "FD00::7"]\n'
    )
    kept = settings_of_school(home, Asked())
    assert kept.encrypted == EncryptedDns(
        certificate=home.root / "tls/fullchain.pem",
        certificate_key=Path("/etc/tls/privkey.pem"),
        dot=("10.10.0.2:853",),
        doh=("10.10.0.2:8443", "[fd00::2]:443"),
        name="dns.ashlane.example",
        identifiers=home.root / "identifiers.csv",
        salt="ash lane salt",
        contacts=("mailto:office@ashlane.example",),
    )
    assert kept.forwarders == ("10.10.0.7", "fd00::7")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('dot = "10.10.0.2:853"', "need certificate and certificate_key"),
        ('dot = "10.10.0.2"\ncertificate = "a.pem"', "need certificate and certificate_key"),
        ('dot = "dns.school.example:853"', "does not appear to be an IPv4 or IPv6 address"),
        ('forwarders = ["10.10.0.0/24"]', "all of a network cannot be believed"),
        ('doh_salt = "short"', "8 to 32 octets"),
        ('contacts = ["javascript:alert(1)"]', "expected mailto:"),
        ('name = "dns school"', "should match pattern"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_file_and_line(home: Home, said: str, expected: str) -> None:
    home.settings.write_text(f"[dns]\n{said}\n")
    with pytest.raises(SettingsError, match=expected) as refused:
        read_settings(home)
    assert str(refused.value).startswith(str(home.settings))


def test_the_salt_is_told_to_no_environment(home: Home) -> None:
    home.settings.write_text('[dns]\ndoh_salt = "ash lane salt"\n')
    settings = read_settings(home)
    assert "ash lane salt" not in str(settings.as_environment())
    assert "ash lane salt" not in repr(settings)


def test_a_filter_alone_takes_them_from_its_command_line(home: Home) -> None:
    asked = Asked(dot=("127.0.0.1:0",), certificate="/a.pem", certificate_key="/a.key", forwarders=("10.10.0.7",))
    kept = settings_alone(home, asked, POLICY)
    assert kept.encrypted == EncryptedDns(Path("/a.pem"), Path("/a.key"), dot=("127.0.0.1:0",))
    assert kept.forwarders == ("10.10.0.7",)
    with pytest.raises(OptionError, match="option dot and doh need certificate"):
        settings_alone(home, Asked(dot=("127.0.0.1:0",)), POLICY)


def test_encrypted_upstreams_keep_their_name_and_find_their_authorities(home: Home) -> None:
    (home.root / "ca.pem").write_bytes(write_pair(home.root)[0].read_bytes())
    home.settings.write_text(
        '[dns]\nupstreams = ["tls://9.9.9.9#dns.example", "https://10.1.2.3#doh.example", "10.1.2.4"]\n'
        'upstream_ca = "ca.pem"\n'
    )
    kept = settings_of_school(home, Asked())
    assert kept.upstreams == (
        "tls://9.9.9.9:853#dns.example",
        "https://10.1.2.3:443/dns-query#doh.example",
        "10.1.2.4:53",
    )
    assert kept.upstream_ca == home.root / "ca.pem"
    assert list(map(str, read_settings(home).dns.plain_upstreams)) == ["10.1.2.4:53"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('upstreams = "tls://9.9.9.9"', "with the name in the certificate behind the #"),
        ('upstreams = ["tls://9.9.9.9#dns.example", "9.9.9.9"]', "with encryption and without"),
        ('upstream_ca = "nowhere.pem"', "expected a PEM file"),
        ('upstream_ca = "settings.toml"', "expected a PEM file"),
    ],
)
def test_encrypted_upstreams_that_cannot_be_believed_are_refused(line: str, said: str, home: Home) -> None:
    home.settings.write_text(f"[dns]\n{line}\n")
    with pytest.raises(SettingsError, match=said):
        settings_of_school(home, Asked())
