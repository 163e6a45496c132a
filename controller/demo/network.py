"""The demo's network for the simulator: switches as they were before Caretaker came, and what is plugged in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controller.demo import roster
from controller.demo.roster import Placed
from inventory.model import PortRef, Purpose, Switch

DIALECTS = {"cisco_ios": "cisco_ios", "linux_gateway": "linux", "cisco_c9800": "cisco_c9800"}
EMPTY_BUT_OPEN = PortRef(roster.CLASSES, "Gi1/0/23")
"""An empty wall socket that was left in the pupils' VLAN: the first plan puts it to rest in quarantine."""


def site(first_port: int, username: str, password: str, control: str) -> Mapping[str, Any]:
    """The content of SITE.json."""
    placed = roster.placed()
    devices = [_device(switch, placed, username, password) for switch in roster.switches(first_port)]
    return {"devices": devices, "world": [_plug(p) for p in placed], "directory": "network", "control": control}


def _device(switch: Switch, placed: tuple[Placed, ...], username: str, password: str) -> Mapping[str, Any]:
    is_access = switch.purpose is Purpose.ACCESS
    return {
        "name": switch.name,
        "dialect": DIALECTS[switch.platform],
        "host": switch.host,
        "port": switch.ssh_port,
        "username": username,
        "password": password,
        "vlans": {str(number): name for number, name in roster.VLANS.items()},
        "ports": _ports(switch, placed) if is_access else [],
    }


def _ports(switch: Switch, placed: tuple[Placed, ...]) -> list[Mapping[str, Any]]:
    there = {p.port.port: p for p in placed if p.port and p.port.switch == switch.name}
    ports: list[Mapping[str, Any]] = [
        _access_port(PortRef(switch.name, f"Gi1/0/{number}"), there) for number in range(1, roster.ACCESS_PORTS + 1)
    ]
    ports.append({"name": roster.AP_PORT, "kind": "trunk", "description": "access point", "neighbour": _AP})
    ports.append({"name": roster.UPLINK, "kind": "trunk", "description": "uplink to the gateway", "neighbour": _CORE})
    return ports


_AP = {"name": "ap-1", "kind": "access-point", "protocol": "lldp", "port": "eth0"}
_CORE = {"name": "gateway", "kind": "bridge", "protocol": "cdp", "port": "Gi1/0/1"}


def _access_port(ref: PortRef, there: Mapping[str, Placed]) -> Mapping[str, Any]:
    found = there.get(ref.port)
    resting = 20 if ref == EMPTY_BUT_OPEN else 999
    return {
        "name": ref.port,
        "kind": "access",
        "vlan": found.vlan if found else resting,
        "description": f"socket {ref.port.rpartition('/')[2]}",
    }


def _plug(placed: Placed) -> Mapping[str, Any]:
    port = placed.port or PortRef(roster.WIFI, f"ap-{placed.device.room or 'hall'}")
    return {
        "mac": placed.device.mac,
        "switch": port.switch,
        "port": port.port,
        "address": placed.address,
        "hostname": placed.device.name,
        "vlan": None if placed.port else placed.vlan,
    }
