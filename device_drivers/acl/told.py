"""Access lists as lines to send: loaded beside the one in force, bound, loaded under the real name, bound again.

An interface bound to a half-loaded list denies too much, one bound to a missing list permits everything: there is no
moment at which either is in force. Where nothing of ours is in force yet the real name is loaded at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from device_drivers.acl import FAMILIES, split
from device_drivers.acl.dialect import Dialect, entry_text
from device_drivers.acl.names import on_device, vlan_of
from device_drivers.encode import cli_text, port_name, vlan_id
from device_drivers.model import AccessList, Ace, Refused, SetAccessList, Verb

NOTHING = (Ace(Verb.DENY, "ip", "any", "any"),)


def told(dialect: Dialect, change: SetAccessList) -> tuple[str, ...]:
    """The lines of one change. Raises Refused for a name or an entry the platform cannot hold."""
    if change.becomes is None:
        return tuple(_taken_away(dialect, change))
    return tuple(_swapped(dialect, change, change.becomes))


def _swapped(dialect: Dialect, change: SetAccessList, becomes: AccessList) -> Iterator[str]:
    steps = (True, False) if change.was is not None else (False,)
    for staged in steps:
        names = {family: on_device(change.name, family, staged=staged) for family in FAMILIES}
        for family, entries in split(becomes).items():
            yield from loaded(dialect, family, names[family], entries or NOTHING)
        yield from _bound(dialect, change.interface, [dialect.half(f).binds.format(names[f]) for f in FAMILIES])
    yield from _without(dialect, change.name, staged=True)


def loaded(dialect: Dialect, family: int, name: str, entries: tuple[Ace, ...]) -> Iterator[str]:
    """One list anew. What stands under this name must not be in force."""
    yield from _gone(dialect, family, name)
    yield dialect.half(family).opens.format(name)
    for ace in entries:
        remark = cli_text(ace.remark)
        if remark:
            yield f'{dialect.remark} "{remark}"' if dialect.quoted else f"{dialect.remark} {remark}"
        yield entry_text(dialect, family, ace)
    yield dialect.leaves


def _gone(dialect: Dialect, family: int, name: str) -> Iterator[str]:
    """Some platforms say no when what is to be deleted does not exist: there it is made first."""
    opening = dialect.half(family).opens.format(name)
    if dialect.makes_first:
        yield from (opening, dialect.leaves)
    yield f"no {opening}"


def _taken_away(dialect: Dialect, change: SetAccessList) -> Iterator[str]:
    unbound = [f"no {dialect.half(family).binds.format(on_device(change.name, family))}" for family in FAMILIES]
    yield from _bound(dialect, change.interface, unbound)
    yield from _without(dialect, change.name, staged=False)
    yield from _without(dialect, change.name, staged=True)


def _without(dialect: Dialect, name: str, *, staged: bool) -> Iterator[str]:
    for family in FAMILIES:
        yield from _gone(dialect, family, on_device(name, family, staged=staged))


def _bound(dialect: Dialect, interface: str, lines: list[str]) -> Iterator[str]:
    yield opened(dialect, interface)
    yield from lines
    yield dialect.leaves


def opened(dialect: Dialect, interface: str) -> str:
    """The line that opens the block of an interface: a routed VLAN in the platform's spelling, or a port by name."""
    vlan = vlan_of(interface)
    if vlan is not None:
        return dialect.interface.format(vlan_id(vlan))
    if not dialect.interface.startswith("interface "):
        raise Refused(f"lists of this platform are bound to VLANs, not to {interface[:40]!r}")
    return f"interface {port_name(interface)}"
