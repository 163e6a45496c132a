"""A warm line says no word that is not needed, and hears an answer when it comes and not a little later."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest
from netmiko.exceptions import ReadException

from device_drivers.model import Refused, SetAccessVlan
from device_drivers.session import _Watched
from tests.device_drivers.school import NINE, School

WAY_OUT = "end"


def test_a_push_says_its_lines_and_the_way_in_and_out_and_asks_nothing_between(school: School) -> None:
    driver = school.driver("sw-hall")
    lines = driver.render((SetAccessVlan("Gi1/0/5", 20, 99),), NINE)
    with school.session("sw-hall") as session:
        session.read(["show vlan brief"])
        before = len(school.journal("sw-hall"))
        session.send(lines, config=True)
        assert school.journal("sw-hall")[before:] == ("configure terminal", *lines, WAY_OUT)


def test_a_refused_push_leaves_the_configuration_before_the_next_is_begun(school: School) -> None:
    with school.session("sw-hall") as session:
        with pytest.raises(Refused):
            session.send(["interface Gi1/0/5", "switchport access vlan 9999"], config=True)
        before = len(school.journal("sw-hall"))
        session.send(["interface Gi1/0/5"], config=True)
        assert school.journal("sw-hall")[before:] == ("configure terminal", "interface Gi1/0/5", WAY_OUT)


@dataclass
class Buffer:
    """Of a channel: `later` comes while somebody listens."""

    line: Netmiko
    later: str = ""

    def set_event(self, event: threading.Event) -> None:
        if self.later:
            self.line.comes.append(self.later)
        event.set()


@dataclass
class Channel:
    in_buffer: Buffer
    closed: bool = False


@dataclass
class Netmiko:
    """What of netmiko's connection is listened in on."""

    comes: deque[str] = field(default_factory=deque)
    asked: int = 0
    base_prompt = "sw-hall"

    def __post_init__(self) -> None:
        self.remote_conn = Channel(Buffer(self))

    def read_channel(self) -> str:
        return self.comes.popleft() if self.comes else ""

    def write_channel(self, out_data: str) -> None:
        del out_data

    def check_config_mode(self, check_string: str = ")#", pattern: str = "[>#]") -> bool:
        self.asked += 1
        return check_string in pattern


class Line(_Watched, Netmiko):
    until = r"\nsw-hall\S*[>#]\s*$"


def line(*comes: str) -> Any:
    made = Line(deque(comes))
    for _ in comes:
        made.read_channel()
    return made


@pytest.mark.parametrize(
    ("said", "inside"),
    [
        ("show vlan\n1 default\nsw-hall#", False),
        ("sw-hall>", False),
        ("configure terminal\nsw-hall(config)#", True),
        ("\nsw-hall(config-if)# ", True),
    ],
)
def test_where_it_stands_is_known_by_the_prompt_that_was_read_last(said: str, inside: bool) -> None:
    known = line(said)
    assert known.check_config_mode() is inside
    assert known.asked == 0


@pytest.mark.parametrize(
    "said",
    [
        "",
        "sw-hall(conf",
        "sw-hall#\n%LINK-3-UPDOWN: Interface Gi1/0/5, changed state to down\n",
        "sw-hall#\n%SYS-5: by sw-hall(config)# of another",
        "core#",
    ],
)
def test_where_that_was_no_whole_prompt_it_is_asked(said: str) -> None:
    unsure = line(said)
    unsure.check_config_mode()
    assert unsure.asked == 1


def test_after_a_word_was_said_the_old_prompt_counts_no_more() -> None:
    unsure = line("sw-hall(config)#")
    unsure.write_channel("end\n")
    unsure.check_config_mode()
    assert unsure.asked == 1


def test_what_comes_while_it_listens_is_heard_at_once() -> None:
    listening = line()
    listening.remote_conn.in_buffer.later = "sw-hall#"
    assert listening.read_channel() == "sw-hall#"


def test_a_line_that_ended_is_not_listened_to() -> None:
    ended = line()
    ended.remote_conn.closed = True
    with pytest.raises(ReadException):
        ended.read_channel()
