"""The audit: every privileged act and every refusal, chained so that a changed row shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from controller.api.access import Site, needs
from controller.api.shapes import Answer, Limit, example_of, examples
from controller.model import AuditRow

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class AuditRowOut(Answer):
    model_config = examples(
        {
            "number": 204,
            "at": "2026-11-24T09:15:00Z",
            "actor": "year-5-teacher",
            "action": "window.open",
            "subject": "w17",
            "detail": {"group": "year-5"},
            "hash": "b1946ac92492d2347c6235b4d2611184",
        }
    )
    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    hash: str


class AuditPage(Answer):
    model_config = examples({"items": [example_of(AuditRowOut)], "next": 204})
    items: tuple[AuditRowOut, ...]
    next: int | None


class Verified(Answer):
    """`first_broken` is the number of the first row that does not fit the one before; null where all do."""

    model_config = examples({"intact": True, "first_broken": None})
    intact: bool
    first_broken: int | None


@router.get("", operation_id="list_audit", openapi_extra=needs("audit:read"))
def list_audit(
    site: Site,
    after: Annotated[int, Query(ge=0, description="`next` of the page before.")] = 0,
    limit: Limit = 100,
    action: Annotated[str | None, Query(max_length=60, examples=["window.open"])] = None,
    newest: Annotated[bool, Query(description="The newest rows instead, newest first; without paging.")] = False,
) -> AuditPage:
    """From the first row on, a page at a time; `next` is null where no more is there."""
    if newest:
        return AuditPage(items=tuple(map(shown, site.store.latest_audit(limit))), next=None)
    rows = site.store.audit(after=after, limit=limit, action=action)
    return AuditPage(items=tuple(map(shown, rows)), next=rows[-1].number if len(rows) == limit else None)


@router.get("/verify", operation_id="verify_audit", openapi_extra=needs("audit:read"))
def verify_audit(site: Site) -> Verified:
    """Reads the whole audit: seconds on a large one."""
    broken = site.store.verify_audit()
    return Verified(intact=broken is None, first_broken=broken)


def shown(row: AuditRow) -> AuditRowOut:
    return AuditRowOut.model_validate(row)
