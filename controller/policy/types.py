"""The small types of the policy file: names, times, lengths, dates, networks. Each error says what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface, ip_network
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


ID = r"^[a-z0-9][a-z0-9_-]{0,62}$"
CLAUSE = r"^[FTWDM][0-9]{1,2}$"
TEXT = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
SSID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"
EMAIL = r"^[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,190}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"

USE = r"^(service:)?[a-z0-9][a-z0-9_-]{0,62}$"

Id = Annotated[str, StringConstraints(pattern=ID)]
Use = Annotated[str, StringConstraints(pattern=USE)]
"""A category of the lists, or a service as `service:whatsapp`."""
Clause = Annotated[str, StringConstraints(pattern=CLAUSE)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=TEXT)]
Email = Annotated[str, StringConstraints(pattern=EMAIL)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
Ssid = Annotated[str, StringConstraints(pattern=SSID)]
"""The name of the WLAN on the controller, without blanks: it stands in a command."""
Vlan = Annotated[int, Field(strict=True, ge=1, le=4094)]
YesNo = Annotated[bool, Field(strict=True)]
Network = IPv4Network | IPv6Network
Need = Literal["permission", "scan-receipt"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DURATION = re.compile(r"([0-9]{1,4})\s*(s|m|min|h|d|w|y)")
_UNIT = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_LONGEST = timedelta(days=100 * 365)
_WALL_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"(2[0-9]{3})-([0-9]{2})-([0-9]{2})")
_SHARE = re.compile(r"([0-9]{1,3})\s*%")


def _duration(raw: Any) -> Any:
    if isinstance(raw, timedelta):
        return raw
    match = _DURATION.fullmatch(raw.strip()) if isinstance(raw, str) else None
    length = timedelta(seconds=int(match[1]) * _UNIT[match[2]]) if match else timedelta()
    # A century is the cap: a longer one added to a date could leave the calendar.
    if not timedelta() < length <= _LONGEST:
        raise ValueError("expected a length of time such as 45m, 2h, 7d or 1y")
    return length


def _wall_time(raw: Any) -> Any:
    if isinstance(raw, time):
        return raw
    match = _WALL_TIME.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise ValueError("expected a time of day such as 09:15")
    return time(int(match[1]), int(match[2]))


def _share(raw: Any) -> Any:
    if isinstance(raw, float):
        return raw
    match = _SHARE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None or not 0 < int(match[1]) <= 100:
        raise ValueError("expected a share from 1% to 100%, such as 20%")
    return int(match[1]) / 100


def _date(raw: Any) -> Any:
    """Only YYYY-MM-DD: Pydantic alone would read the number 20260902 as seconds since 1970."""
    if isinstance(raw, date):
        return raw
    match = _DATE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise ValueError("expected a date such as 2026-09-02 (year-month-day)")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError("no such day in the calendar; expected a date such as 2026-09-02 (year-month-day)") from None


def _network(raw: Any) -> Any:
    """Only text with a `/`: ipaddress alone would read the number 10 as 0.0.0.10."""
    if isinstance(raw, IPv4Network | IPv6Network):
        return raw
    if not isinstance(raw, str) or "/" not in raw:
        raise ValueError("expected a network such as 10.20.0.0/22 or fd00:20::/64")
    try:
        inside = ip_interface(raw.strip()).network
    except ValueError:
        raise ValueError("expected a network such as 10.20.0.0/22 or fd00:20::/64") from None
    try:
        return ip_network(raw.strip())
    except ValueError:
        raise ValueError(f"an address inside a network; expected the network itself, {inside}") from None


def _zone(raw: Any) -> Any:
    if not isinstance(raw, str) or raw not in available_timezones():
        raise ValueError("expected a time zone such as Europe/London")
    return raw


def _address(raw: str) -> str:
    try:
        return str(ip_address(raw))
    except ValueError:
        raise ValueError("expected an address such as 10.10.0.5 or fd00:10::5") from None


def _resolver(raw: str) -> str:
    """An address, with `:port` behind it or `[…]:port` round an IPv6 one; kept as it is written."""
    match = re.fullmatch(r"\[([^\]]+)\]:([0-9]{1,5})|([0-9.]+):([0-9]{1,5})", raw)
    address, port = (match[1] or match[3], int(match[2] or match[4])) if match else (raw, 53)
    _address(address)
    if not 0 < port < 65_536:
        raise ValueError("expected a port from 1 to 65535")
    return raw


def _one_or_many(raw: Any) -> Any:
    return (raw,) if isinstance(raw, str) else raw


def _text(pattern: str, like: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [like]})


def _read_by(read: Callable[[Any], Any]) -> BeforeValidator:
    return BeforeValidator(read)


Duration = Annotated[timedelta, _read_by(_duration), _text(r"^\s*[0-9]{1,4}\s*(s|m|min|h|d|w|y)\s*$", "45m")]
WallTime = Annotated[time, _read_by(_wall_time), _text(r"^\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*$", "09:15")]
Share = Annotated[float, _read_by(_share), Field(gt=0, le=1), _text(r"^\s*[0-9]{1,3}\s*%\s*$", "20%")]
SchoolDate = Annotated[date, _read_by(_date), _text(r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}$", "2026-09-02")]
Subnet = Annotated[Network, _read_by(_network), _text(r"^[0-9A-Fa-f:.]+/[0-9]{1,3}$", "10.20.0.0/22")]
ZoneName = Annotated[str, _read_by(_zone), _text(r"^[A-Za-z0-9_+/-]+$", "Europe/London")]
Address = Annotated[str, AfterValidator(_address)]
Resolver = Annotated[str, AfterValidator(_resolver)]
Ids = Annotated[
    tuple[Id, ...],
    BeforeValidator(_one_or_many),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": ID},
                {"type": "array", "items": {"type": "string", "pattern": ID}, "minItems": 1},
            ]
        }
    ),
]
