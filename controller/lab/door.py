"""The lab from outside: started in namespaces of its own, spoken to, entered, and taken down without a trace. ●

Nothing of a lab is outside its namespaces but one folder and one process; when that process ends, by whatever, the
kernel takes all the rest away.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMANDS: Mapping[str, str] = {
    "ip": "iproute2",
    "ss": "iproute2",
    "nft": "nftables",
    "ovs-vsctl": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "sshd": "openssh-server",
    "ssh-keygen": "openssh-client",
    "dnsmasq": "dnsmasq-base",
    "ethtool": "ethtool",
    "openssl": "openssl",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "sysctl": "procps",
}
"""What the lab needs of the machine, and the Debian package that brings it."""
SBIN = "/usr/sbin:/sbin"
CONTROL = "control.sock"
Tell = Callable[[str], None]


class LabRefused(Exception):
    """It cannot be done; `todo` says what a person can do about it."""

    def __init__(self, message: str, todo: str = "") -> None:
        super().__init__(message)
        self.todo = todo


class LabDiffers(Exception):
    """Packets did what the model does not say."""


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab by its folder."""

    folder: Path

    @property
    def up(self) -> bool:
        return self.process is not None

    @property
    def process(self) -> int | None:
        """The one process outside; None where it has ended, or where its number belongs to another one now."""
        try:
            told = json.loads((self.folder / "state.json").read_text())
            pid, began = int(told["pid"]), str(told["began"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return pid if _began(pid) == began else None

    @property
    def first(self) -> int:
        """The first process inside, by its number outside. Raises LabRefused."""
        pid = self.process
        if pid is None:
            raise LabRefused("no lab is up", "Start one with `caretaker lab up`.")
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def refuse_unless_possible() -> None:
    """Raises LabRefused: what this machine lacks, all of it at once."""
    if sys.platform != "linux":
        raise LabRefused("the lab needs Linux: it is made of network namespaces")
    if os.geteuid() != 0:
        raise LabRefused(
            "the lab needs root: it makes network namespaces", "Run it with sudo, or as root in a container."
        )
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{SBIN}"
    missing = sorted({package for command, package in COMMANDS.items() if not shutil.which(command)})
    if missing:
        raise LabRefused(f"the lab needs {', '.join(missing)}", f"apt-get install {' '.join(missing)}")
    if not Path("/dev/net/tun").exists():
        raise LabRefused(
            "/dev/net/tun is missing", "Open vSwitch in user space needs it: modprobe tun, or give it to the container."
        )


def up(lab: Lab, switches: int, mode: str, tell: Tell) -> None:
    """Raises LabRefused; what was begun is taken down again then."""
    refuse_unless_possible()
    if lab.up:
        raise LabRefused(f"a lab is up already ({lab.folder})", "Take it down first: caretaker lab down")
    if lab.folder.exists():
        tell("a lab that was killed left its folder behind: removed")
        remove(lab)
    lab.folder.mkdir(mode=0o700, parents=True)
    try:
        _start(lab, switches, mode, tell)
    except BaseException:
        down(lab, keep=True)
        raise


def _start(lab: Lab, switches: int, mode: str, tell: Tell) -> None:
    inside = (sys.executable, "-P", "-m", "controller.lab.keeper", str(lab.folder), str(switches), mode)
    # The shell is the first process: it gathers the orphans of all others, and ends when the keeper does.
    words = ("unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", '"$@" & wait $!', "lab", *inside)  # fmt: skip
    with (lab.folder / "keeper.log").open("ab") as log:
        child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    (lab.folder / "state.json").write_text(json.dumps({"pid": child.pid, "began": _began(child.pid)}))
    with child.stdout or open(os.devnull) as lines:  # noqa: PTH123
        for told in map(json.loads, lines):
            if "say" in told:
                tell(told["say"])
            elif "ready" in told:
                return
            else:
                raise LabRefused(str(told.get("failed")), f"The whole story is in {lab.folder}.")
    raise LabRefused("the lab ended before it was up", f"The whole story is in {lab.folder}.")


def down(lab: Lab, *, keep: bool = False) -> bool:
    """Whether one was up. `keep`: its folder stays, for whoever looks for what went wrong."""
    pid = lab.process
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _gone(pid, lab)
    if not keep:
        remove(lab)
    return pid is not None


def _gone(pid: int, lab: Lab) -> None:
    end = time.monotonic() + 20
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
    while lab.process == pid and _state(pid) != "Z" and time.monotonic() < end:
        time.sleep(0.05)  # noqa: TID251 (nobody could wake us)


def remove(lab: Lab) -> None:
    """Processes that are just ending may still write: tried until it is empty."""
    end = time.monotonic() + 10
    while lab.folder.exists() and time.monotonic() < end:
        shutil.rmtree(lab.folder, ignore_errors=True)
        if lab.folder.exists():
            time.sleep(0.05)  # noqa: TID251


def ask(lab: Lab, request: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """One request; raises LabRefused, or LabDiffers where packets and model do."""
    if not lab.up:
        raise LabRefused("no lab is up", "Start one with `caretaker lab up`.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(str(lab.folder / CONTROL))
        except OSError as error:
            raise LabRefused(
                f"the lab does not answer ({error})", f"Is it still coming up? {lab.folder}/keeper.log"
            ) from error
        with line.makefile("rw") as file:
            file.write(json.dumps(request) + "\n")
            file.flush()
            return _last(file, tell)


def _last(lines: Iterator[str], tell: Tell) -> Mapping[str, Any]:
    for told in map(json.loads, lines):
        if "say" in told:
            tell(told["say"])
        elif "done" in told:
            return dict(told["done"])
        elif told.get("differs"):
            raise LabDiffers(told["failed"])
        else:
            raise LabRefused(told.get("failed", "the lab ended"))
    raise LabRefused("the lab ended in the middle of it")


def enter(lab: Lab, host: str, command: Sequence[str]) -> Sequence[str]:
    """The command line that runs something at one of its hosts."""
    into = ("nsenter", f"--target={lab.first}", "--mount", "--pid", "--net", "--ipc")
    return (*into, "ip", "netns", "exec", host, *(command or ("sh", "-i")))


def _began(pid: int) -> str:
    """The moment a process began, in ticks since the machine's start; empty where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
