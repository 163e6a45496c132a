"""`python -m device_drivers.simulator SITE.json`: listens, prints one JSON line, obeys until told to end."""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sys
from pathlib import Path
from types import FrameType

from device_drivers.simulator.device import TakenPort
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import read_site


def main(words: list[str] | None = None) -> int:
    """0 ended as asked, 1 could not start, 2 misused."""
    options = _options().parse_args(words)
    told = _when_told()
    try:
        simulator = Simulator(read_site(options.site))
        listening = simulator.start()
    except (TakenPort, ValueError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)  # noqa: T201
        return 1
    with os.fdopen(options.ready_fd, "w", closefd=options.ready_fd != 1) as ready:
        ready.write(json.dumps(listening) + "\n")
    _wait_for_the_end(told, options.alive_fd)
    simulator.stop()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m device_drivers.simulator", description=__doc__)
    parser.add_argument("site", type=Path, metavar="SITE.json")
    parser.add_argument("--ready-fd", type=int, default=1, help="where the line goes that says it listens (1)")
    parser.add_argument("--alive-fd", type=int, default=0, help="the pipe whose end ends the simulator (0)")
    return parser


def _when_told() -> int:
    """A descriptor that can be read once SIGTERM or SIGINT came."""
    told, tell = os.pipe()

    def end(_signal: int, _frame: FrameType | None) -> None:
        os.write(tell, b"\n")

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return told


def _wait_for_the_end(told: int, alive: int) -> None:
    """Until told, or until the pipe reaches its end."""
    while True:
        readable, _, _ = select.select([told, alive], [], [])
        if told in readable or not os.read(alive, 4096):
            return


if __name__ == "__main__":
    sys.exit(main())
