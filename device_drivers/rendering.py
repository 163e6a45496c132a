"""Changes as lines, on systems where a port has a block of its own in the configuration.

Most of them differ by a few words and by how their access lists are spelt: `renderer` makes their `render` of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from device_drivers.acl.dialect import Dialect
from device_drivers.acl.told import told
from device_drivers.encode import port_name, vlan_id
from device_drivers.model import Bounce, Capability, Change, Refused, SetAccessList, SetAccessVlan, SetShutdown

Render = Callable[[Sequence[Change], datetime], tuple[str, ...]]
WIRED = frozenset({Capability.ACCESS_VLAN, Capability.BOUNCE, Capability.SHUT, Capability.READ_BACK, Capability.SAVE})
"""What a switch can be told of its ports, and how it is sure."""
WIRED_WITH_LISTS = WIRED | {Capability.ACCESS_LIST, Capability.ACCESS_LIST_6}


@dataclass(frozen=True, slots=True)
class PortWords:
    """`{}` is the port or the VLAN."""

    opens: str = "interface {}"
    access: str = "switchport access vlan {}"
    off: str = "shutdown"
    on: str = "no shutdown"
    leaves: str = "exit"


IN_BLOCKS = PortWords()


def renderer(
    title: str,
    words: PortWords = IN_BLOCKS,
    lists: Dialect | None = None,
    moves: Callable[[SetAccessVlan], Iterable[str]] | None = None,
) -> Render:
    """A driver's `render`: nothing that it tells ends by itself. `lists` where access lists are told, `moves` where a
    port goes to another VLAN by more than one line in its block.
    """

    def lines(change: Change) -> Iterable[str]:
        if isinstance(change, SetAccessList) and lists is not None:
            return told(lists, change)
        if isinstance(change, SetAccessVlan) and moves is not None:
            return moves(change)
        return port_lines(words, change, title)

    return one_by_one(lines)


def one_by_one(lines: Callable[[Change], Iterable[str]]) -> Render:
    """Each change by itself, in order, whatever the time is."""
    return lambda changes, _: tuple(line for change in changes for line in lines(change))


def port_lines(words: PortWords, change: Change, title: str) -> Iterator[str]:
    """The lines of one change to a port, which keeps its mode: it was an access port, or it would not be moved.

    Raises Refused for any other change.
    """
    match change:
        case SetAccessVlan(port, _, becomes):
            inside = [words.access.format(vlan_id(becomes))]
        case SetShutdown(port, _, becomes):
            inside = [words.off if becomes else words.on]
        case Bounce(port):
            inside = [words.off, words.on]
        case _:
            raise refused(change, title)
    yield from (words.opens.format(port_name(port)), *inside, words.leaves)


def refused(change: Change, title: str) -> Refused:
    return Refused(f"{title}: cannot be told {type(change).__name__}")
