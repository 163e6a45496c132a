"""Commands that are read for people alone: model, versions, details. Nothing is decided by them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.formats.templates import about
from device_drivers.model import Reader


def shown(templates: str, *commands: str) -> Mapping[str, Reader]:
    """A reader for each command, by the template `<templates>_<command>`. A leading slash is RouterOS's."""
    return MappingProxyType(
        {command: about(f"{templates}_{command.removeprefix('/').replace(' ', '_')}") for command in commands}
    )
