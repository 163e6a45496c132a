"""How IOS prints its tables: ports, VLANs, the forwarding table and the neighbours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from device_drivers.simulator.ios_ports import Port
from device_drivers.simulator.site import NeighbourSite

_CDP_CODES = {"bridge": "S I", "access-point": "T B I", "phone": "H P M", "router": "R"}
_CDP_PLATFORMS = {"bridge": "WS-C2960X", "access-point": "AIR-AP280", "phone": "IP Phone", "router": "ISR4331"}
_LLDP_CODES = {"bridge": "B", "access-point": "W", "phone": "B,T", "router": "R"}


def status(ports: Sequence[Port]) -> str:
    rows = ["", "Port      Name               Status       Vlan       Duplex  Speed Type"]
    for port in ports:
        state = "disabled" if port.shut else "connected" if port.up else "notconnect"
        vlan = "routed" if port.routed else "trunk" if port.trunking else str(port.access_vlan)
        duplex, speed = ("a-full", "a-1000") if port.up else ("auto", "auto")
        rows.append(
            f"{port.name:<9} {port.description[:18]:<18} {state:<12} {vlan:<10} {duplex:>6} {speed:>6} 10/100/1000BaseT"
        )
    return "\n".join(rows) + "\n"


def switchport(ports: Iterable[Port], vlans: Mapping[int, str]) -> str:
    return "\n".join(_switchport(port, vlans) for port in ports)


def _switchport(port: Port, vlans: Mapping[int, str]) -> str:
    if port.routed:
        return f"Name: {port.name}\nSwitchport: Disabled\n"
    mode = "down" if not port.up else "trunk" if port.trunking else "static access"
    bundle = f" (member of bundle Po{port.bundle})" if port.bundle else ""
    return f"""Name: {port.name}
Switchport: Enabled
Administrative Mode: {port.wanted}
Operational Mode: {mode}{bundle}
Administrative Trunking Encapsulation: dot1q
Negotiation of Trunking: {"On" if port.wanted.startswith("dynamic") else "Off"}
Access Mode VLAN: {_named(port.access_vlan, vlans)}
Trunking Native Mode VLAN: 1 (default)
Administrative Native VLAN tagging: enabled
Voice VLAN: {_named(port.voice_vlan, vlans) if port.voice_vlan else "none"}
Administrative private-vlan host-association: none
Operational private-vlan: none
Trunking VLANs Enabled: ALL
Pruning VLANs Enabled: 2-1001
Capture Mode Disabled
Capture VLANs Allowed: ALL

