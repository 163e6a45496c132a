"""`python -m bench.list_set FILE`: the names of a file as a Python set of octets; prints what one of them takes."""

from __future__ import annotations

import sys
from pathlib import Path


def main(path: Path) -> None:
    names = {line.rstrip() for line in path.read_bytes().splitlines()}
    print((sys.getsizeof(names) + sum(map(sys.getsizeof, names))) / len(names))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
