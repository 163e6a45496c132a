"""A small policy for tests, as text, and a way to change one line of it."""

from __future__ import annotations

from controller.policy import Policy
from controller.policy.file import LoadedPolicy, PolicyError, Problem, parse

SMALL = """\
school: {name: Hill Street School, time_zone: Europe/London}
responsible:
  ict_lead: {name: ICT lead, email: ict@school.example}
  deputy: {name: Deputy head, email: deputy@school.example}
  head: {name: Head teacher, email: head@school.example}
  safeguarding_lead: {name: Safeguarding lead, email: sl@school.example}
terms:
  - {name: Autumn, from: 2026-09-02, to: 2026-12-18, half_term: {from: 2026-10-26, to: 2026-10-30}}
closures: [{on: 2026-11-27, why: INSET day}]
segments:
  pupils: {vlan: 20, subnets: [10.20.0.0/22]}
  staff: {vlan: 30, subnets: [10.30.0.0/24]}
  quarantine: {vlan: 999, subnets: [10.99.0.0/24]}
access_levels:
  approved-only: {focus: [approved]}
  key-stage-2:
    block: [games, {name: chat.example.org}]
    allow: [{name: ttrockstars.com, why: times tables, by: head}]
    safe_search: strict
    clauses: [F1, F3]
  staff: {block: [gambling]}
  office: {extends: staff}
site_lists:
  approved: {sites: [bbc.co.uk]}
lists:
  - {name: games, category: games, path: lists/games.txt}
  - {name: gambling, category: gambling, path: lists/gambling.txt}
mandatory: [games]
year_groups:
  year-1: {key_stage: ks1, level: approved-only, segment: pupils}
  year-5: {key_stage: ks2, level: key-stage-2, segment: pupils}
roles:
  teacher: {level: staff, segment: staff, may_open: own-classes}
  head: {level: office, segment: staff, may_open: anyone}
outside_windows: {pupils: closed, staff: open}
timetable:
  - {for: year-5, on: [tue, thu], from: 10:30, to: 11:15, what: computing}
  - {for: [year-1, year-5], on: [wed], from: 13:30, to: 14:00, what: phonics, focus: [approved]}
day: {starts: 08:40, bell: 15:15, breaks: [{from: 10:10, to: 10:25}]}
agreements: {pupils: {without: approved-only}, declined: no-internet}
devices:
  ipad: {segment: by-person, posture: none}
  phone: {segment: pupils, never: during-day, whose: [{staff: breaks}]}
brakes: {share_of_room: 20%}
privacy: {query_log: off}
"""


def changed(*changes: tuple[str, str]) -> str:
    """The small policy with pieces of text replaced; each of them stands in it exactly once."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the small policy"
        text = text.replace(old, new)
    return text


def load(text: str) -> LoadedPolicy:
    return parse(text, "school.yaml")


def policy(*changes: tuple[str, str]) -> Policy:
    return load(changed(*changes)).policy


def problems(text: str) -> tuple[Problem, ...]:
    """What is wrong with a policy; nothing where it is accepted."""
    try:
        load(text)
    except PolicyError as error:
        return error.problems
    return ()
