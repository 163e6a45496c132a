"""What a simulated IOS switch understands, mode by mode."""

from __future__ import annotations

from collections.abc import Mapping

from device_drivers.simulator import ios_acts as acts
from device_drivers.simulator.ios_conversation import Act, IosConversation
from device_drivers.simulator.ios_machine import IosMemory
from device_drivers.simulator.words import Command


def _table(acts: Mapping[str, Act]) -> tuple[Command[Act], ...]:
    return tuple(Command(pattern, act) for pattern, act in acts.items())


EXEC: Mapping[str, Act] = {
    "show interfaces status": acts.show(IosMemory.show_status),
    "show interfaces switchport": acts.show(IosMemory.show_switchport),
    "show vlan": acts.show(IosMemory.show_vlans),
    "show vlan brief": acts.show(IosMemory.show_vlans),
    "show mac address-table": acts.show(IosMemory.show_table),
    "show cdp neighbors": acts.show(IosMemory.show_cdp),
    "show lldp neighbors": acts.show(IosMemory.show_lldp),
    "show spanning-tree": acts.show(IosMemory.show_spanning_tree),
    "show etherchannel summary": acts.show(IosMemory.show_bundles),
    "show power inline": acts.show(IosMemory.show_power),
    "show running-config": acts.show(IosMemory.show_running),
    "show running-config interface <interface>": acts.show_section,
    "show startup-config": acts.show(IosMemory.show_startup),
    "show ip access-lists": acts.show(IosMemory.show_access_lists),
    "show version": acts.show(IosMemory.show_version),
    "terminal length <number>": acts.page,
    "terminal width <number>": acts.nothing,
    "enable": acts.nothing,
    "configure terminal": acts.configure,
    "configure terminal revert timer <number>": acts.configure_for,
    "configure confirm": acts.confirm,
    "configure revert now": acts.revert,
    "write": acts.write,
    "write memory": acts.write,
    "copy running-config startup-config": acts.copy,
    "exit": acts.leave,
    "logout": acts.leave,
    "quit": acts.leave,
}
_CONFIG: Mapping[str, Act] = {
    "hostname <word>": acts.hostname,
    "interface <interface>": acts.enter("config-if", "interface {}"),
    "vlan <vlan>": acts.enter("config-vlan", "vlan {}"),
    "no vlan <vlan>": acts.remove("vlan {}"),
    "ip access-list extended <word>": acts.enter("config-ext-nacl", "ip access-list extended {}"),
    "no ip access-list extended <word>": acts.remove("ip access-list extended {}"),
    "ipv6 access-list <word>": acts.enter("config-ipv6-acl", "ipv6 access-list {}"),
    "no ipv6 access-list <word>": acts.remove("ipv6 access-list {}"),
    "exit": acts.up,
    "end": acts.end,
}
_INTERFACE: Mapping[str, Act] = {
    "description <line>": acts.put("description", "description {}"),
    "no description": acts.drop("description"),
    "shutdown": acts.put("shutdown", "shutdown"),
    "no shutdown": acts.drop("shutdown"),
    "switchport mode access": acts.put("switchport mode", "switchport mode access"),
    "switchport mode trunk": acts.put("switchport mode", "switchport mode trunk"),
    "switchport mode dynamic auto": acts.drop("switchport mode"),
    "switchport access vlan <vlan>": acts.access_vlan,
    "no switchport access vlan": acts.drop("switchport access vlan"),
    "switchport voice vlan <vlan>": acts.put("switchport voice vlan", "switchport voice vlan {}"),
    "no switchport voice vlan": acts.drop("switchport voice vlan"),
    "switchport trunk native vlan <vlan>": acts.put("switchport trunk native", "switchport trunk native vlan {}"),
    "switchport trunk allowed vlan <word>": acts.put(
        "switchport trunk allowed vlan", "switchport trunk allowed vlan {}"
    ),
    "channel-group <number> mode <word>": acts.put("channel-group", "channel-group {} mode {}"),
    "no channel-group": acts.drop("channel-group"),
    "ip address <word> <word>": acts.put("ip address", "ip address {} {}"),
    "ip access-group <word> in": acts.put("ip access-group", "ip access-group {} in"),
    "no ip access-group <word> in": acts.drop("ip access-group"),
    "ipv6 traffic-filter <word> in": acts.put("ipv6 traffic-filter", "ipv6 traffic-filter {} in"),
    "no ipv6 traffic-filter <word> in": acts.drop("ipv6 traffic-filter"),
    "exit": acts.up,
    "end": acts.end,
}
_ACCESS_LIST: Mapping[str, Act] = {
    "permit <line>": acts.entry("permit"),
    "deny <line>": acts.entry("deny"),
    "remark <line>": acts.remark,
    "exit": acts.up,
    "end": acts.end,
}
COMMANDS: Mapping[str, tuple[Command[Act], ...]] = {
    "exec": _table(EXEC),
    "config": _table(_CONFIG),
    "config-if": _table(_INTERFACE),
    "config-vlan": _table({"name <word>": acts.put("name", "name {}"), "exit": acts.up, "end": acts.end}),
    "config-ext-nacl": _table(_ACCESS_LIST),
    "config-ipv6-acl": _table(_ACCESS_LIST),
}


class IosSwitch(IosMemory):
    """The machine of this dialect."""

    def login(self) -> IosConversation:
        return IosConversation(self, COMMANDS)


MACHINE = IosSwitch
