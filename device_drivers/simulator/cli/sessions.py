"""Configuration sessions: a copy of the configuration that is edited aside, and comes into force as a whole.

Committed with a timer it is taken back when no second commit of it comes in time.
"""

from __future__ import annotations

import copy
import re

from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.words import Invalid

_NO_SUCH = "% Session {} does not exist\n"


def begin(talk: CliConversation, name: str) -> None:
    """Into a session, made where there is none of this name."""
    sessions = talk.machine.sessions
    if name not in sessions:
        aside = copy.copy(talk.machine)
        aside.keep()
        aside.running = talk.machine.running.copy()
        sessions[name] = aside
    talk.aside = (name, talk.machine)
    talk.machine = sessions[name]
    talk.go("config")


def commit_for(talk: CliConversation, text: str) -> str:
    """`commit timer HH:MM:SS`, inside a session."""
    if talk.aside is None:
        raise Invalid(0)
    found = re.fullmatch(r"(\d+):(\d\d):(\d\d)", text)
    if found is None:
        return "% Invalid input\n"
    name, machine, aside = leave(talk)
    if machine.unconfirmed:
        return "% Cannot commit session: another one waits to be confirmed\n"
    hours, minutes, seconds = (int(part) for part in found.groups())
    machine.arm(hours * 3600.0 + minutes * 60 + seconds)
    machine.running, machine.unconfirmed = aside.running, name
    del machine.sessions[name]
    return ""


def commit(talk: CliConversation, name: str) -> str:
    """`configure session NAME commit`: for good, or the second commit of one that waits."""
    machine = talk.machine
    if name == machine.unconfirmed and machine.keep():
        return ""
    if name not in machine.sessions:
        return _NO_SUCH.format(name)
    machine.running = machine.sessions.pop(name).running
    return ""


def abort(talk: CliConversation, name: str) -> str:
    if name == talk.machine.unconfirmed and talk.machine.take_back():
        return ""
    return "" if talk.machine.sessions.pop(name, None) else _NO_SUCH.format(name)


def leave(talk: CliConversation, *_: str) -> tuple[str, CliMachine, CliMachine]:
    """Out of the session, which stays as it is: its name, the machine itself, and the session's copy."""
    assert talk.aside is not None
    name, machine = talk.aside
    aside, talk.machine, talk.aside = talk.machine, machine, None
    talk.go("exec")
    return name, machine, aside


def end(talk: CliConversation, *_: str) -> None:
    if talk.aside is not None:
        leave(talk)
    talk.go("exec")


def up(talk: CliConversation, *_: str) -> None:
    """`exit`, in a session as elsewhere."""
    if talk.aside is None or talk.mode != "config":
        talk.up()
    else:
        leave(talk)
