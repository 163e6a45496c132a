"""A Linux box of its own: network and mounts in namespaces, and a real sshd that lets one account in by a password.

Nothing of it is outside: its /run is empty, its accounts are two files laid over /etc, its sshd is started for each
connection by a listener on 127.0.0.1 that hands the socket over.
"""

from __future__ import annotations

import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from device_drivers.model import Driver, Session
from device_drivers.session import Target, connect, enrol, remember

ACCOUNT, PASSWORD = "caretaker", "gate-key-7"


class Box:
    """Its network is `ip`'s; what is run in it sees its mounts too."""

    def __init__(self, keeper: subprocess.Popen[bytes], directory: Path) -> None:
        self._keeper, self.directory = keeper, directory
        self.ssh_port = 0

    @property
    def pid(self) -> int:
        return self._keeper.pid

    def words(self, *command: str) -> list[str]:
        space = f"/proc/{self.pid}/ns"
        return ["nsenter", f"--net={space}/net", f"--mount={space}/mnt", *command]

    def run(self, line: str) -> tuple[int, str]:
        done = subprocess.run(self.words("sh", "-c", line), capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def must(self, *lines: str) -> str:
        said = ""
        for line in lines:
            status, said = self.run(line)
            assert status == 0, f"{line}: {said}"
        return said

    def wire(self, port: str, there: Box, name: str, address: str) -> None:
        """A cable from a port of this box to another box."""
        self.must(f"ip link add dev {port} type veth peer name {name} netns {there.pid}", f"ip link set {port} up")
        there.must(f"ip address add {address} dev {name}", f"ip link set {name} up")

    @contextmanager
    def session(self, driver: Driver, *, deadline: float = 30.0) -> Iterator[Session]:
        known_hosts = self.directory / "known_hosts"
        remember(known_hosts, enrol("127.0.0.1", self.ssh_port))
        live = connect(
            Target(
                name="box",
                host="127.0.0.1",
                ssh_port=self.ssh_port,
                netmiko_type=driver.netmiko_type,
                username=ACCOUNT,
                password=PASSWORD,
                known_hosts=known_hosts,
                refusals=driver.refusals,
                deadline=deadline,
            )
        )
        try:
            yield live
        finally:
            live.close()


@contextmanager
def box(directory: Path) -> Iterator[Box]:
    """Without a sshd."""
    directory.mkdir(parents=True, exist_ok=True)
    # `unshare` becomes the command, so the process we hold is the one in the namespaces.
    words = ["unshare", "--net", "--mount", "cat"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        keeper.stdin.write(b"up\n")
        keeper.stdin.flush()
        assert keeper.stdout.readline() == b"up\n"
        made = Box(keeper, directory)
        made.must(
            "mount --make-rprivate /", "mount -t tmpfs tmpfs /run", "mount -t sysfs sysfs /sys", "ip link set lo up"
        )
        yield made
        keeper.stdin.close()


@contextmanager
def let_in(made: Box) -> Iterator[None]:
    """While this lasts, the account `caretaker` (root by its number) can log in at 127.0.0.1 port `made.ssh_port`."""
    config = _prepare(made)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made.ssh_port = listener.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(made, listener, config))
        thread.start()
        try:
            yield
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(made: Box, listener: socket.socket, config: Path) -> None:
    """A thread for each connection; it ends when its sshd does, and that does when the client is gone."""
    words = made.words("/usr/sbin/sshd", "-i", "-e", "-f", str(config))
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_speak, args=(words, sock), daemon=True).start()


def _speak(words: Sequence[str], sock: socket.socket) -> None:
    with sock:
        subprocess.run(words, stdin=sock, stdout=sock, stderr=subprocess.DEVNULL, check=False)


def _prepare(made: Box) -> Path:
    at = made.directory
    secret = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True
    ).stdout.strip()
    # sshd needs its own account; the others are the machine's and are not asked.
    accounts = (
        "root:x:0:0::/:/bin/sh",
        "sshd:x:74:65534::/run/sshd:/usr/sbin/nologin",
        f"{ACCOUNT}:x:0:0::{at}:/bin/sh",
    )
    _lay_over(made, "/etc/passwd", accounts)
    _lay_over(made, "/etc/shadow", (f"{ACCOUNT}:{secret}:20000:0:99999:7:::",))
    key = at / "host-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    made.must("mkdir -p /run/sshd")
    return _written(
        at / "sshd_config",
        (f"HostKey {key}", "UsePAM no", "PermitRootLogin yes", "PasswordAuthentication yes", "UseDNS no",
         "StrictModes no", "PrintMotd no", "PidFile none", "LogLevel ERROR", "KbdInteractiveAuthentication no"),
    )  # fmt: skip


def _lay_over(made: Box, path: str, lines: Sequence[str]) -> None:
    mine = _written(made.directory / Path(path).name, lines)
    mine.chmod(0o600 if path.endswith("shadow") else 0o644)
    made.must(shlex.join(("mount", "--bind", str(mine), path)))


def _written(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
