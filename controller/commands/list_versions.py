"""`caretaker lists diff`, `accept` and `rollback`: a person looks at versions of lists, takes one or goes back."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.commands.list_errors import the_lists
from controller.commands.options import AsJson, HomeOption, ReasonOption
from controller.commands.output import print_json, print_table, say

if TYPE_CHECKING:
    from controller.lists.work import ListWork

NameArgument = Annotated[str, typer.Argument(help="The list's name; `folder/category` in a folder of categories.")]


def diff(name: NameArgument, home: HomeOption = None, as_json: AsJson = False) -> None:
    """Say what the version in the file would add to the one in use and take away, and what it hits."""
    with the_lists(home) as work:
        found = work.difference(name)
        reasons = [
            f"{each.kind}: {each.detail}" for row in work.report().lists if row.name == name for each in row.reasons
        ]
    protected = [each.model_dump() for each in found.protected]
    if as_json:
        print_json({**asdict(found), "protected": protected, "reasons": reasons})
        return
    same = found.used == found.seen
    say(
        f"{name}: {found.names_used} names in use ({found.used or 'none'}), "
        f"{found.names_seen} in the file ({found.seen})"
    )
    for reason in reasons:
        say(f"waits for a person: {reason}", fg="yellow")
    for sign, count, first in (("+", found.added, found.added_first), ("-", found.removed, found.removed_first)):
        if count:
            say(f"{sign} {count} names" + (f", the first {len(first)}:" if count > len(first) else ":"))
            say("\n".join(f"  {sign} {each}" for each in first))
    if found.too_broad:
        say(f"would block a whole suffix or shared host, and is dropped: {', '.join(found.too_broad)}", fg="yellow")
    print_table(protected, ("entry", "protected", "category", "why"), "" if same else "No protected name is hit.")


def accept(
    name: NameArgument,
    version: Annotated[str | None, typer.Option(help="Only if it is still this one, as `diff` showed it.")] = None,
    reason: ReasonOption = "",
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Use the version that waits; it stands in the audit who took it. Nobody can accept an empty file or a page."""
    from controller.lists.work import CannotBeDone

    with the_lists(home) as work:
        waits = work.waiting(name)
        if version not in (None, waits.seen):
            raise CannotBeDone(f"{name}: {waits.seen} waits, not {version}; look at it with `lists diff {name}`")
        why = [f"{each.kind}: {each.detail}" for each in waits.reasons]
        _record(
            work, "list.accept", name, {"version": waits.seen, "was": waits.used, "in spite of": why, "reason": reason}
        )
        taken = work.accept(name, waits.seen)
    if as_json:
        print_json({"name": name, "version": taken.used, "names": taken.names, "was": waits.used})
    else:
        say(f"{name}: {taken.used} is in use now, {taken.names} names")


def rollback(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Left out: the lists that changed last.")
    ] = None,
    reason: ReasonOption = "",
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Go back to the version before. Mandatory lists never go back; what was left returns only if it is accepted."""
    with the_lists(home) as work:
        asked = ", ".join(names or ()) or "those that changed last"
        _record(work, "list.rollback", asked, {"reason": reason})
        steps = work.roll_back(names or ())
        for step in steps:
            _record(work, "list.rolled-back", step.name, {"from": step.left.version, "to": step.taken.version})
    rows = [
        {"name": step.name, "from": step.left.version, "to": step.taken.version, "names": step.taken.names}
        for step in steps
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("name", "from", "to", "names"), "There is nothing to go back to.")


def _record(work: ListWork, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Before it is done: what cannot be written down is not done."""
    from controller.accounts import SYSTEM
    from controller.clock import SystemClock
    from controller.settings import read_settings
    from controller.store import Store

    with Store.open(read_settings(work.home).database_url(work.home)) as store:
        store.record(SYSTEM, action, subject, {**detail, "user": getpass.getuser()}, SystemClock().now())
