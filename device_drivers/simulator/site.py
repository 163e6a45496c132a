"""The file a simulated site is described in (SITE.json): its devices, and what is plugged in where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Vlan = Annotated[int, Field(ge=1, le=4094)]
MacText = Annotated[str, Field(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")]
NameText = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class NeighbourSite(_Strict):
    """A bridge, access point, phone or router that announces itself on a port."""

    name: NameText
    kind: Literal["bridge", "access-point", "phone", "router"] = "bridge"
    protocol: Literal["cdp", "lldp"] = "cdp"
    port: str = "Gi1/0/1"


class PortSite(_Strict):
    """A port, by its short name (`Gi1/0/5`, `1/1/5`, `A5`). `lag` is the number of the bundle it belongs to."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/.:_-]{0,39}$")
    kind: Literal["access", "trunk", "dynamic", "routed"] = "access"
    vlan: Vlan = 1
    voice_vlan: Vlan | None = None
    description: str = Field(default="", pattern=r"^[^\x00-\x1f]*$", max_length=200)
    neighbour: NeighbourSite | None = None
    lag: Annotated[int, Field(ge=1, le=128)] | None = None
    shutdown: bool = False
    powers: bool = False
    """Something on it draws power from the switch."""


class DeviceSite(_Strict):
    """One simulated device. `port` 0 takes any free one. `config` are lines of its configuration that are not ours.

    `running` is a whole running configuration to boot with, in place of one made of `vlans`, `ports` and `config`;
    `said` are recorded answers: what a device says of itself beyond what is simulated (`show version`).
    """

    name: NameText
    dialect: NameText
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    username: str = "caretaker"
    password: str
    vlans: dict[str, str] = {}
    ports: tuple[PortSite, ...] = Field(default=(), strict=False)
    config: tuple[str, ...] = Field(default=(), strict=False)
    running: str = ""
    said: dict[str, str] = {}


class PlugSite(_Strict):
    """A device of the school at a port of a switch, or at an access point (`port`) of a Wi-Fi controller."""

    mac: MacText
    switch: NameText
    port: str
    address: str | None = None
    hostname: str | None = None
    vlan: Vlan | None = None
    """Only of a wireless client; at a switch the port says which."""


class Site(_Strict):
    """`directory` holds host keys and journals, beside the file unless it says otherwise."""

    devices: tuple[DeviceSite, ...] = Field(strict=False)
    world: tuple[PlugSite, ...] = Field(default=(), strict=False)
    directory: str = "."
    control: str | None = None
    """Path of the UNIX socket for control, inside the directory unless absolute."""

    @model_validator(mode="after")
    def _names_once(self) -> Site:
        names = [device.name for device in self.devices]
        if len(names) != len(set(names)):
            raise ValueError("two devices have the same name")
        if unknown := {plug.switch for plug in self.world} - set(names):
            raise ValueError(f"plugged into devices that are not there: {', '.join(sorted(unknown))}")
        return self


def read_site(path: Path) -> Site:
    """Read SITE.json; its directory becomes absolute. Raises ValueError with what was expected where."""
    site = Site.model_validate_json(path.read_bytes())
    return site.model_copy(update={"directory": str((path.parent / site.directory).resolve())})
