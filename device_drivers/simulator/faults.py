"""What goes wrong with a simulated device, on order."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from device_drivers.simulator.machine import Answer


class Fault(BaseModel):
    """`after` commands pass unharmed first, then:

    slow      every command takes `seconds`          refuse   a command that contains `match` is answered with `text`
    hang      nothing is answered any more           reboot   sessions drop, unsaved configuration is forgotten, and for
    down      no connection is taken, all are cut             `seconds` nothing answers
    new-host-key   another key from the next connection on    none     as if nothing had been
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["none", "slow", "hang", "refuse", "reboot", "down", "new-host-key"]
    after: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.5, ge=0, le=3600)
    match: str = ""
    text: str = "% Invalid input detected at '^' marker."


NONE = Fault(kind="none")


@dataclass(slots=True)
class Trouble:
    """The fault in force and how many commands it still lets pass."""

    fault: Fault = NONE
    passing: int = 0

    def order(self, fault: Fault) -> None:
        self.fault, self.passing = fault, fault.after

    def strikes(self, line: str) -> Fault:
        """The fault that hits this command, or NONE."""
        if self.fault.kind == "refuse" and self.fault.match not in line:
            return NONE
        if self.passing > 0:
            self.passing -= 1
            return NONE
        return self.fault


def refusal(fault: Fault) -> Answer:
    return Answer(fault.text + "\n", status=1)


def wait(stop: threading.Event, seconds: float | None) -> None:
    """Sleep that an ending simulator cuts short; None is for ever."""
    stop.wait(seconds)
