"""Speaking to devices: over real SSH, against devices that obey, and against devices that do not."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from device_drivers import session as session_file
from device_drivers.model import (
    DeviceError,
    GrantInternet,
    HostKeyChanged,
    LoginRefused,
    Observed,
    Refused,
    Session,
    SetAccessVlan,
    Unreachable,
)
from device_drivers.session import connect, enrol, recorded, remember
from tests.device_drivers.school import NINE, PASSWORD, School

MOVE = SetAccessVlan("Gi1/0/5", 20, 99)


def _observed(school: School, name: str, session: Session) -> Observed:
    driver = school.driver(name)
    return driver.parse(session.read(driver.reads))


def _vlans(observed: Observed) -> Mapping[str, int | None]:
    return {port.name: port.access_vlan for port in observed.ports}


def test_a_moved_port_is_read_back_in_its_new_vlan_and_so_is_the_ipad_behind_it(school: School) -> None:
    driver = school.driver("sw-hall")
    with school.session("sw-hall") as session:
        before = _observed(school, "sw-hall", session)
        session.send(driver.render((MOVE,), NINE), config=driver.config)
        after = _observed(school, "sw-hall", session)
    assert _vlans(before)["Gi1/0/5"] == 20
    assert _vlans(after) == {**_vlans(before), "Gi1/0/5": 99}
    assert [(e.vlan, e.port) for e in after.table if e.mac == "3c:22:fb:05:00:11"] == [(99, "Gi1/0/5")]


def test_lines_that_are_not_ours_stay_as_they_were(school: School) -> None:
    driver = school.driver("sw-hall")
    before = school.configuration("sw-hall").splitlines()
    with school.session("sw-hall") as session:
        session.send(driver.render((MOVE,), NINE), config=True)
    after = school.configuration("sw-hall").splitlines()
    assert set(before) - set(after) == set()
    assert set(after) - set(before) == {" switchport access vlan 99"} - set(before)
    assert len(before) == len(after)


def test_a_long_answer_is_read_whole_for_the_pager_is_off(school: School) -> None:
    with school.session("sw-hall") as session:
        said = session.read(["show running-config"])["show running-config"]
    assert said.rstrip().endswith("end")
    assert "--More--" not in said
    assert len(said.splitlines()) > 40


def test_a_refusal_comes_in_the_devices_words_and_nothing_after_it_is_sent(school: School) -> None:
    lines = ("interface Gi1/0/5", "switchport access vlan 9999", "shutdown")
    with school.session("sw-hall") as session:
        with pytest.raises(Refused, match=r"switchport access vlan 9999.*% Invalid input detected"):
            session.send(lines, config=True)
        assert "shutdown" not in school.journal("sw-hall")
        # The session is out of configuration mode again and of use.
        assert _vlans(_observed(school, "sw-hall", session))["Gi1/0/5"] == 20


def test_a_line_that_would_be_two_is_not_sent_and_neither_are_its_neighbours(school: School) -> None:
    with school.session("sw-hall") as session:
        before = school.journal("sw-hall")
        with pytest.raises(Refused, match="control characters"):
            session.send(("interface Gi1/0/5", "description x\nno shutdown"), config=True)
        assert school.journal("sw-hall") == before


def test_a_push_of_nothing_says_nothing(school: School) -> None:
    with school.session("sw-hall") as session:
        before = school.journal("sw-hall")
        assert session.send((), config=True) == ""
    assert school.journal("sw-hall")[: len(before)] == before
    assert "configure terminal" not in school.journal("sw-hall")


def test_a_grant_on_the_gateway_is_read_back_with_the_seconds_left(school: School) -> None:
    driver = school.driver("gateway")
    grant = GrantInternet("127.5.0.11", None, NINE + timedelta(seconds=90))
    with school.session("gateway") as session:
        session.send(driver.render((grant,), NINE), config=driver.config)
        observed = _observed(school, "gateway", session)
    assert 85 <= observed.grants["127.5.0.11"] <= 90
    assert [(lease.mac, lease.hostname, lease.vlan) for lease in observed.leases if lease.address == "127.5.0.11"] == [
        ("3c:22:fb:05:00:11", "y5-ipad-11", 20)
    ]


def test_a_refused_transaction_of_the_gateway_changes_nothing(school: School) -> None:
    with school.session("gateway") as session:
        before = school.configuration("gateway")
        with pytest.raises(Refused, match="No such file or directory"):
            session.send(["sudo -n nft 'add table inet caretaker; delete chain inet caretaker nothing'"], config=False)
        with pytest.raises(Refused, match="command not found"):
            session.send(["iptables -F"], config=False)
        assert school.configuration("gateway") == before == ""


def test_the_wifi_controller_tells_who_is_on_the_air_and_moves_no_port(school: School) -> None:
    driver = school.driver("wlc")
    with school.session("wlc") as session:
        observed = _observed(school, "wlc", session)
    assert [(e.mac, e.vlan, e.port) for e in observed.table] == [("3c:22:fb:05:00:12", 20, "AP-Hall")]
    with pytest.raises(Refused, match="nothing else"):
        driver.render((MOVE,), NINE)


def test_a_push_of_hundreds_of_lines_has_more_time_than_a_short_one(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    within: list[float] = []

    class Noted(threading.Timer):
        def __init__(self, interval: float, act: Callable[[], None]) -> None:
            within.append(interval)
            super().__init__(interval, act)

    with school.session("gateway") as session:
        monkeypatch.setattr(session_file.threading, "Timer", Noted)
        session.read(["ip neigh"])
        session.send(["ip neigh"] * 120, config=False)
    assert within[:2] == [20.0, pytest.approx(23.0)]


def test_saved_configuration_outlives_a_reboot(school: School) -> None:
    driver = school.driver("sw-hall")
    with school.session("sw-hall") as session:
        session.send(driver.render((MOVE,), NINE), config=True)
        session.save(driver.save)
    school.fault("sw-hall", kind="reboot", seconds=0)
    assert " switchport access vlan 99" in school.configuration("sw-hall").split("GigabitEthernet1/0/5")[1][:90]


@pytest.mark.fault
def test_a_reboot_in_the_middle_of_a_push_is_noticed_at_once_and_unsaved_lines_are_gone(school: School) -> None:
    driver = school.driver("sw-hall")
    before = school.configuration("sw-hall")
    with school.session("sw-hall") as session:
        passed = len(school.journal("sw-hall"))
        school.fault("sw-hall", kind="reboot", after=4, seconds=0)
        with pytest.raises(Unreachable, match="closed"):
            session.send(driver.render((MOVE, SetAccessVlan("Gi1/0/4", 30, 99)), NINE), config=True)
    assert "switchport access vlan 99" in school.journal("sw-hall")[passed:]
    assert school.configuration("sw-hall") == before


@pytest.mark.fault
def test_a_device_that_hangs_is_unreachable_when_its_time_is_up(school: School) -> None:
    with school.session("sw-hall", deadline=5.0) as session:
        school.fault("sw-hall", kind="hang")
        began = monotonic()
        with pytest.raises(Unreachable, match="no answer within 5 s") as silent:
            session.read(["show version"])
        assert silent.value.device == "sw-hall"
        assert monotonic() - began < 60
        # What was cut stays cut: a late answer never passes for the answer to the next question.
        with pytest.raises(Unreachable):
            session.read(["show version"])


@pytest.mark.fault
def test_a_hanging_gateway_is_cut_off_too(school: School) -> None:
    with school.session("gateway", deadline=5.0) as session:
        school.fault("gateway", kind="hang")
        with pytest.raises(Unreachable, match="no answer within 5 s"):
            session.read(["ip neigh"])


@pytest.mark.fault
def test_a_peer_that_never_speaks_ssh_is_unreachable_within_the_deadline(school: School) -> None:
    # The kernel takes the connection; nobody ever answers it.
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        enrolled = recorded(school.known_hosts, "127.0.0.1", school.target("sw-hall").ssh_port)
        assert enrolled is not None
        place = f"[127.0.0.1]:{port}"
        remember(school.known_hosts, replace(enrolled, line=f"{place} {enrolled.line.partition(' ')[2]}"))
        with pytest.raises(Unreachable, match="no answer within 1 s"):
            connect(replace(school.target("sw-hall"), ssh_port=port, deadline=1.0))


@pytest.mark.fault
def test_a_wrong_password_is_tried_once_and_never_written_anywhere(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = PASSWORD[::-1]
    target = school.target("sw-hall", password=wrong)
    with pytest.raises(LoginRefused) as refused:
        connect(target)
    assert school.simulator.devices["sw-hall"].wrong_passwords == 1
    assert wrong not in f"{refused.value!r} {refused.getrepr(style='long')} {target!r}"
    assert wrong not in caplog.text


def test_a_right_password_is_not_written_anywhere_either(school: School, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with school.session("sw-hall") as session:
        session.read(["show version"])
    assert PASSWORD not in caplog.text
    assert PASSWORD not in "\n".join(school.journal("sw-hall"))


@pytest.mark.fault
@pytest.mark.parametrize("name", ["sw-hall", "gateway"])
def test_a_changed_host_key_names_both_and_no_password_is_sent(
    school: School, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled = school.simulator.devices[name].describe()["fingerprint"]
    school.fault(name, kind="new-host-key")
    device = school.simulator.devices[name]
    tried: list[str] = []

    def note(username: str, password: str) -> bool:
        tried.append(password)
        return True

    monkeypatch.setattr(device, "check_password", note)
    with pytest.raises(HostKeyChanged) as changed:
        connect(school.target(name))
    assert (changed.value.enrolled, changed.value.offered) == (enrolled, device.describe()["fingerprint"])
    assert enrolled != changed.value.offered
    assert not tried


def test_a_new_key_is_taken_only_when_somebody_enrols_it(school: School) -> None:
    school.fault("sw-hall", kind="new-host-key")
    device = school.simulator.devices["sw-hall"]
    remember(school.known_hosts, enrol("127.0.0.1", device.port))
    with school.session("sw-hall") as session:
        assert "Version" in session.read(["show version"])["show version"]
    assert len(school.known_hosts.read_text().splitlines()) == 3


def test_a_device_nobody_enrolled_is_not_spoken_to(school: School) -> None:
    school.known_hosts.unlink()
    with pytest.raises(HostKeyChanged, match="none"):
        connect(school.target("sw-hall"))
    assert recorded(school.known_hosts, "127.0.0.1", 22) is None


def test_a_device_that_is_switched_off_is_unreachable(school: School) -> None:
    target = school.target("sw-hall")
    school.fault("sw-hall", kind="down")
    with pytest.raises(Unreachable):
        connect(target)
    school.fault("sw-hall", kind="none")
    connect(target).close()


def test_a_device_that_refuses_by_order_is_believed(school: School) -> None:
    school.fault("sw-hall", kind="refuse", match="access vlan", text="Command rejected: the port is secured")
    driver = school.driver("sw-hall")
    with school.session("sw-hall") as session, pytest.raises(Refused, match="Command rejected: the port is secured"):
        session.send(driver.render((MOVE,), NINE), config=True)


def test_every_error_of_a_device_says_which(school: School) -> None:
    with school.session("sw-hall") as session, pytest.raises(DeviceError) as refused:
        session.send(["frobnicate"], config=True)
    assert refused.value.device == "sw-hall"


def test_enrolling_asks_for_the_key_and_for_nothing_else(school: School) -> None:
    device = school.simulator.devices["sw-hall"]
    key = enrol("127.0.0.1", device.port)
    assert key.fingerprint == device.describe()["fingerprint"]
    assert recorded(school.known_hosts, "127.0.0.1", device.port) == key
    assert school.journal("sw-hall") == ()
    assert device.wrong_passwords == 0


def test_two_users_of_one_session_do_not_mix_their_answers(school: School) -> None:
    said: dict[str, str] = {}
    with school.session("sw-hall") as session:

        def ask(command: str) -> None:
            said[command] = session.read([command])[command]

        threads = [threading.Thread(target=ask, args=(c,)) for c in ("show vlan brief", "show version")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "quarantine" in said["show vlan brief"]
    assert "Version" in said["show version"]
    assert "quarantine" not in said["show version"]
