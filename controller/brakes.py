"""What holds a change back. Here and not in any page: no caller can leave a brake out.

Never touched at all: uplinks (unknown counts as one), ports with more MACs than the limit, protected ports, the port
towards ourselves. Every held-back change says what holds it and how to let it through.
"""

from __future__ import annotations

from collections.abc import Callable

from controller.model import Brake, HeldBack, PlannedChange
from controller.situation import Situation, port_of, ref_of
from device_drivers.acl import PREFIX
from device_drivers.model import (
    Bounce,
    Capability,
    Change,
    DenyClient,
    Disconnect,
    GrantInternet,
    NeighbourKind,
    PortKind,
    SetAccessList,
    SetAccessVlan,
    SetClientRole,
    SetShutdown,
    SetSsid,
)
from inventory.model import Mode

INFRASTRUCTURE = frozenset({NeighbourKind.BRIDGE, NeighbourKind.ACCESS_POINT, NeighbourKind.ROUTER})
KEEP_THEIR_LINK = INFRASTRUCTURE | {NeighbourKind.PHONE}


Held = tuple[Brake, str]
Rule = Callable[[PlannedChange, Situation], Held | None]


def held_by(planned: PlannedChange, situation: Situation) -> HeldBack | None:
    """The first brake that holds this change, whatever else is planned; None lets it through."""
    held = (rule(planned, situation) for rule in RULES)
    found = next((each for each in held if each is not None), None)
    return HeldBack(planned, *found) if found else None


def own_path(planned: PlannedChange, situation: Situation) -> Held | None:
    if port_of(planned.change) is None:
        return None
    ref = ref_of(planned)
    if ref in situation.own_path or situation.macs(ref).intersection(situation.own_macs):
        return Brake.OWN_PATH, f"Caretaker itself is reached by {ref}: this port is never touched."
    return None


def protected(planned: PlannedChange, situation: Situation) -> Held | None:
    said = situation.inventory.ports.get(ref_of(planned)) if port_of(planned.change) else None
    if said is None or not said.protected:
        return None
    return Brake.PROTECTED, f"{said.ref} is marked as protected. Take the mark away to let it be managed."


def uplink(planned: PlannedChange, situation: Situation) -> Held | None:
    """Unknown counts as an uplink: a port wrongly left alone harms nobody, an uplink moved cuts off a building."""
    if port_of(planned.change) is None:
        return None
    ref = ref_of(planned)
    port = situation.port(ref)
    if situation.is_root_port(ref):
        return Brake.UPLINK, f"{ref} leads to the root of the spanning tree: this port is never touched."
    if port is None or port.kind is not PortKind.ACCESS or port.access_vlan is None:
        kind = port.kind if port else PortKind.UNKNOWN
        return Brake.UPLINK, f"{ref} is no plain access port ({kind}): it is never touched. Make it one on the switch."
    behind = next((each for each in situation.neighbours(ref) if each.kind in INFRASTRUCTURE), None)
    if behind is None:
        return None
    return Brake.UPLINK, f"{behind.name or 'Something'} ({behind.kind}) is behind {ref}: this port is never touched."


def keeps_link(planned: PlannedChange, situation: Situation) -> Held | None:
    """A bounce takes power and calls away from what hangs on the port."""
    if not isinstance(planned.change, Bounce | SetShutdown):
        return None
    ref = ref_of(planned)
    behind = next((each for each in situation.neighbours(ref) if each.kind in KEEP_THEIR_LINK), None)
    if behind is None:
        return None
    return Brake.KEEPS_LINK, f"{behind.name or 'Something'} ({behind.kind}) is behind {ref}: its link is never cut."


def too_many_macs(planned: PlannedChange, situation: Situation) -> Held | None:
    if port_of(planned.change) is None:
        return None
    ref, most = ref_of(planned), situation.brakes.macs_per_port
    seen = len(situation.macs(ref))
    if seen <= most:
        return None
    text = f"{seen} devices are behind {ref}, more than {most}: it may lead to another switch."
    return Brake.TOO_MANY_MACS, f"{text} Raise `brakes.macs_per_port` if it does not."


def not_supported(planned: PlannedChange, situation: Situation) -> Held | None:
    platform = situation.inventory.switches[planned.device].platform
    driver = situation.drivers.get(platform)
    needed = _needs(planned.change)
    if driver is None or needed not in driver.can:
        return Brake.NOT_SUPPORTED, f"The driver for {platform} cannot do this ({needed}): do it by hand."
    vlans = situation.readings[planned.device].observed.vlans if planned.device in situation.readings else frozenset()
    if isinstance(planned.change, SetAccessVlan) and vlans and planned.change.becomes not in vlans:
        return Brake.NOT_SUPPORTED, f"{planned.device} has no VLAN {planned.change.becomes}: create it there first."
    return None


def foreign_list(planned: PlannedChange, situation: Situation) -> Held | None:
    """A list that somebody else bound there is somebody's work: taking its place is a person's decision."""
    reading = situation.readings.get(planned.device)
    if not isinstance(planned.change, SetAccessList) or reading is None:
        return None
    bound = reading.observed.bindings.get(planned.change.interface, PREFIX)
    if bound.startswith(PREFIX):
        return None
    text = f"{planned.change.interface} of {planned.device} has the list {bound}, which is not Caretaker's."
    return Brake.PROTECTED, f"{text} Unbind it there to let Caretaker's take its place."


