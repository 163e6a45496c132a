"""Hotspots and hubs: a client that gives its network to another one, and a little switch that nobody ordered. ●"""

from __future__ import annotations

from contextlib import suppress

from controller.lab import spaces
from controller.lab.plan import LOOSE, Socket
from controller.lab.spaces import LabFailed, run

CABLE, HUB = "shared", "hub"
OWN = "02:00:00:00:00:fe"
HOTSPOT = "192.168.43.1", "fd43::1"
GUEST = "192.168.43.2", "fd43::2"
_TRANSLATE = (
    "add table inet hotspot; add chain inet hotspot out { type nat hook postrouting priority 100; }; "
    "add rule inet hotspot out oifname eth0 masquerade"
)


def share(name: str, other: str) -> None:
    """`name` has a cable to `other` and nothing else; `other` translates addresses, so that all packets are its own."""
    spaces.batch((f"link add {CABLE} type veth peer name eth0 netns {name}",), at=other)
    for at, end, addresses in ((other, CABLE, HOTSPOT), (name, "eth0", GUEST)):
        lines = (f"address add {addresses[0]}/24 dev {end}", f"address add {addresses[1]}/64 dev {end} nodad")
        spaces.batch((*lines, f"link set {end} up"), at=at)
        run("ethtool", "-K", end, "tx", "off", at=at)
    spaces.batch((f"route add default via {HOTSPOT[0]}", f"route add default via {HOTSPOT[1]}"), at=name)
    run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", at=other)
    with suppress(LabFailed):
        run("nft", "delete", "table", "inet", "hotspot", at=other)
    run("nft", _TRANSLATE, at=other)


def unshare(name: str) -> None:
    """The cable, with both of its ends."""
    spaces.batch(("link delete eth0",), at=name)


def make_hub(socket: Socket) -> None:
    """At the loose end of a socket's cable."""
    # The end still bears the MAC of whoever was there last: the hub would keep that one's packets for itself.
    own = f"link set {socket.end} address {OWN}"
    lines = (own, f"link add {HUB} type bridge", f"link set {socket.end} master {HUB}", f"link set {socket.end} up")
    spaces.batch((*lines, f"link set {HUB} up"), at=LOOSE)


def join_hub(name: str, mac: str) -> None:
    spaces.batch((f"link add {_port(name)} type veth peer name eth0 netns {name}",), at=LOOSE)
    spaces.batch((f"link set {_port(name)} master {HUB}", f"link set {_port(name)} up"), at=LOOSE)
    spaces.batch((f"link set eth0 address {mac}", "link set eth0 up"), at=name)
    run("ethtool", "-K", "eth0", "tx", "off", at=name)


def leave_hub(name: str, socket: Socket, *, empty: bool) -> None:
    """With the last one the hub goes as well, and the socket's cable is loose again."""
    spaces.batch(("link delete eth0",), at=name)
    if empty:
        spaces.batch((f"link set {socket.end} nomaster", f"link set {socket.end} down", f"link delete {HUB}"), at=LOOSE)


def _port(name: str) -> str:
    return f"hub-{name}"[:15]
