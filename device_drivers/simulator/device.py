"""One simulated device: its listener, host key, logins, faults and journal around the machine of its dialect."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from device_drivers.host_keys import fingerprint
from device_drivers.simulator.dialects import dialects
from device_drivers.simulator.faults import NONE, Fault, Trouble, refusal, wait
from device_drivers.simulator.journal import Journal
from device_drivers.simulator.machine import Answer, Conversation
from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.ssh import Login
from device_drivers.simulator.world import World


class TakenPort(OSError):
    """Somebody else listens where this device should."""


class Device:
    """Made listening; `close` ends it and everything it began."""

    def __init__(self, site: DeviceSite, world: World, directory: Path, clock: Callable[[], float]) -> None:
        if site.dialect not in dialects():
            raise ValueError(f"{site.name}: no dialect {site.dialect!r}; there are {', '.join(dialects())}")
        self.site = site
        self.machine = dialects()[site.dialect](site, world, clock)
        self.wrong_passwords = 0
        self._key_file = directory / "host-keys" / site.name
        self.key = _kept_key(self._key_file)
        self.stop = threading.Event()
        self._lock = threading.RLock()
        self._trouble = Trouble()
        self._logins: set[Login] = set()
        self._count = 0
        self._back = threading.Timer(0, self._come_back)
        self.listener = _listen(site)
        self.port: int = self.listener.getsockname()[1]
        self.journal = Journal(directory / "journal" / f"{site.name}.jsonl")

    def describe(self) -> Mapping[str, object]:
        return {"host": self.site.host, "port": self.port, "fingerprint": fingerprint(self.key)}

    def state(self) -> Mapping[str, object]:
        return {
            **self.describe(),
            "dialect": self.site.dialect,
            "fault": self._trouble.fault.kind,
            "wrong_passwords": self.wrong_passwords,
            "commands": len(self.journal.lines()),
            "configuration": self.machine.configuration(),
        }

    def take(self) -> None:
        """Accept one connection; the login goes on in threads of its own."""
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return  # it went away between the news and now
        if self._trouble.fault.kind == "down":
            sock.close()
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._logins = {login for login in self._logins if login.active}
            self._logins.add(Login(self, sock))

    def order(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._trouble.order(fault)
        if fault.kind == "new-host-key":
            self.key = _new_key(self._key_file)
        if fault.kind == "down" or (fault.kind == "reboot" and not fault.after):
            self._fall(fault)

    def check_password(self, username: str, password: str) -> bool:
        # RouterOS takes wishes for the terminal behind a plus: `caretaker+ct511w`.
        right = (username.partition("+")[0], password) == (self.site.username, self.site.password)
        with self._lock:
            self.wrong_passwords += not right
        return right

    def next_number(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def obey(self, conversation: Conversation, line: str, session: int) -> Answer | None:
        """One command through journal and faults to the machine. None cuts the line."""
        with self._lock:
            self.journal.write(session, line)
            fault = self._trouble.strikes(line)
        if fault.kind == "slow":
            wait(self.stop, fault.seconds)
        elif fault.kind == "hang":
            wait(self.stop, None)
        elif fault.kind == "refuse":
            return refusal(fault)
        elif fault.kind in ("reboot", "down"):
            self._fall(fault)
        if self.stop.is_set() or fault.kind in ("hang", "reboot", "down"):
            return None
        with self._lock:
            return conversation.obey(line)

    def close(self) -> None:
        self.stop.set()
        self._back.cancel()
        self.listener.close()
        self._cut()
        self.journal.close()

    def _fall(self, fault: Fault) -> None:
        """Everybody is thrown out; a reboot forgets, stays away for a while and comes back."""
        with self._lock:
            self._trouble.order(Fault(kind="down"))
            if fault.kind == "reboot":
                self.machine.reboot()
                self._back = threading.Timer(fault.seconds, self._come_back)
                self._back.daemon = True
                self._back.start()
        self._cut()

    def _come_back(self) -> None:
        with self._lock:
            self._trouble.order(NONE)

    def _cut(self) -> None:
        with self._lock:
            logins, self._logins = self._logins, set()
        for login in logins:
            login.close()


def _listen(site: DeviceSite) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Only for the waiting time after our own end; it does not let two listeners share a port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((site.host, site.port))
    except OSError as error:
        listener.close()
        raise TakenPort(f"{site.name}: cannot listen on {site.host} port {site.port}: {error.strerror}") from error
    listener.listen(64)
    listener.setblocking(False)
    return listener


def _kept_key(path: Path) -> paramiko.Ed25519Key:
    return paramiko.Ed25519Key(filename=str(path)) if path.exists() else _new_key(path)


def _new_key(path: Path) -> paramiko.Ed25519Key:
    """Make a host key and keep it beside the site."""
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.write_bytes(text)
    return paramiko.Ed25519Key(filename=str(path))
