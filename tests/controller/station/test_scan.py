"""Looking through media with the real clamd: what is found, what cannot be looked through, what is not followed."""

from __future__ import annotations

import os
import struct
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.clock import SystemClock
from controller.station import clam
from controller.station.clam import EICAR, Engine, NoEngine, StaleSignatures, engine
from controller.station.contents import Limits, pieces
from controller.station.image import NotReadable, volumes
from controller.station.scan import Found, look_through
from inventory.receipts import Finding, Verdict
from tests.controller.media_made import image, signatures

pytestmark = pytest.mark.needs("clamd", "mcopy")
THREE_DAYS = timedelta(days=3)
EICAR_FOUND = "Eicar-Test-Signature.UNOFFICIAL"


@pytest.fixture(scope="module")
def clamav() -> Iterator[Engine]:
    with signatures() as database, engine(SystemClock().now(), THREE_DAYS, database=database) as ready:
        yield ready


def start(database: Path, now: datetime | None = None) -> None:
    with engine(now or SystemClock().now(), THREE_DAYS, database=database):
        pytest.fail("it was ready")


def test_a_stick_with_eicar_is_infected_and_the_file_is_named(tmp_path: Path, clamav: Engine) -> None:
    stick = image(tmp_path / "stick.img", {"letter.txt": b"dear parents", "games/fun/GAME.COM": EICAR})
    found = look_through(stick, clamav)
    assert found == Found(Verdict.INFECTED, (Finding("games/fun/GAME.COM", EICAR_FOUND),), 2, 12 + len(EICAR))


def test_a_clean_stick_is_clean(tmp_path: Path, clamav: Engine) -> None:
    stick = image(tmp_path / "stick.img", {"letter.txt": b"dear parents", "a/b/c.txt": b"x" * 5000})
    assert look_through(stick, clamav) == Found(Verdict.CLEAN, (), 2, 5012)


def test_an_empty_stick_is_clean(tmp_path: Path, clamav: Engine) -> None:
    assert look_through(image(tmp_path / "stick.img", {}), clamav) == Found(Verdict.CLEAN, (), 0, 0)


def test_a_hidden_file_is_looked_at_too(tmp_path: Path, clamav: Engine) -> None:
    stick = image(tmp_path / "stick.img", {"GAME.COM": EICAR})
    subprocess.run(["mattrib", "-i", str(stick), "+h", "+s", "::GAME.COM"], check=True)
    assert look_through(stick, clamav).verdict is Verdict.INFECTED


def test_a_stick_with_a_partition_table_is_looked_into(tmp_path: Path, clamav: Engine) -> None:
    stick = image(tmp_path / "stick.img", {"GAME.COM": EICAR}, partitioned=True)
    (volume,) = volumes(stick)
    assert volume.offset == 1024 * 1024
    assert look_through(stick, clamav).verdict is Verdict.INFECTED


@pytest.mark.parametrize(("first", "last"), [(512, 20_000), (62, 512)])
def test_a_damaged_stick_is_never_clean(first: int, last: int, tmp_path: Path, clamav: Engine) -> None:
    stick = image(tmp_path / "stick.img", {"letter.txt": b"dear parents"})
    raw = bytearray(stick.read_bytes())
    raw[first : last - 2] = b"\xa7" * (last - 2 - first)
    stick.write_bytes(raw)
    if first == 62:  # the loader of the boot sector, which nobody runs any more: its files are still all there
        assert look_through(stick, clamav).verdict is Verdict.CLEAN
    else:
        assert look_through(stick, clamav).verdict is Verdict.UNSCANNABLE


def test_a_stick_with_another_file_system_says_what_helps(tmp_path: Path, clamav: Engine) -> None:
    raw = bytearray(4096)
    raw[446:462], raw[510:512] = bytes([0, 0, 0, 0, 0x07, 0, 0, 0]) + struct.pack("<II", 2048, 100), b"\x55\xaa"
    (tmp_path / "ntfs.img").write_bytes(raw)
    with pytest.raises(NotReadable) as refused:
        volumes(tmp_path / "ntfs.img")
    assert "scan the folder" in refused.value.todo
    assert look_through(tmp_path / "ntfs.img", clamav).verdict is Verdict.UNSCANNABLE


def test_a_directory_that_says_it_is_huge_is_not_taken_out(tmp_path: Path, clamav: Engine) -> None:
    stick = image(tmp_path / "stick.img", {"A.BIN": b"x" * 100_000})
    few = Limits(octets=50_000)
    assert look_through(stick, clamav, few).verdict is Verdict.UNSCANNABLE


def test_a_directory_that_contains_itself_comes_to_an_end(tmp_path: Path, clamav: Engine) -> None:
    stick = image(tmp_path / "stick.img", {"LOOP/A.TXT": b"a"})
    raw = bytearray(stick.read_bytes())
    root = raw.index(b"LOOP       ")
    cluster = raw[root + 26 : root + 28]
    entry = raw.index(b"A       TXT")
    raw[entry + 11], raw[entry + 26 : entry + 28], raw[entry + 28 : entry + 32] = 0x10, cluster, bytes(4)
    stick.write_bytes(raw)
    assert look_through(stick, clamav).verdict is Verdict.UNSCANNABLE


