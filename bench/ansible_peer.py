"""ansible-core's network_cli on the same switches: ten lines each, read back, saved, with twenty forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Unmeasurable, once
from bench.simulated_switches import PASSWORD, USERNAME, Switches

FORKS = 20
NEEDED = ("ansible/netcommon", "ansible/utils", "cisco/ios")


def seconds(made: Switches, names: Sequence[str], lines: Sequence[str]) -> float:
    """Raises Unmeasurable where its collections are not on this machine, or where it fails."""
    playbook = Path(sys.executable).with_name("ansible-playbook")
    if not playbook.exists() or not _collections():
        raise Unmeasurable("needs the collections ansible.netcommon and cisco.ios (ANSIBLE_COLLECTIONS_PATH)")
    folder = made.folder / "ansible"
    folder.mkdir(exist_ok=True)
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": {name: _host(made, name) for name in names}}}))
    (folder / "push.json").write_text(json.dumps(_play(lines)))
    words = (str(playbook), "-i", "hosts.json", "-f", str(FORKS), "push.json")
    home = {"HOME": str(folder), "ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_DEPRECATION_WARNINGS": "False"}
    ran: list[subprocess.CompletedProcess[str]] = []

    def run() -> None:
        ran.append(
            subprocess.run(
                words, cwd=folder, env={**os.environ, **home}, capture_output=True, text=True, check=False, timeout=1800
            )
        )

    took = once(run)
    if ran[0].returncode:
        raise Unmeasurable(f"ansible-playbook ended with {ran[0].returncode}: {ran[0].stdout[-300:]}")
    return took


def _collections() -> bool:
    path = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(Path.home() / ".ansible/collections"))
    roots = [Path(each) / "ansible_collections" for each in path.split(os.pathsep)]
    return any(all((root / name).is_dir() for name in NEEDED) for root in roots)


def _host(made: Switches, name: str) -> dict[str, object]:
    return {
        "ansible_host": "127.0.0.1",
        "ansible_port": made.ports[name],
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.ios.ios",
        "ansible_network_cli_ssh_type": "paramiko",
        "ansible_user": USERNAME,
        "ansible_password": PASSWORD,
    }


def _play(lines: Sequence[str]) -> list[dict[str, object]]:
    tasks: list[dict[str, object]] = [
        {"ansible.netcommon.cli_config": {"config": "\n".join(lines)}},
        {"cisco.ios.ios_command": {"commands": ["show interfaces switchport"]}},
        {"cisco.ios.ios_command": {"commands": ["write memory"]}},
    ]
    return [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
