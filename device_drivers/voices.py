"""The two ways a device is spoken to over a connection that stands: a terminal, and a Unix shell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import paramiko

from device_drivers.model import Refused

_MOST = 8_000_000
_MOST_QUESTIONS = 4


class Voice(Protocol):
    """`ask` gives the answer whatever it is; `tell` and `configure` raise Refused where the device says no."""

    def ask(self, command: str) -> str: ...

    def tell(self, line: str) -> str: ...

    def configure(self, lines: Iterable[str]) -> str:
        """In the platform's configuration mode. Nothing after a refused line is sent."""
        ...


def judged(line: str, said: str, refusals: tuple[str, ...]) -> str:
    """What the device said, or Refused with its own words. Only the beginning of a line is a refusal."""
    for words in map(str.strip, said.splitlines()):
        if refusals and words.startswith(refusals):
            raise Refused(f"{line[:120]!r} was answered: {words[:200]}")
    return said


class Terminal:
    """A network system's command line, by a netmiko connection."""

    def __init__(
        self, line: Any, refusals: tuple[str, ...], deadline: float, prompt: str, answers: Mapping[str, str]
    ) -> None:
        self._line, self._refusals, self._deadline = line, refusals, deadline
        # The prompt on a line of its own: a port may be named like the switch. EXOS stars it until it is saved.
        self._prompt = rf"(?:^|\n)(?:\* ?)?{re.escape(line.base_prompt)}{prompt}\s*$"
        self._ends = "|".join((self._prompt, *(rf"{re.escape(question)}\s*$" for question in answers)))
        self._answers = answers
        self._line.until = self._ends

    def ask(self, command: str) -> str:
        said = str(self._line.send_command(command, expect_string=self._ends, read_timeout=self._deadline + 5))
        for _ in range(_MOST_QUESTIONS):
            answer = next(
                (reply for text, reply in self._answers.items() if said.rstrip().endswith(text.rstrip())), None
            )
            if answer is None:
                return said
            self._line.write_channel(answer)
            said = str(self._line.read_until_pattern(self._ends, read_timeout=self._deadline + 5))
            said = re.sub(rf"{self._prompt}", "", said)
        raise Refused(f"{command[:120]!r} asks more than {_MOST_QUESTIONS} questions")

    def tell(self, line: str) -> str:
        return judged(line, self.ask(line), self._refusals)

    def configure(self, lines: Iterable[str]) -> str:
        said = [self._line.config_mode()]
        try:
            said.extend(self._configure(line) for line in lines)
        except Refused:
            self._line.exit_config_mode()
            raise
        return "".join((*said, self._line.exit_config_mode()))

    def _configure(self, line: str) -> str:
        said = self._line.send_config_set([line], enter_config_mode=False, exit_config_mode=False)
        return judged(line, said, self._refusals)


class Shell:
    """A Unix shell, one `exec` channel for each command."""

    def __init__(self, line: Any, refusals: tuple[str, ...], deadline: float) -> None:
        self._line, self._refusals, self._deadline = line, refusals, deadline

    def ask(self, command: str) -> str:
        return self._run(command)[1]

    def tell(self, line: str) -> str:
        status, said = self._run(line)
        judged(line, said, self._refusals)
        if status:
            raise Refused(f"{line[:120]!r} ended with status {status}: {said.strip()[:200]}")
        return said

    def configure(self, lines: Iterable[str]) -> str:
        return "\n".join(map(self.tell, lines))

    def _run(self, command: str) -> tuple[int, str]:
        channel: paramiko.Channel = self._line.remote_conn_pre.get_transport().open_session(timeout=self._deadline + 5)
        with channel:
            channel.set_combine_stderr(True)
            channel.exec_command(command)
            said = bytearray()
            while chunk := channel.recv(65536):
                said += chunk
                if len(said) > _MOST:
                    raise OSError(f"more than {_MOST} bytes in answer to {command[:80]!r}")
            status = channel.recv_exit_status()
            if status < 0:  # the answer ends, but the command did not: half an answer is none
                raise EOFError("the device closed the connection")
            return status, said.decode(errors="replace")
