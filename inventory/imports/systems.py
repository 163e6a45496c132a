"""The systems whose exports are known: which columns mean what. Data, and the reader of each kind of file.

Sources: Microsoft's "School Data Sync V1 CSV format"; 1EdTech's "OneRoster 1.1 CSV tables"; Univention's UCS@school
import guide. SIMS, Arbor and Bromcom export whatever report a school draws up: the titles here are those of their own
standard reports, and `--column` names others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

_FIRST = (
    "Preferred First Name",
    "Preferred Forename",
    "Chosen Name",
    "First Name",
    "Forename",
    "Legal First Name",
    "Legal Forename",
)
_LAST = ("Preferred Last Name", "Preferred Surname", "Last Name", "Surname", "Legal Last Name", "Legal Surname")
_STUDENT, _EMPLOYEE = ("Student ID",), ("Staff ID", "Staff Code")
_ADMISSION = ("Admission Number", "Admission No", "Student UPN", "UPN")
_YEAR = ("Year Group", "Year", "NC Year", "Year Taught In", "National Curriculum Year", "NCY")
_CLASS = ("Registration Form", "Reg Group", "Registration Group", "Tutor Group", "Form", "Class")


@dataclass(frozen=True, slots=True)
class System:
    """`titles`: field -> titles it goes by, the best first. `order`: fields of a file without a header."""

    name: str
    title: str
    rows: Literal["pupils", "staff", "by-role", "by-acts", "computers"]
    """What a row is."""
    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset({"id"})
    order: tuple[str, ...] = ()


def _mis(name: str, title: str, pupil: tuple[str, ...], employee: tuple[str, ...]) -> tuple[System, System]:
    names = {"first": _FIRST, "last": _LAST, "name": ("Name", "Full Name", "Student", "Student Name", "Staff Name")}
    of_pupils = {"id": pupil, **names, "year": _YEAR, "class": _CLASS, "status": ("Status", "Enrolment Status")}
    of_staff = {"id": employee, **names, "role": ("Caretaker Role",), "status": ("Status", "Employment Status")}
    return (
        System(f"{name}-pupils", f"{title}: pupils", "pupils", of_pupils),
        System(f"{name}-staff", f"{title}: staff", "staff", of_staff),
    )


_SDS = {
    "id": ("SIS ID",),
    "first": ("First Name",),
    "last": ("Last Name",),
    "name": ("Username",),
    "status": ("Status",),
}

_ALL = (
    *_mis("arbor", "Arbor", ("Arbor Student ID", *_STUDENT, "Arbor ID", *_ADMISSION), ("Arbor Staff ID", *_EMPLOYEE)),
    *_mis("sims", "SIMS", ("Adno", *_ADMISSION), ("Staff Code", "Employee Number", "Payroll Number")),
    *_mis("bromcom", "Bromcom", (*_STUDENT, "Person ID", *_ADMISSION), (*_EMPLOYEE, "Person ID")),
    System("sds-students", "Microsoft School Data Sync: Student.csv", "pupils", {**_SDS, "year": ("Grade",)}),
    System("sds-teachers", "Microsoft School Data Sync: Teacher.csv", "staff", _SDS),
    System(
        "oneroster-users",
        "OneRoster 1.1: users.csv",
        "by-role",
        {
            "id": ("sourcedId",),
            "first": ("givenName",),
            "last": ("familyName",),
            "name": ("username",),
            "role": ("role",),
            "year": ("grades",),
            "status": ("status",),
            "enabled": ("enabledUser",),
        },
        frozenset({"id", "role"}),
    ),
    System(
        "ucs-users",
        "UCS@school: users with a header",
        "by-role",
        {
            "id": ("record_uid", "Benutzername", "Username", "EMail", "E-Mail"),
            "first": ("Vorname", "First name"),
            "last": ("Nachname", "Last name"),
            "role": ("Benutzertyp", "User type", "Role"),
            "class": ("Klassen", "Classes", "Class"),
        },
        frozenset({"id", "role"}),
    ),
    System(
        "ucs-user-acts",
        "UCS@school: users as acts (A, M, D), without a header",
        "by-acts",
        order=("act", "id", "last", "first", "school", "class", "", "mail", "teacher", "active", "staff"),
    ),
    System(
        "ucs-computers",
        "UCS@school: computers, without a header",
        "computers",
        order=("type", "name", "mac", "school", "address", "inventory"),
    ),
)

SYSTEMS: Mapping[str, System] = MappingProxyType({system.name: system for system in _ALL})
