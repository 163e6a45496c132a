"""Lines for a port on systems where a port has a block of its own in the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from device_drivers.encode import port_name, vlan_id
from device_drivers.model import Bounce, Change, Refused, SetAccessVlan, SetShutdown


@dataclass(frozen=True, slots=True)
class PortWords:
    """`{}` is the port or the VLAN."""

    opens: str = "interface {}"
    access: str = "switchport access vlan {}"
    off: str = "shutdown"
    on: str = "no shutdown"
    leaves: str = "exit"


def port_lines(words: PortWords, change: Change, title: str) -> Iterator[str]:
    """The lines of one change to a port. Raises Refused for any other change."""
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
