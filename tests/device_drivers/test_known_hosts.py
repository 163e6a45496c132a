"""Writing down a host key: whole or not at all, and nothing is left beside the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from device_drivers.host_keys import HostKey, recorded, remember


def key(number: int) -> HostKey:
    return HostKey("SHA256:x", f"10.0.0.{number} ssh-ed25519 AAAA")


def test_a_key_that_cannot_be_written_down_leaves_those_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_hosts = tmp_path / "known_hosts"
    remember(known_hosts, key(1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("device_drivers.host_keys.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        remember(known_hosts, key(2))
    assert recorded(known_hosts, "10.0.0.1", 22) is not None
    assert recorded(known_hosts, "10.0.0.2", 22) is None
    assert [path.name for path in tmp_path.iterdir()] == ["known_hosts"]


def test_what_a_killed_enrolment_had_begun_goes_with_the_next_one(tmp_path: Path) -> None:
    with subprocess.Popen((sys.executable, "-c", "")) as gone:
        gone.wait()
    (tmp_path / f".known_hosts.{gone.pid}.new").write_text("half")
    (tmp_path / f".known_hosts.{os.getppid()}.new").write_text("somebody is at it")
    remember(tmp_path / "known_hosts", key(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".known_hosts.{os.getppid()}.new", "known_hosts"]
