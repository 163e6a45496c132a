"""A live connection to one device; the only file that knows netmiko.

Every call ends within the target's deadline, whatever the other side does: when it passes, the socket is shut under
the libraries, and all their waiting ends. A push has a little more for each line: an access list has hundreds. Network
systems are spoken to through a terminal, Linux shells by one `exec` for each command: that has an exit status, no
prompt and no echo to take apart.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from types import MappingProxyType
from typing import Any

import paramiko
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException, ReadException
from netmiko.ssh_dispatcher import CLASS_MAPPER

from device_drivers.encode import one_line
from device_drivers.host_keys import HostKey, enrol, fingerprint, recorded, remember
from device_drivers.model import DeviceError, HostKeyChanged, LoginRefused, Session, Unreachable
from device_drivers.voices import Shell, Terminal, Voice

__all__ = ["HostKey", "Target", "connect", "enrol", "recorded", "remember"]

KEEPALIVE = 15
# The library waits 1.3 s for a banner that some of these switches have and others do not: not longer than that.
OFFERS_A_BANNER = frozenset({"hp_procurve", "aruba_osswitch"})
SHELLS = frozenset({"linux", "ovs_linux"})
A_MOMENT = 0.25
LONGEST_PROMPT = 300
_LINK_ERRORS = (NetmikoBaseException, ReadException, paramiko.SSHException, OSError, EOFError)
_NOT_A_NO = ("timeout", "transport shut down", "saw eof", "no existing session")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect and as whom. `deadline` is in seconds and holds for the login and for each call after it."""

    name: str
    host: str
    ssh_port: int
    netmiko_type: str
    username: str
    password: str = field(repr=False)
    known_hosts: Path
    refusals: tuple[str, ...] = ()
    deadline: float = 30.0
    secret: str = field(default="", repr=False)
    """For platforms with an enable password."""
    prompt: str = r"\S*[>#]"
    answers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """As the driver says them: what ends a prompt, and what a question is answered with."""
    permit: Callable[[], object] | None = None
    """Asked before each line that changes something. What it raises ends the push there."""


def connect(target: Target) -> Session:
    """Log in once: one try with one password, and none at all before the host key was compared.

    Raises Unreachable, HostKeyChanged (also where none was enrolled) or LoginRefused.
    """
    if recorded(target.known_hosts, target.host, target.ssh_port) is None:
        raise HostKeyChanged("none", "not asked: enrol the device first", target.name)
    try:
        sock = socket.create_connection((target.host, target.ssh_port), timeout=min(10.0, target.deadline))
    except OSError as error:
        raise Unreachable(f"{target.host} port {target.ssh_port}: {error}", target.name) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with _call(target, sock):
            line = _login(target, sock)
    except BaseException:
        sock.close()
        raise
    return _Live(target, sock, line)


class _Watched:
    """Mixed into netmiko's classes, which look every hundredth of a second whether something came, ask where they are
    before and after everything they do, and wait for a prompt until their time is up even when the line is dead. This
    one listens, and knows its place by the prompt that was read last.
    """

    until = ""
    """Regular expression of what ends an answer; empty while logging in, where netmiko waits in its own ways."""
    _said = ""
    _heard: threading.Event | None = None

    def check_config_mode(self, *words: Any, **named: Any) -> bool:
        asked = signature(super().check_config_mode).parameters  # type: ignore[misc]
        if not words and not named and asked and asked["check_string"].default == ")#":
            where = self._stands_at()
            if where is not None:
                return ")#" in where
        pattern = asked.get("pattern")
        if not words and not named.get("pattern") and pattern is not None and pattern.default == "":
            # Untold what a prompt ends in, it waits four seconds.
            named["pattern"] = r"[>#]\s*$"
        return bool(super().check_config_mode(*words, **named))  # type: ignore[misc]

    def _stands_at(self) -> str | None:
        """What follows the device's name in the prompt that was read last; None where that was none, or not all."""
        last = self._said.rpartition("\n")[2].rstrip()
        name: str = self.base_prompt  # type: ignore[attr-defined]
        if not self.until or not last.startswith(name) or not last.endswith(("#", ">")):
            return None
        return last.removeprefix(name)

    def command_echo_read(self, cmd: str, read_timeout: float) -> str:
        """All of the answer: netmiko finds its end in what this gives, and need not look again a little later."""
        echo: str = super().command_echo_read(cmd, read_timeout)  # type: ignore[misc]
        return echo + str(self.read_until_pattern(self.until)) if self.until else echo  # type: ignore[attr-defined]

    def write_channel(self, out_data: str) -> None:
        self._said = ""
        super().write_channel(out_data)  # type: ignore[misc]

    def read_channel(self) -> str:
        text: str = super().read_channel()  # type: ignore[misc]
        if not text and self.until:
            self._listen()
            text = super().read_channel()  # type: ignore[misc]
        if not text and self.remote_conn.closed:  # type: ignore[attr-defined]
            raise ReadException("the device closed the connection")
        self._said = (self._said + text)[-LONGEST_PROMPT:]
        return text

    def _listen(self) -> None:
        """Until something comes, the line ends, or a moment has passed in which netmiko may look at its own clock."""
        if self._heard is None:
            self._heard = threading.Event()
            self.remote_conn.in_buffer.set_event(self._heard)  # type: ignore[attr-defined]
        self._heard.wait(A_MOMENT)


