"""The sentences of scenarios: their forms, each with an example. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A form of sentence and what it says: the groups of `form` are handed to whoever carries it out."""

    form: re.Pattern[str]
    example: str

    def words(self, text: str) -> Mapping[str, str] | None:
        found = self.form.fullmatch(text)
        return {key: value for key, value in found.groupdict().items() if value is not None} if found else None


def sentence(form: str, example: str) -> Sentence:
    """`form` with <words> in place of groups: `<client> is plugged into <switch> <port>`."""
    pattern = re.sub(r"(?<!\?P)<(\w+)>", r"(?P<\1>[\\w.-]+)", form)
    return Sentence(re.compile(pattern), example)


_CLIENT, _WITHIN = r"(?P<client>[\w-]+)", r"(?: within (?P<within>[\d.]+) s)?"
SENTENCES: Mapping[str, Sentence] = {
    "open": sentence(
        r"(?P<who>head|year-5-teacher) opens <group> for (?P<seconds>[\d.]+) s",
        "head opens year-5 for 8 s",
    ),
    "exam": sentence(
        r"head sets <group> an exam for (?P<seconds>[\d.]+) s",
        "head sets year-5 an exam for 8 s",
    ),
    "pause": sentence(
        r"head pauses <group> for (?P<seconds>[\d.]+) s",
        "head pauses year-5 for 5 s",
    ),
    "end": sentence(
        r"head ends the windows of <group>",
        "head ends the windows of year-5",
    ),
    "plug": sentence(
        r"<client> is plugged into <switch> <port>",
        "stranger is plugged into sw2 p7",
    ),
    "home": sentence(
        r"<client> is plugged in at its place",
        "ipad-5a is plugged in at its place",
    ),
    "borrow": sentence(
        r"<client> is plugged into <switch> <port> with the MAC of <other>",
        "stranger is plugged into sw2 p7 with the MAC of printer",
    ),
    "unplug": sentence(
        r"<client> is unplugged",
        "stranger is unplugged",
    ),
    "hold": sentence(
        r"<client> is put into quarantine",
        "ipad-5a is put into quarantine",
    ),
    "release": sentence(
        r"<client> is released",
        "ipad-5a is released",
    ),
    "bar": sentence(
        r"<client> is reported lost",
        "ipad-5a is reported lost",
    ),
    "readmit": sentence(
        r"<client> is found again",
        "ipad-5a is found again",
    ),
    "register": sentence(
        r"<client> is registered as a desktop of staff",
        "stranger is registered as a desktop of staff",
    ),
    "visit": sentence(
        r"<client> is registered as a visitor's laptop",
        "visitor is registered as a visitor's laptop",
    ),
    "scan": sentence(
        r"<client> is scanned at the desk and found (?P<found>clean|harmful)",
        "visitor is scanned at the desk and found clean",
    ),
    "stick": sentence(
        r"a pen drive of <person> with (?P<what>homework|a virus) is (?P<end>let in|refused)",
        "a pen drive of year-5-teacher with a virus is refused",
    ),
    "share": sentence(
        r"<other> shares its network with <client>",
        "ipad-5a shares its network with stranger",
    ),
    "hub": sentence(
        r"<client> is plugged into a hub with <other>",
        "stranger is plugged into a hub with ipad-1a",
    ),
    "sanction": sentence(
        r"the internet is taken from <client> for (?P<seconds>[\d.]+) s",
        "the internet is taken from ipad-5a for 60 s",
    ),
    "forgive": sentence(
        r"<client> is forgiven",
        "ipad-5a is forgiven",
    ),
    "withdraw": sentence(
        r"the guardian of <person> withdraws",
        "the guardian of child-5-01 withdraws",
    ),
    "sign": sentence(
        r"the guardian of <person> signs",
        "the guardian of child-5-01 signs",
    ),
    "emergency": sentence(
        r"everything is closed for pupils",
        "everything is closed for pupils",
    ),
    "all_clear": sentence(
        r"all is clear",
        "all is clear",
    ),
    "kill_controller": sentence(
        r"the controller is killed",
        "the controller is killed",
    ),
    "kill_all": sentence(
        r"the whole tree is killed",
        "the whole tree is killed",
    ),
    "start": sentence(
        r"Caretaker is started again",
        "Caretaker is started again",
    ),
    "restart": sentence(
        r"it is (?P<day>\d{4}-\d\d-\d\d) (?P<hour>\d\d:\d\d:\d\d)",
        "it is 2026-12-08 09:14:50",
    ),
    "clock": sentence(
        r"the clock is set (?P<where>back|forward) by (?P<seconds>[\d.]+) s",
        "the clock is set back by 600 s",
    ),
    "later": sentence(r"a quarter of an hour passes", "a quarter of an hour passes"),
    "kill_filter": sentence(
        r"the filter is killed",
        "the filter is killed",
    ),
    "feed_down": sentence(
        r"the feed <feed> fails",
        "the feed wan fails",
    ),
    "feed_up": sentence(
        r"the feed <feed> is back",
        "the feed wan is back",
    ),
    "cut": sentence(
        r"<switch> loses its power",
        "sw2 loses its power",
    ),
    "boot": sentence(
        r"<switch> has power again",
        "sw2 has power again",
    ),
    "split": sentence(
        r"<switch> cannot be reached by the controller",
        "sw2 cannot be reached by the controller",
    ),
    "heal": sentence(
        r"<switch> can be reached again",
        "sw2 can be reached again",
    ),
    "flood": sentence(
        r"<client> sends (?P<frames>\d+) frames with MACs nobody knows",
        "ipad-5a sends 10000 frames with MACs nobody knows",
    ),
    "wait": sentence(
        r"(?P<seconds>[\d.]+) s pass",
        "5 s pass",
    ),
    "reaches": sentence(
        _CLIENT + r" reaches (?P<way>[\w-]+)" + _WITHIN,
        "ipad-5a reaches web within 3 s",
    ),
    "not": sentence(
        _CLIENT + r" does not reach (?P<way>[\w-]+)" + _WITHIN,
        "ipad-5a does not reach web",
    ),
    "tunnels": sentence(
        _CLIENT + r" gets through (?P<how>no|every) tunnel" + _WITHIN,
        "ipad-5a gets through no tunnel",
    ),
    "vlan": sentence(
        r"<client> stands in <segment>" + _WITHIN,
        "stranger stands in quarantine within 3 s",
    ),
    "last": sentence(
        r"the last packet of <client> passes at most (?P<seconds>[\d.]+) s after the first",
        "the last packet of stranger passes at most 2 s after the first",
    ),
    "bell": sentence(
        r"<client> loses <way> within (?P<seconds>[\d.]+) s of the bell",
        "ipad-5a loses web within 1 s of the bell",
    ),
    "alarm": sentence(
        r"there is an alarm about (?P<kind>[\w-]+)",
        "there is an alarm about flood",
    ),
    "refused": sentence(
        r"(?P<who>[\w-]+) may not open <group>",
        "year-5-teacher may not open year-6",
    ),
}
"""The name of each is that of the act or look in `stage.py` that carries it out."""
