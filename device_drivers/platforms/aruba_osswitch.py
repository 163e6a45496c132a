"""Aruba 2530 to 5400R switches: AOS-S under its newer name."""

from __future__ import annotations

from device_drivers.procurve import driver

DRIVER = driver("aruba_osswitch", "Aruba AOS-S switches (ArubaOS-Switch)")
