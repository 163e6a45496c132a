"""What a switch, Wi-Fi controller or gateway can say and can be told.

Errors, and what the loop does with each:

    DeviceError
    ├── Unreachable        no answer, cut off, deadline passed     -> retried with backoff
    ├── Refused            it answered no ("% Invalid input")      -> set aside and shown
    ├── Unreadable         its output is not what we can read      -> set aside and shown
    ├── HostKeyChanged     not the key that was enrolled           -> set aside, alarm, no password sent
    ├── LoginRefused       wrong password                          -> two tries, then set aside: never lock an account
    └── DriverBug          our own driver failed on what it said   -> set aside alone, shown and counted as a bug
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from inventory.model import Mac


class DeviceError(Exception):
    """Something went wrong between us and a managed device. `device` is its inventory name or empty."""

    def __init__(self, message: str, device: str = "") -> None:
        super().__init__(message)
        self.device = device


class Unreachable(DeviceError): ...


class Refused(DeviceError): ...


class Unreadable(DeviceError):
    """`line` is the offending line of the device's output, cut to 200 characters."""

    def __init__(self, message: str, line: str = "", device: str = "") -> None:
        super().__init__(message, device)
        self.line = line[:200]


class HostKeyChanged(DeviceError):
    """`enrolled` and `offered` are SHA256 fingerprints."""

    def __init__(self, enrolled: str, offered: str, device: str = "") -> None:
        super().__init__(f"host key changed: enrolled {enrolled}, offered {offered}", device)
        self.enrolled, self.offered = enrolled, offered


class LoginRefused(DeviceError): ...


class DriverBug(DeviceError):
    """A mistake of ours, met in the words of one device: the others are not to stand still for it."""


class Capability(StrEnum):
    """What a driver can do. What a platform cannot, the console says."""

    ACCESS_VLAN = "access-vlan"
    BOUNCE = "port-bounce"
    SHUT = "port-shut"
    ACCESS_LIST = "access-list"
    STATEFUL = "stateful"
    """Its access lists know conversations: replies pass by themselves."""
    ACCESS_LIST_6 = "access-list-ipv6"
    CLIENT_ROLE = "client-role"
    DISCONNECT = "client-disconnect"
    SSID = "ssid"
    """It can take a Wi-Fi network off the air and put it back."""
    LEASE = "lease"
    """The device itself ends what it was given, at the moment it was given (`can_lease`)."""
    LEASES_READ = "dhcp-leases"
    WIRELESS_CLIENTS = "wireless-clients"
    READ_BACK = "read-back"
    COMMIT_CONFIRM = "commit-confirm"
    SAVE = "save"


class Kind(StrEnum):
    """What one command is read for: the row type of each kind stands in `device_drivers.rows`."""

    PORTS = "ports"
    MODES = "port-modes"
    VLANS = "vlans"
    MACS = "macs"
    NEIGHBOURS = "neighbours"
    LAGS = "lags"
    STP = "stp"
    ARP = "arp"
    ACLS = "acls"
    WIRELESS = "wireless"
    LEASES = "leases"
    CONFIG = "configuration"
    ABOUT = "about"
    """Model, version, uptime: read for people, nothing is decided by it."""


class PortKind(StrEnum):
    """UNKNOWN counts as an uplink: it is never touched."""

    ACCESS = "access"
    TRUNK = "trunk"
    LAG_MEMBER = "lag-member"
    ROUTED = "routed"
    UNKNOWN = "unknown"


class NeighbourKind(StrEnum):
    BRIDGE = "bridge"
    ACCESS_POINT = "access-point"
    PHONE = "phone"
    ROUTER = "router"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ObservedPort:
    """One port as the device describes it. `access_vlan` is None where it has none (trunk, routed)."""

    name: str
    kind: PortKind
    up: bool
    access_vlan: int | None = None
    description: str = ""
    shut: bool = False
    """Switched off by somebody, not merely without a cable. False where the platform does not say."""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A row of the forwarding (MAC address) table."""

    mac: Mac
    vlan: int
    port: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An LLDP or CDP neighbour behind a port."""

    port: str
    name: str
    kind: NeighbourKind


