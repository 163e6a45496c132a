"""A gateway of its own in a network namespace, with real nftables; and neighbours to send packets through it."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from device_drivers.platforms.linux_gateway import NFT


class Namespace:
    """One network namespace, kept by a process that waits."""

    def __init__(self, keeper: subprocess.Popen[bytes]) -> None:
        self._keeper = keeper

    @property
    def pid(self) -> int:
        return self._keeper.pid

    def words(self, *command: str) -> list[str]:
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", *command]

    def run(self, line: str) -> tuple[int, str]:
        """A shell line as the gateway's account would run it; sudo is left out, the test is root."""
        done = subprocess.run(
            self.words("sh", "-c", line.replace(NFT, "nft", 1)), capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def must(self, *lines: str) -> None:
        for line in lines:
            status, said = self.run(line)
            assert status == 0, f"{line}: {said}"

    def answers(self, commands: Sequence[str]) -> dict[str, str]:
        return {command: self.run(command)[1] for command in commands}

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(self.words(*command), stdout=subprocess.PIPE, text=True)


@contextmanager
def namespace() -> Iterator[Namespace]:
    # `unshare` becomes the command, so the process we hold is the one in the namespace.
    with subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        keeper.stdin.write(b"up\n")
        keeper.stdin.flush()
        assert keeper.stdout.readline() == b"up\n"
        yield Namespace(keeper)
        keeper.stdin.close()


@contextmanager
def three() -> Iterator[tuple[Namespace, Namespace, Namespace]]:
    """A client behind `vlan20` of a gateway, and the internet behind its `wan`: 10.20.0.7, 192.0.2.1."""
    with ExitStack() as stack:
        client, gateway, internet = (stack.enter_context(namespace()) for _ in range(3))
        for inner, outer, near, far, there in (
            ("vlan20", "eth0", "10.20.0.1/24", "10.20.0.7/24", client),
            ("wan", "eth0", "192.0.2.254/24", "192.0.2.1/24", internet),
        ):
            gateway.must(
                f"ip link add dev {inner} type veth peer name {outer} netns {there.pid}",
                f"ip address add {near} dev {inner}",
                f"ip link set {inner} up",
            )
            there.must(
                "ip link set lo up",
                f"ip address add {far} dev {outer}",
                f"ip link set {outer} up",
                f"ip route add default via {near.partition('/')[0]}",
            )
        gateway.must("echo 1 > /proc/sys/net/ipv4/ip_forward")
        yield client, gateway, internet


def quoted(*words: str) -> str:
    return shlex.join(words)
