"""The proof as it is asked for: by the API, by the command, with and without a running controller."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.access_lists import access_lists, as_told
from controller.cli import app
from controller.diff import Reading
from controller.prove import Gateway
from controller.prove.ask import of_intent, of_running
from controller.prove.batfish import snapshot
from controller.prove.gateways import meant
from device_drivers.model import AccessList, Observed
from device_drivers.platforms import drivers
from inventory.model import Inventory, Mode, Purpose, Switch, SwitchName
from tests.controller.school import NINE, POLICY, TEXT

FILTERS = ("10.10.0.5",)
LISTS = access_lists(POLICY, FILTERS)
MAIN, BACKUP = (
    Switch(SwitchName(name), "127.0.0.1", 22, platform, Purpose.GATEWAY, mode)
    for name, platform, mode in (("gw", "linux_gateway", Mode.ENFORCE), ("backup", "cisco_ios", Mode.OBSERVE))
)
SCHOOL = Inventory(switches={each.name: each for each in (MAIN, BACKUP)})


def _reading(switch: Switch, lists: dict[str, AccessList] | None = None) -> Reading:
    told = {at: as_told(each, drivers()[switch.platform]) for at, each in (lists or dict(LISTS)).items()}
    bindings = {at: each.name for at, each in told.items()}
    return Reading(Observed(access_lists={each.name: each for each in told.values()}, bindings=bindings), NINE)


def test_what_is_meant_holds_and_says_which_gateways_are_not_told_it() -> None:
    proof = of_intent(POLICY, SCHOOL, drivers(), FILTERS)
    assert proof.holds
    assert proof.notes == ("backup is in mode observe: what is meant is not put in force there",)


def test_what_was_read_of_both_gateways_is_proven() -> None:
    readings = {switch.name: _reading(switch) for switch in (MAIN, BACKUP)}
    assert of_running(POLICY, SCHOOL, drivers(), FILTERS, readings).holds


def test_a_gateway_that_was_not_read_is_an_open_question() -> None:
    proof = of_running(POLICY, SCHOOL, drivers(), FILTERS, {MAIN.name: _reading(MAIN)})
    assert (proof.broken, proof.holds) == ((), False)
    assert proof.open_questions == ("backup was not read: what it lets through is not known",)


def test_a_backup_line_that_lost_one_list_is_found_in_what_was_read() -> None:
    without = {at: each for at, each in LISTS.items() if at != "vlan50"}
    readings = {MAIN.name: _reading(MAIN), BACKUP.name: _reading(BACKUP, without)}
    proof = of_running(POLICY, SCHOOL, drivers(), FILTERS, readings)
    assert {(each.gateway, each.claim.segment) for each in proof.broken} == {("backup", "guest")}


def test_a_list_of_others_that_closes_nothing_is_no_proof() -> None:
    reading = _reading(MAIN)
    bound = {**reading.observed.bindings, "vlan20": "cctv"}
    cctv = AccessList("cctv", ())
    told = Observed(access_lists={**reading.observed.access_lists, "cctv": cctv}, bindings=bound)
    inventory = Inventory(switches={MAIN.name: MAIN})
    proof = of_running(POLICY, inventory, drivers(), FILTERS, {MAIN.name: Reading(told, NINE)})
    assert {each.claim.segment for each in proof.broken} == {"pupils"}


def test_a_snapshot_holds_every_gateway_with_its_addresses_and_lists() -> None:
    ways = (
        *meant(SCHOOL, drivers(), LISTS),
        Gateway("junos", "juniper_junos", False, {"vlan20": LISTS["vlan20"], "vlan30": None}),
        Gateway("eos", "arista_eos", False, {"vlan20": LISTS["vlan20"]}),
    )
    files = snapshot(POLICY, ways)
    assert sorted(files) == ["configs/backup.cfg", "configs/eos.cfg", "configs/gw.cfg", "configs/junos.cfg"]
    ios = files["configs/backup.cfg"]
    assert (
        "interface Vlan20\n description pupils\n ip address 10.20.0.1 255.255.252.0\n ipv6 address fd00:20::1/64\n"
        in ios
    )
    assert "interface Vlan20\n ip access-group caretaker-pupils in\n ipv6 traffic-filter caretaker6-pupils in\n" in ios
    assert "\nno " not in ios
    assert " ip address 10.20.0.1/22\n" in files["configs/eos.cfg"]
    assert "set interfaces irb unit 20 family inet address 10.20.0.1/22\n" in files["configs/junos.cfg"]
    assert "delete" not in files["configs/junos.cfg"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A school that never ran, with a gateway that does not answer."""
    for name in ("CARETAKER_URL", "CARETAKER_TOKEN", "CARETAKER_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "school.yaml").write_text(TEXT)
    (tmp_path / "settings.toml").write_text('[dns]\nlisten = ["127.0.0.2:5353"]\n')
    (tmp_path / "switches.csv").write_text(
        "name,host,platform,purpose,mode\ngw,127.0.0.9,linux_gateway,gateway,enforce\n"
    )
    return tmp_path


def test_the_command_proves_a_school_that_does_not_run(home: Path) -> None:
    result = CliRunner().invoke(app, ["prove", "--home", str(home)])
    assert result.exit_code == 0, result.output
    assert "Proven. 48 questions asked" in result.output


def test_the_command_writes_a_snapshot_and_json(home: Path) -> None:
    result = CliRunner().invoke(app, ["prove", "--home", str(home), "--json", "--export-batfish", str(home / "snap")])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["holds"] is True
    assert (home / "snap" / "configs" / "gw.cfg").read_text().startswith("! RANCID-CONTENT-TYPE: cisco\nhostname gw\n")


def test_a_gateway_that_does_not_answer_proves_nothing(home: Path) -> None:
    result = CliRunner().invoke(app, ["prove", "--home", str(home), "--running"])
    assert result.exit_code == 1, result.output
    assert "not decided: gw was not read" in result.output


def test_a_folder_that_is_no_school_is_said_to_be_none(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["prove", "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert "is no school" in result.output
