"""The compiled hot loop under AddressSanitizer and UndefinedBehaviorSanitizer, with millions of broken packets.

`python -m tests.dns_filter.fast.fuzz --packets 10000000` (`make fuzz-fast`) is the whole of it; the suite runs a
little of the same. `fuzz.c` throws them and checks what comes back; nothing here runs in the filter itself.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from dns_filter.fast.build import compiler
from dns_filter.fast.library import SOURCES
from tests.dns_filter.torture import crashers, seeds_of_packets
from tests.shared_data import PROJECT

_FLAGS = (
    "-std=gnu11", "-g", "-O1", "-fno-omit-frame-pointer", "-pthread", "-ffp-contract=off",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fsanitize=float-cast-overflow",
)  # fmt: skip


def build(folder: Path) -> Path:
    """The harness, with the same source as the engine."""
    program = folder / "fuzz"
    sources = [*sorted(SOURCES.glob("*.c")), Path(__file__).with_name("fuzz.c")]
    subprocess.run([compiler(), *_FLAGS, f"-I{SOURCES}", "-o", program, *sources], check=True)
    return program


def throw(program: Path, packets: int, seed: int, sources: Sequence[bytes]) -> Mapping[str, int]:
    """What happened, counted. Raises CalledProcessError, with what the sanitizer said on standard error."""
    file = program.with_name(f"seeds-{seed}")
    file.write_bytes(b"".join(len(each).to_bytes(2) + each for each in sources))
    done = subprocess.run([program, str(packets), str(seed), file], stdout=subprocess.PIPE, check=True)
    found: Mapping[str, int] = json.loads(done.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.dns_filter.fast.fuzz", description=__doc__)
    parser.add_argument("--packets", type=int, default=10_000_000)
    parser.add_argument("--seeds", type=int, default=4, help="runs, each with other chances")
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data" / "dns-wire")
    asked = parser.parse_args(arguments)
    sources = [*seeds_of_packets() * 10, *crashers(asked.data)]
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        for seed in range(asked.seeds):
            print(f"seed {seed}: {dict(throw(program, asked.packets // asked.seeds, seed, sources))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
