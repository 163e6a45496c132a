"""Where else this resolver answers: the records of `_dns.resolver.arpa` (RFC 9462 §4, RFC 9460, RFC 9461)."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address

from dns_filter.names import to_wire
from dns_filter.servers import Server

DOT_ALPN = ("dot",)
DOH_ALPN = ("h2", "http/1.1")
DOH_PATH = "/dns-query"
_ALPN, _PORT, _IPV4HINT, _IPV6HINT, _DOHPATH = 1, 3, 4, 6, 7


def designated(name: str, dot: Sequence[Server], doh: Sequence[Server]) -> tuple[bytes, ...]:
    """RDATAs of type SVCB, the cheaper way first; none without a name, which clients check in the certificate.

    A client that does not know the name needs the certificate to hold the plain resolver's address too (§4.2).
    """
    if not name:
        return ()
    template = f"{DOH_PATH}{{?dns}}".encode()
    ways = [(DOT_ALPN, dot, b""), (DOH_ALPN, doh, _param(_DOHPATH, template))]
    return tuple(
        _rdata(priority, name, alpn, port, places, further)
        for priority, (alpn, all_places, further) in enumerate(ways, 1)
        for port, places in _by_port(all_places).items()
    )


def _by_port(places: Sequence[Server]) -> dict[int, list[Server]]:
    return {port: [each for each in places if each.port == port] for port in sorted({each.port for each in places})}


def _rdata(priority: int, name: str, alpn: Sequence[str], port: int, places: Sequence[Server], further: bytes) -> bytes:
    protocols = b"".join(len(each).to_bytes() + each.encode() for each in alpn)
    addresses = [ip_address(place.host) for place in places]
    real = [each for each in addresses if not each.is_unspecified]
    four = b"".join(each.packed for each in real if isinstance(each, IPv4Address))
    six = b"".join(each.packed for each in real if not isinstance(each, IPv4Address))
    params = _param(_ALPN, protocols) + _param(_PORT, port.to_bytes(2)) + _param(_IPV4HINT, four)
    # In the order of their keys, as the form demands.
    return priority.to_bytes(2) + to_wire(name) + params + _param(_IPV6HINT, six) + further


def _param(key: int, value: bytes) -> bytes:
    return key.to_bytes(2) + len(value).to_bytes(2) + value if value else b""
