"""Who is barred is kept off the air by the same plan as everything else, and let on again; entries of others stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from controller.compile import compile_intent
from controller.diff import Reading, diff, in_force
from controller.model import Brake, IntendedState
from controller.plan import plan
from controller.policy.file import parse
from controller.push.outcome import Line
from controller.reconcile import reconcile
from controller.situation import Situation
from device_drivers.model import Capability, DenyClient, Disconnect, Observed, Session, WirelessClient, undo
from device_drivers.platforms import drivers
from device_drivers.session import Target, connect, enrol, remember
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, PlugSite, Site
from inventory.model import Admission, Inventory, Mode, Purpose, Switch, SwitchName, Whereabouts
from tests.controller.push.test_laws_of_pushes import NoJournal
from tests.controller.school import DESK, IPAD, NINE, POLICY, STRANGER, TEXT, device, school

LOST = device(IPAD, "school-ipad", admission=Admission.BARRED)
WLC = Switch(SwitchName("wlc"), "127.0.0.1", 22, "cisco_wlc", Purpose.WIRELESS, Mode.ENFORCE)
INVENTORY = school(LOST, device(DESK, "school-ipad"), switches=(WLC,))
AIREOS = drivers()["cisco_wlc"]
KEEP_OFF = sorted(name for name, driver in drivers().items() if Capability.DENY in driver.can)


def intent(inventory: Inventory = INVENTORY, deny: str = "barred") -> IntendedState:
    return compile_intent(parse(f"{TEXT}wifi: {{deny: {deny}}}\n", "school.yaml").policy, inventory, (), NINE, 1)


def on_the_air(*macs: str, **rest: object) -> Reading:
    clients = tuple(WirelessClient(mac, "ap-hall") for mac in macs)  # type: ignore[arg-type]
    return Reading(Observed(clients=clients, **rest), NINE)  # type: ignore[arg-type]


def wanted(reading: Reading, meant: IntendedState | None = None) -> list[object]:
    return [each.change for each in diff(meant or intent(), WLC, AIREOS, reading)]


def test_a_barred_tablet_that_shows_itself_is_kept_off_and_one_that_does_not_fills_no_list() -> None:
    assert wanted(on_the_air(IPAD, DESK)) == [DenyClient(IPAD, was=False, becomes=True)]
    assert wanted(on_the_air(DESK)) == []


def test_who_is_kept_off_and_still_on_the_air_is_thrown_off_it() -> None:
    assert wanted(on_the_air(IPAD, denied=frozenset({IPAD}))) == [Disconnect(IPAD)]


def test_who_is_admitted_again_is_let_on_and_an_entry_of_a_person_stays() -> None:
    reading = on_the_air(denied=frozenset({DESK, STRANGER}), denied_by_us=frozenset({DESK}))
    assert wanted(reading) == [DenyClient(DESK, was=True, becomes=False)]


@pytest.mark.parametrize(("deny", "off"), [("never", set()), ("barred", {IPAD}), ("quarantine", {IPAD, STRANGER})])
def test_the_policy_says_who_is_kept_off(deny: str, off: set[str]) -> None:
    seen = replace(INVENTORY, whereabouts={STRANGER: Whereabouts(STRANGER, NINE)})
    meant = intent(seen, deny)
    assert meant.denied & {IPAD, STRANGER} == off
    assert all(mac == IPAD or meant.decisions[mac].segment == "quarantine" for mac in meant.denied)


def test_barring_is_the_default_and_what_a_platform_cannot_is_not_planned() -> None:
    assert POLICY.wifi.deny == "barred"
    for platform in ("cisco_c9800", "aruba_instant"):
        assert diff(intent(), replace(WLC, platform=platform), drivers()[platform], on_the_air(IPAD)) == ()


@pytest.mark.parametrize(("mode", "brake"), [(Mode.ENFORCE, None), (Mode.OBSERVE, Brake.MODE)])
def test_it_goes_by_the_plan_in_a_lesson_too(mode: Mode, brake: Brake | None) -> None:
    inventory = replace(INVENTORY, switches={WLC.name: replace(WLC, mode=mode)})
    for reading in (on_the_air(IPAD), on_the_air(IPAD, denied=frozenset({IPAD}))):
        found = plan(intent(), inventory, {WLC.name: reading}, drivers(), POLICY.brakes, NINE, in_lesson=True)
        assert [each.brake for each in found.held_back] == ([brake] if brake else [])
        assert len(found.changes) == (0 if brake else 1)


def test_undo_is_the_other_way_round_and_read_back_decides() -> None:
    change = DenyClient(IPAD, was=False, becomes=True)
    assert undo(undo(change)) == change
    assert in_force(change, on_the_air(denied=frozenset({IPAD})))
    assert not in_force(change, on_the_air())


@contextmanager
def controller(platform: str, directory: Path) -> Iterator[tuple[Session, Simulator]]:
    device_site = DeviceSite(name="wlc", dialect=platform, password="gate-key-7")
    plugs = tuple(
        PlugSite(mac=mac, switch="wlc", port="ap-hall", address=f"10.20.0.{number}", vlan=20)
        for number, mac in enumerate((IPAD, DESK), 11)
    )
    simulator = Simulator(Site(devices=(device_site,), world=plugs, directory=str(directory)))
    simulator.start()
    try:
        driver, at = drivers()[platform], simulator.devices["wlc"]
        remember(directory / "known_hosts", enrol("127.0.0.1", at.port))
        live = connect(
            Target(
                name="wlc",
                host="127.0.0.1",
                ssh_port=at.port,
                netmiko_type=driver.netmiko_type,
                username="caretaker",
                password="gate-key-7",
                known_hosts=directory / "known_hosts",
                refusals=driver.refusals,
                prompt=driver.prompt,
                answers=driver.answers,
            )
        )
        try:
            yield live, simulator
        finally:
            live.close()
    finally:
        simulator.stop()


@pytest.mark.parametrize("platform", [name for name in KEEP_OFF if name != "linux_hostapd"])
def test_a_controller_over_ssh_keeps_the_lost_tablet_off_reads_it_back_and_is_told_once(
    platform: str, tmp_path: Path
) -> None:
    switch = replace(WLC, platform=platform)
    inventory = replace(INVENTORY, switches={switch.name: switch})
    with controller(platform, tmp_path) as (live, simulator):
        line = Line(drivers()[platform], live, lambda: NINE, NoJournal())
        situation = Situation(inventory, {}, drivers(), POLICY.brakes, 999)

        def turn(meant: IntendedState) -> list[object]:
            outcome = reconcile(switch, line, lambda _: meant, situation)
            assert outcome.verified, outcome.error
            assert outcome.reading is not None
            seen = outcome.reading.observed
            assert (IPAD in seen.denied) == (IPAD in meant.denied or platform == "aruba_os")
            return [each.change for each in outcome.applied]

        assert turn(intent(inventory)) == [DenyClient(IPAD, was=False, becomes=True)]
        later = [turn(intent(inventory)) for _ in range(2)]
        assert later in ([[], []], [[Disconnect(IPAD)], []])
        assert [plug.mac for plug in simulator.world.at("wlc")] == [DESK]
        admitted = school(device(IPAD, "school-ipad"), switches=(switch,))
        # Where an entry has no room for a mark nobody can tell whose it is: it ends by itself.
        assert turn(intent(admitted)) == ([] if platform == "aruba_os" else [DenyClient(IPAD, was=True, becomes=False)])


def test_these_are_all_the_platforms_that_keep_somebody_off() -> None:
    assert KEEP_OFF == ["aruba_os", "cisco_wlc", "linux_hostapd"]
