"""Every list of the shared data through `caretaker lists parse FILE --json`, against what another parser found in it;
and compiled into a table, in which every name is found, what is below it too, and its siblings not.

`python -m tests.dns_filter.lists_by_command` takes two minutes for all 174; names of lists may be given.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dns_filter.domain_table import DomainTable, Listed
from dns_filter.lists import parse
from dns_filter.lists.file import read_list_file
from dns_filter.model import Name
from dns_filter.table_build import TableBuilder
from dns_filter.wire import suffixes
from tests.shared_data import PROJECT, shared_data

FIGURES = ("unique_valid_domains", "sha256_sorted_unique", "invalid_total")


def expectations() -> Mapping[str, Mapping[str, Any]]:
    return json.loads((shared_data("blocklists") / "EXPECTED.json").read_text())  # type: ignore[no-any-return]


def differences(name: str, expected: Mapping[str, Any]) -> list[str]:
    """What the command says otherwise than expected of one list."""
    words = [
        sys.executable,
        "-P",
        "-m",
        "controller",
        "lists",
        "parse",
        str(shared_data("blocklists") / name),
        "--json",
    ]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(PROJECT)}, timeout=100
    )
    if done.returncode != 0:
        return [f"{name}: status {done.returncode}: {done.stderr[-200:]}"]
    told = json.loads(done.stdout)
    wrong = [
        f"{name}: {each} is {told[each]}, not {expected[each]}" for each in FIGURES if told[each] != expected[each]
    ]
    if len(told["invalid"]) != told["invalid_total"] or not all(each["reason"] for each in told["invalid"]):
        wrong.append(f"{name}: not every line that cannot be read is named with its number and a reason")
    return wrong


def missed(name: str, folder: Path) -> list[str]:
    """Names of one list that the compiled table does not find, or siblings of theirs that it does."""
    blocks = parse(read_list_file(shared_data("blocklists") / name)).blocks
    builder = TableBuilder(bytes(16))
    builder.add(Listed(name="one", version="1", categories=("one",), date=""), blocks, type(blocks)())
    path = folder / "table"
    path.write_bytes(b"".join(builder.octets("1")))
    reaching = blocks.whole | blocks.below
    wrong = []
    with DomainTable.open(path) as table:
        for each in blocks.names:
            below, sibling = Name(b"\x07sub-dom" + each), _sibling(each)
            if not table.mask(each) and each in blocks.whole | blocks.exact:
                wrong.append(f"{name}: {each!r} is not found")
            if bool(table.mask(below)) != (each in reaching or not reaching.isdisjoint(suffixes(each))):
                wrong.append(f"{name}: what is below {each!r}")
            if table.mask(sibling) and reaching.isdisjoint(suffixes(sibling)) and sibling not in blocks.names:
                wrong.append(f"{name}: {sibling!r} beside {each!r} is found")
    return wrong


def _sibling(name: Name) -> Name:
    """`xgames.com` for `games.com`: no label's start, so no parent; cut to the longest label there may be."""
    first = b"x" + name[1 : 1 + name[0]]
    return Name(len(first[:63]).to_bytes() + first[:63] + name[1 + name[0] :])


def main(names: Sequence[str]) -> int:
    known = expectations()
    wrong: list[str] = []
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names or sorted(known):
            wrong += [*differences(name, known[name]), *missed(name, Path(folder))]
            total += known[name]["unique_valid_domains"]
    sys.stdout.write("\n".join([*wrong, f"{len(names or known)} lists, {total} names, {len(wrong)} differences", ""]))
    return min(1, len(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
