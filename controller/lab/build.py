"""Builds the network: namespaces, cables, booted boxes, the small internet. ●"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from controller.lab import boxes, internet, spaces
from controller.lab.plan import GATEWAY, HOSTS, INTERNET, LOOSE, SERVER, VLANS, Layout, gateway_4, management_address
from controller.lab.spaces import LabFailed, run

BOOT = 30.0
"""Seconds a box may take until its sshd answers."""


def private_machine(folder: Path, password: str) -> None:
    """What every box shares, laid over this mount namespace alone: an empty /run, accounts, a sudo for root."""
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    for path in ("/run/netns", "/run/sshd", boxes.HOME):
        Path(path).mkdir(parents=True)
    shared = folder / "shared"
    shared.mkdir(mode=0o700, parents=True)
    secret = run("openssl", "passwd", "-6", "-stdin", given=password).strip()
    _lay_over(shared, "/etc/passwd", boxes.passwd(), 0o644)
    _lay_over(shared, "/etc/shadow", boxes.shadow(secret), 0o600)
    run("mount", "-t", "tmpfs", "tmpfs", "/usr/local/sbin")
    sudo = Path("/usr/local/sbin/sudo")
    sudo.write_text(boxes.SUDO)
    sudo.chmod(0o755)
    words = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-batch")
    run("openssl", *words, "-subj", "/CN=internet", "-keyout", f"{shared}/key.pem", "-out", f"{shared}/certificate.pem")


def _lay_over(shared: Path, path: str, text: str, mode: int) -> None:
    mine = shared / Path(path).name
    mine.write_text(text)
    mine.chmod(mode)
    run("mount", "--bind", str(mine), path)


def network(layout: Layout) -> None:
    """Every namespace and cable, with the traps of user-space switching seen to."""
    spaces.add((SERVER, GATEWAY, INTERNET, LOOSE, *layout.switches, *(host.name for host in HOSTS)))
    # Neither a switch nor a hub at a loose end says anything of its own.
    for name in (*layout.switches, LOOSE):
        run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1", at=name)
    spaces.batch(boxes.cables(layout))
    for name, lines in boxes.links(layout):
        spaces.batch(lines, at=name)
    spaces.batch(internet.links(), at=INTERNET)
    for host in HOSTS:
        spaces.batch(("link set lo up",), at=host.name)
        # Root's ping sockets, and no IPv6 address that the client makes up for itself or waits for.
        own = (f"net.ipv6.conf.default.{each}=0" for each in ("accept_ra", "accept_dad", "dad_transmits"))
        run("sysctl", "-qw", "net.ipv4.ping_group_range=0 0", *own, at=host.name)
    # Without this TCP stays silent while ping works: nobody fills in the checksums that the kernel left to the cable.
    ends = [(LOOSE, socket.end) for socket in layout.all_sockets()]
    ends += [(SERVER, "eth0"), *((GATEWAY, f"vlan{vlan}") for vlan in VLANS.values())]
    for name, end in ends:
        run("ethtool", "-K", end, "tx", "off", at=name)


class Boxes:
    """The boxes that boot, lose their power and boot again; and the internet."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self._folder, self._layout = folder, layout
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return (*self._layout.switches, GATEWAY)

    def prepare(self) -> None:
        for name in self.names:
            at = self._folder / name
            at.mkdir(mode=0o700)
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(at / "host-key"))
            address = gateway_4(VLANS["management"]) if name == GATEWAY else management_address(name)
            (at / "sshd_config").write_text(boxes.sshd_config(str(at), address))
            script = (
                boxes.gateway_script(str(at)) if name == GATEWAY else boxes.switch_script(str(at), name, self._layout)
            )
            (at / "boot.sh").write_text(script)

    def boot(self, *names: str) -> None:
        for name in names:
            with (self._folder / name / "boot.log").open("ab") as log:
                words = spaces.words_in(name, "sh", str(self._folder / name / "boot.sh"))
                self._running[name] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for name in names:
            _until(partial(self._answers, name), BOOT, f"{name} did not boot: {self._folder / name / 'boot.log'}")

    def run(self, name: str, *words: str) -> str:
        """One command with the box's own mounts: what was started for it became its sshd."""
        return run("nsenter", f"--target={self._running[name].pid}", "--mount", "--net", *words)

    def cut_power(self, name: str) -> None:
        """At once, as a fuse does it."""
        for pid in spaces.pids(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._running.pop(name).wait()
        for tap in ("mgmt", "br0"):
            with suppress(LabFailed):
                run("ip", "link", "delete", tap, at=name)

    def internet(self) -> subprocess.Popen[bytes]:
        shared = self._folder / "shared"
        words = (
            sys.executable,
            "-P",
            "-m",
            "controller.lab.internet",
            f"{shared}/certificate.pem",
            f"{shared}/key.pem",
        )
        with (self._folder / "internet.log").open("ab") as log:
            child = subprocess.Popen(spaces.words_in(INTERNET, *words), stdout=subprocess.PIPE, stderr=log)
        if child.stdout is None or child.stdout.readline() != b"ready\n":
            raise LabFailed(f"the lab's internet did not start: {self._folder / 'internet.log'}")
        return child

    def _answers(self, name: str) -> bool:
        if self._running[name].poll() is not None:
            raise LabFailed(f"{name} did not boot: {(self._folder / name / 'boot.log').read_text()[-600:]}")
        try:
            return ":22 " in run("ss", "-Hltn", at=name)
        except LabFailed:
            return False


def _until(happened: Callable[[], bool], seconds: float, failed: str) -> None:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise LabFailed(failed)
        time.sleep(0.05)  # noqa: TID251 (nobody could wake us)
