"""What the readers of one command give: a row type for each kind of table, the same for every platform.

PORTS, MODES   PortRow        MACS   TableEntry     NEIGHBOURS  Neighbour    LAGS   LagRow     STP   StpRow
POWER          PowerRow       DENIED DeniedRow
VLANS          VlanRow        ARP, LEASES  Lease    WIRELESS    WirelessClient    ACLS   ListRow   ABOUT  a mapping
"""

from __future__ import annotations

from dataclasses import dataclass

from device_drivers.model import AccessList, PortKind
from inventory.model import Mac


@dataclass(frozen=True, slots=True)
class PortRow:
    """What one command says of a port; None where it says nothing of it. Another command may say the rest."""

    port: str
    up: bool | None = None
    kind: PortKind | None = None
    access_vlan: int | None = None
    description: str = ""
    shut: bool = False


@dataclass(frozen=True, slots=True)
class VlanRow:
    """A VLAN that ports can be in. Members are None where the command does not list them."""

    vlan: int
    name: str = ""
    untagged: frozenset[str] | None = None
    tagged: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class LagRow:
    """A bundle and every port that belongs to it, working or not."""

    lag: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class StpRow:
    """`role` in lower case: `root`, `designated`, `alternate`, `backup`, `disabled`."""

    port: str
    role: str
    vlan: int | None = None


@dataclass(frozen=True, slots=True)
class PowerRow:
    """Does something behind the port draw power from it?"""

    port: str
    feeds: bool


@dataclass(frozen=True, slots=True)
class DeniedRow:
    """A client that is kept off the air; `ours` where the entry carries our mark."""

    mac: Mac
    ours: bool = False


@dataclass(frozen=True, slots=True)
class ListRow:
    """An access list and where it is bound inwards. `entries` is None for a list of others we could not say."""

    name: str
    entries: AccessList | None
    bound: frozenset[str] = frozenset()