def proof(planned: PlannedChange, situation: Situation) -> Held | None:
    """While the intent itself lets somebody through, nothing more is opened; what closes is never held."""
    if not situation.leaks or not _opens(planned.change, situation):
        return None
    more = f" (and {len(situation.leaks) - 1} more)" if len(situation.leaks) > 1 else ""
    return Brake.PROOF, f"{situation.leaks[0]}{more}. Mend the policy; `caretaker prove` says it all."


def mode(planned: PlannedChange, situation: Situation) -> Held | None:
    switch = situation.inventory.switches[planned.device]
    said = situation.inventory.ports.get(ref_of(planned)) if port_of(planned.change) else None
    at_port = said.mode if said else None
    in_force = _milder(switch.mode, at_port)
    if in_force is Mode.ENFORCE:
        return None
    where = f"{said.ref}" if said and at_port is in_force else f"{switch.name}"
    return Brake.MODE, f"{where} is in mode {in_force}: nothing is changed there. Set it to enforce to let it through."


def lesson(planned: PlannedChange, situation: Situation) -> Held | None:
    """While lessons run nothing that works is moved, but for the safe direction: quarantine of what must not be there.

    Ways out are never held: opening and closing them is what a lesson is.
    """
    allowed = situation.brakes.in_lesson_time == "allow" and not _darkens_a_thing(planned, situation)
    if not situation.in_lesson or allowed or not _disturbs(planned, situation):
        return None
    if situation.brakes.in_lesson_time == "refuse":
        return (
            Brake.LESSON,
            "A lesson is on and the policy refuses moves in lesson time: it is made when the lesson ends.",
        )
    if situation.forced:
        return None
    return (
        Brake.LESSON,
        "A lesson is on: it is made when the lesson ends, or now if a person applies the plan with a reason.",
    )


def vanished(planned: PlannedChange, situation: Situation) -> Held | None:
    """Whoever made a room dark stops there, whatever else was planned for it."""
    if port_of(planned.change) is None or situation.forced:
        return None
    room = situation.room(ref_of(planned))
    if room is None or room not in situation.dark:
        return None
    text = f"Too many ports of {room} lost their link after the last push: nothing more is changed there."
    return Brake.VANISHED, f"{text} Look at the room, then apply the plan for this device with a reason."


# Order is meaning: what can never be let through is said before what a setting or a person's word lets through.
RULES: tuple[Rule, ...] = (
    own_path,
    protected,
    uplink,
    keeps_link,
    too_many_macs,
    not_supported,
    foreign_list,
    proof,
    mode,
    vanished,
    lesson,
)


def _disturbs(planned: PlannedChange, situation: Situation) -> bool:
    match planned.change:
        case GrantInternet() | SetSsid() | DenyClient():
            return False
        case SetAccessList() | SetShutdown() | Bounce() | SetClientRole():
            return True
        case Disconnect(client):
            reading = situation.readings.get(planned.device)
            return reading is None or client not in reading.observed.denied
        case SetAccessVlan(_, was, becomes):
            ref = ref_of(planned)
            port, macs = situation.port(ref), situation.macs(ref)
            if was == situation.quarantine_vlan or (port is not None and not port.up):
                return False
            # A board must not go dark in front of a class because somebody plugged something in beside it.
            return becomes != situation.quarantine_vlan or not macs or bool(macs.intersection(situation.things))


def _darkens_a_thing(planned: PlannedChange, situation: Situation) -> bool:
    """Quarantine of a port behind which a board or a printer works, whoever else is there: never without a person."""
    change = planned.change
    if not isinstance(change, SetAccessVlan) or change.becomes != situation.quarantine_vlan:
        return False
    return bool(situation.macs(ref_of(planned)).intersection(situation.things))


def _opens(change: Change, situation: Situation) -> bool:
    match change:
        case GrantInternet(_, was, becomes):
            return becomes is not None and (was is None or becomes > was)
        case SetAccessVlan(_, was, _):
            return was == situation.quarantine_vlan
        case SetAccessList():
            return True
        case DenyClient(_, was, becomes):
            return was and not becomes
        case _:
            return False


def _needs(change: Change) -> Capability:
    match change:
        case SetAccessVlan():
            return Capability.ACCESS_VLAN
        case SetAccessList():
            return Capability.ACCESS_LIST
        case GrantInternet():
            return Capability.LEASE
        case SetShutdown():
            return Capability.SHUT
        case Bounce():
            return Capability.BOUNCE
        case SetClientRole():
            return Capability.CLIENT_ROLE
        case Disconnect():
            return Capability.DISCONNECT
        case DenyClient():
            return Capability.DENY
        case SetSsid():
            return Capability.SSID


def _milder(switch: Mode, port: Mode | None) -> Mode:
    """A port may be held in a milder mode than its switch, never driven in a stricter one."""
    order = (Mode.OBSERVE, Mode.REGISTER, Mode.ENFORCE)
    return min(switch, port or switch, key=order.index)
