"""A whole virtual school: built, brought under Caretaker, tried on packets, and taken down without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(420),
    pytest.mark.needs(
        "ip", "nft", "ovs-vsctl", "sshd", "ssh", "dnsmasq", "ethtool", "openssl", root=True, namespaces=True
    ),
]
EVENTS = os.environ.get("CARETAKER_LAB_EVENTS", "40")


class TheLab:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "caretaker" / "labs" / "lab"
        # What counts here is that it happens; how fast it is, `make lab-test` says.
        self._environment = {"CARETAKER_LAB_PATIENCE": "8", **os.environ, "XDG_STATE_HOME": str(folder)}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        line = (sys.executable, "-m", "controller", "lab", *words)
        return subprocess.run(line, env=self._environment, capture_output=True, text=True, check=False)

    def must(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}{self.said()}"
        return done.stdout

    def said(self) -> str:
        log = self.folder / "keeper.log"
        return log.read_text()[-2000:] if log.is_file() else ""


def around(folder: Path) -> set[str]:
    """What a lab in that folder could leave behind on this machine: namespaces, links, mounts, processes."""
    looks = (("ip", "netns", "list"), ("ip", "-br", "link"), ("cat", "/proc/self/mounts"))
    said = [subprocess.run(words, capture_output=True, text=True, check=True).stdout for words in looks]
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.is_file()]
    return {line for each in said for line in each.splitlines()} | {
        f"{line!r}" for line in lines if bytes(folder) in line
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TheLab]:
    made = TheLab(tmp_path_factory.mktemp("lab"))
    try:
        made.must("up")
        yield made
    finally:
        made.run("down")


DESK = pytest.mark.needs("clamd", "mcopy")
SCENARIOS = (
    *("a-lesson", "a-stranger", "a-vpn-try", "round-the-filter", "the-controller-dies-in-a-lesson"),
    pytest.param("a-pen-drive", marks=DESK),
)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_packets_do_what_the_policy_says(lab: TheLab, scenario: str) -> None:
    lab.must("run", scenario)


def test_a_random_walk_of_events_and_faults_finds_no_difference_between_model_and_packets(lab: TheLab) -> None:
    told = json.loads(lab.must("walk", "--events", EVENTS, "--seed", "1", "--json"))
    assert (told["difference"], told["events"]) == ("", int(EVENTS))


def test_a_lab_shows_what_it_measures_and_lets_a_person_in(lab: TheLab, tmp_path: Path) -> None:
    shown = json.loads(lab.must("status", "--json", "--picture", str(tmp_path / "school.svg")))
    assert "ipad-5a" in shown["table"]
    assert (tmp_path / "school.svg").read_text().startswith("<svg")
    assert "10.20.0.1" in lab.must("shell", "gateway", "--", "ip", "-br", "address")
    assert lab.run("up").returncode == 1


def test_a_difference_is_told_and_is_no_success(lab: TheLab, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('title = "Wrong"\n[[scene]]\nthen = ["pc-6a reaches dns-out within 1 s"]\n')
    done = lab.run("run", str(wrong))
    assert done.returncode == 1
    assert "pc-6a does not reach dns-out" in done.stdout + done.stderr


def test_after_kill_9_of_any_of_its_processes_nothing_is_left(tmp_path: Path) -> None:
    before, lab = around(tmp_path), TheLab(tmp_path)
    lab.must("up", "--mode", "observe")
    outside = int(json.loads((lab.folder / "state.json").read_text())["pid"])
    inside = Path(f"/proc/{outside}/task/{outside}/children").read_text().split()[0]
    os.kill(int(inside), signal.SIGKILL)
    # Other tests mount and unmount meanwhile: what was there before may be gone, and nothing may be new.
    until(lambda: around(tmp_path) <= before)
    lab.must("down")
    assert not lab.folder.exists()
