"""The reachability model: who may reach what, from the words of the policy file and what has happened. Pure.

It is written from the policy's words alone and knows nothing of how Caretaker decides, compiles or renders: two that
think alike would be wrong alike. An import contract keeps it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from controller.lab.plan import HOSTS, NAMES, PEOPLE, VLANS, Host, Socket, vlan_of
from controller.lab.story import Client, Opening, Said, Story

HOST_OF = {host.mac: host for host in HOSTS}
PUPILS = ("year-1", "year-5", "year-6")
GROUPS = {who: role or group for who, _, role, group in PEOPLE}
NOTHING: frozenset[str] = frozenset()
EXAM = frozenset({"learning"})
"""Nobody is written to in an exam, though the place for messages lies below one of its sites."""
APPROVED = EXAM | {"chat"}
LESSON = APPROVED | {"open"}
STAFF = LESSON | {"games"}
OUT = ("web", "web6", "quic", "vpn", "ping", "ping6")
"""Ways to the internet by address: open for whoever is let out."""
NEVER = (
    "dns-out", "dns-out6", "dns-tcp", "dot", "doh", "doh6", "dns-tunnel", "dns-tunnel6", "switch", "name-never",
)  # fmt: skip
"""Ways that are closed for everybody at every hour: other resolvers, known or not, the management of the network,
mandatory lists."""
INWARDS: Mapping[str, frozenset[str]] = {"staff": frozenset({"pupils", "things", "guest"})}
"""Only staff begin conversations with other segments: they print, show on boards and help pupils."""
TUESDAY = (("year-5", "09:15", "10:15"), ("year-6", "13:30", "14:00"))
"""The timetable of the policy file: group, from, to."""
PEERS = {"to-staff": "teacher", "to-pupil": "ipad-5b", "to-printer": "printer"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What one device may do: the segment it belongs to, whether it is let out, and which sorts of names it is told."""

    segment: str
    out: bool = False
    names: frozenset[str] = NOTHING
    why: str = ""


def ways() -> tuple[str, ...]:
    return (*OUT, *NEVER, *(f"name-{sort}" for sort in NAMES if sort != "never"), "name-open6", *PEERS)


def expected(story: Story, now: float) -> Mapping[tuple[str, str], bool | None]:
    """(client, way) -> open; None where either is right. Clients that are plugged in nowhere reach nothing."""
    return {
        (name, way): may
        for name, client in story.clients.items()
        for way, may in _of_client(story, *source(story, name, client), now)
    }


def source(story: Story, name: str, client: Client) -> tuple[str, Client]:
    """Whose packets they are: what shares another device's network gets what that one gets."""
    return (name, client) if client.behind is None else (client.behind, story.clients[client.behind])


def _of_client(story: Story, name: str, client: Client, now: float) -> Iterator[tuple[str, bool | None]]:
    where, stands = place(story, client, now), standing(in_force(story), client.mac, now)
    served = where is not None and linked(story, client) and reaches_server(story)
    out = served and stands.out and where == VLANS[stands.segment] and bool(story.feeds)
    yield from ((way, out) for way in OUT)
    yield from ((way, False) for way in NEVER)
    names = stands.names if served else NOTHING
    # What is allowed is asked for outside; with no way there, what was answered before may be answered again.
    allowed = True if story.feeds else None
    yield from ((f"name-{sort}", allowed if sort in names else False) for sort in NAMES if sort != "never")
    yield "name-open6", allowed if "open" in names else False
    yield from ((way, peer != name and _meet(story, client, story.clients[peer], now)) for way, peer in PEERS.items())


def in_force(story: Story) -> Said:
    return story.in_force or story.said


