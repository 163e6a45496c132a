"""Rows of other systems: weighed, stored, and those that are gone from their source retired."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field, StringConstraints, model_validator

from controller.api import admission_acts
from controller.api.access import Site, Staff, needs
from controller.api.problems import WrongInput
from controller.api.shapes import Answer, Ask, Id, MacText, Name, Words, example_of, examples
from controller.imports import FILES, weigh
from inventory.model import Admission, BarredAs, Device, Person, PersonId, SwitchName, YearGroupId
from inventory.roster import PERSON_FORM

router = APIRouter(prefix="/api/v1/imports", tags=["devices"])

MOST = 500
PersonKey = Annotated[str, StringConstraints(pattern=PERSON_FORM)]
Source = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
SourceInPath = Annotated[
    Source, Path(description="What the import was called, or `devices.csv`, `people.csv`, `switches.csv`.")
]
Line = Annotated[int, Field(ge=1, le=10_000_000)]


class PersonRow(Ask):
    """Either a role (staff) or a year group (pupil)."""

    model_config = examples({"line": 2, "id": "13001", "name": "A pupil", "year_group": "year-5"})
    line: Line
    id: PersonKey
    name: Name
    role: Id | None = None
    year_group: Id | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> PersonRow:
        if bool(self.role) == bool(self.year_group):
            raise ValueError("expected either a role (staff) or a year_group (pupil)")
        return self

    def as_person(self) -> Person:
        return Person(
            PersonId(self.id), self.name, self.role, YearGroupId(self.year_group) if self.year_group else None
        )


class DeviceRow(Ask):
    model_config = examples({"line": 2, "mac": "3c:22:fb:05:00:12", "name": "ipad-5-12", "kind": "school-ipad"})
    line: Line
    mac: MacText
    name: Name
    kind: Id
    year_group: Id | None = None
    role: Id | None = None
    person: PersonKey | None = None
    room: Name | None = None

    def as_device(self) -> Device:
        group = YearGroupId(self.year_group) if self.year_group else None
        person = PersonId(self.person) if self.person else None
        return Device(self.mac, self.name, self.kind, Admission.REGISTERED, group, self.role, person, self.room)


class ImportRows(Ask):
    """`apply`: store them, all or none; else only say what storing them would do."""

    model_config = examples({"source": "sims", "apply": False, "people": [example_of(PersonRow)], "devices": []})
    source: Source
    apply: bool = False
    people: Annotated[tuple[PersonRow, ...], Field(max_length=MOST)] = ()
    devices: Annotated[tuple[DeviceRow, ...], Field(max_length=MOST)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> ImportRows:
        if len({row.id for row in self.people}) < len(self.people) or len({row.mac for row in self.devices}) < len(
            self.devices
        ):
            raise ValueError("expected every person and every device once")
        return self


class RowProblemOut(Answer):
    model_config = examples({"line": 7, "problem": "expected a year group of the policy (year-5), not 'year-9'"})
    line: int
    problem: str


class ImportOut(Answer):
    model_config = examples({"new": 29, "changed": 1, "same": 200, "problems": [example_of(RowProblemOut)]})
    new: int
    changed: int
    same: int
    problems: tuple[RowProblemOut, ...]


class Imported(Answer):
    """What came from this source and was not retired."""

    model_config = examples({"source": "sims", "people": ["13001"], "devices": [], "switches": []})
    source: str
    people: tuple[str, ...]
    devices: tuple[str, ...]
    switches: tuple[str, ...]


class Retire(Ask):
    model_config = examples({"people": ["13001"], "reason": "has left the school"})
    people: Annotated[tuple[PersonKey, ...], Field(max_length=5000)] = ()
    devices: Annotated[tuple[MacText, ...], Field(max_length=5000)] = ()
    switches: Annotated[tuple[Name, ...], Field(max_length=500)] = ()
    reason: Words


class Retired(Answer):
    model_config = examples({"people": 1, "devices": 0, "switches": 0})
    people: int
    devices: int
    switches: int


@router.post("", operation_id="import_rows", openapi_extra=needs("devices:write"))
def import_rows(ask: ImportRows, site: Site, staff: Staff) -> ImportOut:
    """Re-importing updates and never doubles: a person is known by the id, a device by the MAC."""
    people = [row.as_person() for row in ask.people]
    devices = [row.as_device() for row in ask.devices]
    found = weigh(site.policy, site.inventory(), ask.source, people, devices)
    lines: dict[str, int] = {row.id: row.line for row in ask.people} | {row.mac: row.line for row in ask.devices}
    problems = tuple(RowProblemOut(line=lines[key], problem=text) for key, text in found.problems)
    if ask.apply:
        if problems:
            raise WrongInput("Some rows cannot be stored, so none was.", "Look at them first, with `apply` left out.")
        if ask.source in FILES:
            raise WrongInput("That name is one of the school's own files.", "Call the source otherwise.")
        now = site.clock.now()
        site.store.put_people(found.people, staff, now, action="person.import", reason=ask.source)
        site.store.put_devices(found.devices, staff, now, action="device.import", reason=ask.source)
        if found.new or found.changed:
            site.loop.wake("import")
    return ImportOut(new=found.new, changed=found.changed, same=found.same, problems=problems)


@router.get("/{source}", operation_id="list_imported", openapi_extra=needs("devices:write"))
def list_imported(source: SourceInPath, site: Site) -> Imported:
    """To find what is gone from a source: what stands here and no longer there."""
    inventory = site.inventory()
    retired = BarredAs.RETIRED
    return Imported(
        source=source,
        people=tuple(one.id for one in inventory.people.values() if one.source == source),
        devices=tuple(d.mac for d in inventory.devices.values() if d.source == source and d.barred_as is not retired),
        switches=tuple(inventory.switches) if source == "switches.csv" else (),
    )


@router.post("/{source}/retire", operation_id="retire_imported", openapi_extra=needs("devices:write"))
def retire_imported(source: SourceInPath, ask: Retire, site: Site, staff: Staff) -> Retired:
    """People are deleted, devices barred as retired, switches let go of: only those that came from this source."""
    now, there = site.clock.now(), list_imported(source, site)
    devices = [mac for mac in dict.fromkeys(ask.devices) if mac in there.devices]
    people = [PersonId(key) for key in ask.people if key in there.people]
    switches = [SwitchName(name) for name in ask.switches if name in there.switches]
    if devices:
        admission_acts.bar(site, staff, tuple(devices), BarredAs.RETIRED, ask.reason)
    gone = site.store.delete_people(people, staff, now, ask.reason)
    let_go = site.store.delete_switches(switches, staff, now, ask.reason)
    if gone or let_go:
        site.loop.wake("retired")
    return Retired(people=gone, devices=len(devices), switches=let_go)
