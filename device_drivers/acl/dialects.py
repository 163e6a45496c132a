"""The platforms whose access lists are lines in blocks, each with the manual it was written from.

cisco_ios         Security Configuration Guide, "IP Access List", "IPv6 ACLs" (no IPv4 and IPv6 list of one name)
arista_eos        EOS User Manual, "ACLs and Route Maps"
aruba_aoscx       AOS-CX ACLs and Classifier Policies Guide ("apply access-list" replaces what is applied)
aruba_osswitch    ArubaOS-Switch Access Security Guide and IPv6 Configuration Guide 16.x; hp_procurve before it
ruckus_fastiron   FastIron Command Reference ("ip access-list extended", "ipv6 access-list")
dell_os10         OS10 User Guide, "Access Control Lists"
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.acl.dialect import Dialect, Half, Place

_SIX = MappingProxyType({"ip": "ipv6"})
_SIX_V6 = MappingProxyType({"ip": "ipv6", "icmp": "icmpv6"})
# What a device prints for a number it was sent. Only numbers that have one name whatever the protocol stand here.
_COMMON = {"ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "www": 80, "pop3": 110,
           "ntp": 123, "bootps": 67, "bootpc": 68, "tftp": 69, "snmp": 161, "snmptrap": 162}  # fmt: skip
_IOS = _COMMON | {"sunrpc": 111, "ident": 113, "nntp": 119, "bgp": 179, "irc": 194, "exec": 512, "login": 513,
                  "cmd": 514, "lpd": 515, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ss": 139, "isakmp": 500,
                  "syslog": 514, "rip": 520, "non500-isakmp": 4500}  # fmt: skip

IOS = Dialect(
    platform="cisco_ios",
    four=Half("ip access-list extended {}", "ip access-group {} in", Place.WILDCARD),
    six=Half("ipv6 access-list {}", "ipv6 traffic-filter {} in", Place.PREFIX, _SIX),
    interface="interface Vlan{}",
    shown=MappingProxyType(_IOS),
)
EOS = Dialect(
    platform="arista_eos",
    four=Half("ip access-list {}", "ip access-group {} in", Place.PREFIX),
    six=Half("ipv6 access-list {}", "ipv6 access-group {} in", Place.PREFIX, _SIX_V6),
    interface="interface Vlan{}",
    shown=MappingProxyType(_COMMON | {"https": 443}),
)
AOS_CX = Dialect(
    platform="aruba_aoscx",
    four=Half("access-list ip {}", "apply access-list ip {} in", Place.MASK, MappingProxyType({"ip": "any"})),
    six=Half(
        "access-list ipv6 {}",
        "apply access-list ipv6 {} in",
        Place.BARE,
        MappingProxyType({"ip": "any", "icmp": "icmpv6"}),
    ),
    interface="vlan {}",
    remark="comment",
    makes_first=True,
    shown=MappingProxyType(
        {"dns": 53, "dhcp-server": 67, "dhcp-client": 68, "http": 80, "https": 443, "ntp": 123, "ssh": 22}
    ),
)
AOS_S = Dialect(
    platform="aruba_osswitch",
    four=Half('ip access-list extended "{}"', 'ip access-group "{}" in', Place.ONLY_WILDCARD),
    six=Half('ipv6 access-list "{}"', 'ipv6 access-group "{}" in', Place.ONLY_PREFIX, _SIX),
    interface="vlan {}",
    quoted=True,
    makes_first=True,
    shown=MappingProxyType({"dns": 53, "http": 80, "bootps": 67, "bootpc": 68, "ntp": 123, "ssl": 443}),
)
FASTIRON = Dialect(
    platform="ruckus_fastiron",
    four=Half("ip access-list extended {}", "ip access-group {} in", Place.WILDCARD),
    six=Half("ipv6 access-list {}", "ipv6 traffic-filter {} in", Place.PREFIX, _SIX),
    interface="interface ve {}",
    makes_first=True,
    shown=MappingProxyType(_COMMON | {"dns": 53, "http": 80, "ssl": 443}),
)
OS10 = Dialect(
    platform="dell_os10",
    four=Half("ip access-list {}", "ip access-group {} in", Place.PREFIX),
    six=Half("ipv6 access-list {}", "ipv6 access-group {} in", Place.PREFIX, _SIX_V6),
    interface="interface vlan{}",
    makes_first=True,
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {each.platform: each for each in (IOS, EOS, AOS_CX, AOS_S, FASTIRON, OS10)}
    | {"hp_procurve": AOS_S, "cisco_xe": IOS}
)
