"""The filter's file of identifiers is made from the school's list and the devices that are registered."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from controller.chromeos_identifiers import MADE, SOURCE, IdentifierFile, identifiers
from controller.home import Home
from dns_filter.identity.paths import chromeos_hash, looked_up, read_paths
from inventory.csv_file import CellProblem
from inventory.model import Admission, Inventory
from tests.controller.school import NINE, device, mac, school

SALT = "by chance"
ONE, TWO, GONE = mac(50), mac(51), mac(52)
BOOKS = (
    device(ONE, "school-ipad", "book-1", year_group="year-5"),
    device(TWO, "school-ipad", "book-2", year_group="year-5"),
    device(GONE, "school-ipad", "book-3", admission=Admission.BARRED),
)
LIST = (
    f"device,identifier\nbook-1,5CD1234XYZ\n{TWO.upper()},5CD1234ABC\nbook-3,5CD0000000\nnobody,5CD9999999\n".encode()
)


def test_the_filter_knows_registered_devices_by_what_chromeos_sends() -> None:
    paths = read_paths(identifiers(LIST, school(*BOOKS)).encode(), SALT)
    assert looked_up(paths, chromeos_hash(SALT, "5CD1234XYZ")) == (ONE,)
    assert looked_up(paths, chromeos_hash(SALT, "5CD1234ABC")) == (TWO,)
    assert len(paths) == 2


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"mac,serial\n", "line 1"),
        (b"", "line 1"),
        (b"device,identifier\nbook-1\n", "line 2"),
        (b"device,identifier\nbook-1,\n", "line 2"),
        (b"device,identifier\nbook-1,a,b\n", "line 2"),
        (b'device,identifier\n"book-1,a\n', "CSV"),
        (b"\0" * (9 << 20), "at most"),
    ],
)
def test_a_list_with_a_mistake_is_refused_whole(raw: bytes, told: str) -> None:
    with pytest.raises(CellProblem, match=told):
        identifiers(raw, school(*BOOKS))


def test_an_identifier_that_looks_like_a_formula_stays_as_it_is() -> None:
    paths = read_paths(identifiers(b"device,identifier\nbook-1,-5CD1\n", school(*BOOKS)).encode(), SALT)
    assert looked_up(paths, chromeos_hash(SALT, "-5CD1")) == (ONE,)


def test_a_name_that_two_devices_have_is_no_name() -> None:
    twins = (*BOOKS, device(mac(60), "school-ipad", "book-1"))
    with pytest.raises(CellProblem, match="several devices"):
        identifiers(LIST, school(*twins))


def test_the_file_follows_list_and_devices(tmp_path: Path) -> None:
    home, inventory = Home(tmp_path), school(*BOOKS)
    home.make()
    known: list[Inventory] = [inventory]
    file, made = IdentifierFile(home, lambda: known[-1]), home.filter / MADE
    file.turn(NINE)
    assert not made.exists()
    (home.root / SOURCE).write_bytes(LIST)
    file.turn(NINE)
    assert stat.S_IMODE(made.stat().st_mode) == 0o640
    assert len(read_paths(made.read_bytes(), SALT)) == 2
    known.append(school(*BOOKS[1:]))
    file.turn(NINE + timedelta(seconds=61))
    assert len(read_paths(made.read_bytes(), SALT)) == 1
    (home.root / SOURCE).write_bytes(b"nonsense\n")
    file.turn(NINE + timedelta(seconds=62))
    assert "line 1" in file.problem
    assert len(read_paths(made.read_bytes(), SALT)) == 1
