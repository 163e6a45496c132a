"""How each list of a school stands: in use, waiting for a person, not fetched; from when, and when again. ●"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from controller.lists.fetch_kept import next_try, read_kept
from controller.policy import ListSource
from dns_filter.lists.report import ListReport, Report, State

Standing = Literal["in use", "quarantined", "left out", "not fetched", "not compiled"]


@dataclass(frozen=True, slots=True)
class ListStatus:
    """One list. A folder of categories has a row for each of them, called `folder/category`."""

    name: str
    category: str
    state: Standing
    names: int
    version: str
    """In the table; empty where nothing is."""
    date: str
    """Day of that version."""
    source: str
    fetched: datetime | None
    """When the source gave this content, or last said that it still holds; None where it is not fetched."""
    next_refresh: datetime | None
    problem: str
    """Why it could not be fetched, or why a new version is not used; empty where all is well."""
    waiting: str
    """The version that a person may look at (`lists diff`) and accept."""
    licence: str

    @property
    def quarantined(self) -> bool:
        return self.state == "quarantined"


def standing(state: State) -> Standing:
    """What the compiler did with a list, as a person sees it."""
    return "quarantined" if state == "quarantined" else "left out" if state == "left-out" else "in use"


def statuses(sources: Sequence[ListSource], report: Report | None, fetched: Path) -> tuple[ListStatus, ...]:
    """Those of the policy in its order, then what else was compiled."""
    rows = report.lists if report else ()
    told = {row.name: row for row in rows}
    of_policy = [status for source in sources for status in _of(source, rows, fetched)]
    known = {status.name for status in of_policy}
    return (*of_policy, *(_row(row, None, fetched) for name, row in told.items() if name not in known))


def _of(source: ListSource, rows: Sequence[ListReport], fetched: Path) -> Iterator[ListStatus]:
    own = [row for row in rows if row.name == source.name or row.name.startswith(f"{source.name}/")]
    yield from (_row(row, source, fetched) for row in own)
    if not own:
        yield _bare(source, fetched)


def _row(row: ListReport, source: ListSource | None, fetched: Path) -> ListStatus:
    kept = read_kept(fetched, source.name) if source and source.url else None
    why = "; ".join(f"{reason.kind}: {reason.detail}" for reason in row.reasons)
    return ListStatus(
        name=row.name,
        category=", ".join(row.categories),
        state=standing(row.state),
        names=row.names if row.used else 0,
        version=row.used,
        date=row.date if row.used else "",
        source=source.url or source.path or "" if source else row.path,
        fetched=kept.last_good if kept else None,
        next_refresh=next_try(source, kept) if source and source.url else None,
        problem="; ".join(filter(None, (kept.problem if kept else "", why))),
        waiting=row.seen if row.reasons else "",
        licence=row.licence,
    )


def _bare(source: ListSource, fetched: Path) -> ListStatus:
    """A list of the policy that no compilation has seen yet."""
    kept = read_kept(fetched, source.name) if source.url else None
    return ListStatus(
        name=source.name,
        category=source.category or "",
        state="not fetched" if source.url and not (kept and kept.content) else "not compiled",
        names=0,
        version="",
        date="",
        source=source.url or source.path or "",
        fetched=kept.last_good if kept else None,
        next_refresh=next_try(source, kept) if source.url else None,
        problem=kept.problem if kept else "",
        waiting="",
        licence=source.licence or "",
    )
