"""Rosters of other systems: twice the same changes nothing, wrong rows are named by line, leavers are retired."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.home import Home
from controller.inventory_files import take_in
from inventory.model import Admission, BarredAs, Mac, PersonId
from tests.controller.commands.conftest import Run
from tests.fakes.site import IPAD, NINE, STRANGER, FakeSite
from tests.shared_data import shared_data

SDS, UCS = "microsoft-sds-format/SDS_Format", "ucsschool"
YEARS = [word for year in ("9", "10", "11", "12") for word in ("--year", f"{year}=year-5")]
SAMPLES = [
    ("sds-students", f"{SDS}/100_Users/Student.csv", YEARS, 86),
    ("sds-students", f"{SDS}/25_Users/Student.csv", YEARS, 22),
    ("sds-students", f"{SDS}/Min_Required_Attributes/Student.csv", ["--year-group", "year-6"], 22),
    ("sds-teachers", f"{SDS}/100_Users/Teacher.csv", [], 12),
    ("sds-teachers", f"{SDS}/25_Users/Teacher.csv", [], 2),
    ("sds-teachers", f"{SDS}/Min_Required_Attributes/Teacher.csv", [], 2),
    ("ucs-users", f"{UCS}/doc/ucsschool-import/user_new_example.csv", [], 8),
    ("ucs-user-acts", f"{UCS}/ucs-school-import/examples/import-user-example.csv", [], 0),
    ("ucs-computers", f"{UCS}/ucs-school-import/examples/import-computer-example.csv", [], 5),
]


@pytest.mark.parametrize(("system", "file", "words", "count"), SAMPLES)
def test_a_public_sample_is_imported_and_a_second_time_changes_nothing(
    run: Run, controller: FakeSite, system: str, file: str, words: list[str], count: int
) -> None:
    path = shared_data("mis-csv") / file
    preview = run("import", system, path, *words, "--json").json
    assert (preview["new"], preview["problems"], preview["applied"]) == (count, [], False)
    first = run("import", system, path, *words, "--apply", "--json").json
    assert (first["new"], first["applied"]) == (count, True)
    before, audited = controller.inventory(), len(controller.store.audit(limit=1000))
    again = run("import", system, path, *words, "--apply", "--json").json
    assert (again["new"], again["changed"], again["same"]) == (0, 0, count)
    assert controller.inventory() is before
    assert len(controller.store.audit(limit=1000)) == audited


def roster(folder: Path, rows: int, broken: int = 0, name: str = "pupils.csv") -> Path:
    """A report of SIMS; every broken-th row names a year that nobody knows, or no id."""
    lines = ["Adno,Forename,Surname,Year Group"]
    for number in range(rows):
        wrong = broken and number % broken == 0
        year = "Year 77" if wrong and number % 2 else "Year 5"
        adno = "" if wrong and not number % 2 else f"{4000 + number:06}"
        lines.append(f'{adno},"Pupil, the {number}th",Example,{year}')
    path = folder / name
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n")
    return path


def test_wrong_rows_are_named_by_line_and_the_rest_is_stored_only_when_told(
    run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    path = roster(tmp_path, 2000, broken=20)
    said = run("import", "sims-pupils", path, "--apply")
    assert said.status == 1
    assert f"{path}:2: id: expected" in said.err
    assert "100 wrong" in said.out
    assert not controller.inventory().people
    lines = run("import", "sims-pupils", path, "--json").json["problems"]
    assert [int(line.split(":")[1]) for line in lines] == [2 + 20 * number for number in range(100)]
    done = run("import", "sims-pupils", path, "--apply", "--only-good", "--json")
    assert (done.status, done.json["new"]) == (0, 1900)
    assert len(controller.inventory().people) == 1900


def test_what_only_the_controller_can_know_is_named_by_its_line_too(
    run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    path = tmp_path / "staff-and-pupils.csv"
    path.write_text("Adno,Forename,Surname,Year Group\n1,A,B,Year 5\n2,C,D,Year 2\n")
    said = run("import", "sims-pupils", path, "--json")
    assert said.status == 1
    assert said.json["problems"] == [
        f"{path}:3: expected a year group or class (year-1, year-5, year-6, 5b, 6a), not 'year-2'"
    ]


def test_rows_of_several_files_are_not_taken_for_each_other(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    one, two = roster(tmp_path, 3, name="one.csv"), tmp_path / "two.csv"
    two.write_text("Adno,Forename,Surname,Year Group\n77,A,B,Year 2\n004001,A,B,Year 5\n78,C,D,Year 6\n")
    said = run("import", "sims-pupils", one, two, "--apply", "--only-good", "--json").json
    assert said["problems"] == [
        f"{two}:3: 004001 stands in another file already",
        f"{two}:2: expected a year group or class (year-1, year-5, year-6, 5b, 6a), not 'year-2'",
    ]
    assert set(controller.inventory().people) == {"004000", "004001", "004002", "78"}


def test_who_is_gone_from_the_source_is_shown_and_retired_only_when_told(
    run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    run("import", "sims-pupils", roster(tmp_path, 10), "--apply")
    shorter = roster(tmp_path, 8)
    said = run("import", "sims-pupils", shorter, "--apply")
    assert "2 are gone from the source" in said.out
    assert len(controller.inventory().people) == 10
    run("import", "sims-pupils", shorter, "--apply", "--retire-gone")
    assert PersonId("004009") not in controller.inventory().people
    assert run("import", "sims-pupils", shorter, "--apply", "--json").json["gone"] == {"people": [], "devices": []}
    assert len(controller.store.audit(action="person.delete")) == 2


def test_another_roster_does_not_call_this_ones_people_gone(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    run("import", "sims-pupils", roster(tmp_path, 5), "--apply")
    other = tmp_path / "staff.csv"
    other.write_text("Staff Code,Forename,Surname\nT1,A,Teacher\n")
    assert run("import", "sims-staff", other, "--apply", "--json").json["gone"] == {"people": [], "devices": []}


def test_a_device_gone_from_its_list_is_barred_as_retired(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    path = tmp_path / "trolley.csv"
    path.write_text("mac,name,kind\n3c22fb050021,ipad 21,school-ipad\n3c22fb050022,ipad 22,school-ipad\n")
    run("import", "devices", path, "--source", "trolley-5", "--apply")
    path.write_text("mac,name,kind\n3c22fb050021,ipad 21,school-ipad\n")
    run("import", "devices", path, "--source", "trolley-5", "--apply", "--retire-gone")
    devices = {device.name: device for device in controller.inventory().devices.values()}
    assert devices["ipad 21"].admission is Admission.REGISTERED
    assert (devices["ipad 22"].admission, devices["ipad 22"].barred_as) == (Admission.BARRED, BarredAs.RETIRED)
    path.write_text("mac,name,kind\n3c22fb050022,ipad 22,school-ipad\n")
    said = run("import", "devices", path, "--source", "trolley-5", "--apply")
    assert "it is barred (retired): readmit it first" in said.err


def test_what_a_person_did_to_a_device_survives_its_roster(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    run("devices", "exempt", IPAD, "--until", "2026-12-18T16:00:00Z", "--reason", "kiosk")
    path = tmp_path / "ipads.csv"
    path.write_text(f"mac,name,kind,year_group\n{IPAD},another name,school-ipad,year-6\n")
    assert run("import", "devices", path, "--apply", "--json").json["changed"] == 1
    device = controller.inventory().devices[IPAD]
    assert (device.name, device.year_group) == ("another name", "year-6")
    assert device.exemption is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "no-such"), "no such system"),
        (("import", "sims-pupils"), "at least one file"),
        (("import", "sims-pupils", "nowhere.csv"), "nowhere.csv"),
        (("import", "sims-pupils", "nowhere.csv", "--column", "id"), "NAME=VALUE"),
    ],
)
def test_a_command_that_makes_no_sense_says_so(
    run: Run, controller: FakeSite, words: tuple[str, ...], said: str
) -> None:
    found = run(*words)
    assert found.status in (1, 2)
    assert said in found.err


def test_another_encoding_and_other_titles_are_named_by_a_person(
    run: Run, controller: FakeSite, tmp_path: Path
) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes("Nr;Vorname;Nachname;Stufe\n7;Zoë;Müller;Oak\n".encode("cp1252"))
    assert "expected UTF-8" in run("import", "sims-pupils", path).err
    words = ("--encoding", "cp1252", "--column", "id=Nr", "--column", "first=Vorname", "--column", "last=Nachname")
    run("import", "sims-pupils", path, *words, "--column", "year=Stufe", "--year", "Oak=year-5", "--apply")
    person = controller.inventory().people[PersonId("7")]
    assert (person.name, person.year_group) == ("Zoë Müller", "year-5")


def test_what_is_exported_is_read_again_and_is_no_formula(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text('mac,name,kind,room\n3c22fb050031,ipad,school-ipad,"=HYPERLINK(""http://x"")"\n')
    run("import", "devices", bad, "--apply")
    out = tmp_path / "out.csv"
    assert "2 devices written" in run("export", "devices", "--out", out).out
    text = out.read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in text
    assert not [
        cell for line in text.splitlines() for cell in line.split(",") if cell.startswith(("=", "+", "@", '"='))
    ]
    again = run("import", "devices", out, "--source", "devices", "--json").json
    assert (again["new"], again["same"]) == (0, 1)
    assert run("export", "people").out.splitlines() == ["id,name,role,year_group"]


def test_a_trolley_is_let_in_from_a_list_all_or_none(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    path = tmp_path / "trolley.csv"
    rows = [f"3c22fb0600{number:02x},ipad-6-{number},school-ipad,year-6" for number in range(30)]
    path.write_text("mac,name,kind,year_group\n" + "\n".join([*rows, "3c22fb06001e,ipad-6-x,no-such-kind,year-6"]))
    assert run("devices", "register-list", path).status == 1
    assert len(controller.inventory().devices) == 2
    path.write_text("mac,name,kind,year_group\n" + "\n".join(rows))
    assert len(run("devices", "register-list", path, "--json").json) == 30


def test_what_was_taken_out_of_the_schools_own_files_is_retired_when_told(
    run: Run, controller: FakeSite, school: Path
) -> None:
    home = Home(school)
    home.people.write_text("id,name,role,year_group\nt5,Year 5 teacher,teacher,\nt6,Year 6 teacher,teacher,\n")
    home.devices.write_text("mac,name,kind\n3c22fb070001,hall,printer\n3c22fb070002,office,printer\n")
    home.switches.write_text(
        "name,host,platform,purpose\nsw-ict,10.10.0.2,cisco_ios,access\nsw-b,10.10.0.3,cisco_ios,access\n"
    )
    assert not take_in(home, controller.store, {}, NINE).problems
    assert "still stands" in run("import", "gone", "--home", school).out
    home.people.write_text("id,name,role,year_group\nt5,Year 5 teacher,teacher,\n")
    home.devices.write_text("mac,name,kind\n3c22fb070001,hall,printer\n")
    home.switches.write_text("name,host,platform,purpose\nsw-ict,10.10.0.2,cisco_ios,access\n")
    take_in(home, controller.store, {}, NINE)
    assert "sw-b stands there no longer" in run("import", "gone", "--home", school).out
    done = run("import", "gone", "--apply", "--json", "--home", school).json
    assert done == {"people": ["t6"], "devices": ["3c:22:fb:07:00:02"], "switches": ["sw-b"]}
    inventory = controller.inventory()
    assert set(inventory.switches) == {"sw-ict"}
    assert inventory.devices[Mac("3c:22:fb:07:00:02")].barred_as is BarredAs.RETIRED
    assert PersonId("t6") not in inventory.people
    assert not any(run("import", "gone", "--apply", "--json", "--home", school).json.values())


def test_an_empty_or_broken_file_retires_nobody(run: Run, controller: FakeSite, school: Path) -> None:
    home = Home(school)
    home.devices.write_text("mac,name,kind\n3c22fb070001,hall,printer\n")
    take_in(home, controller.store, {}, NINE)
    for nothing in ("", "mac,name,kind\n"):
        home.devices.write_text(nothing)
        assert run("import", "gone", "--apply", "--json", "--home", school).json["devices"] == []
    home.devices.write_text("mac,name,kind\nnonsense,hall,printer\n")
    assert run("import", "gone", "--apply", "--home", school).status == 1


def test_acts_on_devices_are_commands_too(run: Run, controller: FakeSite) -> None:
    end = ("--until", "2026-12-18T16:00:00Z", "--reason", "governor's meeting")
    words = ("--name", "visitor", "--kind", "school-laptop", "--role", "teacher")
    assert run("devices", "register", STRANGER, *words, *end).status == 0
    assert controller.inventory().devices[STRANGER].approval is not None
    assert run("devices", "approve", IPAD, STRANGER, *end).status == 0
    assert run("devices", "exempt", IPAD, *end).status == 0
    assert run("devices", "bar", IPAD, STRANGER, "--as", "stolen", "--reason", "break-in").status == 0
    assert {device.barred_as for device in controller.inventory().devices.values()} == {BarredAs.STOLEN}
    assert run("devices", "readmit", IPAD, "--reason", "found").status == 0
    assert run("devices", "readmit", IPAD, "--reason", "again").status == 1
    assert run("devices", "identify", IPAD).json["vendor"] == "Apple, Inc."
