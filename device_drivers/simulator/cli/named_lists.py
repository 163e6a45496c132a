"""Access lists by name, and VLANs' own interfaces, where a vendor took them from IOS word for word."""

from __future__ import annotations

from collections.abc import Mapping

from device_drivers.simulator.cli import acts
from device_drivers.simulator.cli.dialect import Act
from device_drivers.simulator.words import Check

LISTS: Mapping[str, Act] = {
    "ip access-list <word>": acts.enter("config-acl", "ip access-list {}"),
    "ipv6 access-list <word>": acts.enter("config-acl", "ipv6 access-list {}"),
    "no ip access-list <word>": acts.remove("ip access-list {}"),
    "no ipv6 access-list <word>": acts.remove("ipv6 access-list {}"),
}
BINDING: Mapping[str, Act] = {
    "ip access-group <word> in": acts.put("ip access-group", "ip access-group {} in"),
    "no ip access-group <word> in": acts.drop("ip access-group"),
    "ipv6 access-group <word> in": acts.put("ipv6 access-group", "ipv6 access-group {} in"),
    "no ipv6 access-group <word> in": acts.drop("ipv6 access-group"),
}
ENTRIES: Mapping[str, Act] = {
    "permit <line>": acts.add("permit {}"),
    "deny <line>": acts.add("deny {}"),
    "remark <line>": acts.add("remark {}"),
    "exit": acts.up,
    "end": acts.end,
}


def svi(spelt: str, last: int) -> Check:
    """`vlan20` in any case, up to the platform's last VLAN -> as the platform spells it."""

    def check(typed: str) -> str | None:
        number = typed[4:] if typed.lower().startswith("vlan") else ""
        return f"{spelt}{number}" if number.isdigit() and 1 <= int(number) <= last else None

    return check
