"""How the boxes of the lab boot: shell scripts for switches and gateway, configurations of sshd and dnsmasq. Pure.

Each runs in a mount namespace of its own. What has to outlive a power cut lies in the box's folder, as on its flash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from controller.lab.plan import (
    FEEDS,
    HOSTS,
    LOOSE,
    SERVER_4,
    VLANS,
    Layout,
    gateway_4,
    management_address,
    subnet,
)

ACCOUNT = "caretaker"
HOME = "/run/box"
OVS = "/run/openvswitch"
SUDO = '#!/bin/sh\n# Whoever logs in to a box of the lab is root there already.\nshift\nexec "$@"\n'
UPLINK = "uplink"
AGING = 15
"""Seconds for which a switch remembers a MAC that is silent: the shortest that Open vSwitch knows."""


def sshd_config(folder: str, address: str) -> str:
    words = (
        f"HostKey {folder}/host-key", f"ListenAddress {address}", "UsePAM no", "PermitRootLogin yes",
        "PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UseDNS no", "StrictModes no",
        "PrintMotd no", "PidFile none", "LogLevel ERROR", "MaxStartups 60", "Subsystem sftp internal-sftp",
    )  # fmt: skip
    return "".join(f"{line}\n" for line in words)


def passwd() -> str:
    """The accounts of every box, in place of the machine's own: none of those can log in to the lab."""
    return f"root:x:0:0::/root:/bin/sh\nsshd:x:74:65534::/run/sshd:/usr/sbin/nologin\n{ACCOUNT}:x:0:0::{HOME}:/bin/sh\n"


def shadow(secret: str) -> str:
    return f"root:*:20000:0:99999:7:::\n{ACCOUNT}:{secret}:20000:0:99999:7:::\n"


def _own_home(folder: str) -> Iterator[str]:
    yield "set -e"
    yield f"mkdir -p {quote(folder)}/home {HOME}"
    yield f"mount --bind {quote(folder)}/home {HOME}"


def _let_in(folder: str) -> str:
    return f"exec /usr/sbin/sshd -D -e -f {quote(folder)}/sshd_config"


def switch_script(folder: str, switch: str, layout: Layout) -> str:
    """Two daemons of Open vSwitch in user space, the ports as they were before Caretaker came, and sshd."""
    daemon = f"--pidfile --detach --no-chdir --log-file={quote(folder)}"
    base, places = f"{quote(folder)}/conf.db", (f"{OVS}/db.sock", f"{quote(folder)}/db.sock")
    make = f"ovsdb-tool create {base} /usr/share/openvswitch/vswitch.ovsschema"
    remotes = " ".join(f"--remote=punix:{place}" for place in places)
    lines = [
        *_own_home(folder),
        f"mkdir -p {OVS} && mount -t tmpfs tmpfs {OVS}",
        f"[ -e {base} ] || {{ new=1; {make}; }}",
        f"ovsdb-server {base} {remotes} {daemon}/db.log",
        "ovs-vsctl --no-wait init",
        f"ovs-vswitchd {daemon}/switch.log",
        f'[ -z "$new" ] || ovs-vsctl {" ".join(_ports(switch, layout))}',
        "for i in $(seq 100); do ip link show mgmt >/dev/null 2>&1 && break; sleep 0.05; done",
        f"ip address add {management_address(switch)}/24 dev mgmt 2>/dev/null || true",
        "ip link set mgmt up",
        f"ip route replace default via {gateway_4(VLANS['management'])}",
        _let_in(folder),
    ]
    return "\n".join(lines) + "\n"


def _ports(switch: str, layout: Layout) -> Iterator[str]:
    """One transaction. What leads to gateway, server and other switches is a trunk, and so never touched."""
    yield f"add-br br0 -- set Bridge br0 datapath_type=netdev other_config:mac-aging-time={AGING}"
    for socket in layout.sockets(switch):
        yield f"-- add-port br0 {socket.port} tag={socket.vlan}"
    for port in trunks(switch, layout.switches):
        yield f"-- add-port br0 {port}"
    if switch == layout.switches[0]:
        for vlan in VLANS.values():
            yield f"-- add-port br0 gw{vlan} {_untagged(f'gw{vlan}', vlan)}"
        yield f"-- add-port br0 srv {_untagged('srv', VLANS['management'])}"
    yield f"-- add-port br0 mgmt tag={VLANS['management']} -- set Interface mgmt type=internal"


def _untagged(port: str, vlan: int) -> str:
    """A trunk that carries one VLAN, without a tag: the kernel here knows no 802.1Q devices."""
    return f"tag={vlan} vlan_mode=native-untagged trunks={vlan} -- set Port {port} other_config:priority-tags=never"


