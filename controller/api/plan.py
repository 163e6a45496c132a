"""The plan: what would change on the network now, what is held back, and letting it through."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints, model_validator

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict, WrongInput
from controller.api.shapes import Answer, Ask, Name, Words, example_of, examples
from controller.model import HeldBack, Plan, PlannedChange
from device_drivers.model import (
    AccessList,
    Bounce,
    Change,
    DenyClient,
    Disconnect,
    GrantInternet,
    SetAccessList,
    SetAccessVlan,
    SetClientRole,
    SetShutdown,
    SetSsid,
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
    """`fingerprint` names this very plan; applying needs it, so that nobody applies what they did not see.

    `epoch` is that of what the school wants, `policy` the SHA-256 of the policy file in force.
    """

    model_config = examples(
        {
            "fingerprint": "5f2b8c0f4d7ce1aa",
            "epoch": 41,
            "policy": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "made_at": "2026-11-24T09:15:00Z",
            "valid_until": "2026-11-24T10:15:00Z",
            "changes": [example_of(ChangeOut)],
            "held_back": [example_of(HeldBackOut)],
            "notes": [],
        }
    )
    fingerprint: str
    epoch: int
    policy: str
    made_at: datetime
    valid_until: datetime
    changes: tuple[ChangeOut, ...]
    held_back: tuple[HeldBackOut, ...]
    notes: tuple[str, ...]


class Apply(Ask):
    """`epoch` and `policy` of the plan that was looked at: where they are given, they are compared too.

    `force` names devices on which is to be let through what waits for a person's word (moves in lesson time, repair of
    what was changed by hand), and `reason` says why: each device by its name, never all at once.
    """

    model_config = examples(
        {"fingerprint": "5f2b8c0f4d7ce1aa"},
        {"fingerprint": "5f2b8c0f4d7ce1aa", "force": ["sw-ict"], "reason": "the suite is empty this morning"},
    )
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    epoch: Annotated[int, Field(strict=True, ge=0)] | None = None
    policy: Annotated[str, StringConstraints(max_length=64)] | None = None
    force: tuple[Name, ...] = Field(default=(), max_length=50)
    reason: Words | None = None

    @model_validator(mode="after")
    def _with_reason(self) -> Apply:
        if self.force and self.reason is None:
            raise ValueError("expected a `reason`: what is forced in lesson time is answered for")
        return self


@router.get("", operation_id="get_plan", openapi_extra=needs("plan:read"))
def get_plan(site: Site) -> PlanOut:
    return _now(site, site.loop.plan())


@router.post(
    "/apply", status_code=status.HTTP_202_ACCEPTED, operation_id="apply_plan", openapi_extra=needs("plan:apply")
)
def apply_plan(ask: Apply, site: Site, staff: Staff) -> PlanOut:
    """Has its devices looked at now, and lets through on those of `force` what waits for a person's word. Refused where
    the plan is no longer the one that was shown."""
    plan = site.loop.plan()
    now = _now(site, plan)
    if ask.fingerprint != now.fingerprint or ask.epoch not in (None, now.epoch) or ask.policy not in (None, now.policy):
        raise Conflict("The plan has changed since you saw it.", "Look at it again, then apply that one.")
    _refuse_strangers(ask, plan)
    detail = {"changes": len(plan.changes), "force": ask.force, "reason": ask.reason or ""}
    site.store.record(staff, "plan.apply", ask.fingerprint, detail, site.clock.now())
    site.loop.apply(plan, staff, ask.force)
    return now


def _now(site: Site, plan: Plan) -> PlanOut:
    intent, policy = site.loop.intent(), site.store.last_policy()
    return shown(plan, intent.table.epoch if intent else 0, policy[1] if policy else "")


def _refuse_strangers(ask: Apply, plan: Plan) -> None:
    """Whoever mistypes a device's name must not believe that something was forced."""
    concerned = {each.device for each in plan.changes} | {held.planned.device for held in plan.held_back}
    for name in ask.force:
        if name not in concerned:
            raise WrongInput(f"Nothing of this plan is about {name}.", "Name devices that stand in the plan.")


def fingerprint(plan: Plan) -> str:
    """Sixteen hexadecimal digits over what would change and what is held back; the moment it was made is left out."""
    rows = [*map(repr, plan.changes), "held back", *map(repr, plan.held_back)]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def shown(plan: Plan, epoch: int = 0, policy: str = "") -> PlanOut:
    return PlanOut(
        fingerprint=fingerprint(plan),
        epoch=epoch,
        policy=policy,
        made_at=plan.made_at,
        valid_until=plan.valid_until,
        changes=tuple(map(change_out, plan.changes)),
        held_back=tuple(map(held_back_out, plan.held_back)),
        notes=plan.notes,
    )


def change_out(planned: PlannedChange) -> ChangeOut:
    return ChangeOut(**_fields(planned))


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
        case DenyClient(client, off_was, off_becomes):
            words = {True: "kept off the air", False: "let on the air"}
            return _row("deny-client", client, words[off_was], words[off_becomes])
        case SetSsid(ssid, on_was, on_becomes):
            return _row("set-ssid", ssid, "on the air" if on_was else "off", "on the air" if on_becomes else "off")
        case Disconnect(client):
            return _row("disconnect", client, "on the air", "disconnected")


def _row(change: str, on: str, was: str, becomes: str, unit: str = "") -> dict[str, str]:
    what = f"{on} from {unit}{was} to {unit}{becomes}"
    return {"change": change, "on": on, "was": was, "becomes": becomes, "what": what}


def _length(acl: AccessList | None) -> str:
    return f"{acl.name} ({len(acl.entries)} entries)" if acl else "no list"


def _end(moment: datetime | None) -> str:
    return f"open until {moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "closed"
