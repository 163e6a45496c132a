"""The shape of the data files that come with the filter. A file of another shape stops the filter at its start."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dns_filter.names import to_text, to_wire


def _canonical(text: str) -> str:
    if to_text(to_wire(text)) != text:
        raise ValueError(f"{text!r} is not in canonical spelling")
    return text


Domain = Annotated[str, AfterValidator(_canonical)]


class DataFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    about: str
    source: str
    date: dt.date


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProtectedGroup(Part):
    """Names protected for one reason. `exact` is that name alone; `suffix` the name and everything below it."""

    class_: Literal["essential", "platform", "education", "support", "choice"] = Field(alias="class")
    reason: str
    source: str
    exact: tuple[Domain, ...] = ()
    suffix: tuple[Domain, ...] = ()


class ProtectedFile(DataFile):
    groups: tuple[ProtectedGroup, ...]


class GoogleHosts(Part):
    target: Domain
    endings: tuple[str, ...]


class Engine(Part):
    engine: str
    names: tuple[Domain, ...]
    strict: Domain
    moderate: Domain


class SafeSearchFile(DataFile):
    google: GoogleHosts
    engines: tuple[Engine, ...]
    without_switch: tuple[Domain, ...]


class SpecialUseGroup(Part):
    rfc: str
    answer: Literal["loopback", "nxdomain", "nodata"]
    names: tuple[Domain, ...]


class SpecialUseFile(DataFile):
    groups: tuple[SpecialUseGroup, ...]


class Canary(Part):
    name: Domain
    reason: str


class BypassGroup(Part):
    reason: str
    suffix: tuple[Domain, ...]


class BypassFile(DataFile):
    canaries: tuple[Canary, ...]
    groups: tuple[BypassGroup, ...]


class ServiceEntry(Part):
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str
    kind: str
    domains: tuple[Domain, ...] = Field(min_length=1)


class ServicesFile(DataFile):
    services: tuple[ServiceEntry, ...]


class SharedHostsFile(DataFile):
    apexes: tuple[Domain, ...]
