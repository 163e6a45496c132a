"""AOS-S under its newer name: the same command line."""

from __future__ import annotations

from device_drivers.simulator.dialects.hp_procurve import MACHINE

__all__ = ["MACHINE"]