@dataclass(frozen=True, slots=True)
class Lease:
    """A DHCP lease or an ARP entry: which MAC has which address."""

    mac: Mac
    address: str
    hostname: str | None = None
    vlan: int | None = None


@dataclass(frozen=True, slots=True)
class WirelessClient:
    """A client on the air. `role` and `vlan` are what the platform says is in force, where it says so."""

    mac: Mac
    access_point: str = ""
    role: str = ""
    vlan: int | None = None
    address: str | None = None


class Verb(StrEnum):
    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Ace:
    """One entry of an access list. Networks in CIDR or `any`; `port` is the destination port or None for all.

    `remark` is free text of a person; a driver passes it through `encode.cli_text` before sending it.
    """

    verb: Verb
    protocol: str
    """`ip`, `tcp`, `udp` or `icmp`."""
    source: str
    destination: str
    port: int | None = None
    remark: str = ""
    family: int | None = None
    """4 or 6 where an entry from `any` to `any` is of one family only; None: both, or what its networks say."""
    established: bool = False
    """Only packets of a TCP conversation the other side began (ACK or RST set): replies, on a stateless device."""


@dataclass(frozen=True, slots=True)
class AccessList:
    """An ordered list of entries; what no entry matches is denied. Names of ours begin with `caretaker-`."""

    name: str
    entries: tuple[Ace, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """All that was read from one device in one go. A driver leaves empty what its platform has not."""

    ports: tuple[ObservedPort, ...] = ()
    table: tuple[TableEntry, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    leases: tuple[Lease, ...] = ()
    vlans: frozenset[int] = frozenset()
    access_lists: Mapping[str, AccessList] = field(default_factory=lambda: MappingProxyType({}))
    bindings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Interface or segment -> name of the access list in force there."""
    grants: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Address or subnet with a leased way out -> seconds left, as the gateway itself counts them."""
    root_ports: frozenset[str] = frozenset()
    """Ports towards the root of the spanning tree: uplinks, whatever else they look like."""
    clients: tuple[WirelessClient, ...] = ()
    ssids: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    """Wi-Fi network by the name it has on the controller -> is it on the air?"""


@dataclass(frozen=True, slots=True)
class SetAccessVlan:
    """Move an access port to another VLAN."""

    port: str
    was: int
    becomes: int


@dataclass(frozen=True, slots=True)
class SetAccessList:
    """Put an access list in place of another as a whole; `interface` is where it is bound."""

    name: str
    interface: str
    was: AccessList | None
    becomes: AccessList | None


@dataclass(frozen=True, slots=True)
class GrantInternet:
    """Open the way out for an address or subnet until `becomes`; the gateway closes it by itself.

    `was` and `becomes` are ends (aware UTC), None where there is no grant: `becomes=None` closes now.
    """

    source: str
    was: datetime | None
    becomes: datetime | None


@dataclass(frozen=True, slots=True)
class SetShutdown:
    """Switch a port off (`becomes=True`) or on again."""

    port: str
    was: bool
    becomes: bool


@dataclass(frozen=True, slots=True)
class Bounce:
    """Take the link of a port down and up, so that its device asks for an address again."""

    port: str


@dataclass(frozen=True, slots=True)
class SetClientRole:
    """Give a client on the air another role (or user group, or VLAN: what the platform calls it)."""

    client: Mac
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Throw a client off the air; it may come back, into what is then in force for it."""

    client: Mac


@dataclass(frozen=True, slots=True)
class SetSsid:
    """Put a Wi-Fi network on the air (`becomes=True`) or take it off."""

    ssid: str
    was: bool
    becomes: bool


Change = SetAccessVlan | SetAccessList | GrantInternet | SetShutdown | Bounce | SetClientRole | Disconnect | SetSsid


def undo(change: Change) -> Change:
    """The change that puts back what was there before."""
    match change:
        case SetAccessVlan(port, was, becomes):
            return SetAccessVlan(port, becomes, was)
        case SetAccessList(name, interface, was, becomes):
            return SetAccessList(name, interface, becomes, was)
        case GrantInternet(source, was, becomes):
            return GrantInternet(source, becomes, was)
        case SetShutdown(port, was, becomes):
            return SetShutdown(port, becomes, was)
        case SetClientRole(client, was, becomes):
            return SetClientRole(client, becomes, was)
        case SetSsid(ssid, was, becomes):
            return SetSsid(ssid, becomes, was)
        case Bounce() | Disconnect():
            return change  # what was put back is noticed only by a device that has to ask again


@dataclass(frozen=True, slots=True)
class Reader:
    """How the output of one command is read. Pure; raises Unreadable, never gives half of a table.

    `quiet` says that nothing at all is a true answer to this command (no leases, no neighbours).
    """

    kind: Kind
    read: Callable[[str], Collection[object]]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class CommitConfirm:
    """How a platform takes a push back by itself unless it is confirmed. `{minutes}` stands for how long it waits.

    `arm`     commands before the push
    `commit`  configuration lines at the end of the push, in place of the driver's `commit`
    `keep`    confirms: commands, or configuration lines where `keep_in_config`
    `back`    takes it back at once
    """

    arm: tuple[str, ...] = ()
    commit: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    in_config: bool = False
    """`keep` and `back` are configuration lines."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One platform as a value. `parse` and `render` are pure.

    `reads`     commands whose outputs `parse` needs, by these very texts
    `parse`     outputs by command -> Observed; raises Unreadable, never an empty table for unreadable output
    `render`    (changes, now) -> lines to send, in order; `now` turns an end into the seconds a device counts.
                Raises Refused for a change the platform cannot make: it renders what `can` says and nothing else
    `config`    lines are sent in the platform's configuration mode
    `refusals`  texts by which the platform says no, as a line begins
    `save`      commands that make the running configuration survive a reboot; empty where nothing is to be saved
    `readers`   every command whose output can be read, `reads` and more, by its text as a person types it
    `answers`   questions a command may end in -> what is answered, without return ("(Y/N)[N] ?" -> "y")
    `commit`    configuration lines that put what was sent in force, where a platform has a candidate configuration
    `confirm`   None where a push cannot take itself back
    `prompt`    regular expression of what follows the device's name in its prompt
    `tried`     what it was tried on besides its simulator: `captures` of real devices, `real` ones
    `observes`  why nothing, or not all, is changed on this platform: shown to people
    """

    platform: str
    netmiko_type: str
    title: str
    can: frozenset[Capability]
    reads: tuple[str, ...]
    parse: Callable[[Mapping[str, str]], Observed]
    render: Callable[[Sequence[Change], datetime], tuple[str, ...]]
    refusals: tuple[str, ...]
    config: bool = True
    save: tuple[str, ...] = ()
    readers: Mapping[str, Reader] = field(default_factory=lambda: MappingProxyType({}))
    answers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    commit: tuple[str, ...] = ()
    confirm: CommitConfirm | None = None
    prompt: str = r"\S*[>#]"
    observes: str = ""
    tried: tuple[str, ...] = ()


class Session(Protocol):
    """A live connection to one device. Every call has a deadline and raises a DeviceError."""

    def read(self, commands: Sequence[str]) -> Mapping[str, str]: ...

    def send(self, lines: Sequence[str], *, config: bool) -> str:
        """Raises Refused with the device's own words; lines after the refused one are not sent."""
        ...

    def save(self, commands: Sequence[str]) -> None: ...

    def close(self) -> None: ...
