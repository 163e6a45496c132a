"""A benchmark names its machine, compares fairly, and says what it could not measure."""

import io
import json
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from bench import run, verdicts
from bench.machine import describe
from bench.measure import Measurement, Unmeasurable, seconds

SLOWER = Measurement("time to flip", 200, "ms", peer="goal", peer_value=100)
MORE = Measurement("queries", 30_000, "per second", more_is_better=True, peer="a bare socket", peer_value=120_000)


@pytest.mark.parametrize(("one", "ratio"), [(SLOWER, 0.5), (MORE, 0.25), (Measurement("alone", 1, "s"), None)])
def test_a_ratio_below_one_is_worse_than_the_peer_whichever_way_the_figure_counts(
    one: Measurement, ratio: float | None
) -> None:
    assert one.ratio == ratio


def case(monkeypatch: pytest.MonkeyPatch, name: str, *taken: Measurement, error: Exception | None = None) -> None:
    def measure() -> Iterator[Measurement]:
        yield from taken
        if error:
            raise error

    module = ModuleType(f"bench.cases.{name}")
    module.__dict__["measure"] = measure
    monkeypatch.setitem(sys.modules, f"bench.cases.{name}", module)


def test_a_case_that_cannot_run_stands_in_the_table_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    case(monkeypatch, "flip", SLOWER)
    case(monkeypatch, "wire", error=Unmeasurable("needs dnsperf"))
    said = Console(file=io.StringIO(), width=200)
    taken, missing, broken = run.run(["flip", "wire"], said)
    assert (taken, missing, broken) == ([SLOWER], {"wire": "needs dnsperf"}, False)
    said.print(run.table(taken, missing, describe()))
    assert isinstance(said.file, io.StringIO)
    assert all(text in said.file.getvalue() for text in ("time to flip", "0.50", "needs dnsperf", "cores", "CPython"))


def test_a_broken_case_fails_the_run_after_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case(monkeypatch, "broken", error=ZeroDivisionError("no queries"))
    case(monkeypatch, "flip", SLOWER)
    taken, _, broken = run.run(["broken", "flip"], Console(file=io.StringIO()))
    assert taken == [SLOWER]
    assert broken
    assert "no queries" in capsys.readouterr().err


def test_figures_are_kept_with_the_machine_they_were_taken_on(tmp_path: Path) -> None:
    kept = json.loads(run.keep([MORE], {"wire": "needs dnsperf"}, describe(), tmp_path / "results").read_text())
    assert kept["figures"][0]["ratio"] == 0.25
    assert kept["machine"] == describe()
    assert kept["not_measured"] == {"wire": "needs dnsperf"}


def test_cases_are_chosen_by_a_part_of_their_name() -> None:
    assert "policy_file" in run.chosen(["policy"])
    assert run.chosen(["no such case"]) == []
    assert run.chosen([]) == sorted(run.chosen([]))


def test_a_span_is_measured_after_one_run_to_warm_up() -> None:
    runs: list[int] = []
    assert seconds(lambda: runs.append(1), times=3) >= 0
    assert len(runs) == 4


def test_a_socket_that_was_silent_for_two_workers_is_nobodys_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[socket.socket] = []

    def silent(pid: int, sockets: Sequence[socket.socket]) -> set[socket.socket]:
        seen[:] = sockets
        return {sockets[pid], sockets[2]}  # the third was late, though its worker was not stopped

    monkeypatch.setattr(verdicts, "_silent_without", silent)
    one, other = verdicts.sockets_of_workers(["127.0.0.1"], ("127.0.0.1", 9), (0, 1))
    try:
        assert (one, other) == ([seen[0]], [seen[1]])
        assert [sock.fileno() >= 0 for sock in seen] == [True, True, *[False] * (len(seen) - 2)]
    finally:
        for sock in (*one, *other):
            sock.close()


def test_a_worker_to_which_no_socket_leads_for_sure_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "_silent_without", lambda _, sockets: {sockets[2]})
    with pytest.raises(RuntimeError, match="none leads to some worker"):
        verdicts.sockets_of_workers(["127.0.0.1"], ("127.0.0.1", 9), (0, 1))
