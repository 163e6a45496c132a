"""Reading a captured output by the reader of its command, behind one guard for what no output may hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from device_drivers.model import Driver, Reader, Unreadable

MOST = 8_000_000
# At the beginning of a line only: what a neighbour calls itself stands behind something else.
_PAGER = re.compile(
    r"\s*(?:-- ?more ?--|<--- More --->|\(more\)|--More, next page|More: <space>|---\(more(?: \d+%)?\)---"
    r"|---- More ----|lines \d+-\d+|Press any key)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_REFUSED = re.compile(
    r"\s*(?:% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Bad|Error|Command|Authorization|Access|Permission)"
    r"|%Error|Invalid input|Incomplete (?:input|command)|Ambiguous (?:input|command)|Unrecognized command"
    r"|unknown command"
    r"|error: (?:syntax|command)|syntax error|Command not found|bash: |-?sh: |bad command name|expected end of command"
    r"|Cannot execute command|Error: )",
    re.IGNORECASE,
)


def read(driver: Driver, command: str, text: str) -> Collection[object]:
    """The rows of one command's output, by the readers of its driver.

    Raises Unreadable where it cannot be read as the output of this command on this platform, naming the line;
    KeyError with the commands that can be read where this one is not among them.
    """
    reader = driver.readers.get(" ".join(command.split()))
    if reader is None:
        raise KeyError(f"{driver.platform} reads no {command!r}; it reads: {', '.join(sorted(driver.readers))}")
    return read_guarded(reader, command, text, driver.refusals)


def read_guarded(reader: Reader, command: str, text: str, refusals: tuple[str, ...] = ()) -> Collection[object]:
    """The rows, never an empty table from a text that says something else than "nothing"."""
    clean = guarded(text, command, refusals)
    rows = reader.read(clean)
    if not rows and not reader.quiet and not clean.strip():
        raise Unreadable(f"{command}: nothing at all was answered", "")
    return rows


def guarded(text: str, command: str, refusals: Iterable[str] = ()) -> str:
    """The text with plain line ends. Raises Unreadable for pagers, refusals, control characters and floods."""
    if len(text) > MOST:
        raise Unreadable(f"{command}: more than {MOST} characters", "")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    # A refusal is all that is said: what a driver calls one may begin an honest line further down.
    first = [line for line in plain.split("\n") if line.strip()][:3]
    if said := next((line for line in first if line.strip().startswith(tuple(refusals))), None):
        raise Unreadable(f"{command}: the device refused the command", said)
    for line in plain.split("\n"):
        if _PAGER.match(line):
            raise Unreadable(f"{command}: stopped at a page; paging was not switched off", line)
        if _CONTROL.search(line):
            raise Unreadable(f"{command}: control characters", ascii(line))
        if _REFUSED.match(line):
            raise Unreadable(f"{command}: the device refused the command", line)
    return plain


def read_all(readers: Mapping[str, Reader], outputs: Mapping[str, str]) -> Mapping[str, Collection[object]]:
    """The rows of every output by its command; each command must have a reader."""
    return {command: read_guarded(readers[command], command, text) for command, text in outputs.items()}
