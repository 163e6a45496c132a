"""What people and misfortune do to the virtual school: each act on the product or the wire, and told to the model. ●"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from controller.lab import boxes, spaces
from controller.lab.desk import Desk
from controller.lab.expect import vlan_at
from controller.lab.plan import AT_HOME, FEEDS, GATEWAY, INTERNET, SERVER_4, Socket
from controller.lab.product import Refused, until
from controller.lab.school import School
from controller.lab.spaces import LabFailed
from controller.lab.story import Opening, Window

WHY = "the lab"
BACK = 60.0
"""Seconds within which what was killed must be back."""


class Acts:
    """On one school. An act returns when it was taken, not when it is in force: that is measured."""

    def __init__(self, school: School) -> None:
        self.school, self.story, self.product = school, school.story, school.product
        self.desk = Desk(self.product, school.folder / "desk")
        self.scanned: set[str] = set()
        """MACs whose last scan was clean."""
        self.ids: dict[str, str] = {}
        """MAC -> its running sanction."""

    # -- lessons --------------------------------------------------------------------------------------------------

    def open(self, group: str, seconds: float, kind: Opening = Opening.LESSON, account: str = "head") -> str:
        """A window of that length from now; its id."""
        now = self.product.now()
        body: dict[str, Any] = {"group": group, "until": _moment(now + seconds), "why": WHY}
        if kind is not Opening.LESSON:
            body |= {"kind": kind.value, "focus": ["spelling-test"] if kind is Opening.EXAM else []}
        told = self.product.ask("POST", "/windows", body, account=account)
        opens, closes = (datetime.fromisoformat(told[each]).timestamp() for each in ("opens_at", "closes_at"))
        self.story.said.windows.append(Window(group, kind, min(opens, now), closes))
        return str(told["id"])

    def end(self, group: str) -> None:
        """Every window of the group that runs."""
        now = self.product.now()
        for each in self.product.ask("GET", f"/windows?group={group}")["items"]:
            if not each["by_timetable"]:
                self.product.ask("POST", f"/windows/{each['id']}/end")
        kept = [one for one in self.story.said.windows if one.group != group or not one.covers(now)]
        self.story.said.windows[:] = kept

    def close_everything(self) -> None:
        self.product.ask("POST", "/emergency", {"why": WHY})
        self.story.said.emergency = True

    def all_clear(self) -> None:
        self.product.ask("POST", "/emergency/end", {"reason": WHY})
        self.story.said.emergency = False

    # -- people and devices ---------------------------------------------------------------------------------------

    def hold(self, name: str) -> None:
        self._device(name, "quarantine")
        self.story.said.held.add(self._mac(name))

    def release(self, name: str) -> None:
        self._device(name, "release")
        self.story.said.held.discard(self._mac(name))

    def bar(self, name: str) -> None:
        self._act(name, act="bar", barred_as="lost")
        self.story.said.barred.add(self._mac(name))

    def readmit(self, name: str) -> None:
        self._act(name, act="readmit")
        self.story.said.barred.discard(self._mac(name))

    def register(self, name: str, kind: str = "school-desktop", role: str = "teacher") -> None:
        entry = {"mac": self._mac(name), "name": name, "kind": kind, "role": role}
        self.product.ask("POST", "/devices", {"devices": [entry], "reason": WHY})
        self.story.said.registered.add(self._mac(name))
        self.story.said.staffed.add(self._mac(name))

    def register_visitor(self, name: str) -> None:
        """A laptop from home, with a permission for a day; its kind needs a receipt as well."""
        until = _moment(self.product.now() + 86_400)
        entry = {"mac": self._mac(name), "name": name, "kind": "visiting-laptop", "role": "visitor", "until": until}
        self.product.ask("POST", "/devices", {"devices": [entry], "reason": WHY})
        said = self.story.said
        said.registered.add(self._mac(name))
        said.staffed.discard(self._mac(name))
        said.unfit |= {self._mac(name)} - self.scanned

    def scan(self, name: str, *, harmful: bool) -> None:
        """At the desk."""
        mac, unfit = self._mac(name), self.story.said.unfit
        if self.desk.scan_device(mac, harmful=harmful) is harmful:
            raise LabFailed(f"the desk took {name} for {'clean' if harmful else 'harmful'}")
        (unfit.add if harmful else unfit.discard)(mac)
        (self.scanned.discard if harmful else self.scanned.add)(mac)

    def sanction(self, name: str, seconds: float = 3600.0) -> None:
        ends = self.product.now() + seconds
        body = {"mac": self._mac(name), "ends_at": _moment(ends), "reason": WHY, "keep": []}
        self.ids[self._mac(name)] = str(self.product.ask("POST", "/sanctions", body, account="head")["id"])
        self.story.said.sanctions[self._mac(name)] = ends

    def forgive(self, name: str) -> None:
        number = self.ids.pop(self._mac(name), None)
        if number is not None:
            self.product.ask("POST", f"/sanctions/{number}/end", {"reason": WHY}, account="head")
        self.story.said.sanctions.pop(self._mac(name), None)

    def withdraw(self, person: str) -> None:
        """The guardian takes the signature back."""
        self._sign(person, declined=True)
        self.story.said.declined.add(person)

    def sign(self, person: str) -> None:
        self._sign(person, declined=False)
        self.story.said.declined.discard(person)

    # -- the product ----------------------------------------------------------------------------------------------

    def kill_controller(self) -> None:
        """kill -9; the supervisor starts another one, and this waits until it answers."""
        before = self.product.pids("controller")
        self.product.kill_part("controller")
        until(
            lambda: set(self.product.pids("controller")) - set(before), BACK, lambda: "no other controller was started"
        )
        until(self._answers, BACK, lambda: "the other controller does not answer")

    def kill_everything(self) -> None:
        """kill -9 of supervisor and controller, and nobody starts them again. The filter is nobody's child by then."""
        self._freeze_vlans(self.school.layout.switches)
        self.product.kill()
        self.story.in_force = self.story.said.copy()

    def start_again(self) -> None:
        self.product.start()
        self.story.in_force = None
        self._thaw_vlans(self.school.layout.switches)

    def kill_filter(self) -> None:
        before = self.product.pids("dns-filter")
        self.product.kill_part("dns-filter")
        until(lambda: set(self.product.pids("dns-filter")) - set(before), BACK, lambda: "no other filter was started")

    def move_clock(self, seconds: float) -> None:
        """Of the server, at once and while everything runs. Set back, it opens nothing that was over."""
        before = self.product.now()
        after = before + seconds
        self.product.set_clock(datetime.fromtimestamp(after, UTC))
        windows = self.story.said.windows
        windows[:] = [one for one in windows if not (one.opens <= after < one.closes <= before)]

    def pause_controller(self, seconds: float) -> None:
        """It hangs, and goes on."""
        self.product.signal_part("controller", signal.SIGSTOP)
        time.sleep(seconds)  # noqa: TID251 (this is the fault)
        self.product.signal_part("controller", signal.SIGCONT)

    # -- the network ----------------------------------------------------------------------------------------------

    def feed(self, name: str, *, up: bool) -> None:
        """The provider's cable."""
        if up:
            for at, end in ((INTERNET, name), (GATEWAY, name)):
                spaces.batch((f"link set {end} up",), at=at)
            spaces.batch(boxes.feed_links((name,)), at=GATEWAY)
            self.story.feeds.add(name)
        else:
            spaces.batch((f"link set {name} down",), at=GATEWAY)
            self.story.feeds.discard(name)

    def cut_power(self, switch: str) -> None:
        self._freeze_vlans((switch,))
        self.story.dark.add(switch)
        self.school.boxes.cut_power(switch)

    def power_back(self, switch: str) -> None:
        self.school.boxes.boot(switch)
        self.story.dark.discard(switch)
        self._thaw_vlans((switch,))
        for name, client in self.story.clients.items():
            if client.socket is not None and client.socket.switch == switch:
                self.school.renew(name)

    def split(self, switch: str) -> None:
        """Nothing passes between the controller and this switch; what it switches goes on."""
        self._freeze_vlans((switch,))
        self.story.apart.add(switch)
        drop = f"add rule inet lab in ip saddr {SERVER_4} drop"
        spaces.run(
            "nft",
            f"add table inet lab; add chain inet lab in {{ type filter hook input priority 0; }}; {drop}",
            at=switch,
        )

    def heal(self, switch: str) -> None:
        spaces.run("nft", "delete table inet lab", at=switch)
        self.story.apart.discard(switch)
        self._thaw_vlans((switch,))

    def flood(self, name: str, frames: int) -> None:
        """So many frames with MACs that nobody knows, from one client's socket."""
        spaces.run("python3", "-c", _FLOOD, str(frames), at=name)

    def rest(self) -> None:
        """Whatever was done before: everything runs, nothing is open or taken away, everybody is at home."""
        story = self.story
        if story.in_force is not None or not self.product.runs:
            self.start_again()
        for switch in sorted(story.dark):
            self.power_back(switch)
        for switch in sorted(story.apart):
            self.heal(switch)
        for feed in sorted(set(FEEDS) - story.feeds):
            self.feed(feed, up=True)
        self._take_back()
        for name, host in AT_HOME.items():
            at = story.clients[name].socket
            elsewhere = at is not None and at != self.school.layout.home[name]
            if elsewhere or name in self.school.at_hub or story.clients[name].behind is not None:
                self.school.unplug(name)
            if host.plugged and story.clients[name].socket is None:
                self.school.plug(name, self.school.layout.home[name])

    def _take_back(self) -> None:
        said = self.story.said
        if said.emergency:
            self.all_clear()
        for group in {each.group for each in said.windows if each.covers(self.product.now())}:
            self.end(group)
        for person in sorted(said.declined):
            self.sign(person)
        for name, host in AT_HOME.items():
            if host.plugged and host.mac in said.unfit:
                self.scan(name, harmful=False)
            for there, act in ((self.ids, self.forgive), (said.held, self.release), (said.barred, self.readmit)):
                if host.mac in there:
                    act(name)

    # -- underneath -----------------------------------------------------------------------------------------------

    def _freeze_vlans(self, switches: Sequence[str]) -> None:
        now = self.product.now()
        for socket in self.school.layout.all_sockets():
            if socket.switch in switches:
                self.story.vlans.setdefault(socket, vlan_at(self.story, socket, now))

    def _thaw_vlans(self, switches: Sequence[str]) -> None:
        for socket in [each for each in self.story.vlans if each.switch in switches]:
            del self.story.vlans[socket]

    def _answers(self) -> bool:
        try:
            return bool(self.product.points())
        except (OSError, ValueError, Refused):
            return False

    def _mac(self, name: str) -> str:
        return AT_HOME[name].mac

    def _device(self, name: str, verb: str) -> None:
        self.product.ask("POST", f"/devices/{self._mac(name)}/{verb}", {"reason": WHY})

    def _act(self, name: str, **what: str) -> None:
        self.product.ask("POST", "/devices/acts", {"devices": [self._mac(name)], "reason": WHY, **what})

    def _sign(self, person: str, *, declined: bool) -> None:
        now = _moment(self.product.now())
        form = {"person": person, "signer": "guardian", "version": "2026", "declined": declined, "signed_at": now}
        self.product.ask("POST", "/agreements", {"signatures": [form]}, account="head")


def socket_named(school: School, switch: str, port: str) -> Socket:
    found = school.layout.socket(switch, port)
    if found is None:
        raise LabFailed(f"no socket {switch} {port}")
    return found


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


_FLOOD = """
import os, socket, sys
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(("eth0", 0))
for number in range(int(sys.argv[1])):
    mac = b"\\x02\\x99" + number.to_bytes(4)
    asks = b"\\0\\1\\x08\\0\\6\\4\\0\\1" + mac + b"\\x0a\\x14\\0\\xfa"
    sock.send(b"\\xff" * 6 + mac + b"\\x08\\x06" + asks + b"\\0" * 6 + b"\\x0a\\x14\\0\\1")
"""
