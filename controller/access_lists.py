"""What each segment may reach: one access list for each gateway interface (F10, and no way from pupils to staff)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from controller.policy import Policy
from device_drivers.model import AccessList, Ace, Verb

ANY = "any"
DNS_PORTS = (53, 853)
_DHCP_SERVER = 67

# Whom a segment may not reach, by purpose. Staff print and manage boards; nobody else starts a conversation inwards.
CLOSED_TO: Mapping[str, tuple[str, ...]] = {
    "pupils": ("staff", "management", "things", "quarantine"),
    "guest": ("pupils", "staff", "management", "things", "quarantine"),
    "things": ("pupils", "staff", "management", "quarantine"),
    "staff": ("quarantine",),
}


def access_lists(policy: Policy, filters: Sequence[str]) -> Mapping[str, AccessList]:
    """By interface (`vlan20`). `filters` are the filter's addresses; without one there are no lists at all:
    a rule "DNS only to the filter" that names no filter would cut off every name.

    The management segment has none: it is the way by which a mistake is put right.
    """
    if not filters:
        return {}
    purposes = {name: segment.purpose or name for name, segment in policy.segments.items()}
    return {
        f"vlan{segment.vlan}": AccessList(f"caretaker-{name}", tuple(_entries(policy, purposes[name], filters)))
        for name, segment in policy.segments.items()
        if segment.subnets and purposes[name] != "management"
    }


def _entries(policy: Policy, purpose: str, filters: Sequence[str]) -> Iterable[Ace]:
    yield from (
        Ace(Verb.PERMIT, protocol, ANY, _host(address), port, "names from the filter")
        for address in filters
        for port in DNS_PORTS
        for protocol in ("udp", "tcp")
    )
    if purpose == "quarantine":
        # An address for the device and names for what it needs to be put right; what no entry matches is denied.
        yield Ace(Verb.PERMIT, "udp", ANY, ANY, _DHCP_SERVER, "an address to ask from")
        return
    for port in DNS_PORTS:
        for protocol in ("udp", "tcp"):
            yield Ace(Verb.DENY, protocol, ANY, ANY, port, "no other resolver")
    for closed in CLOSED_TO.get(purpose, ()):
        yield from (
            Ace(Verb.DENY, "ip", ANY, str(subnet), None, f"not to {name}")
            for name, segment in policy.segments.items()
            if (segment.purpose or name) == closed
            for subnet in segment.subnets
        )
    yield Ace(Verb.PERMIT, "ip", ANY, ANY)


def _host(address: str) -> str:
    return address if "/" in address else f"{address}/{128 if ':' in address else 32}"
