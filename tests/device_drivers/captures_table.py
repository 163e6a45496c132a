"""`python -m tests.device_drivers.captures_table`: writes docs/drivers-captures.md, what became of every capture."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from tests.device_drivers.captures import NTC, Capture, Seen, captures, seen
from tests.shared_data import PROJECT, shared_data

PAGE = PROJECT / "docs/drivers-captures.md"
HEAD = """# Captures of real devices, and what they were read as

Made by `python -m tests.device_drivers.captures_table` from the public captures of ntc-templates (Apache-2.0), which
nobody here made. *Read* means: by the reader of this platform's driver, and, where the kind is not `about`, equal to
the collectors' own reading in what both say (`tests/device_drivers/test_all_captures.py`). *Refused* means: unreadable,
with the line; nothing would be done to such a device. A command nobody reads is refused by name.

"""


def page(all_seen: Sequence[Seen]) -> str:
    read = [each for each in all_seen if each.rows is not None]
    refused = [each for each in all_seen if each.rows is None and each.kind is not None]
    unknown = [each for each in all_seen if each.kind is None]
    counts = f"{len(all_seen)} captures: {len(read)} read, {len(refused)} refused as unreadable"
    lines = [
        f"{counts}, {len(unknown)} of commands that no driver reads.\n",
        "| platform | command | kind | files | read | rows | refused |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += _rows(all_seen)
    lines += ["\n## Refused, and why\n", "| platform | file | line |", "|---|---|---|"]
    lines += [f"| {each.capture.platform} | {each.capture.path.name} | {_cell(each.refusal)} |" for each in refused]
    return HEAD + "\n".join(lines) + "\n"


def _rows(all_seen: Iterable[Seen]) -> list[str]:
    groups: dict[tuple[str, str, str], list[Seen]] = {}
    for each in all_seen:
        key = (each.capture.platform, each.capture.command, each.kind.value if each.kind else "not read")
        groups.setdefault(key, []).append(each)
    rows = []
    for (platform, command, kind), group in sorted(groups.items()):
        read = [each for each in group if each.rows is not None]
        rows.append(
            f"| {platform} | `{command}` | {kind} | {len(group)} | {len(read)} | "
            f"{sum(len(each.rows or ()) for each in read)} | {len(group) - len(read) if kind != 'not read' else 0} |"
        )
    return rows


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> int:
    every: list[Capture] = list(captures(shared_data(NTC)))
    PAGE.write_text(page([seen(capture) for capture in every]))
    sys.stdout.write(f"{PAGE}: {len(every)} captures\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
