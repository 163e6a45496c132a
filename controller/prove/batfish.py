"""Files for Batfish, a network verifier that nobody here wrote: a snapshot of `configs/NAME.cfg`.

Only gateways whose platforms Batfish knows are written in their own words; the others stand in as IOS routers with the
same lists, which is what is to be checked. No layer 1 topology: its edges need the port at both ends, and the gateways
are joined by their subnets anyway. Source: Batfish documentation, "Packaging snapshots".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network

from controller.policy import Policy
from controller.prove.proof import Gateway
from device_drivers.acl import junos
from device_drivers.acl.dialect import Dialect
from device_drivers.acl.dialects import EOS, IOS
from device_drivers.acl.told import told
from device_drivers.model import AccessList, SetAccessList

_WITH_PREFIX: frozenset[str] = frozenset({EOS.platform})


def snapshot(policy: Policy, gateways: Iterable[Gateway]) -> Mapping[str, str]:
    """File name -> content. Lists that could not be read are left out, and a comment says so."""
    return {f"configs/{way.name}.cfg": "\n".join((*_config(policy, way), "")) for way in gateways}


def _config(policy: Policy, way: Gateway) -> Iterator[str]:
    if way.platform == "juniper_junos":
        yield from _junos(policy, way)
        return
    dialect = EOS if way.platform == EOS.platform else IOS
    yield "! RANCID-CONTENT-TYPE: " + ("arista" if dialect is EOS else "cisco")
    yield f"hostname {way.name}"
    for name, segment in policy.segments.items():
        yield f"interface Vlan{segment.vlan}"
        yield f" description {name}"
        yield from (f" {line}" for line in _addresses(segment.subnets, dialect))
        yield "!"
    for interface, bound in way.lists.items():
        yield from _lists(dialect, interface, bound)


def _lists(dialect: Dialect, interface: str, bound: AccessList | None) -> Iterator[str]:
    """As a configuration: what a device is told, without what it is told to delete."""
    if bound is None:
        yield f"! {interface} has a list that cannot be said here"
        return
    inside = False
    for line in told(dialect, SetAccessList(bound.name, interface, None, bound)):
        if line == dialect.leaves:
            inside = False
        elif not line.startswith("no "):
            yield f" {line}" if inside else line
            inside = True


def _addresses(subnets: Iterable[object], dialect: Dialect) -> Iterator[str]:
    for net in (ip_network(str(subnet)) for subnet in subnets):
        host = net.network_address + 1
        if net.version == 6:
            yield f"ipv6 address {host}/{net.prefixlen}"
        elif dialect.platform in _WITH_PREFIX:
            yield f"ip address {host}/{net.prefixlen}"
        else:
            yield f"ip address {host} {net.netmask}"


def _junos(policy: Policy, way: Gateway) -> Iterator[str]:
    yield f"set system host-name {way.name}"
    for segment in policy.segments.values():
        for net in (ip_network(str(subnet)) for subnet in segment.subnets):
            inet = "inet6" if net.version == 6 else "inet"
            host = f"{net.network_address + 1}/{net.prefixlen}"
            yield f"set interfaces irb unit {segment.vlan} family {inet} address {host}"
    for interface, bound in way.lists.items():
        lines = junos.told(SetAccessList(bound.name, interface, None, bound)) if bound else ()
        yield from (line for line in lines if line.startswith("set "))
