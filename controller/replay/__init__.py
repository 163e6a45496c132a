"""Replay: what was asked for lately, put to a policy that is not in force yet (`dns.md` §8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from dns_filter.model import Verdict


class Logged(NamedTuple):
    """Queries that are judged alike: one name asked for under one profile between two flips. `at`: the first of them.

    `qname` as it stands in the query log.
    """

    profile: str
    qname: str
    at: float
    times: int


class Way(StrEnum):
    """How a verdict changes."""

    CLOSES = "closes"
    OPENS = "opens"
    OTHERWISE = "otherwise"
    """As open or as shut as before, for another reason or in another way."""


@dataclass(frozen=True, slots=True)
class Change:
    """One name, for one group, is no longer told the same. `times`: how often it was asked for."""

    group: str
    name: str
    way: Way
    was: Verdict
    becomes: Verdict
    times: int


@dataclass(frozen=True, slots=True)
class LostLesson:
    """A lesson in which names were asked for that the candidate would not answer: the name -> how often."""

    group: str
    lesson: str
    names: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """`refused` is not empty where the candidate may never come into force, whatever else it does.

    `nameless` queries were written down without their name, `unplaced` ones under a profile that no group has any
    more: neither can be judged.
    """

    since: datetime
    until: datetime
    queries: int
    judged: int
    nameless: int
    unplaced: int
    changes: Sequence[Change]
    lessons: Sequence[LostLesson]
    refused: str = ""
    notes: Sequence[str] = ()
