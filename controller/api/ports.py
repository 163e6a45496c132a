"""Ports: what a person has said of one: how far Caretaker may go there, whether it is protected, its room."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter

from controller.api.access import Site, Staff, needs
from controller.api.problems import NotFound
from controller.api.shapes import Answer, Ask, Name, Words, example_of, examples
from inventory.model import Mode, Port, PortRef, SwitchName

router = APIRouter(prefix="/api/v1/ports", tags=["plan"])


class PortOut(Answer):
    """`mode` left out: that of its switch. A port is never driven further than its switch."""

    model_config = examples(
        {"switch": "sw-ict", "port": "Gi1/0/7", "mode": "observe", "protected": False, "room": "ict-suite"}
    )
    switch: str
    port: str
    mode: Mode | None
    protected: bool
    room: str | None


class Ports(Answer):
    model_config = examples({"items": [example_of(PortOut)]})
    items: tuple[PortOut, ...]


class SayOfPort(Ask):
    """What is left out stays as it is; `mode: switch` lets the port follow its switch again."""

    model_config = examples(
        {"switch": "sw-ict", "port": "Gi1/0/7", "mode": "enforce", "reason": "looked at on site"},
        {"switch": "sw-hall", "port": "Gi1/0/1", "protected": True, "reason": "the stage's mixing desk"},
    )
    switch: Name
    port: Name
    mode: Literal["observe", "register", "enforce", "switch"] | None = None
    protected: bool | None = None
    room: Name | None = None
    reason: Words


@router.get("", operation_id="list_ports", openapi_extra=needs("plan:read"))
def list_ports(site: Site) -> Ports:
    """The ports somebody has said something of; all others follow their switch."""
    ports = site.inventory().ports
    return Ports(items=tuple(_shown(ports[ref]) for ref in sorted(ports)))


@router.post("", operation_id="say_of_port", openapi_extra=needs("plan:apply"))
def say_of_port(ask: SayOfPort, site: Site, staff: Staff) -> PortOut:
    inventory = site.inventory()
    if SwitchName(ask.switch) not in inventory.switches:
        raise NotFound(f"There is no switch {ask.switch}.", "`caretaker switches list` shows all.")
    ref = PortRef(SwitchName(ask.switch), ask.port)
    port = _said(inventory.ports.get(ref, Port(ref)), ask)
    site.store.put_ports((port,), staff, site.clock.now(), reason=ask.reason)
    site.loop.wake(f"port {ref}")
    return _shown(port)


def _said(port: Port, ask: SayOfPort) -> Port:
    if ask.mode is not None:
        port = replace(port, mode=None if ask.mode == "switch" else Mode(ask.mode))
    if ask.protected is not None:
        port = replace(port, protected=ask.protected)
    return replace(port, room=ask.room or port.room)


def _shown(port: Port) -> PortOut:
    return PortOut(switch=port.ref.switch, port=port.ref.port, mode=port.mode, protected=port.protected, room=port.room)
