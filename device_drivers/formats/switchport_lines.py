"""Changes of ports in the `interface … / switchport …` language."""

from __future__ import annotations

from device_drivers.encode import port_name, vlan_id
from device_drivers.model import Bounce, SetAccessVlan, SetShutdown


def port_lines(change: SetAccessVlan | SetShutdown | Bounce, opens: str = "interface {}") -> tuple[str, ...]:
    """Lines for configuration mode. The moved port keeps its mode: it was an access port, or it would not be moved."""
    match change:
        case SetAccessVlan(_, _, becomes):
            told: tuple[str, ...] = (f"switchport access vlan {vlan_id(becomes)}",)
        case SetShutdown(_, _, becomes):
            told = ("shutdown" if becomes else "no shutdown",)
        case Bounce():
            told = ("shutdown", "no shutdown")
    return (opens.format(port_name(change.port)), *told, "exit")
