"""Host keys: asked for by a key exchange without a password, written down once, compared ever after."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

import paramiko

from device_drivers.model import Unreachable

_WRITING = threading.Lock()
PATIENCE = 10.0
"""Seconds for the connection and again for the key exchange."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """`fingerprint` is `SHA256:…` as ssh-keygen prints it; `line` is a line of a known_hosts file, without its end."""

    fingerprint: str
    line: str


def enrol(host: str, port: int) -> HostKey:
    """Ask a device for its host key. Nothing secret is sent. Raises Unreachable."""
    try:
        with socket.create_connection((host, port), timeout=PATIENCE) as sock:
            transport = paramiko.Transport(sock)
            transport.banner_timeout = PATIENCE
            try:
                transport.start_client(timeout=PATIENCE)
                return host_key(host, port, transport.get_remote_server_key())
            finally:
                transport.close()
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise Unreachable(f"no host key from {host} port {port}: {error}") from error


def host_key(host: str, port: int, key: paramiko.PKey) -> HostKey:
    return HostKey(fingerprint(key), f"{_place(host, port)} {key.get_name()} {key.get_base64()}")


def remember(known_hosts: Path, key: HostKey) -> None:
    """Write the key down in place of any other of the same device; whole or not at all, and kept after power loss."""
    place = key.line.partition(" ")[0]
    with _WRITING:
        others = [line for line in _lines(known_hosts) if line.partition(" ")[0] != place]
        known_hosts.parent.mkdir(parents=True, exist_ok=True)
        _clear_away(known_hosts)
        trial = known_hosts.with_name(f".{known_hosts.name}.{os.getpid()}.new")
        try:
            with os.fdopen(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                file.write("".join(f"{line}\n" for line in (*others, key.line)))
                file.flush()
                os.fsync(file.fileno())
            trial.replace(known_hosts)
        except OSError:
            trial.unlink(missing_ok=True)
            raise
        _sync_directory(known_hosts.parent)


def _clear_away(known_hosts: Path) -> None:
    """What an enrolment that was killed had begun to write: nobody will finish it."""
    for path in known_hosts.parent.glob(f".{known_hosts.name}.*.new"):
        if not Path(f"/proc/{path.name.split('.')[-2]}").exists():
            path.unlink(missing_ok=True)


def recorded(known_hosts: Path, host: str, port: int) -> HostKey | None:
    """The key written down for a device, or None where none was enrolled."""
    for line in _lines(known_hosts):
        place, _, rest = line.partition(" ")
        if place == _place(host, port) and len(rest.split()) >= 2:
            return HostKey(_sha256(base64.b64decode(rest.split()[1])), line)
    return None


def fingerprint(key: paramiko.PKey) -> str:
    return _sha256(key.asbytes())


def _sha256(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _place(host: str, port: int) -> str:
    """known_hosts writes any port but 22 with the host in brackets (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""
    return host if port == 22 else f"[{host}]:{port}"


def _lines(known_hosts: Path) -> list[str]:
    return known_hosts.read_text(encoding="ascii").splitlines() if known_hosts.exists() else []


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
