"""What a simulated Aruba Instant cluster understands: its clients."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from device_drivers.simulator.cli import acts, checks
from device_drivers.simulator.cli.dialect import Act, Dialect, mode
from device_drivers.simulator.cli.machine import CliMachine
from device_drivers.simulator.cli.refusals import caret
from device_drivers.simulator.dialects.aruba_os import first_config

_TITLES = (("Name", 14), ("IP Address", 17), ("MAC Address", 19), ("OS", 9), ("ESSID", 12), ("Access Point", 18),
           ("Channel", 9), ("Type", 6), ("Role", 12),
           ("IPv6 Address", 14), ("Signal", 10), ("Speed (mbps)", 12))  # fmt: skip


def _show_clients(machine: CliMachine) -> str:
    clients = machine.world.at(machine.site.name)
    rows = ["", "Client List", "-----------", _row(*(title for title, _ in _TITLES))]
    rows.append(_row(*("-" * len(title) for title, _ in _TITLES)))
    rows += [
        _row(*(each.hostname or "", each.address or "--", each.mac, "Win", "school", each.port),
             *("36E", "AC", "pupils", "--", "40(good)", "433(good)"))
        for each in clients
    ]  # fmt: skip
    return "\n".join((*rows, f"Number of Clients   :{len(clients)}", "Info timestamp      :1")) + "\n"


def _row(*cells: str) -> str:
    return "".join(f"{cell:<{width}}" for cell, (_, width) in zip(cells, _TITLES, strict=True)).rstrip()


_EXEC: Mapping[str, Act] = {
    "show clients": acts.show(_show_clients),
    "show running-config": acts.running,
    "no paging": acts.page_off,
    "encrypt disable": acts.nothing,
    "enable": acts.nothing,
    "exit": acts.leave,
}

DIALECT = Dialect(
    name="aruba_instant",
    first="exec",
    modes={"exec": mode("{name}# ", "", _EXEC)},
    ports=lambda _: (),
    first_config=first_config,
    refuse=caret,
    checks=checks.common,
)
MACHINE = partial(CliMachine, DIALECT)
