"""One answer of the filter, as far as a check looks at it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer, taken apart. `blocked`: the filter says that it is; `said`: what else it said of it."""

    rcode: str
    blocked: bool
    said: str = ""
    aliases: tuple[str, ...] = ()
    """Targets of CNAMEs, lower case, without the final dot."""
    records: int = 0


SILENCE = Heard("no answer", blocked=False)
