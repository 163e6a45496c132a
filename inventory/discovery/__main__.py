"""`python -m inventory.discovery`: listens on one interface, sweeps now and then, tells the controller. ●"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections import deque
from ipaddress import IPv4Network
from pathlib import Path

from inventory.discovery.digest import STRANGERS_AT_ONCE, Digest, Noted, with_vlan
from inventory.discovery.ears import Ears
from inventory.discovery.frames import read_frame
from inventory.discovery.mouth import Mouth, NotTold
from inventory.discovery.sweep import requests

BATCH = 500
LISTEN_FOR = 0.25
PACE = 0.05
"""The first word is told at once; what is heard while it is told, and so long after, goes together. A stranger waits
for that pause only where the batch before told of strangers too: so many batches a second at most."""
FLOOD_PACE = 0.25
PAUSE, LONGEST_PAUSE = 1.0, 60.0
SWEEP_STEP = 8
"""Requests in one go; a /24 takes about a second so, and no switch takes it for a storm."""


def main(words: list[str] | None = None) -> int:
    """Exit status 0 when it was asked to stop, 1 where it cannot listen, 2 for words it does not know."""
    asked = _parser().parse_args(words)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        mouth = Mouth(asked.api, asked.token_file)
        with Ears(asked.interface) as ears:
            _say(f"listening on {asked.interface}")
            Discovery(ears, mouth, asked.sweep, asked.every * 60.0).run(stop)
    except PermissionError:
        return _failed(f"may not listen on {asked.interface}: it needs CAP_NET_RAW (see the systemd unit)")
    except (OSError, ValueError) as error:
        return _failed(str(error))
    return 0


class Discovery:
    """One thread listens and sweeps, another tells: a slow controller loses no frame."""

    def __init__(self, ears: Ears, mouth: Mouth, subnets: list[IPv4Network], every: float) -> None:
        self._ears, self._mouth, self._every = ears, mouth, every
        self._subnets = subnets
        self._digest, self._lock, self._heard = Digest(), threading.Lock(), threading.Event()
        self._stranger = threading.Event()
        self._ahead: deque[bytes] = deque()
        self._next_sweep = 0.0

    def run(self, stop: threading.Event) -> None:
        telling = threading.Thread(target=self._tell, args=(stop,), name="telling")
        telling.start()
        try:
            while not stop.is_set():
                self._sweep()
                self._listen()
        finally:
            stop.set()
            self._heard.set()
            self._stranger.set()
            telling.join()

    def _listen(self) -> None:
        wait = 0.03 if self._ahead else LISTEN_FOR
        for frame in self._ears.hear(wait):
            for heard in read_frame(frame.octets):
                with self._lock:
                    self._digest.note(with_vlan(heard, frame.vlan), frame.at)
                    strangers = self._digest.strangers()
                if strangers:
                    self._stranger.set()
                self._heard.set()

    def _sweep(self) -> None:
        if not self._ahead and self._subnets and time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + self._every
            for subnet in self._subnets:
                self._ahead.extend(requests(subnet, self._ears.mac))
        for _ in range(min(SWEEP_STEP, len(self._ahead))):
            self._ears.say(self._ahead.popleft())

    def _tell(self, stop: threading.Event) -> None:
        pause, said = PAUSE, ""
        while self._heard.wait() and not stop.is_set():
            self._heard.clear()
            with self._lock:
                strangers = self._digest.strangers()
                batch, left_out = self._digest.batch(BATCH), self._digest.left_out
                self._digest.left_out = 0
                self._stranger.clear()
            if left_out:
                _say(f"a flood: {left_out} words of new devices were left out")
            if not batch:
                continue
            try:
                self._mouth.tell(batch)
                pause, said = PAUSE, ""
                (stop if strangers else self._stranger).wait(FLOOD_PACE if len(batch) >= STRANGERS_AT_ONCE else PACE)
            except NotTold as error:
                said = _say_once(str(error), said)
                if error.again:
                    self._keep(batch)
                    stop.wait(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
            self._go_on()

    def _go_on(self) -> None:
        """What is left waits for no further word."""
        with self._lock:
            if self._digest.waiting():
                self._heard.set()

    def _keep(self, batch: list[Noted]) -> None:
        with self._lock:
            self._digest.give_back(batch)


def _say_once(text: str, before: str) -> str:
    if text != before:
        _say(text)
    return text


def _say(text: str) -> None:
    sys.stderr.write(f"discovery: {text}\n")
    sys.stderr.flush()


def _failed(text: str) -> int:
    _say(text)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m inventory.discovery", description="Tells a controller who is on a wire."
    )
    parser.add_argument("--interface", required=True, help="such as eth0, or eth0.20 of one VLAN")
    parser.add_argument("--api", required=True, help="address of the controller, such as https://caretaker.example")
    parser.add_argument("--token-file", required=True, type=Path, help="a token with the scope sightings:write")
    parser.add_argument(
        "--sweep", type=IPv4Network, action="append", default=[], metavar="SUBNET", help="ask every address by ARP"
    )
    parser.add_argument("--every", type=float, default=10.0, metavar="MINUTES", help="between two sweeps (10)")
    return parser


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
