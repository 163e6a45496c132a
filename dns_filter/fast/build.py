"""`python -m dns_filter.fast.build`: compile the hot loop, in three seconds, with the C compiler that is there. ●

It is tried before it takes the place of the one that is there, and put there whole.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dns_filter.engine import EngineUnavailable
from dns_filter.fast.library import LIBRARY, SOURCES, load, sum_of_sources

FLAGS = (
    "-std=gnu11", "-O2", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden",
    # The same arithmetic of TTLs on every machine, as Python has it.
    "-ffp-contract=off",
    "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-Wl,-z,relro,-z,now",
    "-Wall", "-Wextra", "-Wconversion", "-Wshadow",
)  # fmt: skip


class NotBuilt(Exception):
    """The text says what was lacking or what the compiler said."""


def compiler() -> str:
    """The C compiler of this machine. Raises NotBuilt."""
    for name in filter(None, (os.environ.get("CC"), "gcc", "cc", "clang")):
        if found := shutil.which(name):
            return found
    raise NotBuilt("there is no C compiler; `apt-get install gcc libc6-dev` brings one. Without it all works, slower.")


def compile_to(target: Path, more: Sequence[str] = ()) -> None:
    """Raises NotBuilt."""
    sources = sorted(map(str, SOURCES.glob("*.c")))
    words = (compiler(), *FLAGS, *more, f'-DSOURCE="{sum_of_sources()}"', "-o", str(target), *sources)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotBuilt(f"{words[0]} failed:\n{done.stderr}")


def build(target: Path = LIBRARY) -> bool:
    """Whether it had to be built: False where it stands there already. Raises NotBuilt, EngineUnavailable, OSError."""
    if is_current(target):
        return False
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as folder:
        made = Path(folder) / target.name
        compile_to(made)
        load(made)
        made.replace(target)
    load.cache_clear()
    return True


def is_current(target: Path) -> bool:
    """Without loading it: what was loaded once stays in the process, whatever takes its place."""
    return target.is_file() and sum_of_sources().encode() in target.read_bytes()


def platform() -> str:
    """The tag of a wheel with the compiled loop in it: for this processor, and a C library no older than this one."""
    processor = sysconfig.get_platform().rpartition("-")[2]
    return f"manylinux_{'_'.join(os.confstr('CS_GNU_LIBC_VERSION').split()[1].split('.'))}_{processor}"  # type: ignore[union-attr]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dns_filter.fast.build", description="Compile the fast engine.")
    parser.add_argument("--if-possible", action="store_true", help="without a compiler: say so, and end well")
    asked = parser.parse_args()
    try:
        sys.stdout.write("The fast engine is built\n" if build() else "The fast engine is there already\n")
    except NotBuilt as why:
        sys.stderr.write(f"The fast engine is not built: {why}\n")
        return 0 if asked.if_possible and not _has_compiler() else 1
    except (EngineUnavailable, OSError) as why:
        sys.stderr.write(f"The fast engine is not built: {why}\n")
        return 1
    return 0


def _has_compiler() -> bool:
    try:
        return bool(compiler())
    except NotBuilt:
        return False


if __name__ == "__main__":
    sys.exit(main())
