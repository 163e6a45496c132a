"""What commands do on most systems: write a line, take one away, enter and leave a section, show, save, confirm."""

from __future__ import annotations

from collections.abc import Callable

from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Act
from device_drivers.simulator.cli.machine import CliMachine


def put(key: str, line: str) -> Act:
    """Write `line` (with the values in its braces) in place of what begins with `key`."""

    def act(talk: CliConversation, *values: str) -> None:
        talk.machine.running.put(talk.path, key.format(*values), line.format(*values))

    return act


def add(line: str) -> Act:
    """Write a further `line`."""
    return put(line, line)


def drop(key: str) -> Act:
    def act(talk: CliConversation, *values: str) -> None:
        talk.machine.running.drop(talk.path, key.format(*values))

    return act


def bind(line: str) -> Act:
    """Write `line` (`ip access-group {} in`) in place of the one that differs from it in its value alone."""

    def act(talk: CliConversation, *values: str) -> None:
        unbind(line)(talk)
        talk.machine.running.add(talk.path, line.format(*values))

    return act


def unbind(line: str) -> Act:
    """Take away what is written as `line` is, whatever its value: lists bound outwards stay."""
    before, _, after = line.partition("{}")

    def act(talk: CliConversation, *_: str) -> None:
        section = talk.machine.running.section(talk.path)
        for text in [each.text for each in section.children] if section else []:
            if text.startswith(before) and text.endswith(after) and len(text.split()) == len(line.split()):
                talk.machine.running.drop(talk.path, text)

    return act


def enter(mode: str, section: str) -> Act:
    """Go into a section of the top, made where it is not there."""

    def act(talk: CliConversation, *values: str) -> None:
        path = section.format(*values)
        talk.machine.running.make((path,), talk.dialect.closer)
        talk.go(mode, path)

    return act


def go(mode: str) -> Act:
    return lambda talk, *_: talk.go(mode)


def remove(section: str) -> Act:
    """Take a section (or line) of the top away."""

    def act(talk: CliConversation, *values: str) -> None:
        talk.machine.running.drop((), section.format(*values))

    return act


def show(what: Callable[[CliMachine], str]) -> Act:
    return lambda talk, *_: what(talk.machine)


def say(text: str) -> Act:
    return lambda *_: text


def running(talk: CliConversation, *_: str) -> str:
    return talk.dialect.header + talk.machine.running.text() + talk.dialect.footer


def startup(talk: CliConversation, *_: str) -> str:
    return talk.dialect.header + talk.machine.startup.text() + talk.dialect.footer


def save(said: str) -> Act:
    def act(talk: CliConversation, *_: str) -> str:
        talk.machine.save()
        return said

    return act


def save_if(question: str, yes: str, said: str) -> Act:
    """Asks first, for one key; anything that begins otherwise than `yes` is a no."""

    def answer(talk: CliConversation, reply: str) -> str:
        if not reply.strip().lower().startswith(yes):
            return ""
        talk.machine.save()
        return said

    return lambda talk, *_: talk.ask(question, lambda reply: answer(talk, reply), one_key=True)


def page_off(talk: CliConversation, *_: str) -> None:
    talk.page = 0


def page(talk: CliConversation, lines: str) -> None:
    talk.page = int(lines)


def nothing(_: CliConversation, *__: str) -> None:
    """Taken and without effect here."""


def up(talk: CliConversation, *_: str) -> None:
    talk.up()


def end(talk: CliConversation, *_: str) -> None:
    talk.go("exec")


def leave(talk: CliConversation, *_: str) -> None:
    talk.leaving = True


def arm(talk: CliConversation, minutes: str) -> None:
    talk.machine.arm(60.0 * int(minutes))


def keep(talk: CliConversation, *_: str) -> None:
    talk.machine.keep()


def take_back(talk: CliConversation, *_: str) -> None:
    talk.machine.take_back()
