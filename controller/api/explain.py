"""Explain: why may or may not this client ask for this name, now or then, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.access import Site, Staff, needs
from controller.api.explain_shapes import ExplanationOut, shown
from controller.api.problems import NotFound, Unavailable, WrongInput
from controller.api.shapes import Moment
from controller.api.sight import require_client
from controller.api.site_view import SiteView
from controller.client import UnknownClient
from controller.compile import HORIZON
from controller.explain import explain
from controller.explanation import Explanation
from controller.record_types import type_number
from dns_filter.names import to_wire

router = APIRouter(prefix="/api/v1/explain", tags=["explain"])

FARTHEST = timedelta(days=400)
ClientText = Annotated[
    str, Query(min_length=1, max_length=100, description="An address, MAC, device, person, year group or role.")
]
NameText = Annotated[str, Query(min_length=1, max_length=300, description="The name asked for: `bbc.co.uk`.")]
TypeText = Annotated[str, Query(alias="type", max_length=20, description="`A`, `AAAA`, `HTTPS`, `TYPE65`…")]


@router.get("", operation_id="explain", openapi_extra=needs("explain:read"))
def explain_query(
    site: Site,
    staff: Staff,
    client: ClientText,
    name: NameText,
    qtype: TypeText = "A",
    at: Annotated[Moment | None, Query(description="Left out: now.")] = None,
) -> ExplanationOut:
    """The filter's own code decides, on the table it has, or had at that moment; `steps` says what each step said."""
    _check(name, qtype)
    found = _explanation(site, client, name, qtype, at or site.clock.now())
    require_client(site, staff, found.client)
    return shown(found)


def _explanation(site: SiteView, client: str, name: str, qtype: str, at: datetime) -> Explanation:
    intent, now = site.loop.intent(), site.clock.now()
    if intent is None:
        raise Unavailable("Nothing is decided yet: Caretaker is starting.", "Try again in a few seconds.")
    if abs(at - now) > FARTHEST:
        raise WrongInput("This moment is too far away.", f"Ask within {FARTHEST.days} days of now.")
    windows = site.store.windows(at, at + HORIZON)
    policy, names, note = site.policy, site.names(), ""
    if at.timestamp() < intent.table.made_at and (past := site.past(at)) is not None:
        intent, note = replace(intent, table=past.table), past.note
        policy, names = past.policy or policy, past.names or names
    try:
        return explain(policy, intent, site.inventory(), windows, names, client, name, qtype, at, note)
    except UnknownClient as unknown:
        said = str(unknown)
        raise NotFound(
            f"{said[:1].upper()}{said[1:]}.",
            "Devices are listed at the console and by `caretaker devices list --find TEXT`.",
        ) from None


def _check(name: str, qtype: str) -> None:
    for what, read, such in ((name, to_wire, "name, such as bbc.co.uk"), (qtype, type_number, "type, such as AAAA")):
        try:
            read(what)
        except ValueError:
            raise WrongInput(f"Expected a {such}.") from None
