"""Measures rows of the table in a network namespace: `unshare --net python -m tests.dns_filter.field_table [ROW …]`.

One line of JSON for each row on standard output. Without names: all rows, and a table for people on standard error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.dns_filter.field_table.rows import ROWS
from tests.dns_filter.field_table.world import World
from tests.dns_filter.torture import serving

OWN_NETWORK = "CARETAKER_OWN_NETWORK"


def main(names: list[str]) -> int:
    if OWN_NETWORK not in os.environ:
        words = [sys.executable, "-m", "tests.dns_filter.field_table", *names]
        os.environ[OWN_NETWORK] = "1"
        os.execvp("unshare", ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *words])
    subprocess.run(["ip", "link", "show", "lo"], check=True, stdout=subprocess.DEVNULL)
    missed = 0
    for name in names or ROWS:
        with tempfile.TemporaryDirectory() as home, World().there() as world, serving(Path(home), world.address) as it:
            measured = ROWS[name](it, world)
        missed += not measured.reached()
        print(json.dumps({"row": name, **asdict(measured)}), flush=True)
        if not names:
            mark = "good" if measured.reached() else "MISSED"
            print(f"{name:34} {mark:7} {measured.said}", file=sys.stderr)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