def test_a_bomb_an_encrypted_archive_and_one_too_deep_are_not_clean(tmp_path: Path, clamav: Engine) -> None:
    (tmp_path / "deep.zip").write_bytes(clam._too_deep())
    (tmp_path / "locked.zip").write_bytes(clam._locked())
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w") as bomb:
        for number in range(20_100):
            bomb.writestr(f"{number}.txt", f"{number}")
    found = look_through(tmp_path, clamav)
    assert found.verdict is Verdict.UNSCANNABLE
    assert {each.place for each in found.findings} == {"bomb.zip", "deep.zip", "locked.zip"}
    assert all(each.what.startswith(clam.NOT_LOOKED_THROUGH) for each in found.findings)


def test_a_find_inside_an_archive_counts(tmp_path: Path, clamav: Engine) -> None:
    with zipfile.ZipFile(tmp_path / "homework.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("essay.txt", EICAR)
    assert look_through(tmp_path / "homework.zip", clamav).verdict is Verdict.INFECTED


def test_links_and_pipes_are_not_followed(tmp_path: Path, clamav: Engine) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (tmp_path / "elsewhere.com").write_bytes(EICAR)
    (stick / "to-elsewhere").symlink_to(tmp_path / "elsewhere.com")
    (stick / "to-itself").symlink_to(stick)
    os.mkfifo(stick / "pipe")
    (stick / "letter.txt").write_bytes(b"dear parents")
    assert look_through(stick, clamav) == Found(Verdict.CLEAN, (), 1, 12)


def test_a_hostile_name_is_shown_and_not_obeyed(tmp_path: Path, clamav: Engine) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "bad\nname\x1b[31m\u202e: OK").write_bytes(EICAR)
    (finding,) = look_through(tmp_path / "stick", clamav).findings
    assert finding.place == "bad\ufffdname\ufffd[31m\ufffd: OK"


def test_of_many_finds_the_first_five_are_named_and_the_others_counted(tmp_path: Path, clamav: Engine) -> None:
    (tmp_path / "locked.zip").write_bytes(clam._locked())
    for number in range(7):
        (tmp_path / f"{number}.com").write_bytes(EICAR)
    found = look_through(tmp_path, clamav)
    assert [each.what for each in found.findings] == [EICAR_FOUND] * 5
    assert found.more == 3


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(depth=1), "too deep"),
        (Limits(file=10), "too large"),
        (Limits(files=1), "more than"),
        (Limits(octets=10), "more than"),
    ],
)
def test_beyond_the_limits_nobody_says_that_it_is_clean(
    limits: Limits, why: str, tmp_path: Path, clamav: Engine
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.txt").write_bytes(b"dear parents")
    (tmp_path / "2.txt").write_bytes(b"dear parents")
    found = look_through(tmp_path, clamav, limits)
    assert found.verdict is Verdict.UNSCANNABLE
    assert any(why in each.what for each in found.findings)


def test_signatures_that_are_too_old_scan_nothing() -> None:
    with signatures() as database:
        made = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
        os.utime(database / "school.ndb", (made.timestamp(), made.timestamp()))
        with pytest.raises(StaleSignatures) as refused:
            start(database, made + THREE_DAYS + timedelta(seconds=1))
    assert "freshclam" in refused.value.todo
    assert "20 November 2026" in str(refused.value)


def test_an_engine_that_does_not_know_eicar_is_not_relied_upon() -> None:
    other = "Something-Else:0:*:deadbeefdeadbeefdeadbeef\n"
    with signatures(other) as database, pytest.raises(NoEngine, match="EICAR"):
        start(database)


def test_an_engine_that_lets_what_is_too_deep_pass_is_not_relied_upon(clamav: Engine) -> None:
    class Lenient(clam.Wire):
        def find(self, file: object) -> str | None:
            found = super().find(file)  # type: ignore[arg-type]
            return None if found and found.startswith(clam.NOT_LOOKED_THROUGH) else found

    assert clam.reliable(clamav.wire)
    assert not clam.reliable(Lenient(clamav.wire.unix_socket, 60))


def test_damaged_signatures_are_said_and_nothing_is_scanned() -> None:
    with signatures("no signature at all\n") as database, pytest.raises(NoEngine, match="does not"):
        start(database)


def test_no_signatures_and_no_clamd_are_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(NoEngine) as empty:
        start(tmp_path)
    assert "freshclam" in empty.value.todo
    monkeypatch.setattr(clam.shutil, "which", lambda *_, **__: None)
    with pytest.raises(NoEngine) as missing:
        start(tmp_path)
    assert missing.value.todo == "apt-get install clamav-daemon clamav-freshclam"


def test_the_daily_signatures_say_themselves_when_they_were_made(tmp_path: Path) -> None:
    header = b"ClamAV-VDB:30 Nov 2026 03-22 -0500:27800:1:90:x:y:z:1".ljust(512)
    (tmp_path / "daily.cvd").write_bytes(header)
    (tmp_path / "main.cvd").write_bytes(header.replace(b"2026", b"2021"))
    assert clam.signatures_made(tmp_path) == (datetime(2026, 11, 30, 8, 22, tzinfo=UTC), "27800")


def test_a_clamd_that_runs_already_is_used_where_it_is_named(clamav: Engine, tmp_path: Path) -> None:
    """Ours says no date of its own signatures, as one with nothing but a school's own: it cannot be relied upon."""
    socket = Path(clamav.wire.unix_socket)
    with pytest.raises(NoEngine, match="relied upon"), engine(SystemClock().now(), THREE_DAYS, running=socket):
        pytest.fail("it was ready")


def test_a_file_that_vanishes_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a")
    (tmp_path / "b.txt").write_bytes(b"b")
    found = pieces(tmp_path, replace(Limits()))
    next(found)
    (tmp_path / "b.txt").unlink()
    assert [(piece.place, piece.file) for piece in found] == [("b.txt", None)]
