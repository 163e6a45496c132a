"""Reading a simulated switch as a technician would: SSH, `show interfaces status`, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import paramiko

from bench.demo import DEVICE_ANSWERS, Demo


class SwitchReader:
    """One terminal on one switch."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._until_prompt()
        self._say("terminal length 0")

    def vlan(self, port: str) -> str:
        """What stands in the column Vlan: a number, or `trunk`. Raises RuntimeError where the port is not shown."""
        said = self._say("show interfaces status").splitlines()
        header = next(line for line in said if line.startswith("Port"))
        cut = header.index("Vlan")
        row = next((line for line in said if line.startswith(f"{port} ")), None)
        if row is None:
            raise RuntimeError(f"the switch shows no port {port}")
        return row[cut:].split()[0]

    def _say(self, command: str) -> str:
        self._channel.send(f"{command}\n".encode())
        return self._until_prompt()

    def _until_prompt(self) -> str:
        said = ""
        while not said.endswith(("#", "# ", ">")):
            octets = self._channel.recv(65_536)
            if not octets:
                raise RuntimeError("the switch hung up")
            said += octets.decode()
        return said


@contextmanager
def on_switch(demo: Demo, number: int) -> Iterator[SwitchReader]:
    """`number` counts the switches of the demo from 0, as their ports do."""
    with demo.device(number) as client:
        channel = client.invoke_shell(width=200)
        channel.settimeout(DEVICE_ANSWERS)
        yield SwitchReader(channel)
