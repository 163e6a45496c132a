"""The real captures of `switch-cli`: which platform and command each is of, and what became of it."""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML

from device_drivers.model import Driver, Kind, Unreadable
from device_drivers.platforms import drivers
from device_drivers.reading import read

NTC = "switch-cli/ntc-templates"
# Folders of the collection whose captures are of a platform under another name here, and commands as they were spelled.
FOLDERS: Mapping[str, str] = MappingProxyType(
    {"brocade_fastiron": "ruckus_fastiron", "cisco_wlc_ssh": "cisco_wlc", "dell_force10": "dell_os9"}
)
SPELLED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("aruba_aoscx", "show lldp neighbors-info detail"): "show lldp neighbor-info detail",
        ("cisco_ios", "show mac-address-table"): "show mac address-table",
    }
)
# Filed under the wrong platform by their collectors: outputs of another system's command.
OTHERS: Mapping[str, str] = MappingProxyType({"hp_procurve_show_version.raw": "aruba_instant"})


@dataclass(frozen=True)
class Capture:
    """One file. `command` is spelled as its driver spells it."""

    path: Path
    platform: str
    command: str

    @property
    def text(self) -> str:
        return _text(self.path)

    @property
    def expected(self) -> list[dict[str, Any]]:
        """The collectors' own reading, beside the capture."""
        beside = self.path.with_name(self.path.name.replace(".raw", ".yml"))
        rows: list[dict[str, Any]] = YAML(typ="safe").load(_text(beside))["parsed_sample"]
        return rows


@dataclass(frozen=True)
class Seen:
    """What a capture was read as: rows, or why not. `kind` is None where its driver reads no such command."""

    capture: Capture
    kind: Kind | None
    rows: tuple[object, ...] | None
    refusal: str = ""


def captures(root: Path) -> Iterator[Capture]:
    """Every capture of a platform that has a driver."""
    for path in sorted(root.glob("*/*/*.raw*")):
        folder, command = path.parent.parent.name, path.parent.name.replace("_", " ")
        platform = OTHERS.get(path.name, FOLDERS.get(folder, folder))
        if platform in drivers():
            yield Capture(path, platform, SPELLED.get((platform, command), _spelled(drivers()[platform], command)))


def seen(capture: Capture) -> Seen:
    driver = drivers()[capture.platform]
    reader = driver.readers.get(capture.command)
    if reader is None:
        return Seen(capture, None, None)
    try:
        return Seen(capture, reader.kind, tuple(read(driver, capture.command, capture.text)))
    except Unreadable as error:
        return Seen(capture, reader.kind, None, f"{error}: {error.line.splitlines()[0] if error.line else ''}"[:160])


def _text(path: Path) -> str:
    return lzma.decompress(path.read_bytes()).decode() if path.suffix == ".xz" else path.read_text()


def _spelled(driver: Driver, command: str) -> str:
    """The reader whose command has the same letters: folders write blanks and slashes alike."""
    letters = _letters(command)
    return next((known for known in driver.readers if _letters(known) == letters), command)


def _letters(command: str) -> str:
    return "".join(sign for sign in command.lower() if sign.isalnum())