Protected: false
Appliance trust: none
"""


def _named(number: int, vlans: Mapping[int, str]) -> str:
    return f"{number} ({vlans.get(number, 'Inactive')})"


def vlan_brief(ports: Iterable[Port], vlans: Mapping[int, str]) -> str:
    members: dict[int, list[str]] = {}
    for port in ports:
        if not port.routed and not port.trunking and not port.bundle:
            members.setdefault(port.access_vlan, []).append(port.name)
    rows = ["", "VLAN Name                             Status    Ports"]
    rows.append("---- -------------------------------- --------- -------------------------------")
    for number, name in vlans.items():
        lines = textwrap.wrap(", ".join(members.get(number, ())), 31, break_on_hyphens=False) or [""]
        rows.append(f"{number:<4} {name[:32]:<32} {'active':<9} {lines[0]}".rstrip())
        rows.extend(" " * 48 + line for line in lines[1:])
    for number, name in ((1002, "fddi"), (1003, "token-ring"), (1004, "fddinet"), (1005, "trnet")):
        rows.append(f"{number} {name + '-default':<32} act/unsup")
    return "\n".join(rows) + "\n"


def mac_table(rows: Sequence[tuple[int, str, str]]) -> str:
    """(VLAN, MAC with colons, port) -> the table."""
    head = ["          Mac Address Table", "-" * 43, "", "Vlan    Mac Address       Type        Ports"]
    head += ["----    -----------       --------    -----", " All    0100.0ccc.cccc    STATIC      CPU"]
    body = [f"{vlan:>4}    {dotted(mac)}    DYNAMIC     {port}" for vlan, mac, port in sorted(rows)]
    return "\n".join((*head, *body, f"Total Mac Addresses for this criterion: {len(body) + 1}")) + "\n"


def dotted(mac: str) -> str:
    digits = mac.replace(":", "")
    return f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"


def cdp(ports: Iterable[Port]) -> str:
    rows = [
        "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge",
        "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone, ",
        "                  D - Remote, C - CVTA, M - Two-port Mac Relay ",
        "",
        "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID",
    ]
    found = _speaking(ports, "cdp")
    for port, seen in found:
        local = f"{port.long[:3]} {port.name.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')}"
        rest = f"{local:<18}{'155':<11}{_CDP_CODES[seen.kind]:<12}{_CDP_PLATFORMS[seen.kind]:<10}{seen.port}"
        rows += [seen.name, " " * 17 + rest] if len(seen.name) > 16 else [f"{seen.name:<17}{rest}"]
    return "\n".join((*rows, "", f"Total cdp entries displayed : {len(found)}")) + "\n"


def lldp(ports: Iterable[Port]) -> str:
    rows = [
        "Capability codes:",
        "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
        "",
        "Device ID           Local Intf     Hold-time  Capability      Port ID",
    ]
    found = _speaking(ports, "lldp")
    rows += [
        f"{seen.name[:20]:<20}{port.name:<15}{'120':<11}{_LLDP_CODES[seen.kind]:<16}{seen.port}" for port, seen in found
    ]
    return "\n".join((*rows, "", f"Total entries displayed: {len(found)}")) + "\n"


def power_inline(ports: Iterable[Port]) -> str:
    rows = ["Available:370.0(w)  Used:0.0(w)  Remaining:370.0(w)", ""]
    rows += ["Interface Admin  Oper       Power   Device              Class Max"]
    rows += [" " * 28 + "(Watts)", "--------- ------ ---------- ------- ------------------- ----- ----"]
    for port in ports:
        fed = port.powers and not port.shut
        state, watts, what, kind = ("on", "6.3", "Ieee PD", "2") if fed else ("off", "0.0", "n/a", "n/a")
        rows.append(f"{port.name:<9} auto   {state:<10} {watts:<7} {what:<19} {kind:<5} 30.0")
    return "\n".join(rows) + "\n"


def _speaking(ports: Iterable[Port], protocol: str) -> list[tuple[Port, NeighbourSite]]:
    return [
        (port, port.neighbour) for port in ports if port.up and port.neighbour and port.neighbour.protocol == protocol
    ]


def spanning_tree(ports: Iterable[Port]) -> str:
    """The first bridge that is seen is the way to the root."""
    rows = ["", "VLAN0001", "  Spanning tree enabled protocol rstp", "  Root ID    Priority    32769", ""]
    rows += ["Interface           Role Sts Cost      Prio.Nbr Type"]
    rows += ["------------------- ---- --- --------- -------- --------------------------------"]
    up = [port for port in ports if port.up and not port.routed]
    root = next((port for port in up if port.neighbour and port.neighbour.kind == "bridge"), None)
    for number, port in enumerate(up, 1):
        rows.append(f"{port.name:<19} {'Root' if port is root else 'Desg'} FWD 4         128.{number:<4} P2p")
    return "\n".join((*rows, "")) + "\n"


def bundle_summary(ports: Iterable[Port], numbers: Sequence[int]) -> str:
    members: dict[int, list[str]] = {number: [] for number in numbers}
    for port in ports:
        if port.bundle:
            members.setdefault(port.bundle, []).append(f"{port.name}({'P' if port.up else 'D'})")
    rows = [
        "Flags:  D - down        P - bundled in port-channel",
        "        I - stand-alone s - suspended",
        "        R - Layer3      S - Layer2",
        "        U - in use      f - failed to allocate aggregator",
        "",
        f"Number of channel-groups in use: {len(members)}",
        f"Number of aggregators:           {len(members)}",
        "",
        "Group  Port-channel  Protocol    Ports",
        "------+-------------+-----------+" + "-" * 47,
    ]
    rows += [f"{number:<7}{f'Po{number}(SU)':<14}{'  LACP':<12}{' '.join(held)}" for number, held in members.items()]
    return "\n".join(rows) + "\n"
