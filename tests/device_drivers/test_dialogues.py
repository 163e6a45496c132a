"""Dialogues of real devices with a collector: simulators say the same, prompt for prompt and line for line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from device_drivers.platforms import drivers
from device_drivers.reading import read
from device_drivers.simulator.dialects import dialects
from device_drivers.simulator.machine import Conversation
from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.world import World
from tests.shared_data import shared_cases

PLATFORMS = {"ios": "cisco_ios", "aoscx": "aruba_aoscx", "ironware": "ruckus_fastiron"}
ENDS = ("exit", "logout\nexit\nexit", "")


def _dialogue(path: Path) -> tuple[str, dict[str, str]]:
    """(prompt, command -> what the device said between the command's echo and its next prompt)."""
    raw: Any = YAML(typ="safe").load(path.read_text())
    commands = raw["commands"]
    pairs = (
        [pair for each in commands for pair in each.items()] if isinstance(commands, list) else list(commands.items())
    )
    prompt = _plain(raw["init_prompt"]).splitlines()[-1]
    return prompt, {command.strip(): _said(_plain(reply or ""), command.strip(), prompt) for command, reply in pairs}


def _plain(text: str) -> str:
    """The collector wrote blanks at the ends of lines, returns and tabs as escapes."""
    for written, meant in (("\\x20", " "), ("\\r", ""), ('\\"', '"'), ("\\t", "\t"), ("\\e", "\x1b"), ("\\\\", "\\")):
        text = text.replace(written, meant)
    return text


def _said(reply: str, command: str, prompt: str) -> str:
    lines = reply.splitlines()
    lines = lines[1:] if lines and lines[0].strip() == command else lines
    lines = lines[:-1] if lines and lines[-1].strip() == prompt.strip() else lines
    return "".join(f"{line}\n" for line in lines)


def _talk(platform: str, prompt: str, said: dict[str, str]) -> Conversation:
    """A device that is named so, runs this configuration, and has these facts."""
    running = said["show running-config"].lstrip("\n").removeprefix("Current configuration:\n")
    name = prompt.strip().rstrip("#>").removeprefix("SSH@")
    facts = {
        command: text for command, text in said.items() if command.startswith("show ") and "running" not in command
    }
    site = DeviceSite(name="sw", dialect=platform, password="x", running=f"{running}hostname {name}\n", said=facts)
    if platform == "cisco_ios":
        lines = tuple(
            line.rstrip() for line in running.splitlines() if line.strip() and not line.startswith("hostname")
        )
        site = DeviceSite(name=name, dialect=platform, password="x", config=lines, said=facts)
    return dialects()[platform](site, World(), lambda: 0.0).login()


def _cases() -> list[Any]:
    found = shared_cases("switch-cli/oxidized-sim", "*#simulation.yaml")
    return [case for case in found if case.marks or case.values[0].name.partition("#")[0] in PLATFORMS]


@pytest.mark.parametrize("path", _cases())
def test_a_simulated_switch_has_the_dialogue_of_the_real_one(path: Path) -> None:
    platform = PLATFORMS[path.name.partition("#")[0]]
    prompt, said = _dialogue(path)
    talk = _talk(platform, prompt, said)
    for command, text in said.items():
        if command in ENDS:
            continue
        assert talk.prompt().strip() == prompt.strip()
        answer = talk.obey(command)
        assert answer.status == 0, command
        if command == "show running-config" and platform == "cisco_ios":
            # It prints sections in an order of its own, and its own header.
            theirs = [line.strip() for line in text.splitlines()[5:] if line.strip() not in ("", "!", "end")]
            assert set(theirs) <= {line.strip() for line in answer.text.splitlines()}
        elif command == "show running-config" and "output stripped" not in text:
            mine = [line.rstrip() for line in answer.text.splitlines() if line.strip()]
            theirs = [line.rstrip() for line in text.splitlines() if line.strip()]
            assert mine[: len(theirs)] == theirs
        elif command.startswith("show ") and command != "show running-config":
            assert answer.text == text
    assert talk.obey("exit").closes


@pytest.mark.parametrize("path", _cases())
def test_what_a_real_device_said_of_itself_is_read_or_was_never_asked(path: Path) -> None:
    platform = PLATFORMS[path.name.partition("#")[0]]
    driver = drivers()[platform]
    _, said = _dialogue(path)
    for command in set(said) & set(driver.readers) - {"show running-config"}:
        if "output stripped" in said[command] or re.search(r"not supported", said[command]):
            continue
        assert read(driver, command, said[command])
