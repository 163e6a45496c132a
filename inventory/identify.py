"""What a device probably is: maker, DHCP fingerprint, vendor class and host name to a kind, with a confidence. Pure.

A guess admits nobody. It helps a technician to register, and it makes a printer that suddenly asks for an address like
a laptop stand out.

Where the rules come from: option 60 texts from vendors' DHCP guides (Microsoft [MS-DHCPE] for `MSFT 5.0`, udhcp's and
dhcpcd's own sources for theirs, Android's `android-dhcp-<release>`); option 55 orders from captures of such systems;
names that systems give themselves out of the box.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from inventory.model import Mac, is_randomised
from inventory.oui import Vendors


class Looks(StrEnum):
    """What it looks like. These are no kinds of a policy file: a school names its own."""

    WINDOWS = "windows computer"
    APPLE = "Apple device"
    ANDROID = "Android device"
    CHROMEBOOK = "Chromebook"
    LINUX = "Linux device"
    PRINTER = "printer"
    PHONE = "desk telephone"
    ACCESS_POINT = "access point"
    CAMERA = "camera"
    BOARD = "board or display"
    THING = "small device"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Clues:
    """What a device showed of itself. All of it is the device's own word."""

    mac: Mac
    vendor_class: str | None = None
    fingerprint: str | None = None
    hostname: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The likeliest kind; `confidence` from 0 (nothing is known) to 1, and what spoke for it."""

    vendor: str | None
    randomised: bool
    looks: Looks
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sign:
    pattern: re.Pattern[str]
    looks: Looks
    weight: float


def _signs(*rows: tuple[str, Looks, float]) -> tuple[_Sign, ...]:
    return tuple(_Sign(re.compile(pattern, re.IGNORECASE), looks, weight) for pattern, looks, weight in rows)


_CLASSES = _signs(
    (r"MSFT \d", Looks.WINDOWS, 0.8),
    (r"android-dhcp", Looks.ANDROID, 0.8),
    (r"dhcpcd.*(chrome|cros)", Looks.CHROMEBOOK, 0.8),
    (r"AAPLBSDPC", Looks.APPLE, 0.8),
    (r"(Hewlett-Packard|HP) (JetDirect|LaserJet|Officejet|PageWide)", Looks.PRINTER, 0.9),
    (r"(Canon|EPSON|Brother|KYOCERA|RICOH|Lexmark|XEROX|SHARP|KONICA|TOSHIBA)\b", Looks.PRINTER, 0.7),
    (r"(Cisco Systems, Inc\. IP Phone|yealink|polycom|snom|grandstream|Mitel|Avaya)", Looks.PHONE, 0.9),
    (r"(ArubaAP|Aruba ?Instant|Cisco AP|ubnt|Ruckus|AEROHIVE|Mist)", Looks.ACCESS_POINT, 0.8),
    (r"(Hikvision|HIKVISION|Dahua|AXIS|Mobotix)", Looks.CAMERA, 0.8),
    (r"(SMART|Promethean|Clevertouch|ViewSonic)", Looks.BOARD, 0.7),
    (r"udhcp", Looks.THING, 0.5),
    (r"dhcpcd", Looks.LINUX, 0.4),
)
# Orders in which systems ask (option 55); a comma-separated beginning is enough.
_FINGERPRINTS = _signs(
    (r"1,3,6,15,31,33,43,44,46,47,119,121,249,252$", Looks.WINDOWS, 0.8),
    (r"1,15,3,6,44,46,47,31,33,(121,)?249,(252,)?43", Looks.WINDOWS, 0.8),
    (r"1,121,3,6,15,(108,)?(114,)?119,(162,)?252", Looks.APPLE, 0.7),
    (r"1,(121,)?3,6,15,119,252", Looks.APPLE, 0.6),
    (r"1,3,6,15,26,28,51,58,59,43", Looks.ANDROID, 0.7),
    (r"1,(121,)?33,3,6,(12,)?15,(26,)?28,(42,)?51,(54,)?58,59,119", Looks.LINUX, 0.5),
    (r"1,28,2,3,15,6,(119,)?12,44,47,26,121,42", Looks.LINUX, 0.6),
    (r"6,3,1,15,66,67,13,44", Looks.PRINTER, 0.6),
    (r"1,3,6,12,15,28,42$", Looks.THING, 0.4),
)
_NAMES = _signs(
    (r"(DESKTOP|LAPTOP)-[A-Z0-9]{7}$", Looks.WINDOWS, 0.6),
    (r".*\b(iPad|iPhone|MacBook|iMac|Mac-mini)\b", Looks.APPLE, 0.6),
    (r"(android-|galaxy-|pixel-)", Looks.ANDROID, 0.5),
    (r"(chromebook|chromeos)", Looks.CHROMEBOOK, 0.5),
    (
        r"(NPI[0-9A-F]{6}$|BRN[0-9A-F]{12}$|BRW[0-9A-F]{12}$|EPSON[0-9A-F]{6}$|KM[0-9A-F]{6}$|RNP[0-9A-F]{12}$)",
        Looks.PRINTER,
        0.7,
    ),
    (r"SEP[0-9A-F]{12}$", Looks.PHONE, 0.7),
)
_MAKERS = _signs(
    (r"Apple\b", Looks.APPLE, 0.5),
    (r"(Brother|KYOCERA|Ricoh|Lexmark|Xerox|Seiko Epson|Konica|Zebra)", Looks.PRINTER, 0.6),
    (r"(Yealink|Polycom|snom|Grandstream|Mitel|Avaya)", Looks.PHONE, 0.6),
    (r"(Ruckus|Aruba|Ubiquiti|Aerohive|Mist Systems)", Looks.ACCESS_POINT, 0.4),
    (r"(Hangzhou Hikvision|Zhejiang Dahua|Axis Communications|MOBOTIX)", Looks.CAMERA, 0.7),
    (r"(SMART Technologies|Promethean)", Looks.BOARD, 0.6),
    (r"(Raspberry Pi|Espressif|Tuya)", Looks.THING, 0.5),
)  # fmt: skip


def identify(clues: Clues, vendors: Vendors) -> Identity:
    """Signs that agree add up (1 - the product of the doubts); those that disagree lessen the winner's confidence."""
    randomised, vendor = is_randomised(clues.mac), vendors.of(clues.mac)
    found = list(_found(clues, vendor))
    notes = ("its MAC is randomised and names no maker",) if randomised else ()
    if not found:
        return Identity(vendor, randomised, Looks.UNKNOWN, 0.0, notes)
    doubts: dict[Looks, float] = {}
    for looks, weight, _ in found:
        doubts[looks] = doubts.get(looks, 1.0) * (1.0 - weight)
    winner = min(doubts, key=lambda looks: doubts[looks])
    confidence = 1.0 - doubts[winner]
    for looks, doubt in doubts.items():
        # A maker of many things (Apple) or a small system inside a bigger one contradicts nothing much.
        confidence *= 1.0 if looks is winner else 1.0 - (1.0 - doubt) / 2
    reasons = tuple(f"{text}: {looks}" for looks, _, text in found)
    return Identity(vendor, randomised, winner, round(confidence, 2), (*reasons, *notes))


def _found(clues: Clues, vendor: str | None) -> Iterator[tuple[Looks, float, str]]:
    for signs, text, what in (
        (_CLASSES, clues.vendor_class, "vendor class"),
        (_FINGERPRINTS, clues.fingerprint, "DHCP fingerprint"),
        (_NAMES, clues.hostname, "host name"),
        (_MAKERS, vendor, "maker"),
    ):
        sign = next((sign for sign in signs if text and sign.pattern.match(text)), None)
        if sign is not None:
            yield sign.looks, sign.weight, f"{what} {text}"
