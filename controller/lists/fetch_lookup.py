"""From a host's name to its addresses, past the school's own filter. ●

A list that blocks its own source could otherwise never be put right by its source.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address

from controller import resolvers
from controller.addresses import Endpoint
from controller.lists.fetch_place import Address, FetchFailed

Lookup = Callable[[str], Sequence[Address]]
"""All addresses of a name. Raises FetchFailed where there are none."""


def lookup_past(own: Iterable[Endpoint], upstreams: Sequence[Endpoint]) -> Lookup:
    """Asks the upstreams where there are any, else the machine's resolvers but for `own`, the filter's addresses."""
    filters = tuple(own)
    if upstreams:
        return lambda name: _asked(name, tuple(upstreams))
    machine = resolvers.of_machine()
    others = tuple(each for each in machine if not _is_among(each, filters))
    if others == machine:
        return _by_the_system
    return lambda name: _asked(name, others)


def _is_among(resolver: Endpoint, filters: Iterable[Endpoint]) -> bool:
    return any(
        resolver.port == own.port and (resolver.host == own.host or ip_address(own.host).is_unspecified)
        for own in filters
    )


def _asked(name: str, servers: Sequence[Endpoint]) -> Sequence[Address]:
    if not servers:
        raise FetchFailed("this machine asks its own filter for names; name other resolvers under dns.upstreams")
    found = resolvers.addresses(name, servers)
    if not found:
        raise FetchFailed(f"no address of {name} at {', '.join(map(str, servers))}")
    return found


def _by_the_system(name: str) -> Sequence[Address]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"no address of {name}: {error}") from error
    return tuple(dict.fromkeys(ip_address(str(place[4][0]).partition("%")[0]) for place in found))
