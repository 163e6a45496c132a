"""What a simulated gateway understands: a Unix shell with nft, ip neigh and a lease file."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

from device_drivers.formats.nft_boot import keep_line
from device_drivers.simulator.machine import Answer
from device_drivers.simulator.nft_grammar import steps
from device_drivers.simulator.nft_listing import listing
from device_drivers.simulator.nft_model import Nft, NftError
from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.world import World

LEASES = "/var/lib/misc/dnsmasq.leases"
LEASE_TIME = 3600
_LIST = re.compile(r"list table (inet \S+)$")


class Gateway:
    """The machine of this dialect. Nothing but what was kept in the boot file outlives a reboot."""

    def __init__(self, site: DeviceSite, world: World, clock: Callable[[], float]) -> None:
        self.site, self.world, self.clock = site, world, clock
        self.greeting = f"Linux {site.name} 6.1.0 (simulated)"
        self.nft = Nft(clock)
        self._boot_file = self.nft.kept()

    def login(self) -> ShellConversation:
        return ShellConversation(self)

    def reboot(self) -> None:
        self.nft.load(self._boot_file)

    def keep(self) -> Answer:
        """The boot file, whole or not at all: there must be a table to be listed."""
        if (listed := self.run_nft(["-j", "list", "table", "inet", "caretaker"])).status:
            return listed
        self._boot_file = self.nft.kept()
        return Answer()

    def configuration(self) -> str:
        answer = self.run_nft(["-j", "list", "table", "inet", "caretaker"])
        return answer.text if answer.status == 0 else ""

    def run_nft(self, words: list[str]) -> Answer:
        as_json, script = words[:1] == ["-j"], " ".join(words[words[:1] == ["-j"] :])
        wanted = _LIST.match(script)
        try:
            if wanted:
                found = listing(self.nft, wanted[1])
                return Answer(json.dumps(found) + "\n") if as_json else _no_text_listing()
            self.nft.change(steps(script))
        except NftError as error:
            return Answer(f"{error}\n{script[:200]}\n", status=1)
        return Answer()

    def neighbours(self) -> str:
        rows = [plug for plug in self.world.everything() if plug.address]
        return "".join(f"{plug.address} dev vlan{self.world.vlan(plug)} lladdr {plug.mac} REACHABLE\n" for plug in rows)

    def leases(self) -> str:
        end = int(self.clock()) + LEASE_TIME
        rows = [plug for plug in self.world.everything() if plug.address]
        return "".join(f"{end} {plug.mac} {plug.address} {plug.hostname or '*'} 01:{plug.mac}\n" for plug in rows)


class ShellConversation:
    """One login of the account `caretaker`."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.page = 0
        self.more = ""
        self.wants_key = False

    def prompt(self) -> str:
        return f"{self.gateway.site.username}@{self.gateway.site.name}:~$ "

    def obey(self, line: str) -> Answer:
        if line == keep_line("sudo -n nft"):
            return self.gateway.keep()
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            return Answer("bash: unexpected EOF while looking for matching `''\n", status=2)
        words = words[2:] if words[:2] == ["sudo", "-n"] else words
        match words:
            case []:
                return Answer()
            case ["nft", *rest]:
                return self.gateway.run_nft(rest)
            case ["ip", "neigh"] | ["ip", "neigh", "show"]:
                return Answer(self.gateway.neighbours())
            case ["cat", path]:
                known = path == LEASES
                return (
                    Answer(self.gateway.leases()) if known else Answer(f"cat: {path}: No such file or directory\n", 1)
                )
            case ["hostname"]:
                return Answer(f"{self.gateway.site.name}\n")
            case ["exit" | "logout", *_]:
                return Answer(closes=True)
            case [command, *_]:
                return Answer(f"bash: {command}: command not found\n", status=127)
        return Answer()


def _no_text_listing() -> Answer:
    return Answer("nft: this simulated gateway lists in JSON only (nft -j)\n", status=1)


MACHINE = Gateway
