"""Which switches may ask: their secrets stand in a file for its owner alone, and are never told."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.radius.client import Client, Way
from controller.radius.clients import read_clients
from controller.secrets_file import SecretsError, read_secrets
from tests.controller.school import SWITCH

SECRET = "b2b3c1d0e9f84a5f9c1d"


def written(folder: Path, text: str) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_switch_is_found_where_switches_csv_says_it_is(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f'[radius.sw-1]\nsecret = "{SECRET}"\nchange = "coa"\n[credentials.default]\n'
        'username = "caretaker"\npassword = "a password"\n',
    )
    assert read_clients(path, {SWITCH.name: SWITCH}) == {"sw-1": Client("sw-1", SWITCH.host, SECRET, Way.COA)}
    assert set(read_secrets(path)) == {"default"}
    assert SECRET not in repr(read_clients(path, {SWITCH.name: SWITCH}))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("", "secret"),
        ('secret = "short"\naddress = "10.10.0.12"', "16 to 128"),
        (f"secret = '{SECRET}\"'\naddress = '10.10.0.12'", "16 to 128"),
        ("secret = 'ab${confdir}cdefghijklm'\naddress = '10.10.0.12'", "16 to 128"),
        (f'secret = "{SECRET}"', "an address, or a name that stands in switches.csv"),
        (f'secret = "{SECRET}"\naddress = "everywhere"', "such as 10.10.0.12"),
        (f'secret = "{SECRET}"\naddress = "10.10.0.12"\nchange = "sometimes"', "disconnect"),
        (f'secret = "{SECRET}"\naddress = "10.10.0.12"\nchange_port = 0', "a port"),
        (f'secret = "{SECRET}"\naddress = "10.10.0.12"\nmore = 1', "expected secret"),
        (f'secret = "{SECRET}"\naddress = "10.10.0.12"\nmessage_authenticator = "no"', "true or false"),
    ],
)
def test_a_mistake_is_said_without_the_secret(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(SecretsError, match=said) as caught:
        read_clients(written(tmp_path, f"[radius.wifi]\n{row}\n"), {})
    assert SECRET not in str(caught.value)


def test_a_name_cannot_end_the_line_it_is_written_into(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="letters, digits"):
        read_clients(written(tmp_path, f'[radius."a {{ b"]\nsecret = "{SECRET}"\naddress = "10.0.0.1"\n'), {})
