"""Access lists of IOS: the running configuration as it prints them."""

from __future__ import annotations

from device_drivers.acl.dialects import IOS
from device_drivers.acl.families import Lists
from device_drivers.acl.read import read_lists as read
from device_drivers.formats.ios_ports import short_port

# Names that IOS prints for one protocol only (IP Services command reference, access-list (extended)).
_OF_UDP = frozenset({"bootps", "bootpc", "tftp", "ntp", "netbios-ns", "netbios-dgm", "netbios-ss", "snmp", "snmptrap",
                     "isakmp", "syslog", "rip", "non500-isakmp"})  # fmt: skip
_OF_BOTH = frozenset({"domain", "sunrpc"})


def port_word(protocol: str, port: int) -> str:
    """How IOS prints a port: by its name where it has one."""
    names = (name for name, number in IOS.shown.items() if number == port)
    return next((name for name in names if _is_of(name, protocol)), str(port))


def _is_of(name: str, protocol: str) -> bool:
    return name != "ssh" and (name in _OF_BOTH or (name in _OF_UDP) == (protocol == "udp"))


def read_lists(text: str) -> Lists:
    """Lists and inbound bindings of a running configuration (whole, or its sections); see `device_drivers.acl.read`."""
    return read(IOS, text, short_port)