def _login(target: Target, sock: socket.socket) -> Any:
    kind = type("Watched", (_Watched, CLASS_MAPPER[target.netmiko_type]), {})
    # Longer than ours, so that it is always our deadline that decides and is named.
    libraries_own = target.deadline + 5
    line = kind(
        device_type=target.netmiko_type,
        host=target.host,
        port=target.ssh_port,
        username=target.username,
        password=target.password,
        secret=target.secret,
        sock=sock,
        ssh_strict=True,
        system_host_keys=False,
        alt_host_keys=True,
        alt_key_file=str(target.known_hosts),
        use_keys=False,
        allow_agent=False,
        auth_timeout=libraries_own,
        banner_timeout=libraries_own,
        read_timeout_override=None if target.netmiko_type in OFFERS_A_BANNER else libraries_own,
        keepalive=KEEPALIVE,
    )
    line.read_timeout_override = libraries_own
    if target.secret and not line.check_enable_mode():
        line.enable()
    return line


A_LINE = 0.15
"""Seconds that each line of a push adds to its deadline, beyond the first hundred."""


@contextmanager
def _call(target: Target, sock: socket.socket, more: float = 0.0) -> Iterator[None]:
    """One call: its deadline, and what went wrong in our words."""
    within = target.deadline + more
    late = threading.Event()

    def cut() -> None:
        late.set()
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was dead already

    timer = threading.Timer(within, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except DeviceError as error:
        error.device = target.name
        raise
    except _LINK_ERRORS as error:
        if late.is_set():
            raise Unreachable(f"no answer within {within:g} s", target.name) from error
        raise _translated(error, target) from error
    finally:
        timer.cancel()


def _translated(error: Exception, target: Target) -> DeviceError:
    text = " ".join(str(error).split())[:300]
    cause = error.__context__
    if isinstance(cause, paramiko.BadHostKeyException):
        return HostKeyChanged(fingerprint(cause.expected_key), fingerprint(cause.key), target.name)
    if "not found in known_hosts" in text:
        return _other_kind_of_key(target)
    refused = isinstance(error, NetmikoAuthenticationException | paramiko.AuthenticationException)
    if refused and not any(words in text.lower() for words in _NOT_A_NO):
        return LoginRefused(f"{target.username} was not let in at {target.host}", target.name)
    return Unreachable(text or type(error).__name__, target.name)


def _other_kind_of_key(target: Target) -> DeviceError:
    """The device has a key of a kind it had not: as good as changed."""
    enrolled = recorded(target.known_hosts, target.host, target.ssh_port)
    try:
        offered = enrol(target.host, target.ssh_port).fingerprint
    except Unreachable as error:
        return error
    return HostKeyChanged(enrolled.fingerprint if enrolled else "none", offered, target.name)


class _Live:
    """The Session that `connect` gives."""

    def __init__(self, target: Target, sock: socket.socket, line: Any) -> None:
        self._target, self._sock, self._line = target, sock, line
        self._voice: Voice = (
            Shell(line, target.refusals, target.deadline)
            if target.netmiko_type in SHELLS
            else Terminal(line, target.refusals, target.deadline, target.prompt, target.answers)
        )
        self._one_at_a_time = threading.Lock()

    @property
    def alive(self) -> bool:
        """False says it is dead; True promises nothing, the next call may still find it dead."""
        transport = self._line.remote_conn_pre.get_transport()
        return transport is not None and bool(transport.is_active())

    def read(self, commands: Sequence[str]) -> Mapping[str, str]:
        with self._speaking():
            return {command: self._voice.ask(one_line(command)) for command in commands}

    def send(self, lines: Sequence[str], *, config: bool) -> str:
        # All lines are looked at before the first is sent: half a push is worse than none.
        clean = [one_line(line) for line in lines]
        if not clean:
            return ""
        with self._speaking(A_LINE * max(0, len(clean) - 100)):
            permitted = self._permitted(clean)
            return self._voice.configure(permitted) if config else "\n".join(map(self._voice.tell, permitted))

    def _permitted(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            # Between two lines a process may have been stopped for minutes, and another one speaks to the device now.
            if self._target.permit is not None:
                self._target.permit()
            yield line

    def save(self, commands: Sequence[str]) -> None:
        self.send(commands, config=False)

    def close(self) -> None:
        self._line.remote_conn_pre.close()
        self._sock.close()

    @contextmanager
    def _speaking(self, more: float = 0.0) -> Iterator[None]:
        with self._one_at_a_time, _call(self._target, self._sock, more):
            yield
