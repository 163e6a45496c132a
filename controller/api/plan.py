"""The plan: what would change on the network now, what is held back, and letting it through."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import StringConstraints

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict
from controller.api.shapes import Answer, Ask, example_of, examples
from controller.model import HeldBack, Plan, PlannedChange
from device_drivers.model import (
    AccessList,
    Bounce,
    Change,
    Disconnect,
    GrantInternet,
    SetAccessList,
    SetAccessVlan,
    SetClientRole,
    SetShutdown,
)

router = APIRouter(prefix="/api/v1/plan", tags=["plan"])


class ChangeOut(Answer):
    """`change`: set-access-vlan, set-access-list, grant-internet; `on` the port, interface or address."""

    model_config = examples(
        {
            "device": "sw-ict",
            "change": "set-access-vlan",
            "on": "Gi1/0/7",
            "was": "20",
            "becomes": "999",
            "what": "Gi1/0/7 from VLAN 20 to VLAN 999",
            "rule": "unknown",
            "why": "Nobody registered this device.",
            "clauses": ["D1"],
        }
    )
    device: str
    change: str
    on: str
    was: str
    becomes: str
    what: str
    rule: str
    why: str
    clauses: tuple[str, ...]


class HeldBackOut(ChangeOut):
    model_config = examples(
        {**example_of(ChangeOut), "brake": "lesson", "text": "A lesson is on; apply the plan to move it now."}
    )
    brake: str
    text: str


class PlanOut(Answer):
    """`fingerprint` names this very plan; applying needs it, so that nobody applies what they did not see."""

    model_config = examples(
        {
            "fingerprint": "5f2b8c0f4d7ce1aa",
            "made_at": "2026-11-24T09:15:00Z",
            "valid_until": "2026-11-24T10:15:00Z",
            "changes": [example_of(ChangeOut)],
            "held_back": [example_of(HeldBackOut)],
            "notes": [],
        }
    )
    fingerprint: str
    made_at: datetime
    valid_until: datetime
    changes: tuple[ChangeOut, ...]
    held_back: tuple[HeldBackOut, ...]
    notes: tuple[str, ...]


class Apply(Ask):
    model_config = examples({"fingerprint": "5f2b8c0f4d7ce1aa"})
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


@router.get("", operation_id="get_plan", openapi_extra=needs("plan:read"))
def get_plan(site: Site) -> PlanOut:
    return shown(site.loop.plan())


@router.post(
    "/apply", status_code=status.HTTP_202_ACCEPTED, operation_id="apply_plan", openapi_extra=needs("plan:apply")
)
def apply_plan(ask: Apply, site: Site, staff: Staff) -> PlanOut:
    """Lets through what waits for a person's word. Refused where the plan is no longer the one that was shown."""
    plan = site.loop.plan()
    if fingerprint(plan) != ask.fingerprint:
        raise Conflict("The plan has changed since you saw it.", "Look at it again, then apply that one.")
    site.store.record(staff, "plan.apply", ask.fingerprint, {"changes": len(plan.changes)}, site.clock.now())
    site.loop.apply(plan, staff)
    return shown(plan)


def fingerprint(plan: Plan) -> str:
    """Sixteen hexadecimal digits over what would change and what is held back; the moment it was made is left out."""
    rows = [*map(repr, plan.changes), "held back", *map(repr, plan.held_back)]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def shown(plan: Plan) -> PlanOut:
    return PlanOut(
        fingerprint=fingerprint(plan),
        made_at=plan.made_at,
        valid_until=plan.valid_until,
        changes=tuple(ChangeOut(**_fields(planned)) for planned in plan.changes),
        held_back=tuple(map(held_back_out, plan.held_back)),
        notes=plan.notes,
    )


def held_back_out(held: HeldBack) -> HeldBackOut:
    return HeldBackOut(**_fields(held.planned), brake=held.brake, text=held.text)


def _fields(planned: PlannedChange) -> dict[str, object]:
    because = planned.because
    return {
        "device": planned.device,
        **_change(planned.change),
        "rule": because.rule,
        "why": because.text,
        "clauses": because.clauses,
    }


def _change(change: Change) -> dict[str, str]:
    match change:
        case SetAccessVlan(port, vlan_was, vlan_becomes):
            return _row("set-access-vlan", port, str(vlan_was), str(vlan_becomes), "VLAN ")
        case SetAccessList(_, interface, list_was, list_becomes):
            return _row("set-access-list", interface, _length(list_was), _length(list_becomes))
        case GrantInternet(source, end_was, end_becomes):
            return _row("grant-internet", source, _end(end_was), _end(end_becomes))
        case SetShutdown(port, was, becomes):
            return _row("set-shutdown", port, "off" if was else "on", "off" if becomes else "on")
        case SetClientRole(client, role_was, role_becomes):
            return _row("set-client-role", client, role_was, role_becomes)
        case Bounce(port):
            return _row("bounce", port, "up", "down and up")
        case Disconnect(client):
            return _row("disconnect", client, "on the air", "disconnected")


def _row(change: str, on: str, was: str, becomes: str, unit: str = "") -> dict[str, str]:
    what = f"{on} from {unit}{was} to {unit}{becomes}"
    return {"change": change, "on": on, "was": was, "becomes": becomes, "what": what}


def _length(acl: AccessList | None) -> str:
    return f"{acl.name} ({len(acl.entries)} entries)" if acl else "no list"


def _end(moment: datetime | None) -> str:
    return f"open until {moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "closed"
