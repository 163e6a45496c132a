"""Ansible's programs as the tests run them: offline, in a home of their own, without colours."""

import os
import subprocess
import sys
from pathlib import Path

from tests.shared_data import PROJECT

ANSIBLE = PROJECT / "ansible"
BIN = Path(sys.executable).parent


def run(program: str, *arguments: str | Path, home: Path, cwd: Path = ANSIBLE) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CARETAKER_"))}
    env = inherited | {
        "HOME": str(home),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    command = [BIN / program, *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
