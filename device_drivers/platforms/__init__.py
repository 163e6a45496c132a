"""The platforms: one file, one value named DRIVER. Found by listing this package; there is no register to forget."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from device_drivers.model import Driver


@cache
def drivers() -> Mapping[str, Driver]:
    """Every driver by the name of its platform, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__))
    found: list[Driver] = [import_module(f"{__name__}.{name}").DRIVER for name in names]
    return MappingProxyType({driver.platform: driver for driver in found})
