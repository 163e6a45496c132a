"""What other DNS servers fell over (`reliability.md` §2), held to its goal row by row in a network namespace."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.dns_filter.field_table.rows import ROWS, Measured
from tests.shared_data import PROJECT

SLACK = 5.0
"""Seconds count so many times as much here as in the table: the machine has other work too."""


@pytest.mark.slow
@pytest.mark.needs("ip", root=True, namespaces=True)
@pytest.mark.parametrize("row", ROWS)
def test_a_filter_bears_what_other_servers_did_not(row: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.dns_filter.field_table", row],
        cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert told.pop("row") == row
    measured = Measured(**told)
    assert measured.reached(SLACK), measured.said
