"""What every Linux switch is told the same way: links down and up, by iproute2."""

from __future__ import annotations

from device_drivers.encode import port_name
from device_drivers.model import Bounce, SetShutdown

SUDO = "$(test $(id -u) = 0 || echo sudo -n)"
"""Nothing for root, who may have no sudo (OpenWrt)."""
REFUSALS = ("sudo:", "bash:", "sh:", "ash:", "/bin/", "Error:", "RTNETLINK", "Cannot ", "Operation not permitted")
_DARK = 3
"""Seconds without a link: enough for a client to notice and to ask for an address again."""


def link_line(change: SetShutdown | Bounce) -> str:
    """One shell command. The switch itself takes a bounced link up again, also when the line to it is cut."""
    link = f"{SUDO} ip link set dev {port_name(change.port)}"
    match change:
        case SetShutdown(_, _, becomes):
            return f"{link} {'down' if becomes else 'up'}"
        case Bounce():
            return f"{link} down; sleep {_DARK}; {link} up"
