"""Stations: the places that scan, each known by its public key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import Field

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict, NotFound, WrongInput
from controller.api.shapes import Answer, Ask, Id, Name, Words, example_of, examples
from controller.store import Conflict as Taken
from controller.store import NotFound as NotInStore
from inventory.receipt_seal import key_of
from inventory.receipt_text import NoReceipt
from inventory.receipts import Station

router = APIRouter(prefix="/api/v1/stations", tags=["devices"])

StationName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class EnrolStation(Ask):
    """`key`: its Ed25519 public key, 32 octets as base64url. The private one never leaves the station."""

    model_config = examples(
        {"name": "desk-1", "key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "room": "school office"}
    )
    name: Id
    key: Annotated[str, Field(min_length=43, max_length=43)]
    room: Name | None = None


class Revoke(Ask):
    model_config = examples({"reason": "the laptop of the desk was stolen"})
    reason: Words


class StationOut(Answer):
    model_config = examples(
        {
            **example_of(EnrolStation),
            "enrolled_by": "technician",
            "enrolled_at": "2026-11-24T09:15:00Z",
            "revoked_at": None,
            "revoked_by": None,
        }
    )
    name: str
    key: str
    room: str | None
    enrolled_by: str
    enrolled_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None


class Stations(Answer):
    model_config = examples({"items": [example_of(StationOut)]})
    items: tuple[StationOut, ...]


@router.get("", operation_id="list_stations", openapi_extra=needs("receipts:read"))
def list_stations(site: Site) -> Stations:
    return Stations(items=tuple(StationOut.model_validate(each) for each in site.store.stations()))


@router.post(
    "", status_code=status.HTTP_201_CREATED, operation_id="enrol_station", openapi_extra=needs("devices:write")
)
def enrol_station(ask: EnrolStation, site: Site, staff: Staff) -> StationOut:
    """From now on what this key signs is believed. Under a name the key never changes: revoke, and take a new name."""
    try:
        key_of(ask.key)
    except NoReceipt as error:
        raise WrongInput(str(error), "`caretaker station enrol` makes one.") from error
    now = site.clock.now()
    station = Station(ask.name, ask.key, ask.room, staff.name, now)
    try:
        site.store.enrol_station(station, staff, now)
    except Taken as error:
        raise Conflict(str(error), "Choose another name; a revoked one is not given again.") from error
    return StationOut.model_validate(station)


@router.post("/{name}/revoke", operation_id="revoke_station", openapi_extra=needs("devices:write"))
def revoke_station(name: StationName, ask: Revoke, site: Site, staff: Staff) -> StationOut:
    """From now on nothing that it signs is believed, whenever it says it scanned. Twice changes nothing."""
    try:
        station = site.store.revoke_station(name, staff, site.clock.now(), ask.reason)
    except NotInStore as error:
        raise NotFound(str(error), "`GET /api/v1/stations` lists them.") from error
    return StationOut.model_validate(station)
