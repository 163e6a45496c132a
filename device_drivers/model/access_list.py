"""An access list, in words that every platform can say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Ace:
    """One entry of an access list. Networks in CIDR or `any`; `port` is the destination port or None for all.

    `remark` is free text of a person; a driver passes it through `encode.cli_text` before sending it.
    """

    verb: Verb
    protocol: str
    """`ip`, `tcp`, `udp` or `icmp`."""
    source: str
    destination: str
    port: int | None = None
    remark: str = ""
    family: int | None = None
    """4 or 6 where an entry from `any` to `any` is of one family only; None: both, or what its networks say."""
    established: bool = False
    """Only packets of a TCP conversation the other side began (ACK or RST set): replies, on a stateless device."""


@dataclass(frozen=True, slots=True)
class AccessList:
    """An ordered list of entries; what no entry matches is denied. Names of ours begin with `caretaker-`."""

    name: str
    entries: tuple[Ace, ...]
