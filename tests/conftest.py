"""What every test shares: what it needs of the machine, property-test settings, and that it leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pytest

from tests.faults.suite import faults_of

CI = os.environ.get("CI") == "true"
PACKAGES = Path(__file__).with_name("system-packages.txt")
SETTLE = float(os.environ.get("CARETAKER_SETTLE", "20"))
"""Seconds a test's threads and children have to end after it: a loaded machine ends a session of SSH late."""

_laws = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("quick", max_examples=50, **_laws)
hypothesis.settings.register_profile("ci", max_examples=100, derandomize=True, database=None, **_laws)
hypothesis.settings.register_profile("deep", max_examples=5000, **_laws)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if CI else "quick"))

# So that tools in sbin are found by an ordinary user's shell too.
os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
# Debian keeps the server's programs beside the versions' own files; the newest version comes first.
for _folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name), reverse=True):
    os.environ["PATH"] += f":{_folder}"


@cache
def _can_make_namespaces() -> bool:
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


@cache
def _package_of(command: str) -> str:
    rows = (line.split() for line in PACKAGES.read_text().splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}[command]


def lacking(*commands: str, root: bool = False, namespaces: bool = False) -> list[str]:
    """What this machine lacks of the given commands and rights, each with what to do. Empty: it has all."""
    missing = [f"{name} (apt-get install {_package_of(name)})" for name in commands if not shutil.which(name)]
    if root and os.geteuid() != 0:
        missing.append("root")
    if namespaces and not _can_make_namespaces():
        missing.append("the right to make network namespaces")
    return missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what the table of faults names, so that `-m fault` finds it wherever it stands."""
    for item in items:
        if numbers := faults_of(item.nodeid):
            item.add_marker(pytest.mark.fault(*numbers))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        if missing := lacking(*marker.args, **marker.kwargs):
            pytest.skip(f"needs {', '.join(missing)}")


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI a test that did not run is a test that failed, whatever it says it lacked."""
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: in CI nothing is skipped. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def _alive() -> set[str]:
    """Threads and child processes of this process, as text. A child that ended but was never waited for counts too."""
    # A worker of xdist starts its own threads late; they are its own, not a test's.
    threads = {f"thread {t.name}" for t in threading.enumerate() if "execnet" not in t.name.lower()}
    children = " ".join(map(_read, Path("/proc/self/task").glob("*/children"))).split()
    return threads | {f"child process {pid} ({_read(Path(f'/proc/{pid}/cmdline'))[:80]})" for pid in children}


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""  # a thread or a child that ended meanwhile


@pytest.fixture(autouse=True)
def keeps_the_umask() -> Iterator[None]:
    """A command that runs inside the test's process makes it stricter; the next test's files are for others to read."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def leaves_nothing_behind() -> Iterator[None]:
    """A test that leaves a thread or a child process running fails, not the one that stumbles over it later."""
    before = _alive()
    yield
    deadline = time.monotonic() + SETTLE
    while (left := _alive() - before) and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not left, f"left behind: {', '.join(sorted(left))}"
