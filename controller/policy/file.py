"""Reading `school.yaml`: refused whole with everything that is wrong and where, or a policy with its warnings."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from pydantic import ValidationError

from controller.policy import Policy
from controller.policy.calendar_files import CalendarFile, read_calendar
from controller.policy.check import check
from controller.policy.problem import Finding, PolicyError, Problem, spell
from controller.policy.tree import Node, key_place, place, plain
from controller.policy.words import findings
from controller.policy.yaml import compose

__all__ = ["LoadedPolicy", "PolicyError", "Problem", "parse", "read"]

LARGEST = 1 << 20
"""Octets of a policy file; the largest real one is some 20 kB."""

LONGEST_LINE = 10_000
"""Characters; some parts of the YAML parser take the square of a word's length."""

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_TAB = re.compile(r"^ *\t(?!\s*(?:#|$))", re.MULTILINE)
_LONG_LINE = re.compile(rf"^.{{{LONGEST_LINE}}}(?=.)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy in which everything named exists, the text it was read from, and what is odd but legal."""

    policy: Policy
    text: str
    warnings: tuple[Problem, ...]
    sha256: str
    """Of the text in UTF-8, and of the calendars it names where there are some; hexadecimal."""


def read(path: FilePath) -> LoadedPolicy:
    """Read and check a policy file, and the calendars that it names.

    Raises PolicyError with every problem; nothing else for anything in a file.
    """
    return with_calendars(parse(_text(path), str(path)), path.parent)


def _text(path: FilePath) -> str:
    file = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PolicyError([Problem(file, 1, 1, "", "not a file; expected the policy of a school")])
        with path.open("rb") as opened:
            octets = opened.read(LARGEST + 1)
    except OSError as error:
        raise PolicyError([Problem(file, 1, 1, "", f"cannot be read: {error.strerror or error}")]) from None
    return _decoded(octets, file)


def parse(text: str, file: str) -> LoadedPolicy:
    """Check the text of a policy. `file` names it in what is said. Raises PolicyError with every problem."""
    if unreadable := tuple(_unreadable(text, file)):
        raise PolicyError(unreadable)
    root, problems = compose(text, file)
    raw = plain(root)
    policy, shape = _validated(raw)
    found = [*shape, *check(raw, policy)]
    problems += tuple(_placed((one for one in found if one.error), root, file))
    if policy is None or problems:
        raise PolicyError(problems)
    warnings = sorted(set(_placed((one for one in found if not one.error), root, file)))
    return LoadedPolicy(policy, text, tuple(warnings), hashlib.sha256(text.encode()).hexdigest())


def with_calendars(loaded: LoadedPolicy, beside: FilePath) -> LoadedPolicy:
    """With the entries of the calendars it names, from `calendars/` of that directory. Raises PolicyError."""
    if not loaded.policy.calendars:
        return loaded
    found = [read_calendar(beside, name, kind) for name, kind in loaded.policy.calendars.items()]
    if problems := [problem for each in found for problem in each.problems]:
        raise PolicyError(problems)
    more = {
        "closures": (*loaded.policy.closures, *(closure for each in found for closure in each.closures)),
        "lessons": (*loaded.policy.lessons, *(lesson for each in found for lesson in each.lessons)),
    }
    policy, unknown = loaded.policy.model_copy(update=more), tuple(_unknown(loaded.policy, found))
    if unknown:
        raise PolicyError(unknown)
    whole = hashlib.sha256("\n".join((loaded.sha256, *(each.sha256 for each in found))).encode()).hexdigest()
    return replace(loaded, policy=policy, sha256=whole)


def _unknown(policy: Policy, found: Iterable[CalendarFile]) -> Iterator[Problem]:
    """Names of the entries that the policy does not know: said once for each calendar."""
    whom, sites = {*policy.year_groups, *policy.classes, *policy.rooms}, set(policy.site_lists)
    for each in found:
        groups = {name for lesson in each.lessons for name in lesson.group} - whom
        lists = {name for lesson in each.lessons for name in lesson.focus} - sites
        for name in sorted(groups):
            yield Problem(each.file, 1, 1, "for", f"no year group, class or room {name!r} in the policy; expected one")
        for name in sorted(lists):
            yield Problem(each.file, 1, 1, "focus", f"no site list {name!r} in the policy; expected one")


def _validated(raw: object) -> tuple[Policy | None, tuple[Finding, ...]]:
    try:
        return Policy.model_validate(raw, by_alias=True, by_name=False), ()
    except ValidationError as error:
        return None, findings(error, raw)


def _decoded(octets: bytes, file: str) -> str:
    try:
        return octets.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = octets[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"the octet 0x{octets[error.start]:02x} is no UTF-8; expected the file saved as UTF-8"
        raise PolicyError([Problem(file, line, column, "", message)]) from None


def _unreadable(text: str, file: str) -> Iterator[Problem]:
    """What no YAML may hold, or what nobody would see in an editor."""
    if len(text.encode(errors="replace")) > LARGEST:
        yield Problem(file, 1, 1, "", f"too large; expected at most {LARGEST} octets")
        return
    for pattern, message in (
        (_UNSEEN, "a control character that no editor shows; expected readable text"),
        (_LONG_LINE, f"a line that goes on and on; expected at most {LONGEST_LINE} characters"),
        (_TAB, "indented with a tab; expected spaces"),
        (_DIRECTIVE, "a line that begins with %; expected a policy without directives"),
    ):
        for number, match in enumerate(pattern.finditer(text)):
            if number == 20:
                break
            at = match.end() - 1
            yield Problem(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), "", message)


def _placed(found: Iterable[Finding], root: Node, file: str) -> Iterator[Problem]:
    for one in found:
        line, column = key_place(root, one.path) if one.of_key else place(root, one.path)
        there = str(place(root, one.there)[0]) if one.there else ""
        yield Problem(file, line, column, spell(one.path), one.message.replace("{there}", there))
