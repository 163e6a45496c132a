"""The seal: what the store keeps sealed opens only with the key beside it, and the key is for its owner alone."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from controller.seal import Seal, SealError


def test_what_was_sealed_opens_again_and_is_not_to_be_read(tmp_path: Path) -> None:
    seal = Seal(tmp_path / "seal.key")
    sealed = seal.close("JBSWY3DPEHPK3PXP")
    assert "JBSWY" not in sealed
    assert Seal(tmp_path / "seal.key").open(sealed) == "JBSWY3DPEHPK3PXP"
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    sealed, other = Seal(tmp_path / "one").close("secret"), Seal(tmp_path / "other")
    other.close("its own")
    with pytest.raises(SealError, match="does not open"):
        other.open(sealed)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    seal = Seal(tmp_path / "seal.key")
    sealed = seal.close("secret")
    seal.path.chmod(0o644)
    with pytest.raises(SealError, match="chmod 600"):
        seal.open(sealed)


@pytest.mark.parametrize("content", [b"", b"not a key", b"\xff" * 44])
def test_a_damaged_or_missing_key_is_said_and_never_replaced(content: bytes, tmp_path: Path) -> None:
    seal = Seal(tmp_path / "seal.key")
    with pytest.raises(SealError, match="is gone"):
        seal.open("anything")
    seal.path.write_bytes(content)
    seal.path.chmod(0o600)
    with pytest.raises(SealError, match="is damaged"):
        seal.close("secret")
    assert seal.path.read_bytes() == content


def test_two_who_make_the_key_at_once_end_with_the_same(tmp_path: Path) -> None:
    seal, sealed = Seal(tmp_path / "seal.key"), list[str]()
    threads = [Thread(target=lambda: sealed.append(seal.close("secret"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [seal.open(each) for each in sealed] == ["secret"] * 8
