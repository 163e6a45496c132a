"""Reading the simulated gateway as a technician would: SSH, and whom its kernel lets out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import paramiko

from bench.demo import DEVICE_ANSWERS, Demo

GATEWAY = 3
"""Its place among the network devices of the demo, as their ports count."""
_LIST = "sudo -n nft -j list table inet caretaker"


class GatewayReader:
    """One login; every question is a command of its own."""

    def __init__(self, client: paramiko.SSHClient) -> None:
        self._client = client

    def let_out(self) -> Mapping[str, int]:
        """Address -> seconds until the kernel takes it out by itself."""
        _, said, _ = self._client.exec_command(_LIST, timeout=DEVICE_ANSWERS)
        with said:
            listed = json.loads(said.read())
        sets = [node["set"] for node in listed["nftables"] if "set" in node]
        elements = [each["elem"] for one in sets for each in one.get("elem", ()) if isinstance(each, dict)]
        return {str(element["val"]): element["expires"] for element in elements if "expires" in element}


@contextmanager
def on_gateway(demo: Demo) -> Iterator[GatewayReader]:
    with demo.device(GATEWAY) as client:
        yield GatewayReader(client)
