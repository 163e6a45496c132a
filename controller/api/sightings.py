"""Sightings: what DHCP servers, Wi-Fi controllers and scripts saw on the network."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, IPvAnyAddress

from controller.api.access import Site, needs
from controller.api.problems import WrongInput
from controller.api.shapes import Answer, Ask, Hostname, Id, MacText, Moment, Name, example_of, examples
from inventory.model import NewsKind, PortRef, Sighting, SwitchName

router = APIRouter(prefix="/api/v1/sightings", tags=["sightings"])

CLOCKS_DIFFER = timedelta(minutes=5)


class SightingIn(Ask):
    model_config = examples(
        {"mac": "3c:22:fb:05:00:11", "source": "dhcp", "address": "10.20.0.11", "hostname": "ipad-5-11"}
    )
    mac: MacText
    source: Id = Field(examples=["dhcp", "lease", "wireless"])
    at: Moment | None = Field(default=None, description="Left out: now.")
    address: IPvAnyAddress | None = None
    hostname: Hostname | None = None
    vlan: Annotated[int, Field(strict=True, ge=1, le=4094)] | None = None
    switch: Name | None = None
    port: Name | None = None
    fingerprint: Annotated[str, Field(max_length=1020, pattern=r"^[0-9]{1,3}(,[0-9]{1,3})*$")] | None = Field(
        default=None, description="What a DHCP client asks for (option 55), in its order."
    )
    vendor_class: Hostname | None = Field(default=None, description="What a DHCP client says it is (option 60).")

    def as_sighting(self, now: datetime) -> Sighting:
        ref = PortRef(SwitchName(self.switch), self.port) if self.switch and self.port else None
        address = str(self.address) if self.address else None
        return Sighting(
            self.mac,
            self.at or now,
            self.source,
            ref,
            self.vlan,
            address,
            self.hostname,
            self.fingerprint,
            self.vendor_class,
        )


class Sightings(Ask):
    model_config = examples({"sightings": [example_of(SightingIn)]})
    sightings: Annotated[tuple[SightingIn, ...], Field(min_length=1, max_length=1000)]


class NewsOut(Answer):
    model_config = examples(
        {
            "kind": "new-device",
            "mac": "3c:22:fb:05:00:11",
            "at": "2026-11-24T09:14:55Z",
            "text": "seen for the first time",
        }
    )
    kind: str
    mac: str
    at: datetime
    text: str


class Noted(Answer):
    model_config = examples({"accepted": 1, "news": [example_of(NewsOut)]})
    accepted: int
    news: tuple[NewsOut, ...]


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="record_sightings",
    openapi_extra=needs("sightings:write"),
)
def record_sightings(ask: Sightings, site: Site) -> Noted:
    """A sighting admits nobody: it says where a device is, and wakes the loop where that is news."""
    now = site.clock.now()
    if any(one.at is not None and one.at > now + CLOCKS_DIFFER for one in ask.sightings):
        raise WrongInput("A sighting lies in the future.", "Set the clock of the machine that sends it.")
    news = site.store.record_sightings(tuple(one.as_sighting(now) for one in ask.sightings), now)
    if news:
        site.loop.wake("sightings")
    if any(item.kind is NewsKind.NEW_DEVICE for item in news) and any(one.port is None for one in ask.sightings):
        site.loop.look_for_strangers()
    return Noted(accepted=len(ask.sightings), news=tuple(NewsOut.model_validate(item) for item in news))
