"""Controller and filter as two users of one group, as the roles deploy them: the filter reads what is published."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from controller.home import Home
from controller.new_school import write_new_school
from dns_filter import table_file
from dns_filter.compile_lists import compile_lists
from tests.dns_filter import school
from tests.shared_data import PROJECT
from tests.waiting import until

CONTROLLER, GROUP = 61_001, 61_002
WITHOUT = "-dac_override,-dac_read_search,-fowner,-chown"
"""What lets root pass by the modes of files: without it root is a user like any other."""


def as_the_role_makes_it(home: Home, umask: int = 0o077) -> None:
    """Table and names written by the controller, in folders with the owner, group and modes of the role."""
    home.make()
    before = os.umask(umask)
    try:
        table_file.write(home.table, school.table(7))
        compile_lists([], home.names)
    finally:
        os.umask(before)
    for path in (home.filter, *home.filter.rglob("*")):
        os.chown(path, CONTROLLER, GROUP)
    # chown takes setgid and sticky bits away, so modes come last.
    for path, mode in ((home.filter, 0o3770), (home.names, 0o2750), (home.acks, 0o2770)):
        path.chmod(mode)


@pytest.mark.needs("setpriv", root=True)
def test_the_filter_reads_table_and_names_and_can_replace_neither(tmp_path: Path) -> None:
    home = Home(tmp_path / "school")
    write_new_school(home.root)
    as_the_role_makes_it(home)
    home.settings.write_text('[dns]\nlisten = "127.0.0.1:0"\nworkers = 1\nupstreams = "127.0.0.1:9"\n')
    stranger = ("setpriv", "--groups", str(GROUP), "--bounding-set", WITHOUT, "--inh-caps", WITHOUT, "--")
    words = (sys.executable, "-P", "-m", "controller", "dns", "--home", str(home.root))
    with subprocess.Popen(
        (*stranger, *words), cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as filter_:  # fmt: skip
        try:
            assert filter_.stdout is not None
            assert filter_.stderr is not None
            said = filter_.stdout.readline()
            assert said, filter_.stderr.read()
            assert json.loads(said)["ready"] is True
            until((home.acks / "0.json").exists)
            ack = json.loads((home.acks / "0.json").read_text())
            assert ack["epoch"] == 7, "the table is read"
            assert ack["names"], "and so are the names"
            until((home.filter / "counters" / "0.json").exists)
            moved = subprocess.run((*stranger, "mv", str(home.filter / "key"), str(home.table)), check=False)
            assert moved.returncode != 0, "what the controller published is not the filter's to replace"
        finally:
            filter_.terminate()
            filter_.communicate(timeout=60)