def trunks(switch: str, switches: Sequence[str]) -> Sequence[str]:
    """Its ports to other switches: the first switch is the middle of a star."""
    first, *others = switches
    return tuple(f"to-{other}" for other in others) if switch == first else (UPLINK,)


def ports_of(switch: str, layout: Layout) -> Sequence[str]:
    """Every end of a cable at this switch."""
    more = (*(f"gw{vlan}" for vlan in VLANS.values()), "srv") if switch == layout.switches[0] else ()
    return (*(each.port for each in layout.sockets(switch)), *trunks(switch, layout.switches), *more)


def gateway_script(folder: str) -> str:
    """Routes, address translation on both feeds, addresses for everybody; and what Caretaker kept over a reboot."""
    kept = f"{HOME}/caretaker-boot/ruleset.nft"
    lines = [
        *_own_home(folder),
        f"mkdir -p {quote(folder)}/misc && mount --bind {quote(folder)}/misc /var/lib/misc",
        "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=1",
        f"[ ! -e {kept} ] || nft -f {kept}",
        f"nft {quote(_translation())}",
        f"dnsmasq {' '.join(map(quote, _dnsmasq(folder)))}",
        _let_in(folder),
    ]
    return "\n".join(lines) + "\n"


def _translation() -> str:
    chain = "add chain inet lab out { type nat hook postrouting priority 100; policy accept; }"
    feeds = ", ".join(f'"{feed}"' for feed in FEEDS)
    return (
        f"add table inet lab; {chain}; flush chain inet lab out; add rule inet lab out oifname {{ {feeds} }} masquerade"
    )


def _dnsmasq(folder: str) -> Iterator[str]:
    yield from (
        "--conf-file=/dev/null",
        "--port=0",
        "--no-ping",
        "--dhcp-authoritative",
        "--dhcp-broadcast",
        "--user=root",
    )
    yield from (f"--pid-file={folder}/dnsmasq.pid", "--bind-dynamic", "--interface=vlan*", "--log-facility=/dev/null")
    yield f"--dhcp-option=option:dns-server,{SERVER_4}"
    for name, vlan in VLANS.items():
        if name != "management":
            net = subnet(vlan).network_address
            lasts = "2m" if name == "quarantine" else "1h"
            yield f"--dhcp-range={net + 200},{net + 250},255.255.255.0,{lasts}"
            yield from (f"--dhcp-host={host.mac},{net + 100 + host.number}" for host in HOSTS)


def cables(layout: Layout) -> Iterator[str]:
    """Every cable, as lines for `ip -batch`. Those of wall sockets end in a namespace of loose ends."""
    first = layout.switches[0]
    for socket in layout.all_sockets():
        yield _cable(socket.switch, socket.port, LOOSE, socket.end)
    for vlan in VLANS.values():
        yield _cable(first, f"gw{vlan}", "gateway", f"vlan{vlan}")
    yield _cable(first, "srv", "server", "eth0")
    for feed in FEEDS:
        yield _cable("gateway", feed, "internet", feed)
    yield from (_cable(first, f"to-{other}", other, UPLINK) for other in layout.switches[1:])


def _cable(here: str, port: str, there: str, far: str) -> str:
    return f"link add {port} netns {here} type veth peer name {far} netns {there}"


def links(layout: Layout) -> Iterator[tuple[str, Iterable[str]]]:
    """For each namespace the lines that take its links up and give it its addresses."""
    for switch in layout.switches:
        yield switch, ("link set lo up", *(f"link set {port} up" for port in ports_of(switch, layout)))
    yield "gateway", _gateway_links()
    yield "server", _server_links()


def _gateway_links() -> Iterator[str]:
    yield "link set lo up"
    for vlan in VLANS.values():
        yield f"address add {gateway_4(vlan)}/24 dev vlan{vlan}"
        yield f"address add fd00:{vlan}::1/64 dev vlan{vlan} nodad"
        yield f"link set vlan{vlan} up"
    yield from feed_links()


def feed_links(only: Sequence[str] = tuple(FEEDS)) -> Iterator[str]:
    """Both feeds lead out; the first one as long as it is there."""
    for metric, (feed, (four, via4, six, via6)) in enumerate(FEEDS.items(), 1):
        if feed in only:
            yield f"address replace {four} dev {feed}"
            yield f"address replace {six} dev {feed} nodad"
            yield f"link set {feed} up"
            yield f"route replace default via {via4} dev {feed} metric {metric * 10}"
            yield f"route replace default via {via6} dev {feed} metric {metric * 10}"


def _server_links() -> Iterator[str]:
    yield "link set lo up"
    yield f"address add {SERVER_4}/24 dev eth0"
    yield f"address add fd00:{VLANS['management']}::5/64 dev eth0 nodad"
    yield "link set eth0 up"
    yield f"route add default via {gateway_4(VLANS['management'])}"
    yield f"route add default via fd00:{VLANS['management']}::1"
