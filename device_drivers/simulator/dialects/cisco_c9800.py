"""What a simulated IOS-XE Wi-Fi controller understands: its clients, besides what every IOS device knows."""

from __future__ import annotations

from collections.abc import Mapping

from device_drivers.simulator import ios_acts as acts
from device_drivers.simulator.dialects.cisco_ios import COMMANDS, EXEC
from device_drivers.simulator.ios_conversation import Act, IosConversation
from device_drivers.simulator.ios_machine import IosMemory
from device_drivers.simulator.ios_show import dotted
from device_drivers.simulator.site import PlugSite
from device_drivers.simulator.words import Command

_TITLES = (
    "MAC Address    AP Name                                        Type ID   State             Protocol Method     Role"
)
_TRACKED = (
    "    Network Layer Address                    Link Layer Address     Interface  vlan       prlvl      age"
    "        state      Time left"
)


class Controller(IosMemory):
    """The machine of this dialect. A wireless client is plugged into an access point by its name."""

    def login(self) -> IosConversation:
        return IosConversation(self, _COMMANDS)

    def clients(self) -> tuple[PlugSite, ...]:
        return self.world.at(self.site.name)

    def show_clients(self) -> str:
        clients = self.clients()
        rows = [
            f"{dotted(each.mac)} {each.port[:46]:<46} {'WLAN':<4} {'1':<4} {'Run':<17} {'11ac':<8} {'Dot1x':<10} Local"
            for each in clients
        ]
        head = [f"Number of Clients: {len(clients)}", "", _TITLES, "-" * 121]
        return "\n".join((*head, *rows, "", "Number of Excluded Clients: 0")) + "\n\n"

    def show_tracking(self) -> str:
        known = [each for each in self.clients() if each.address]
        head = [
            f"Binding Table has {len(known)} entries, {len(known)} dynamic (limit 200000)",
            "Codes: L - Local, S - Static, ND - Neighbor Discovery, ARP - Address Resolution Protocol, DH4 - IPv4 DHCP",
            "",
            _TRACKED,
        ]
        rows = [
            f"DH4 {each.address or '':<40} {dotted(each.mac):<22} {'capwap_90':<10} {each.vlan or 1:<10} {'0024':<10} "
            f"{'18s':<10} {'REACHABLE':<10} 291 s"
            for each in known
        ]
        return "\n".join((*head, *rows)) + "\n\n"


def _show_wlans(talk: IosConversation) -> str:
    sections = talk.memory.running.sections
    named = [(*section.split()[1:4], rows) for section, rows in sections.items() if section.startswith("wlan ")]
    head = [f"Number of WLANs: {len(named)}", ""]
    if named:
        head += [f"{'ID':<4} {'Profile Name':<32} {'SSID':<32} {'Status':<6} Security", "-" * 94]
    rows = [
        f"{number:<4} {profile:<32} {ssid:<32} {'UP' if 'no shutdown' in lines else 'DOWN':<6} [WPA2][802.1x][AES]"
        for profile, number, ssid, lines in named
    ]
    return "\n".join((*head, *rows, ""))


def _enter_wlan(talk: IosConversation, profile: str) -> str:
    """Only one that is there: to make one takes its number and SSID too."""
    sections = talk.memory.running.sections
    section = next((name for name in sections if name.startswith(f"wlan {profile} ")), None)
    if section is None:
        return "% Incomplete command.\n"
    talk.go("config-wlan", section)
    return ""


def _clients(talk: IosConversation) -> str:
    return talk.memory.show_clients() if isinstance(talk.memory, Controller) else ""


def _tracking(talk: IosConversation) -> str:
    return talk.memory.show_tracking() if isinstance(talk.memory, Controller) else ""


_EXEC: Mapping[str, Act] = {
    **EXEC,
    "show wireless client summary": _clients,
    "show device-tracking database": _tracking,
    "show wlan summary": _show_wlans,
    "wireless client mac-address <word> deauthenticate": acts.nothing,
}
_WLAN: Mapping[str, Act] = {
    "shutdown": acts.drop("no shutdown"),
    "no shutdown": acts.put("no shutdown", "no shutdown"),
    "exit": acts.up,
    "end": acts.end,
}
_COMMANDS: Mapping[str, tuple[Command[Act], ...]] = {
    **COMMANDS,
    "exec": tuple(Command(pattern, act) for pattern, act in _EXEC.items()),
    "config": (*COMMANDS["config"], Command("wlan <word>", _enter_wlan)),
    "config-wlan": tuple(Command(pattern, act) for pattern, act in _WLAN.items()),
}

MACHINE = Controller
