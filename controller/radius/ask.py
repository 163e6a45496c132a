"""What FreeRADIUS tells of a sign-on or a session, read from the attributes of its REST module. Pure.

Two attributes are FreeRADIUS's own word and never came over the network: `Caretaker-Client`, the switch whose secret
the packet was made with, and `Caretaker-Person`, who was proven by EAP. Everything else is what the switch says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address

from inventory.model import Mac, parse_mac

Attributes = Mapping[str, Sequence[str]]
"""Attribute -> its values, as text."""

CLIENT, PERSON = "Caretaker-Client", "Caretaker-Person"
MAC, USER, PORT, PORT_NAME, SESSION = "Calling-Station-Id", "User-Name", "NAS-Port", "NAS-Port-Id", "Acct-Session-Id"
LONGEST = 64
"""Characters of a name of a port, a session or a person."""


class UnreadableAsk(ValueError):
    """It cannot be told which device is meant, or where: nothing is guessed, FreeRADIUS answers quarantine."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One device wants in. `person` is proven by EAP; None where only the MAC speaks (MAB)."""

    mac: Mac
    client: str
    port: str | None = None
    session: str | None = None
    person: str | None = None


class Step(StrEnum):
    START = "Start"
    INTERIM = "Interim-Update"
    STOP = "Stop"
    ON = "Accounting-On"
    OFF = "Accounting-Off"


@dataclass(frozen=True, slots=True)
class Account:
    """One word of RADIUS accounting (RFC 2866). `mac` is None where the whole switch speaks: it starts or ends."""

    step: Step
    client: str
    at: datetime
    mac: Mac | None = None
    port: str | None = None
    session: str | None = None
    user: str | None = None
    """Who the switch says is signed on; it may be an outer name that nobody proved."""
    address: str | None = None


def read_ask(attributes: Attributes) -> Ask:
    """Raises UnreadableAsk, also where a sign-on by MAC speaks for another MAC than the one at the port."""
    mac = _mac(attributes)
    person = _text(attributes, PERSON)
    if person is None and _named(attributes) not in (None, mac):
        raise UnreadableAsk(f"{USER} is another MAC than {MAC}")
    return Ask(mac, _client(attributes), _port(attributes), _text(attributes, SESSION), person)


def read_account(attributes: Attributes, now: datetime) -> Account:
    """Raises UnreadableAsk. Without a moment that makes sense it counts as told now."""
    said = _text(attributes, "Acct-Status-Type")
    try:
        step = Step(said or "")
    except ValueError as error:
        raise UnreadableAsk(f"Acct-Status-Type: expected one of {', '.join(Step)}") from error
    client, at = _client(attributes), _moment(attributes, now)
    if step in (Step.ON, Step.OFF):
        return Account(step, client, at)
    user, address = _text(attributes, USER), _address(attributes)
    return Account(step, client, at, _mac(attributes), _port(attributes), _text(attributes, SESSION), user, address)


def person_of(name: str | None) -> str | None:
    """The name a school knows a person by: without domain or realm; None of a computer (`host/…`, `pc-1$`)."""
    if not name or name.startswith("host/") or name.endswith("$"):
        return None
    return name.rpartition("\\")[2].partition("@")[0] or None


def _client(attributes: Attributes) -> str:
    client = _text(attributes, CLIENT)
    if client is None:
        raise UnreadableAsk(f"{CLIENT} is missing: use the configuration of `caretaker radius init`")
    return client


def _mac(attributes: Attributes) -> Mac:
    said = _text(attributes, MAC)
    if said is None:
        raise UnreadableAsk(f"{MAC} is missing: let the switch send it")
    try:
        # Wi-Fi controllers add the network: "3C-22-FB-05-00-11:Pupils".
        return parse_mac(said[:17] if said[17:18] == ":" else said)
    except ValueError as error:
        raise UnreadableAsk(f"{MAC}: {error}") from error


def _named(attributes: Attributes) -> Mac | None:
    """The MAC that stands as the user's name in a sign-on by MAC."""
    try:
        return parse_mac(_text(attributes, USER) or "")
    except ValueError:
        return None


def _port(attributes: Attributes) -> str | None:
    return _text(attributes, PORT_NAME) or _text(attributes, PORT)


def _address(attributes: Attributes) -> str | None:
    for name in ("Framed-IP-Address", "Framed-IPv6-Address"):
        said = _text(attributes, name)
        try:
            found = ip_address(said) if said else None
        except ValueError:
            continue
        if found is not None and not (found.is_unspecified or found.is_multicast or found.is_loopback):
            return str(found)
    return None


def _moment(attributes: Attributes, now: datetime) -> datetime:
    """When it happened: switches send late what they could not send at once. A clock that is wrong is not believed."""
    delay = _text(attributes, "Acct-Delay-Time")
    seconds = int(delay) if delay and delay.isdecimal() and len(delay) <= 4 else 0
    return datetime.fromtimestamp(now.timestamp() - seconds, UTC)


def _text(attributes: Attributes, name: str) -> str | None:
    """The one value of an attribute; None where it is missing or empty. Raises UnreadableAsk for several."""
    values = attributes.get(name, ())
    if len(values) > 1:
        raise UnreadableAsk(f"{name} stands there {len(values)} times")
    text = values[0].strip() if values else ""
    if len(text) > LONGEST or not text.isprintable():
        raise UnreadableAsk(f"{name}: expected at most {LONGEST} characters that can be printed")
    return text or None
