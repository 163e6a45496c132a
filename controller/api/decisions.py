"""Decisions: what every device may do now, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.access import Site, Staff, needs
from controller.api.device_shapes import DecisionOut, decision_out
from controller.api.devices import decided
from controller.api.problems import NotFound
from controller.api.shapes import Answer, Id, Limit, MacInPath, example_of, examples
from controller.api.sight import macs_in_sight, require_device

router = APIRouter(prefix="/api/v1/decisions", tags=["decisions"])


class Decisions(Answer):
    model_config = examples({"items": [example_of(DecisionOut)], "next": None})
    items: tuple[DecisionOut, ...]
    next: str | None


@router.get("", operation_id="list_decisions", openapi_extra=needs("devices:read"))
def list_decisions(
    site: Site,
    staff: Staff,
    group: Annotated[Id | None, Query(description="Only of this year group or role.")] = None,
    after: Annotated[str, Query(max_length=17, description="`next` of the page before.")] = "",
    limit: Limit = 100,
) -> Decisions:
    """By MAC, a page at a time. Empty until the loop's first turn is done."""
    in_sight = macs_in_sight(site, staff)
    found = [
        decision
        for mac, decision in sorted(decided(site).items())
        if mac > after and group in (None, decision.group) and in_sight(mac)
    ]
    page = tuple(map(decision_out, found[:limit]))
    return Decisions(items=page, next=page[-1].mac if len(found) > limit else None)


@router.get("/{mac}", operation_id="get_decision", openapi_extra=needs("devices:read"))
def get_decision(mac: MacInPath, site: Site, staff: Staff) -> DecisionOut:
    require_device(site, staff, mac)
    decision = decided(site).get(mac)
    if decision is None:
        raise NotFound("Nothing is decided of this device yet.", "Wait for the loop's next turn, or register it.")
    return decision_out(decision)
