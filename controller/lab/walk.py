"""Seeded random walks: events and faults in any order, after each of which packets and model must agree. ●"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from controller.lab.acts import Acts
from controller.lab.plan import AT_HOME
from controller.lab.product import Refused
from controller.lab.school import Disagreement, School
from controller.lab.story import Opening

GROUPS = ("year-5", "year-6", "year-1")
SHORTEST, LONGEST = 2.0, 90.0
"""Seconds of a window."""
RARE = 25
"""One event in so many is a fault of the controller, of a switch or of a cable."""


@dataclass(slots=True)
class Walked:
    """What came of a walk."""

    seed: int
    events: int = 0
    faults: int = 0
    packets: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    difference: str = ""

    def as_row(self) -> dict[str, object]:
        return {
            "seed": self.seed,
            "events": self.events,
            "faults": self.faults,
            "packets": self.packets,
            "seconds": round(self.seconds, 1),
            "slowest": round(self.slowest, 2),
            "kinds": dict(sorted(self.kinds.items())),
            "difference": self.difference,
        }


def walk(school: School, acts: Acts, seed: int, events: int, tell: Callable[[str], None]) -> Walked:
    """So many events; ends at the first difference that lasts."""
    dice = random.Random(seed)  # noqa: S311 (the same walk again for the same seed)
    walked, began = Walked(seed), time.monotonic()
    school.packets = 0
    for number in range(1, events + 1):
        name, fault, act = _choose(dice, school, acts)
        try:
            act()
            took = school.settle(f"event {number} of seed {seed} ({name})")
        except Disagreement as found:
            walked.difference = str(found)
        walked.events, walked.packets, walked.seconds = number, school.packets, time.monotonic() - began
        walked.faults += fault
        walked.kinds[name.split()[0]] += 1
        if walked.difference:
            break
        walked.slowest = max(walked.slowest, took)
        if number % 50 == 0:
            told = f"{number} events, {walked.faults} faults, {walked.packets} packets"
            tell(f"seed {seed}: {told}, {walked.seconds:.0f} s")
    return walked


SAMPLE = 20.0
"""Seconds between two looks at the memory of a soak."""


@dataclass(slots=True)
class Soaked:
    """`memory`: seconds since the beginning, and MB of controller and filter together."""

    events: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)
    difference: str = ""

    def as_row(self, minutes: float) -> dict[str, object]:
        settled = [size for at, size in self.memory if at >= min(300.0, minutes * 15)]
        growth = (settled[-1] / settled[0] - 1) * 100 if settled else 0.0
        return {
            "minutes": minutes,
            "events": self.events,
            "growth": round(growth, 3),
            "megabytes": [round(size, 1) for _, size in self.memory],
            "difference": self.difference,
        }


def soak(school: School, acts: Acts, minutes: float, tell: Callable[[str], None]) -> dict[str, object]:
    """Events without faults, as fast as packets can be measured; how much memory the product takes meanwhile."""
    dice = random.Random(72)  # noqa: S311 (the same soak again)
    soaked, began, due = Soaked(), time.monotonic(), 0.0
    while (now := time.monotonic() - began) < minutes * 60 and not soaked.difference:
        if now >= due:
            soaked.memory.append((now, school.product.megabytes()))
            due = now + SAMPLE
            tell(f"{now:.0f} s: {soaked.events} events, {soaked.memory[-1][1]:.1f} MB")
        name, _, act = dice.choice(list(_events(dice, school, acts)))
        try:
            act()
            school.settle(name)
        except Disagreement as found:
            soaked.difference = str(found)
        soaked.events += 1
    return soaked.as_row(minutes)


Choice = tuple[str, bool, Callable[[], object]]


def _choose(dice: random.Random, school: School, acts: Acts) -> Choice:
    """What is odd is put right before long: a walk that only breaks things ends in the dark, where all agree."""
    story = school.story
    healing = list(_healing(school, acts))
    if story.in_force is not None:
        return dice.choice((*healing, *_while_dead(dice, school, acts)))
    if healing and dice.random() < 0.4:
        return dice.choice(healing)
    if dice.randrange(RARE) == 0:
        return dice.choice(list(_faults(school, acts)))
    return dice.choice(list(_events(dice, school, acts)))


def _events(dice: random.Random, school: School, acts: Acts) -> Iterator[Choice]:
    said = school.story.said
    group, seconds = dice.choice(GROUPS), dice.uniform(SHORTEST, LONGEST)
    for _ in range(2):
        yield f"lesson {group} {seconds:.0f} s", False, lambda: _open(acts, group, seconds, Opening.LESSON)
    yield f"exam {group}", False, lambda: _open(acts, group, seconds, Opening.EXAM)
    yield f"pause {group}", False, lambda: _open(acts, group, seconds / 4, Opening.PAUSE)
    yield f"end {group}", False, lambda: acts.end(group)
    name = dice.choice([each for each in AT_HOME if each not in ("stranger", "visitor")])
    mac = AT_HOME[name].mac
    yield (f"release {name}", False, lambda: acts.release(name)) if mac in said.held else (
        f"hold {name}", False, lambda: acts.hold(name))  # fmt: skip
    yield (f"readmit {name}", False, lambda: acts.readmit(name)) if mac in said.barred else (
        f"bar {name}", False, lambda: acts.bar(name))  # fmt: skip
    pupil = dice.choice(("ipad-5a", "ipad-5b", "pc-6a"))
    yield (f"forgive {pupil}", False, lambda: acts.forgive(pupil)) if AT_HOME[pupil].mac in acts.ids else (
        f"sanction {pupil}", False, lambda: acts.sanction(pupil, seconds))  # fmt: skip
    yield ("sign child-5-01", False, lambda: acts.sign("child-5-01")) if "child-5-01" in said.declined else (
        "withdraw child-5-01", False, lambda: acts.withdraw("child-5-01"))  # fmt: skip
    yield ("all-clear", False, acts.all_clear) if said.emergency else ("emergency", False, acts.close_everything)
    yield from _plugging(dice, school)
    yield f"time {seconds / 20:.1f} s", False, lambda: time.sleep(seconds / 20)  # noqa: TID251 (time passes)


def _open(acts: Acts, group: str, seconds: float, kind: Opening) -> None:
    """What is asked for so late that its end is past is refused, rightly, and opens nothing."""
    ends = acts.product.now() + seconds
    try:
        acts.open(group, seconds, kind)
    except Refused:
        if acts.product.now() < ends:
            raise


def _plugging(dice: random.Random, school: School) -> Iterator[Choice]:
    story = school.story
    taken = {client.socket for client in story.clients.values()}
    free = [socket for socket in school.layout.spare if socket not in taken and socket.switch not in story.dark]
    name = dice.choice(list(AT_HOME))
    client = story.clients[name]
    if client.socket is not None:
        yield f"unplug {name}", False, lambda: school.unplug(name)
    elif name not in ("stranger", "visitor") and school.layout.home[name].switch not in story.dark:
        home = school.layout.home[name]
        yield f"plug {name} at its place", False, lambda: school.plug(name, home)
    if free and client.socket is None:
        socket = dice.choice(free)
        yield f"plug {name} into {socket}", False, lambda: school.plug(name, socket)


def _while_dead(dice: random.Random, school: School, acts: Acts) -> Iterator[Choice]:
    yield "time 2 s, nobody in charge", True, lambda: time.sleep(2)  # noqa: TID251 (time passes)
    feed = dice.choice(("wan", "wan2"))
    if feed in school.story.feeds:
        yield f"feed {feed} fails, nobody in charge", True, lambda: acts.feed(feed, up=False)


def _faults(school: School, acts: Acts) -> Iterator[Choice]:
    story = school.story
    yield "controller killed", True, acts.kill_controller
    yield "tree killed", True, acts.kill_everything
    yield "filter killed", True, acts.kill_filter
    yield "controller hangs", True, lambda: acts.pause_controller(2.0)
    for switch in school.layout.switches[1:]:
        if switch not in story.dark | story.apart:
            yield f"power cut {switch}", True, partial(acts.cut_power, switch)
            yield f"split {switch}", True, partial(acts.split, switch)
    for feed in sorted(story.feeds):
        yield f"feed {feed} fails", True, partial(acts.feed, feed, up=False)


def _healing(school: School, acts: Acts) -> Iterator[Choice]:
    story = school.story
    if story.in_force is not None:
        yield "started again", True, acts.start_again
    for switch in sorted(story.dark):
        yield f"power back {switch}", True, partial(acts.power_back, switch)
    for switch in sorted(story.apart):
        yield f"healed {switch}", True, partial(acts.heal, switch)
    for feed in sorted({"wan", "wan2"} - story.feeds):
        yield f"feed {feed} back", True, partial(acts.feed, feed, up=True)
    if story.said.emergency:
        yield "all-clear", False, acts.all_clear
    for mac in sorted(story.said.held | story.said.barred)[3:]:
        name = next(host.name for host in AT_HOME.values() if host.mac == mac)
        act = acts.release if mac in story.said.held else acts.readmit
        yield (
            f"{'release' if mac in story.said.held else 'readmit'} {name}",
            False,
            partial(act, name),
        )
