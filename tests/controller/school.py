"""A small school for the tests of deciding, compiling and planning: its policy, devices and a day in its term."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from controller.model import AccessWindow
from controller.policy.file import parse
from inventory.model import (
    Admission,
    Device,
    Inventory,
    Mac,
    Mode,
    Person,
    PersonId,
    PortRef,
    Purpose,
    Receipt,
    Switch,
    SwitchName,
    Whereabouts,
    YearGroupId,
    parse_mac,
)

TEXT = """
school: {name: Hill Primary School, time_zone: Europe/London}
responsible:
  ict_lead: {name: ICT lead, email: ict@hill.example}
  deputy: {name: Deputy head, email: deputy@hill.example}
  head: {name: Head teacher, email: head@hill.example}
  safeguarding_lead: {name: Safeguarding lead, email: safeguarding@hill.example}
terms: [{name: Autumn 2026, from: 2026-09-02, to: 2026-12-18}]
segments:
  management: {vlan: 10, subnets: [10.10.0.0/24]}
  pupils: {vlan: 20, subnets: [10.20.0.0/22, "fd00:20::/64"]}
  staff: {vlan: 30, subnets: [10.30.0.0/24]}
  things: {vlan: 40, subnets: [10.40.0.0/24]}
  guest: {vlan: 50, subnets: [10.50.0.0/24]}
  quarantine: {vlan: 999, subnets: [10.99.0.0/24]}
site_lists:
  approved-sites: {sites: [bbc.co.uk, phonicsplay.co.uk], clauses: [F4, F5]}
  maths-sites: {sites: [ttrockstars.com], clauses: [F5]}
access_levels:
  approved-only: {focus: [approved-sites], clauses: [F4, F5]}
  key-stage-2:
    block: [adult, proxy, social, webmail, games, {service: tiktok}, {name: example.net}]
    allow:
      - {name: ttrockstars.com, why: times tables, by: ict_lead}
      - {name: poppyappeal.org.uk, why: assembly, by: ict_lead, until: 2026-11-26}
    safe_search: strict
    clauses: [F1, F3, F6, F7, F10]
  staff: {block: [adult, gambling, social], safe_search: moderate, clauses: [F9]}
  school-social-media: {extends: staff, allow: [{service: facebook}]}
mandatory: [iwf-illegal]
year_groups:
  year-1: {key_stage: ks1, level: approved-only, segment: pupils}
  year-5: {key_stage: ks2, level: key-stage-2, segment: pupils}
roles:
  teacher: {level: staff, segment: staff, may_open: own-classes}
  head: {level: school-social-media, segment: staff, may_open: anyone}
outside_windows: {pupils: closed, ks1: approved-only, staff: open}
timetable:
  - {for: year-5, on: [tue, thu], from: 09:15, to: 10:15, what: computing}
  - {for: [year-1, year-5], on: [wed], from: 13:30, to: 14:00, what: phonics, focus: [approved-sites]}
day: {starts: 08:40, bell: 15:15, breaks: [{from: 10:30, to: 10:45}]}
devices:
  school-ipad: {segment: by-person, posture: none}
  school-laptop: {segment: by-person, posture: {antivirus_signatures: 3d, scan: 7d}}
  visiting-laptop: {segment: guest, needs: [permission, scan-receipt], receipt_lasts: 7d}
  personal-phone: {segment: guest, never: during-day, whose: [{staff: breaks}]}
  printer: {segment: things, pinned: true}
  door-lock: {segment: things, posture: {scan: 7d}}
unknown: quarantine
"""
POLICY = parse(TEXT, "school.yaml").policy
NO_UNTIL = parse(TEXT.replace(", until: 2026-11-26", ""), "school.yaml").policy

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""Nine o'clock on a Tuesday in term; London keeps UTC."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def mac(number: int) -> Mac:
    return parse_mac(f"3c:22:fb:00:{number >> 8:02x}:{number & 255:02x}")


IPAD, LAPTOP, PRINTER, STRANGER, DESK, PHONE, KS1_IPAD, LOCK, VISITOR = (mac(number) for number in range(1, 10))


def device(of: Mac, kind: str, name: str = "", **rest: object) -> Device:
    given = {"admission": Admission.REGISTERED, **rest}
    return Device(of, name or f"{kind} {of[-2:]}", kind, **given)  # type: ignore[arg-type]


YEAR_5, YEAR_1 = YearGroupId("year-5"), YearGroupId("year-1")
DEVICES = (
    device(IPAD, "school-ipad", year_group=YEAR_5),
    device(KS1_IPAD, "school-ipad", year_group=YEAR_1),
    device(LAPTOP, "school-laptop", role="teacher"),
    device(DESK, "school-ipad", person=PersonId("head")),
    device(PRINTER, "printer"),
    device(LOCK, "door-lock"),
    device(PHONE, "personal-phone", role="teacher"),
    device(VISITOR, "visiting-laptop", role="teacher"),
)
HEAD = Person(PersonId("head"), "Head teacher", role="head")
SWITCH = Switch(SwitchName("sw-1"), "127.0.0.1", 22, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE)
GATEWAY = Switch(SwitchName("gw"), "127.0.0.1", 22, "linux_gateway", Purpose.GATEWAY, Mode.ENFORCE)


def scanned(of: Mac, at: datetime, *, clean: bool = True) -> Receipt:
    return Receipt(of, at, "clamav", at, clean, "scanning desk")


def school(
    *devices: Device,
    receipts: Iterable[Receipt] = (),
    seen: Iterable[Whereabouts] = (),
    switches: Iterable[Switch] = (SWITCH, GATEWAY),
) -> Inventory:
    """The usual devices, with the given ones in the place of those with the same MAC."""
    return Inventory(
        devices=_by(lambda each: each.mac, (*DEVICES, *devices)),
        people={HEAD.id: HEAD},
        switches=_by(lambda each: each.name, switches),
        whereabouts=_by(lambda each: each.mac, seen),
        receipts=_by(lambda each: each.mac, receipts),
    )


def at(of: Mac, address: str | None = None, port: str | None = None, when: datetime = NINE) -> Whereabouts:
    return Whereabouts(of, when, PortRef(SWITCH.name, port) if port else None, address=address)


def window(number: int, group: str = "year-5", start: int = 0, minutes: int = 60, **rest: object) -> AccessWindow:
    """`start`: minutes after nine."""
    opens = NINE + timedelta(minutes=start)
    given = {"why": "a lesson", "rule": "roles.teacher.may_open", **rest}
    return AccessWindow(str(number), group, opens, opens + timedelta(minutes=minutes), "Year 5 teacher", **given)  # type: ignore[arg-type]


def _by(key: object, things: Iterable[object]) -> Mapping[object, object]:
    return MappingProxyType({key(each): each for each in things})  # type: ignore[operator]
