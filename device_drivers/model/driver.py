"""A driver: one platform as a value, and what it can."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from device_drivers.model.changes import Change
from device_drivers.model.observed import Observed


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
    DENY = "client-deny"
    """It keeps a client off the air until it is let on again."""
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
    DENIED = "denied"
    LEASES = "leases"
    POWER = "power"
    CONFIG = "configuration"
    ABOUT = "about"
    """Model, version, uptime: read for people, nothing is decided by it."""


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
    """How a platform takes a push back by itself unless it is confirmed. `{minutes}` stands for how long it waits,
    `{stamp}` for a name of this push alone.

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
    armed: str = ""
    """What the last command of `arm` says where it was taken; a device that does not say it cannot do this (a feature
    that is switched off there). The push is made without, and undone from what was. Empty: it always can."""
    lists_only: bool = False
    """It copies the whole configuration first, which takes seconds: done for access lists, which may cut us off, and
    not for ports, which never carry our own way."""


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
    `power`     the one of `readers` that lists the ports it feeds with power; empty where none is known
    `tried`     what it was tried on besides its simulator: `captures` of real devices, `real` ones, or
                `texts` alone: outputs written after its documentation
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
    power: str = ""
    tried: tuple[str, ...] = ()
