"""Reading the simulated gateway as a technician would: SSH, and whom its kernel lets out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import paramiko

from bench.demo import Demo

GATEWAY = 3
"""Its place among the network devices of the demo, as their ports count."""
_WAIT = 10.0
_LIST = "sudo -n nft -j list table inet caretaker"


class GatewayReader:
    """One login; every question is a command of its own."""

    def __init__(self, client: paramiko.SSHClient) -> None:
        self._client = client

    def let_out(self) -> Mapping[str, int]:
        """Address -> seconds until the kernel takes it out by itself."""
        _, said, _ = self._client.exec_command(_LIST, timeout=_WAIT)
        with said:
            listed = json.loads(said.read())
        sets = [node["set"] for node in listed["nftables"] if "set" in node]
        elements = [each["elem"] for one in sets for each in one.get("elem", ()) if isinstance(each, dict)]
        return {str(element["val"]): element["expires"] for element in elements if "expires" in element}


@contextmanager
def on_gateway(demo: Demo) -> Iterator[GatewayReader]:
    login = json.loads((demo.home.root / "sign-in.json").read_text())["network"]
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(demo.home.known_hosts))
        client.connect(
            "127.0.0.1",
            demo.ssh_port + GATEWAY,
            login["username"],
            login["password"],
            look_for_keys=False,
            allow_agent=False,
            timeout=_WAIT,
        )
        yield GatewayReader(client)
