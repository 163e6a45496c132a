"""The terminal of a simulated device: echo, editing, pages; and the single command of `exec`."""

from __future__ import annotations

from collections.abc import Callable

import paramiko

from device_drivers.simulator.machine import Answer, Conversation

Obey = Callable[[str], Answer | None]
"""One command to its answer; None where the line is to be cut."""
_LONGEST = 100_000


class Terminal:
    """Reads keys of a channel, gives lines. Ends with the channel."""

    def __init__(self, channel: paramiko.Channel, conversation: Conversation, obey: Obey) -> None:
        self._channel, self._conversation, self._obey = channel, conversation, obey
        self._waiting = ""
        self._after_return = False
        self._echo = ""
        """Echo not sent yet: what arrives in one piece is echoed in one."""

    def run(self, greeting: str) -> None:
        self._write(f"{greeting}\n{self._conversation.prompt()}")
        while (line := self._line()) is not None:
            answer = self._obey(line)
            if answer is None:
                return
            self._show(answer)
            if answer.closes:
                self._channel.send_exit_status(answer.status)
                return
            self._write(self._conversation.prompt())

    def _line(self) -> str | None:
        """The next line, echoed as it is typed; None at the end of the channel, or Ctrl-D on an empty line."""
        if self._conversation.wants_key:
            key = self._key()
            self._write(f"{key}\n" if key.isprintable() else "\n")
            return key or None
        typed = ""
        echo = ""
        while key := self._key(echo):
            echo = ""
            if key == "\n":
                self._write("\n")
                return typed
            if key == "\x04" and not typed:
                return None
            if key in "\b\x7f":
                typed, echo = typed[:-1], "\b \b" if typed else ""
            elif key in "\x03\x15":
                typed, echo = "", "\n" + self._conversation.prompt()
            elif key == "\x1a":
                typed = "end"
            elif key.isprintable() and len(typed) < _LONGEST:
                typed, echo = typed + key, key
        return None

    def _key(self, echo: str = "") -> str:
        """Send the echo of the key before, then take one; return and newline are the same; empty at the end."""
        self._echo += echo
        while True:
            if not self._waiting:
                self._write("")
                received = self._channel.recv(65536)
                if not received:
                    return ""
                self._waiting = received.decode(errors="replace")
            key, self._waiting = self._waiting[0], self._waiting[1:]
            pair, self._after_return = self._after_return and key == "\n", key == "\r"
            if not pair:
                return "\n" if key == "\r" else key

    def _show(self, answer: Answer) -> None:
        page = self._conversation.page if answer.paged else 0
        more = self._conversation.more
        erase = "\b" * len(more) + " " * len(more) + "\b" * len(more)
        lines = answer.text.splitlines(keepends=True)
        while page and len(lines) > page:
            self._write("".join(lines[: page - 1]) + more)
            lines = lines[page - 1 :]
            key = self._key()
            self._write(erase)
            if key != " ":
                return
        self._write("".join(lines))

    def _write(self, text: str) -> None:
        text, self._echo = self._echo + text, ""
        if text:
            self._channel.sendall(text.replace("\n", "\r\n").encode())


def run_once(channel: paramiko.Channel, command: str, obey: Obey) -> None:
    """`ssh host show vlan brief`: the answer without echo, prompt or pages."""
    answer = obey(command)
    if answer is None:
        return
    channel.sendall(answer.text.encode())
    channel.send_exit_status(answer.status)
    channel.shutdown_write()
