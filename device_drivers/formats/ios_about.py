"""What IOS tells people: read by the templates of ntc-templates, and nothing is decided by it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.formats.templates import about
from device_drivers.model import Reader

_COMMANDS = (
    "show ap cdp neighbors",
    "show ap summary",
    "show authentication sessions",
    "show authentication sessions method details",
    "show cdp neighbors detail",
    "show dhcp lease",
    "show dot1x all",
    "show interface link",
    "show interfaces",
    "show interfaces description",
    "show ip interface",
    "show ip vrf interfaces",
    "show ipv6 neighbors",
    "show lldp neighbors detail",
    "show logging",
    "show port-security interface interface",
    "show running-config interface",
    "show running-config partition access-list",
    "show switch detail",
    "show version",
    "show vlans",
)
ABOUT: Mapping[str, Reader] = MappingProxyType(
    {command: about(f"cisco_ios_{command.replace(' ', '_')}") for command in _COMMANDS}
)
