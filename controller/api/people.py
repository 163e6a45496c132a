"""People as the inventory has them, for export: id, name, and year group or role."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.access import Site, needs
from controller.api.shapes import Answer, Limit, example_of, examples

router = APIRouter(prefix="/api/v1/people", tags=["devices"])


class PersonOut(Answer):
    model_config = examples(
        {"id": "13001", "name": "A pupil", "role": None, "year_group": "year-5", "source": "sims-pupils"}
    )
    id: str
    name: str
    role: str | None
    year_group: str | None
    source: str


class People(Answer):
    """`next` is null on the last page."""

    model_config = examples({"items": [example_of(PersonOut)], "next": None, "total": 1})
    items: tuple[PersonOut, ...]
    next: str | None
    total: int


@router.get("", operation_id="list_people", openapi_extra=needs("devices:write"))
def list_people(
    site: Site,
    after: Annotated[str, Query(max_length=64, description="`next` of the page before.")] = "",
    limit: Limit = 100,
) -> People:
    """By id, a page at a time."""
    known = site.inventory().people
    ids = sorted(key for key in known if key > after)
    page = ids[:limit]
    return People(
        items=tuple(PersonOut.model_validate(known[key]) for key in page),
        next=page[-1] if len(ids) > limit else None,
        total=len(known),
    )
