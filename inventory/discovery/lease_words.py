"""What a DHCP server tells a program it starts at each lease: Kea, ISC dhcpd and dnsmasq, each in its own way. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from types import MappingProxyType

from inventory.discovery.frames import Heard
from inventory.discovery.frames.heard import address_of, text_of
from inventory.model import Mac, parse_mac

Words = Sequence[str]
Environment = Mapping[str, str]
MOST = 64
"""Leases in one call of Kea."""
_LIST = re.compile(r"[0-9]{1,3}(,[0-9]{1,3}){0,254}")


class UnreadableWords(ValueError):
    """Not what this server says to its hook; the message says what was expected."""


def read_words(kind: str, words: Words, environment: Environment) -> tuple[Heard, ...]:
    """Who has got or renewed an address; nobody where a lease ended. Raises UnreadableWords."""
    return tuple(SERVERS[kind](words, environment))


def _kea(words: Words, environment: Environment) -> Iterator[Heard]:
    """The hook library run_script: the point is the first word, everything else stands in the environment."""
    point = _at(words, 0, "the name of a hook point, such as leases4_committed")
    family = point[6:7] if point.startswith("leases") else point[5:6]
    if family not in ("4", "6"):
        raise UnreadableWords(f"expected a hook point of leases, not {point[:40]!r}")
    if point.endswith("_committed"):
        count = environment.get(f"LEASES{family}_SIZE", "0")
        number = min(int(count), MOST) if count.isdecimal() else 0
        yield from (_of_kea(environment, f"LEASES{family}_AT{each}_") for each in range(number))
    elif point.endswith(("_renew", "_rebind")):
        yield _of_kea(environment, f"LEASE{family}_")


def _of_kea(environment: Environment, before: str) -> Heard:
    asked = environment.get("QUERY4_HWADDR") or environment.get("QUERY6_REMOTE_HWADDR")
    mac = _mac(environment.get(f"{before}HWADDR") or asked)
    return _heard(mac, environment.get(f"{before}ADDRESS"), environment.get(f"{before}HOSTNAME"))


def _isc(words: Words, _: Environment) -> Iterator[Heard]:
    """`execute("…", "commit", address, mac, name)` in dhcpd.conf. It writes octets without leading zeroes."""
    act = _at(words, 0, "commit, release or expiry, address, MAC and name")
    if act == "commit":
        mac = ":".join(part.zfill(2) for part in _at(words, 2, "a MAC").split(":"))
        yield _heard(_mac(mac), _at(words, 1, "an address"), words[3] if len(words) > 3 else None)


def _dnsmasq(words: Words, environment: Environment) -> Iterator[Heard]:
    """`dhcp-script`: add, old or del, MAC (of IPv6 the DUID, and the MAC beside it), address, name."""
    act = _at(words, 0, "add, old or del, MAC and address")
    if act not in ("add", "old"):
        return
    said = environment.get("DNSMASQ_MAC") or _at(words, 1, "a MAC")
    name = words[3] if len(words) > 3 else environment.get("DNSMASQ_SUPPLIED_HOSTNAME")
    asked = environment.get("DNSMASQ_REQUESTED_OPTIONS", "")
    fingerprint = asked if _LIST.fullmatch(asked) else None
    # "06-aa:bb:…" where the network is no Ethernet: then there is no MAC.
    mac, vendor = _mac(said), environment.get("DNSMASQ_VENDOR_CLASS")
    yield _heard(mac, _at(words, 2, "an address"), name, fingerprint, vendor)


SERVERS: Mapping[str, Callable[[Words, Environment], Iterator[Heard]]] = MappingProxyType(
    {"kea": _kea, "isc": _isc, "dnsmasq": _dnsmasq}
)


def _heard(
    mac: Mac, address: str | None, name: str | None, fingerprint: str | None = None, vendor: str | None = None
) -> Heard:
    clean = [text_of(text.encode("utf-8", "replace")) if text and text != "*" else None for text in (name, vendor)]
    return Heard(mac, "lease", _address(address), (clean[0] or "").rstrip(".") or None, fingerprint, clean[1])


def _address(said: str | None) -> str:
    try:
        found = address_of(ip_address(said or "").packed)
    except ValueError:
        found = None
    if found is None:
        raise UnreadableWords(f"expected an address, not {(said or '')[:40]!r}")
    return found


def _mac(said: str | None) -> Mac:
    try:
        return parse_mac(said or "")
    except ValueError as error:
        raise UnreadableWords(f"expected a MAC: {error}") from error


def _at(words: Words, number: int, expected: str) -> str:
    if len(words) <= number:
        raise UnreadableWords(f"expected {expected}")
    return words[number]
