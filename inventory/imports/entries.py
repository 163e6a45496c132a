"""What an export yields: people and devices with their lines, those it says are gone, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from inventory.csv_file import RowProblem
from inventory.model import Device, Mac, Person, PersonId


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says beside the file: other titles of columns, other names of years, what staff are.

    `years` maps a year as the file spells it (in small letters) to a year group of the policy.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    years: Mapping[str, str] = field(default_factory=dict)
    year_group: str = ""
    """Of pupils whose row says none."""
    role: str = "teacher"
    """Of staff whose row says none that the policy would know."""
    kind: str = "school-laptop"
    """Of devices whose row says none."""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """By line, counted from 1. `left_out` counts rows of people who are neither pupils nor staff, or have left."""

    people: tuple[tuple[int, Person], ...] = ()
    devices: tuple[tuple[int, Device], ...] = ()
    left_out: int = 0
    problems: tuple[RowProblem, ...] = ()

    def with_problems(self, more: tuple[RowProblem, ...]) -> Entries:
        return replace(self, problems=(*more, *self.problems))


@dataclass(slots=True)
class Gathering:
    """Rows as they are read; the first of two rows with one key counts, the second is a problem."""

    file: str
    people: dict[PersonId, tuple[int, Person]] = field(default_factory=dict)
    devices: dict[Mac, tuple[int, Device]] = field(default_factory=dict)
    left_out: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def add_person(self, line: int, person: Person) -> None:
        if person.id in self.people:
            self.wrong(line, "id", f"{person.id} stands in line {self.people[person.id][0]} already")
        else:
            self.people[person.id] = (line, person)

    def add_device(self, line: int, device: Device) -> None:
        if device.mac in self.devices:
            self.wrong(line, "mac", f"{device.mac} stands in line {self.devices[device.mac][0]} already")
        else:
            self.devices[device.mac] = (line, device)

    def wrong(self, line: int, column: str, expected: str) -> None:
        self.problems.append(RowProblem(self.file, line, column, expected))

    def whole(self) -> Entries:
        return Entries(tuple(self.people.values()), tuple(self.devices.values()), self.left_out, tuple(self.problems))
