"""The dialects: one module each with a value MACHINE."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from device_drivers.simulator.machine import Dialects


@cache
def dialects() -> Dialects:
    """Every dialect by its name."""
    names = sorted(module.name for module in iter_modules(__path__))
    return MappingProxyType({name: import_module(f"{__name__}.{name}").MACHINE for name in names})
