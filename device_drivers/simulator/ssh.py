"""One SSH connection to a simulated device: password, then a terminal or single commands."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import paramiko

from device_drivers.simulator.machine import Answer
from device_drivers.simulator.terminal import Terminal, run_once

if TYPE_CHECKING:
    from device_drivers.simulator.device import Device

# A client that goes away in the middle is an everyday thing here, not news.
logging.getLogger("paramiko.transport").addHandler(logging.NullHandler())


class Login(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko carries no types
    """Answers what the transport asks; each channel speaks in a thread of its own."""

    def __init__(self, device: Device, sock: socket.socket) -> None:
        self._device = device
        self._number = device.next_number()
        self._transport = paramiko.Transport(sock)
        self._transport.daemon = True
        self._transport.local_version = "SSH-2.0-Simulator"
        self._transport.add_server_key(device.key)
        try:
            self._transport.start_server(event=threading.Event(), server=self)
        except paramiko.SSHException:
            sock.close()

    @property
    def active(self) -> bool:
        return bool(self._transport.is_active())

    def close(self) -> None:
        self._transport.close()

    def get_allowed_auths(self, _username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        right = self._device.check_password(username, password)
        return int(paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, _chanid: int) -> int:
        known = kind == "session"
        return int(paramiko.OPEN_SUCCEEDED if known else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)

    def check_channel_pty_request(self, *_: object) -> bool:
        return True

    def check_channel_window_change_request(self, *_: object) -> bool:
        return True

    def check_channel_env_request(self, *_: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self._start(channel, None)
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self._start(channel, command.decode(errors="replace"))
        return True

    def _start(self, channel: paramiko.Channel, command: str | None) -> None:
        threading.Thread(target=self._speak, args=(channel, command), daemon=True).start()

    def _speak(self, channel: paramiko.Channel, command: str | None) -> None:
        conversation = self._device.machine.login()

        def obey(line: str) -> Answer | None:
            return self._device.obey(conversation, line, self._number)

        # Closing writes too: a client may go away at that very moment.
        with suppress(OSError, EOFError, paramiko.SSHException), closing(channel):
            if command is None:
                Terminal(channel, conversation, obey).run(self._device.machine.greeting)
            else:
                run_once(channel, command, obey)
                # The close must not overtake the transport's own "request accepted": a reply to this comes after it.
                self._transport.global_request("keepalive@simulator", wait=True)
