"""What `cases decide` and `rules add` ask alike: for whom a rule is, until when, and what it closes on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

Groups = Annotated[list[str] | None, typer.Option("--group", help="For these year groups or roles.")]
Levels = Annotated[list[str] | None, typer.Option("--level", help="For these access levels.")]
School = Annotated[bool, typer.Option("--school/--no-school", help="For the whole school.")]
Pupils = Annotated[bool, typer.Option("--pupils/--no-pupils", help="For all pupils.")]
Until = Annotated[str | None, typer.Option("--until", help="When it ends, such as 2026-12-03T15:15:00Z.")]
ReviewOn = Annotated[str | None, typer.Option("--review-on", help="The day it is looked at again.")]
Override = Annotated[list[str] | None, typer.Option("--override", help="A protected name that is closed on purpose.")]
Everywhere = Annotated[bool, typer.Option("--everywhere/--no-everywhere", help="For all schools of the provider.")]


def scope(groups: Sequence[str] | None, levels: Sequence[str] | None, *, school: bool, pupils: bool) -> dict[str, Any]:
    return {"groups": list(groups or ()), "levels": list(levels or ()), "school": school, "pupils": pupils}


def given(**more: Any) -> dict[str, Any]:
    """What somebody said; the API has its own usual value for the rest."""
    return {name: value for name, value in more.items() if value not in (None, False)}
