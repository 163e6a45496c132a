"""Which ports feed something with power: their link is never cut, whatever hangs there restarts."""

from __future__ import annotations

from device_drivers.model import Driver
from device_drivers.reading import read_guarded
from device_drivers.rows import PowerRow


def fed_ports(driver: Driver, text: str) -> frozenset[str]:
    """From what the driver's `power` command printed. Raises Unreadable.

    A switch that says no to the command has no such power supply: it feeds nothing.
    """
    if text.lstrip().startswith(("%", *driver.refusals)):
        return frozenset()
    rows = read_guarded(driver.readers[driver.power], driver.power, text)
    return frozenset(row.port for row in rows if isinstance(row, PowerRow) and row.feeds)
