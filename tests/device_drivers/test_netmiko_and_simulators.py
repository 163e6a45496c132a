"""Simulators as netmiko itself sees them: they answer a library nobody here wrote as the devices do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from netmiko import ConnectHandler
from netmiko.exceptions import ConfigInvalidException

from tests.device_drivers.dialects import PASSWORD, PORTS, VLANS, Hall, open_hall

PROMPTS = {
    "cisco_s300": "sw-hall#",
    "hp_procurve": "sw-hall#",
    "aruba_osswitch": "sw-hall#",
    "aruba_aoscx": "sw-hall#",
    "ruckus_fastiron": "SSH@sw-hall#",
    "juniper_junos": "caretaker@sw-hall>",
    "cisco_ios": "sw-hall#",
}


@pytest.fixture(params=PROMPTS)
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    with open_hall(tmp_path, request.param) as running:
        yield running


def _connected(hall: Hall) -> Any:
    target = hall.target()
    return ConnectHandler(
        device_type=target.netmiko_type,
        host=target.host,
        port=target.ssh_port,
        username=target.username,
        password=PASSWORD,
        conn_timeout=60,
        auth_timeout=60,
        banner_timeout=60,
    )


def test_netmiko_finds_the_prompt_configures_and_is_told_of_a_mistake(hall: Hall) -> None:
    driver, (_, pupil, *_) = hall.driver, PORTS[hall.platform]
    assert set(VLANS) == {"20", "30", "99"}
    with _connected(hall) as line:
        # Where a class does not say what a prompt ends in, netmiko waits four seconds to see whether more comes.
        if hall.platform in ("cisco_s300", "ruckus_fastiron"):
            line.check_config_mode = partial(line.check_config_mode, pattern=r"[>#]")
        assert line.find_prompt().strip() == PROMPTS[hall.platform]
        assert not line.check_config_mode()
        before = hall.configuration()
        shut = {"hp_procurve": "disable", "aruba_osswitch": "disable", "ruckus_fastiron": "disable"}
        inside = (
            [f"set interfaces {pupil} disable", "commit"]
            if hall.platform == "juniper_junos"
            else [f"interface {'ethernet ' if 'fastiron' in hall.platform else ''}{pupil}",
                  shut.get(hall.platform, "shutdown"), "exit"]
        )  # fmt: skip
        line.send_config_set(inside, read_timeout=60)
        assert hall.configuration() != before
        pattern = "|".join(word.replace("%", r"\%").replace("(", r"\(") for word in driver.refusals if len(word) > 2)
        with pytest.raises(ConfigInvalidException):
            line.send_config_set(["frobnicate the gate"], error_pattern=pattern, read_timeout=60)