def standing(said: Said, mac: str, now: float) -> Standing:
    """The first sentence that speaks of this device wins."""
    host = HOST_OF[mac]
    unfit = mac in said.unfit - said.staffed  # a desktop of the school needs no receipt
    if mac not in said.registered or mac in said.barred or mac in said.held or unfit:
        return Standing("quarantine", why="unknown, barred, held or not scanned: quarantine")
    if mac in said.staffed:
        return Standing("staff", True, STAFF, "registered for staff, who are open at every hour")
    if host.group is None:
        return Standing("things", True, LESSON, "a thing is nobody's: open at every hour")
    if host.group not in PUPILS:
        segment = "guest" if host.kind == "visiting-laptop" else "staff"
        return Standing(segment, True, STAFF, "staff are open at every hour")
    if said.emergency:
        return Standing("pupils", why="an emergency closes everything for pupils")
    if now < said.sanctions.get(mac, 0.0):
        return Standing("pupils", why="the internet was taken away")
    hours = _by_the_hour(said, host.group, now)
    if host.person in said.declined:
        return Standing("pupils", why="the agreement was declined")
    if host.person in said.unsigned:
        return Standing(
            "pupils", hours.out and bool(hours.names), hours.names & APPROVED, "no agreement: approved sites"
        )
    return hours


def _by_the_hour(said: Said, group: str, now: float) -> Standing:
    running = {window.kind for window in said.windows if window.group == group and window.covers(now)}
    if any(each == group and starts <= _hour(now) < ends for each, starts, ends in TUESDAY):
        running.add(Opening.LESSON)
    if Opening.EXAM in running:
        return Standing("pupils", True, EXAM, "an exam: its sites, no messages and nothing else")
    if Opening.PAUSE in running:
        return Standing("pupils", why="a pause")
    if group == "year-1":
        return Standing("pupils", True, APPROVED, "the youngest: approved sites at every hour")
    if Opening.LESSON in running:
        return Standing("pupils", True, LESSON, "a lesson is open")
    return Standing("pupils", why="no lesson is open")


def _hour(now: float) -> str:
    """Wall time of the school on a Tuesday in December, which is UTC."""
    moment = datetime.fromtimestamp(now, UTC)
    return f"{moment:%H:%M}" if moment.weekday() == 1 else ""


def place(story: Story, client: Client, now: float) -> int | None:
    """The VLAN in which the client stands with an address of that VLAN; None where its address is none of it."""
    if client.socket is None or client.address is None:
        return None
    vlan = vlan_at(story, client.socket, now)
    return vlan if vlan_of(client.address) == vlan else None


def vlan_at(story: Story, socket: Socket, now: float) -> int:
    """Where a socket belongs: where all that were seen behind it belong, else in quarantine."""
    if socket in story.vlans and (story.in_force is not None or socket.switch in story.apart | story.dark):
        return story.vlans[socket]
    homes = {standing(in_force(story), mac, now).segment for mac in story.behind(socket)}
    return VLANS[homes.pop()] if len(homes) == 1 else VLANS["quarantine"]


def linked(story: Story, client: Client) -> bool:
    """Its switch and the one in the middle have power."""
    return client.socket is not None and not story.dark & {client.socket.switch, story.layout.switches[0]}


def reaches_server(story: Story) -> bool:
    return story.layout.switches[0] not in story.dark


def _meet(story: Story, one: Client, other: Client, now: float) -> bool:
    """By the switches alone inside a segment, through the gateway between two."""
    here, there = place(story, one, now), place(story, other, now)
    if one.socket is None or other.socket is None or one.address is None or other.address is None:
        return False
    if story.dark & {one.socket.switch, other.socket.switch}:
        return False
    across = one.socket.switch != other.socket.switch and story.layout.switches[0] in story.dark
    if vlan_at(story, one.socket, now) == vlan_at(story, other.socket, now):
        # Two with addresses of another segment hear each other too, where both have come away from the same one.
        return not across and vlan_of(one.address) == vlan_of(other.address)
    if here is None or there is None or story.layout.switches[0] in story.dark:
        return False
    names = {number: name for name, number in VLANS.items()}
    return names[there] in INWARDS.get(names[here], NOTHING)


def who(mac: str) -> Host:
    return HOST_OF[mac]
