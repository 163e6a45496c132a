"""The repository keeps its promises: locked dependencies, numbered decisions, figures, a Makefile that explains."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bench import figures
from tests.shared_data import PROJECT

LOCKS = sorted((PROJECT / "requirements").glob("*.txt"))
DECISIONS = sorted((PROJECT / "docs/decisions").glob("[0-9]*.md"))
NAME = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*\])?==", re.MULTILINE)


def pinned(lock: Path) -> set[str]:
    return set(NAME.findall(lock.read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_hashes_and_no_address_of_an_index(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in re.sub(r"(?m)^\s*#.*$", "", text)
    assert "--index" not in text
    entries = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert entries
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_tests_run_on_the_versions_that_are_deployed() -> None:
    runtime, dev = (
        set(re.findall(r"^[a-z0-9._-]+==\S+", (PROJECT / f"requirements/{name}.txt").read_text(), re.MULTILINE))
        for name in ("runtime", "dev")
    )
    assert runtime <= dev


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    for lock, names in zip(("runtime.txt", "dev.txt"), wanted, strict=True):
        assert {re.split(r"[\[>=<]", name)[0].replace(".", "-") for name in names} <= pinned(
            PROJECT / "requirements" / lock
        )


def test_decisions_are_numbered_without_gaps_in_their_block_and_have_the_same_parts() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert len(numbers) == len(set(numbers))
    for path in DECISIONS:
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert all(f"\n## {part}\n" in text for part in ("Status", "Context", "Decision", "Consequences")), path.name


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "ansible").rglob("*.md")]
    broken = [
        f"{document.relative_to(PROJECT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (document.parent / target).exists()
    ]
    assert not broken


def test_make_alone_lists_every_target_with_its_purpose() -> None:
    said = subprocess.run(["make", "-C", PROJECT], capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "check", "bench", "wheel", "lock", "clean", "figures", "coverage"):
        assert re.search(rf"^  make {target} +\S", said, re.MULTILINE), target


def test_figures_count_files_and_functions_as_a_reader_does(tmp_path: Path) -> None:
    room = tmp_path / "controller"
    room.mkdir()
    (room / "__init__.py").write_text('"""One line counts as no file."""\n')
    (room / "two.py").write_text("def a() -> None:\n    def b() -> None:\n        print()\n    b()\n\n\nX = 1\n")
    assert figures.files(room) == [(7, "controller/two.py")]
    assert sorted(figures.functions(room)) == [(2, "controller/two.py:2 b"), (4, "controller/two.py:1 a")]


def test_figures_are_printed_for_every_room() -> None:
    said = subprocess.run([sys.executable, PROJECT / "bench/figures.py"], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in said.stdout.splitlines()[1:]][:4] == list(figures.ROOMS[:4])
