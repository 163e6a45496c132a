"""How far Caretaker goes on a switch that says nothing of its own: the policy's `enforcement:`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.home import Home
from controller.inventory_files import take_in
from controller.policy import Enforcement
from controller.store import Store
from inventory.model import Mode, SwitchName

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
ROWS = """name,host,ssh_port,platform,purpose,mode,credentials,room
sw-hall,127.0.0.1,2201,cisco_ios,access,,default,hall
gateway,127.0.0.1,2204,linux_gateway,gateway,,default,hall
sw-ict,127.0.0.1,2203,cisco_ios,access,register,default,ict-suite
"""


@pytest.mark.parametrize(
    ("said", "modes"),
    [
        (Enforcement(), ("observe", "observe", "register")),
        (Enforcement(mode="enforce"), ("enforce", "enforce", "register")),
        (Enforcement(gateway="enforce"), ("observe", "enforce", "register")),
    ],
)
def test_the_policy_speaks_for_switches_that_say_nothing(
    tmp_path: Path, store: Store, said: Enforcement, modes: tuple[str, ...]
) -> None:
    home = Home(tmp_path)
    home.switches.write_text(ROWS)
    assert not take_in(home, store, said.modes(), NOW).problems
    switches = store.inventory().switches
    assert tuple(switches[SwitchName(name)].mode for name in ("sw-hall", "gateway", "sw-ict")) == modes


def test_a_policy_that_changes_its_mind_changes_the_switches(tmp_path: Path, store: Store) -> None:
    home = Home(tmp_path)
    home.switches.write_text(ROWS)
    take_in(home, store, Enforcement().modes(), NOW)
    take_in(home, store, Enforcement(mode="enforce").modes(), NOW)
    assert store.inventory().switches[SwitchName("sw-hall")].mode is Mode.ENFORCE
