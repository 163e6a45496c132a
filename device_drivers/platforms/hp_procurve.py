"""HP ProCurve switches: AOS-S under its older name."""

from __future__ import annotations

from device_drivers.procurve import driver

DRIVER = driver("hp_procurve", "HP ProCurve switches (AOS-S)")
