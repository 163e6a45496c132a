"""Which engine is taken, what is never loaded, and what is done where compiled code fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dns_filter import table_file
from dns_filter.engine import EngineUnavailable
from dns_filter.engines import chosen
from dns_filter.fast import build, library
from tests.dns_filter import engines
from tests.dns_filter.test_workers import ALWAYS, WEB, filter_process, table
from tests.fakes.upstream import FakeUpstream
from tests.shared_data import PROJECT
from tests.waiting import until

gcc = pytest.mark.needs("gcc", "gencat")


def test_without_a_compiled_loop_the_reference_is_taken_and_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise EngineUnavailable("it is not built here")

    monkeypatch.setattr(library, "load", none)
    assert chosen("auto") == ("reference", "it is not built here")
    assert chosen("reference") == ("reference", "")
    with pytest.raises(EngineUnavailable, match="not built here"):
        chosen("fast")


@gcc
def test_where_it_is_built_it_is_taken_by_itself(fast_engine: None) -> None:
    assert chosen("auto") == chosen("fast") == ("fast", "")
    assert chosen("reference") == ("reference", "")


def test_what_is_not_there_or_no_library_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="make fast"):
        library.load(tmp_path / "none.so")
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(EngineUnavailable, match="cannot be loaded"):
        library.load(tmp_path / "text.so")


@gcc
def test_what_was_built_from_other_source_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "sum_of_sources", lambda: "0123456789abcdef")
    build.compile_to(tmp_path / "old.so")
    monkeypatch.undo()
    with pytest.raises(EngineUnavailable, match="other source"):
        library.load(tmp_path / "old.so")


@gcc
def test_it_is_built_once_and_again_when_its_source_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "loop.so"
    assert build.build(target)
    assert not build.build(target)
    monkeypatch.setattr(build, "sum_of_sources", lambda: "0123456789abcdef")
    assert not build.is_current(target)


def test_without_a_compiler_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(build.NotBuilt, match="apt-get install gcc"):
        build.compiler()


def test_make_goes_on_without_a_compiler_and_says_so() -> None:
    code = "import sys; from dns_filter.fast import build; build.is_current = lambda _: False; sys.exit(build.main())"
    told = subprocess.run(
        [sys.executable, "-c", code, "--if-possible"],
        cwd=PROJECT, env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, "no C compiler" in told.stderr) == (0, True)


@gcc
def test_the_parent_says_which_engine_its_workers_have(tmp_path: Path, fast_engine: None) -> None:
    table_file.write(tmp_path / "table.json", table(1, ALWAYS))
    with engines.taken("fast"), filter_process(tmp_path, "127.0.0.1:9", workers=1) as filter_:
        filter_.ask("poki.com")
        until((tmp_path / "counters" / "0.json").exists)
        assert (filter_.counted()["engine"], filter_.counted()["fast_engine"]) == ("fast", 1)


@gcc
@pytest.mark.fault
def test_a_worker_that_dies_in_compiled_code_goes_on_without_it(tmp_path: Path, fast_engine: None) -> None:
    table_file.write(tmp_path / "table.json", table(1, ALWAYS))
    with (
        FakeUpstream(WEB) as upstream,
        engines.taken("fast"),
        filter_process(tmp_path, upstream.address, workers=2) as filter_,
    ):
        before = filter_.workers()
        until(lambda: len(list((tmp_path / "counters").glob("*.json"))) == 2)
        os.kill(before[0], signal.SIGSEGV)
        until(lambda: {ack["pid"] for ack in filter_.acks()}.isdisjoint(before[:1]) and len(filter_.workers()) == 2)
        assert "silent" not in filter_.state()
        until(lambda: filter_.counted()["pid"] not in before and filter_.counted()["engine"] == "reference")
        assert '"engine":"fast"' in (tmp_path / "run" / "filter-worker-1.json").read_text(), "the other one is trusted"


@gcc
@pytest.mark.slow
def test_a_wheel_carries_the_loop_for_this_processor_and_one_for_all_carries_none(tmp_path: Path) -> None:
    for wanted in ("", "fast"):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
            cwd=PROJECT, env={**os.environ, "CARETAKER_WHEEL": wanted}, capture_output=True, check=True,
        )  # fmt: skip
    plain, fast = sorted(tmp_path.glob("*.whl"), key=lambda path: "manylinux" in path.name)
    assert plain.name.endswith("-py3-none-any.whl")
    assert f"-py3-none-{build.platform()}.whl" in fast.name
    inside = [set(zipfile.ZipFile(each).namelist()) for each in (plain, fast)]
    assert inside[1] - inside[0] == {"dns_filter/fast/hot_loop.so"}
    assert "dns_filter/fast/native/packet.c" in inside[0], "whoever has a compiler can build it"
