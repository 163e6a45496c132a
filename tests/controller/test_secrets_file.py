"""secrets.toml is read only where nobody else could read it, and never shown."""

import os
from pathlib import Path

import pytest

from controller.secrets_file import Credentials, SecretsError, read_secrets

GOOD = '[credentials.default]\nusername = "caretaker"\npassword = "s3cret-word"\n'


def file(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_credentials_are_found_by_name(tmp_path: Path) -> None:
    found = read_secrets(file(tmp_path, GOOD))
    assert found == {"default": Credentials("caretaker", "s3cret-word")}
    assert "s3cret-word" not in repr(found)


def test_a_school_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_secrets(tmp_path / "secrets.toml") == {}
    assert read_secrets(file(tmp_path, "# nothing yet\n")) == {}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_may_open_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = file(tmp_path, GOOD, mode)
    with pytest.raises(SecretsError, match=f"{mode:04o}.*chmod 600 {path}"):
        read_secrets(path)


def test_a_directory_or_a_pipe_is_no_file_and_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SecretsError, match="expected a plain file"):
            read_secrets(path)


@pytest.mark.parametrize(
    "text",
    [
        "[credentials.default]\nusername = 'caretaker'\n",
        GOOD + "token = 's3cret-word'\n",
        GOOD.replace('"s3cret-word"', "5"),
        GOOD.replace("s3cret-word", ""),
        GOOD + GOOD,
        "[switches.default]\npassword = 's3cret-word'\n",
        "credentials = 's3cret-word'\n",
        "password: s3cret-word\n",
        b"[credentials.default]\npassword = 's3cret-word\xff'\n",
        "# " + "s3cret-word" * 100_000,
    ],
)
def test_whatever_is_wrong_is_refused_without_being_shown(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(SecretsError, match=r"secrets\.toml: ") as raised:
        read_secrets(file(tmp_path, text))
    assert "s3cret-word" not in str(raised.value)
    assert raised.value.__cause__ is None
