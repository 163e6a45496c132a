"""A hundred switches of every dialect in one process: a school's worth, and none in the way of another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from device_drivers.platforms import drivers
from device_drivers.session import Target, connect, enrol, remember
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import Site
from tests.device_drivers.dialects import PASSWORD, PORTS, device
from tests.waiting import until


def test_a_hundred_switches_stand_in_one_process_and_twenty_are_asked_at_once(tmp_path: Path) -> None:
    names = list(PORTS)
    before = threading.active_count()
    sites = tuple(device(names[at % len(names)], name=f"sw-{at}") for at in range(100))
    simulator = Simulator(Site(devices=sites, directory=str(tmp_path)))
    simulator.start()
    try:
        assert threading.active_count() - before == 1, "one thread accepts for all"

        def vlans(at: int) -> bool:
            running, driver = simulator.devices[f"sw-{at}"], drivers()[names[at % len(names)]]
            known = tmp_path / f"known-{at}"
            remember(known, enrol("127.0.0.1", running.port))
            session = connect(
                Target(name=f"sw-{at}", host="127.0.0.1", ssh_port=running.port, netmiko_type=driver.netmiko_type,
                       username="caretaker", password=PASSWORD, known_hosts=known, refusals=driver.refusals,
                       prompt=driver.prompt, answers=driver.answers, deadline=60.0)
            )  # fmt: skip
            try:
                return driver.parse(session.read(driver.reads)).vlans >= {20, 30, 99}
            finally:
                session.close()

        with ThreadPoolExecutor(20) as pool:
            assert all(pool.map(vlans, range(0, 100, 5)))
    finally:
        simulator.stop()
    until(lambda: threading.active_count() <= before, seconds=30.0)
