"""Rosters as schools really save them: Excel's marks, odd quoting, and every mistake by its line."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inventory import csv_file, roster
from inventory.model import Admission, Device, Exemption, Hold, Mode, Person, Purpose, Switch, parse_mac
from tests.shared_data import shared_data

IPAD = parse_mac("3c:22:fb:05:00:11")


def devices(*lines: str) -> csv_file.Rows[Device]:
    return roster.read_devices("\n".join(lines).encode(), "devices.csv")


def said(rows: csv_file.Rows[Device]) -> list[str]:
    return [str(problem) for problem in rows.problems]


def test_a_listed_device_is_registered() -> None:
    rows = devices("mac,name,kind,year_group,role,person,room", "3C-22-FB-05-00-11,iPad 11,school-ipad,year-5,,,Oak")
    assert rows.problems == ()
    assert rows.values == (
        Device(IPAD, "iPad 11", "school-ipad", Admission.REGISTERED, year_group="year-5", room="Oak"),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfmac,kind\r\n3c22.fb05.0011,printer\r\n",
        b"MAC;Kind\n3c22.fb05.0011;printer\n",
        b"mac\tkind\n3c22.fb05.0011\tprinter\n\n\n",
        b'"kind","mac"\n"printer"," 3c22.fb05.0011 "',
        b'# our devices, "all" of them\nmac,kind\n# the office\n3c22.fb05.0011,printer',
        b"mac,kind,room\n3c22.fb05.0011,printer,,,,\n",
    ],
)
def test_however_it_was_saved_it_is_the_same_printer(raw: bytes) -> None:
    rows = roster.read_devices(raw)
    assert [(device.mac, device.kind) for device in rows.values] == [(IPAD, "printer")]
    assert rows.problems == ()


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("mac,kind", "", "3c:22,printer"), "devices.csv:3: mac: expected a MAC such as 3c:22:fb:05:00:11"),
        (("mac,kind", "3c22.fb05.0011,"), "devices.csv:2: kind: expected a value"),
        (("mac,kind", "3c22.fb05.0011,School iPad"), "devices.csv:2: kind: expected a name of the policy file"),
        (("mac,kind", "3c22.fb05.0011,printer,x"), "devices.csv:2: expected 2 cells, found 3"),
        (("mac,kind", 'a,"b"c'), "devices.csv:2: expected whole cells with paired quotes"),
        (("mac,kind,room", '3c22.fb05.0011,printer,"a', 'b"'), "devices.csv:2: room: expected one line of printable"),
        (("mac,kind,room", f"3c22.fb05.0011,printer,{'x' * 301}"), "devices.csv:2: room: expected at most 300"),
        (("mac,kind", "3c22.fb05.0011,printer", "3c22.fb05.0011,board"), "stands in line 2 already"),
        (("mac,name", "3c22.fb05.0011,printer"), "devices.csv:1: expected a header of mac, name, kind"),
        (("# x", "mac,kind,yeargroup", "a,b,c"), "devices.csv:2: expected a header of mac, name, kind, year_group"),
        (("mac,kind,kind",), "each once and none blank"),
        (("",), "devices.csv:1: expected a header"),
        (("mac,kind,person", "3c22.fb05.0011,printer,=cmd"), "devices.csv:2: person: expected the id of a person"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_column(lines: tuple[str, ...], problem: str) -> None:
    rows = devices(*lines)
    assert len(rows.problems) == 1
    assert problem in said(rows)[0]


def test_a_broken_row_does_not_take_the_others_with_it() -> None:
    rows = devices("mac,kind", "3c22.fb05.0011,printer", "nonsense,printer", 'x,"y"z', "3c22.fb05.0012,board")
    assert [device.kind for device in rows.values] == ["printer", "board"]
    assert [problem.line for problem in rows.problems] == [3, 4]


def test_a_file_of_excels_old_kind_is_refused_with_the_way_out() -> None:
    rows = roster.read_devices("mac,kind,room\n3c22.fb05.0011,printer,Café".encode("cp1252"))
    assert "CSV UTF-8" in said(rows)[0]
    assert "line 2" in said(rows)[0]


def test_a_file_beyond_all_measure_is_refused_unread() -> None:
    assert "8 MiB" in said(roster.read_devices(b"x" * (csv_file.MAX_BYTES + 1)))[0]


def test_thousands_of_mistakes_end_the_reading() -> None:
    rows = devices("mac,kind", *["x,printer"] * 5000)
    assert len(rows.problems) == csv_file.MAX_PROBLEMS + 1
    assert "stopped here" in said(rows)[-1]


def test_a_person_is_either_staff_or_pupil() -> None:
    rows = roster.read_people(
        b"id,name,role,year_group\nt5,Year 5 teacher,teacher,\np1,Pupil,,year-5\nx,X,,\ny,Y,head,year-1\n"
    )
    assert rows.values == (Person("t5", "Year 5 teacher", "teacher"), Person("p1", "Pupil", None, "year-5"))  # type: ignore[arg-type]
    assert [problem.line for problem in rows.problems] == [4, 5]


def test_a_new_switch_is_only_observed() -> None:
    rows = roster.read_switches(b"name,host,platform,purpose\nsw-hall,10.10.0.2,cisco_ios,access\n")
    assert rows.values == (Switch("sw-hall", "10.10.0.2", 22, "cisco_ios", Purpose.ACCESS, Mode.OBSERVE),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("sw,10.10.0.2,99999,cisco_ios,access,observe", "ssh_port"),
        ("sw,10.10.0.2,-1,cisco_ios,access,observe", "ssh_port"),
        ("sw,-oProxyCommand=x,22,cisco_ios,access,observe", "host"),
        ("sw,10.10.0.2,22,cisco ios,access,observe", "platform"),
        ("sw,10.10.0.2,22,cisco_ios,core,observe", "purpose"),
        ("sw,10.10.0.2,22,cisco_ios,access,yes", "mode"),
        ("sw/../x,10.10.0.2,22,cisco_ios,access,observe", "name"),
    ],
)
def test_a_switch_row_is_checked_cell_by_cell(row: str, column: str) -> None:
    rows = roster.read_switches(f"name,host,ssh_port,platform,purpose,mode\n{row}\n".encode())
    assert [problem.column for problem in rows.problems] == [column]


def test_a_roster_read_again_neither_lets_out_nor_forgets() -> None:
    listed = devices("mac,kind,name", "3c22.fb05.0011,school-ipad,iPad 11").values
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    hold, exemption = Hold("technician", "opened", nine), Exemption("head", "door lock", nine)
    stolen = Device(IPAD, "old name", "school-ipad", Admission.BARRED, hold=hold, exemption=exemption, first_seen=nine)
    (device,) = roster.onto({IPAD: stolen}, listed)
    assert (device.name, device.admission) == ("iPad 11", Admission.BARRED)
    assert (device.hold, device.exemption, device.first_seen) == (hold, exemption, nine)
    assert roster.onto({}, listed) == listed


# What a cell may hold: printable text of at most 298 characters, so that the mark before a formula still fits.
CELLS = st.text(max_size=298).map(lambda text: "".join(c for c in text if c.isprintable()).strip())


@example(names=["=1+1", "'=1+1", "''-x", "O'Neill", "'quoted'"])
@given(names=st.lists(CELLS, min_size=1, max_size=6))
def test_what_is_exported_comes_back_the_same(names: list[str]) -> None:
    out = tuple(
        Device(parse_mac(f"02000000{n:04x}"), name or "x", "printer", Admission.REGISTERED, room=name or None)
        for n, name in enumerate(names)
    )
    rows = roster.read_devices(roster.write_devices(out).encode())
    assert rows.problems == ()
    assert rows.values == out


@given(st.text(max_size=60), st.sampled_from(["", " ", "\t", "\r", "=", "+1", "-1", "@SUM", " =", "\n="]))
def test_no_cell_of_an_export_is_a_formula(text: str, before: str) -> None:
    written = roster.write_people([Person("a", before + text, "=role")])  # type: ignore[arg-type]
    row = list(csv.reader(io.StringIO(written, newline="")))[1]
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fall_over(raw: bytes) -> None:
    for read in (roster.read_devices, roster.read_people, roster.read_switches):
        rows = read(raw, "x.csv")
        assert rows.values or rows.problems or raw


@given(st.text(alphabet="mackind,;\"\n\r\t'#=3:2fb 0x\x00", max_size=200))
def test_no_quoting_makes_the_reader_fall_over(text: str) -> None:
    rows = roster.read_devices(b"mac,kind\n" + text.encode())
    assert all(problem.line >= 1 and problem.expected for problem in rows.problems)


def test_real_exports_of_other_systems_are_refused_by_their_header_and_never_crash() -> None:
    files = sorted(shared_data("mis-csv").rglob("*.csv"))
    assert files
    for file in files:
        rows = roster.read_people(file.read_bytes(), file.name)
        assert rows.values == ()
        assert f"{file.name}:1" in str(rows.problems[0])
