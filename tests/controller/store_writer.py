"""A program that writes into the store and says so line by line, until it is killed. Run as a script.

python -m tests.controller.store_writer kill FILE ROUNDS SEED    children are killed at random moments
python -m tests.controller.store_writer write FILE COUNT         writes COUNT records, one line each
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

from controller.accounts import SYSTEM
from controller.model import AccessWindow
from controller.store import Store
from inventory.model import Admission, Device, parse_mac

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def put(store: Store, number: int) -> str:
    """Two transactions, a window and a device. What it gives back names both and is an acknowledgement."""
    window = AccessWindow("", f"year-{number}", NINE, NINE + timedelta(hours=1), "t")
    opened = store.open_window(window, SYSTEM, NINE)
    device = Device(parse_mac(f"3c22fb{number:06x}"), f"device {number}", "printer", Admission.REGISTERED)
    store.put_devices([device], SYSTEM, NINE)
    return f"{opened.id} {device.mac}"


def write(path: str, count: int, first: int, out: int) -> None:
    """Each line is an acknowledgement: what it names must never be lost again."""
    with Store.open(f"sqlite:///{path}") as store:
        for number in range(first, first + count):
            os.write(out, f"{put(store, number)}\n".encode())


def kill(path: str, rounds: int, seed: int) -> None:
    """Fork a writer, kill it within 40 ms of its first word, again and again, each on the ruins of the last."""
    chance = random.Random(seed)
    for turn in range(rounds):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            write(path, 100_000, turn * 100_000, writer)
            os._exit(0)
        os.close(writer)
        select.select([reader], [], [], 30)
        time.sleep(chance.uniform(0, 0.04))  # noqa: TID251 (a random moment is the point)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        # What stands in the pipe was said before the end.
        while said := os.read(reader, 65_536):
            sys.stdout.buffer.write(said)
        os.close(reader)


if __name__ == "__main__":
    what, path, count = sys.argv[1:4]
    if what == "kill":
        kill(path, int(count), int(sys.argv[4]))
    else:
        write(path, int(count), 0, 1)
