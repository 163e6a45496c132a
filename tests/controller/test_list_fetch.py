"""A list is fetched whole or not at all: whatever its source does, the last good content stays, and it is told why."""

from __future__ import annotations

import gzip
import io
import lzma
import socket
import socketserver
import tarfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest

from controller.lists.fetch import Fetched, Fetcher
from controller.lists.fetch_kept import content_of, files_in, folder_of, next_try, read_kept
from controller.lists.fetch_place import Address
from controller.lists.fetch_wire import Reach, trusting
from controller.policy import ListSource
from tests.controller.list_server import HOST, ListServer, leads_to, list_server, says

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
GAMES = b"".join(b"game%d.example.com\n" % number for number in range(400))
LOOPBACK = (ip_address("127.0.0.1"),)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListServer]:
    with list_server(tmp_path_factory.mktemp("certificates")) as server:
        yield server


@pytest.fixture
def server(serving: ListServer) -> ListServer:
    serving.answers, serving.asked = {"/games": says(GAMES)}, []
    return serving


@dataclass
class School:
    """Fetches the list of games into a folder of its own."""

    folder: Path
    reach: Reach
    source: ListSource
    cap: int = 2**20
    heard: list[tuple[str, int, int]] = field(default_factory=list)

    def fetch(self, now: datetime = NOW) -> Fetched:
        fetcher = Fetcher(self.folder, lambda: self.reach, self.cap, lambda *told: self.heard.append(told))
        return fetcher.fetch(self.source, now)

    def due(self, now: datetime) -> bool:
        return bool(Fetcher(self.folder, lambda: self.reach).due([self.source], now))

    def at(self, url: str) -> School:
        return replace(self, source=self.source.model_copy(update={"url": url}))

    @property
    def content(self) -> Path:
        found = content_of(self.folder, "games")
        assert found
        return found

    @property
    def left(self) -> set[str]:
        return {path.name for path in folder_of(self.folder, "games").iterdir()}


@pytest.fixture
def school(tmp_path: Path, server: ListServer) -> School:
    reach = Reach(lambda _: LOOPBACK, trusting(str(server.ca_file)), frozenset({HOST}), seconds=10)
    source = ListSource(name="games", category="games", url=server.url(), refresh=timedelta(hours=6))
    return School(tmp_path / "fetched", reach, source)


def test_a_list_is_fetched_and_kept(school: School) -> None:
    found = school.fetch()
    assert (found.problem, found.changed) == ("", True)
    assert school.content.read_bytes() == GAMES
    assert (found.kept.octets, found.kept.last_good, found.kept.failures) == (len(GAMES), NOW, 0)
    assert school.heard[-1] == ("games", len(GAMES), len(GAMES))
    assert school.left == {"state.json", school.content.name}
    assert folder_of(school.folder, "games").stat().st_mode & 0o077 == 0


def test_what_has_not_changed_is_not_sent_again(school: School, server: ListServer) -> None:
    server.answers["/games"] = says(GAMES, etag='"v1"', last_modified="Mon, 23 Nov 2026 08:00:00 GMT")
    school.fetch()
    first = school.content
    assert first.stat().st_mtime == datetime(2026, 11, 23, 8, tzinfo=UTC).timestamp()
    server.answers["/games"] = says(b"", 304)
    later = school.fetch(NOW + timedelta(hours=6))
    assert (later.problem, later.changed, later.kept.last_good) == ("", False, NOW + timedelta(hours=6))
    assert server.asked[-1]["if-none-match"] == '"v1"'
    assert server.asked[-1]["if-modified-since"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    assert school.content == first


def test_the_same_content_sent_again_stays_the_very_same_file(school: School) -> None:
    school.fetch()
    before = school.content.stat()
    assert not school.fetch(NOW + timedelta(days=1)).changed
    assert school.content.stat().st_mtime_ns == before.st_mtime_ns


def test_a_new_version_takes_the_place_of_the_last(school: School, server: ListServer) -> None:
    school.fetch()
    server.answers["/games"] = says(GAMES + b"new.example.com\n")
    assert school.fetch().changed
    assert school.content.read_bytes().endswith(b"new.example.com\n")
    assert len(school.left) == 2


def test_not_modified_is_believed_only_where_it_was_asked(school: School, server: ListServer) -> None:
    server.answers["/games"] = says(b"", 304)
    assert "304" in school.fetch().problem
    assert content_of(school.folder, "games") is None


def half(to: BaseHTTPRequestHandler) -> None:
    says(GAMES[: len(GAMES) // 2], content_length=str(len(GAMES)))(to)


def half_a_gzip(to: BaseHTTPRequestHandler) -> None:
    says(gzip.compress(GAMES)[:-20])(to)


def half_in_chunks(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.send_header("transfer-encoding", "chunked")
    to.end_headers()
    to.wfile.write(b"40\r\ngame1.example.c")


def without_length(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.end_headers()
    to.wfile.write(bytes(2**20 + 1))


def no_http(to: BaseHTTPRequestHandler) -> None:
    to.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")


def long_header(to: BaseHTTPRequestHandler) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2**20)


PAGE = b"<!DOCTYPE html><html><body>Please sign in to the Wi-Fi</body></html>"
BAD = [
    ("a web page", says(PAGE, content_type="text/plain")),
    ("a web page", says(b"\n  <html>" + GAMES)),
    ("0 octets", says(b"")),
    ("0 octets", says(gzip.compress(b""))),
    ("peer closed", half),
    ("peer closed", half_in_chunks),
    ("cannot be unpacked", half_a_gzip),
    ("cannot be unpacked", says(lzma.compress(GAMES)[:-20])),
    ("cannot be unpacked", says(lzma.compress(GAMES) + lzma.compress(GAMES))),
    ("cannot be unpacked", says(gzip.compress(GAMES) + b"rubbish")),
    ("a bomb", says(gzip.compress(bytes(9 * 2**20)))),
    ("a bomb", says(lzma.compress(bytes(9 * 2**20)))),
    ("a bomb", says(gzip.compress(gzip.compress(bytes(9 * 2**20))))),
    ("packed more than 2 times", says(gzip.compress(gzip.compress(gzip.compress(GAMES))))),
    ("more than 1048576 octets", without_length),
    ("at most 1048576 are taken", says(b"", content_length="5000000")),
    ("packs it as 'br'", says(GAMES, content_encoding="br")),
    ("404 Not Found", says(b"gone", 404)),
    ("500", says(GAMES, 500)),
    ("206", says(GAMES, 206)),
    ("", no_http),
    ("", long_header),
    ("link-local", leads_to("https://169.254.169.254/latest/meta-data")),
    ("loopback", leads_to("https://127.0.0.1/games")),
    ("loopback", leads_to("https://[::1]/games")),
    ("loopback", leads_to("https://[::ffff:127.0.0.1]/games")),
    ("private", leads_to("https://10.0.0.1/games")),
    ("multicast", leads_to("https://224.0.0.251/games")),
    ("only https", leads_to(f"http://{HOST}/games")),
    ("only https", leads_to("file:///etc/passwd")),
    ("only https", leads_to("gopher://lists.example/")),
    ("a password", leads_to(f"https://someone:secret@{HOST}/games")),
    ("more than 5 redirects", leads_to("/games")),
    ("302", says(b"", 302)),
]


@pytest.mark.fault
@pytest.mark.parametrize(("why", "answer"), BAD, ids=[f"{n}-{why}" for n, (why, _) in enumerate(BAD)])
def test_whatever_a_source_does_wrong_the_last_good_list_stays_and_the_reason_is_told(
    school: School, server: ListServer, why: str, answer: object
) -> None:
    good = school.fetch().kept
    server.answers["/games"] = answer  # type: ignore[assignment]
    found = school.fetch(NOW + timedelta(hours=6))
    assert found.problem
    assert why in found.problem
    assert not found.changed
    assert school.content.read_bytes() == GAMES
    assert school.left == {"state.json", good.content}
    told = read_kept(school.folder, "games")
    assert told
    assert (told.last_good, told.last_tried, told.failures) == (NOW, NOW + timedelta(hours=6), 1)
    server.answers["/games"] = says(GAMES)
    mended = school.fetch(NOW + timedelta(hours=7))
    assert (mended.problem, mended.kept.failures) == ("", 0)


@pytest.mark.fault
@pytest.mark.parametrize("after", [0, 100])
def test_a_source_that_trickles_is_given_up(school: School, server: ListServer, after: int) -> None:
    stop = threading.Event()

    def trickle(to: BaseHTTPRequestHandler) -> None:
        if after:
            to.send_response(200)
            to.end_headers()
            to.wfile.write(GAMES[:after])
        else:
            to.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        while not stop.wait(0.02):
            to.wfile.write(b"g")

    server.answers["/games"] = trickle
    try:
        found = replace(school, reach=replace(school.reach, seconds=0.3)).fetch()
    finally:
        stop.set()
    assert "took too long" in found.problem or "timed out" in found.problem


@pytest.mark.fault
def test_a_certificate_of_another_authority_or_for_another_name_is_refused(
    school: School, server: ListServer, tmp_path: Path
) -> None:
    strangers = replace(school, reach=replace(school.reach, trust=trusting("")))
    assert "certificate verify failed" in strangers.fetch().problem
    reach = replace(school.reach, internal_hosts=frozenset({"other.example"}))
    misnamed = replace(school, reach=reach).at(server.url(host="other.example"))
    assert "certificate verify failed" in misnamed.fetch().problem
    assert server.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(school: School, server: ListServer, status: int) -> None:
    server.answers["/games"] = leads_to("/moved", status)
    server.answers["/moved"] = leads_to(server.url("/there"), status)
    server.answers["/there"] = says(GAMES)
    assert school.fetch().problem == ""
    assert school.content.read_bytes() == GAMES


def test_a_name_with_one_address_out_of_bounds_is_refused(school: School) -> None:
    both = (ip_address("93.184.215.14"), ip_address("192.168.1.1"))
    found = replace(school, reach=replace(school.reach, lookup=lambda _: both, internal_hosts=frozenset())).fetch()
    assert found.problem == "lists.example is at 192.168.1.1, which is private"


def test_a_name_that_answers_differently_a_moment_later_changes_nothing(school: School, server: ListServer) -> None:
    """DNS rebinding: the address that was checked is the one that is connected to."""
    asked: list[str] = []

    def rebinding(name: str) -> Sequence[Address]:
        asked.append(name)
        return LOOPBACK if len(asked) == 1 else (ip_address("10.0.0.1"),)

    found = replace(school, reach=replace(school.reach, lookup=rebinding)).fetch()
    assert (found.problem, asked) == ("", [HOST])


def test_the_next_address_is_tried_where_one_is_silent(school: School) -> None:
    reach = replace(school.reach, lookup=lambda _: (ip_address("127.0.0.9"), *LOOPBACK))
    assert replace(school, reach=reach).fetch().problem == ""


def packed_tar(*members: tuple[str, bytes], link: str = "") -> bytes:
    octets = io.BytesIO()
    with tarfile.open(fileobj=octets, mode="w:gz") as archive:
        for name, text in members:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        if link:
            member = tarfile.TarInfo("blacklists/links/domains")
            member.type, member.linkname = tarfile.SYMTYPE, link
            archive.addfile(member)
    return octets.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(GAMES),
        lzma.compress(GAMES),
        gzip.compress(lzma.compress(GAMES)),
        gzip.compress(GAMES[:3000]) + gzip.compress(GAMES[3000:]),
        packed_tar(("games/domains", GAMES), ("games/urls", b"x"), ("games/usage", b"black\n")),
    ],
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_packed_list_is_unpacked_whatever_the_server_calls_it(
    school: School, server: ListServer, body: bytes, encoding: str
) -> None:
    server.answers["/games"] = says(body, content_encoding=encoding)
    assert school.fetch().problem == ""
    assert school.content.read_bytes() == GAMES


def test_an_archive_of_categories_becomes_a_folder_of_them(school: School, server: ListServer) -> None:
    body = packed_tar(
        ("blacklists/games/domains", GAMES),
        ("blacklists/chat/domains", b"chat.example.com\n"),
        ("../../../outside/domains", b"odd.example.com\n"),
        ("/etc/cron.d/domains", b"odd.example.com\n"),
        ("blacklists/../domains", b"odd.example.com\n"),
        ("blacklists/README", b"by its authors"),
        link="/etc/passwd",
    )
    server.answers["/games"] = says(body)
    ut1 = replace(school, source=school.source.model_copy(update={"category": None}))
    assert ut1.fetch().problem == ""
    places = {path.parent.name: path for path in files_in(ut1.content)}
    # Only the last folder's name counts, so nothing can lie anywhere else.
    assert set(places) == {"games", "chat", "outside"}
    assert places["games"].read_bytes() == GAMES
    assert sorted(path.name for path in school.folder.parent.iterdir()) == ["fetched"]


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("two lists of games", packed_tar(("a/games/domains", GAMES), ("b/games/domains", GAMES))),
        ("without a file called `domains`", packed_tar(("games/urls", GAMES))),
        ("cannot be read", gzip.compress(gzip.decompress(packed_tar(("games/domains", GAMES)))[:2000])),
        ("needs a `category:`", GAMES),
    ],
)
def test_an_archive_that_is_not_understood_is_refused(
    school: School, server: ListServer, why: str, body: bytes
) -> None:
    server.answers["/games"] = says(body)
    ut1 = replace(school, source=school.source.model_copy(update={"category": None}))
    assert why in ut1.fetch().problem
    assert school.left == {"state.json"}


def test_a_list_is_due_at_once_then_as_often_as_the_policy_says_and_sooner_after_a_failure(
    school: School, server: ListServer
) -> None:
    assert school.due(NOW)
    school.fetch()
    assert not school.due(NOW + timedelta(hours=5, minutes=59))
    assert school.due(NOW + timedelta(hours=6))
    assert school.due(NOW - timedelta(days=1)), "a clock that was put back"
    server.answers["/games"] = says(b"", 500)
    for failures, minutes in ((1, 5), (2, 10), (3, 20), (4, 40), (7, 320), (8, 360), (9, 360)):
        while school.fetch().kept.failures < failures:
            pass
        assert next_try(school.source, read_kept(school.folder, "games")) == NOW + timedelta(minutes=minutes)


def test_another_address_is_asked_at_once_and_in_full_while_the_last_content_stays(
    school: School, server: ListServer
) -> None:
    server.answers["/games"] = says(GAMES, etag='"v1"')
    school.fetch()
    server.answers["/other"] = says(b"", 304)
    moved = school.at(server.url("/other"))
    assert moved.due(NOW)
    assert "304" in moved.fetch().problem
    assert "if-none-match" not in server.asked[-1]
    assert moved.content.read_bytes() == GAMES
    assert not moved.due(NOW)
    assert "304" in moved.fetch().problem
    assert "if-none-match" not in server.asked[-1]


def test_content_that_somebody_removed_is_fetched_in_full(school: School, server: ListServer) -> None:
    server.answers["/games"] = says(GAMES, etag='"v1"')
    school.fetch()
    school.content.unlink()
    assert school.fetch().changed
    assert "if-none-match" not in server.asked[-1]


def test_odd_headers_are_not_sent_back(school: School, server: ListServer) -> None:
    server.answers["/games"] = says(GAMES, etag="x" * 2000, last_modified="tomorrow")
    kept = school.fetch().kept
    assert (kept.etag, kept.last_modified) == ("", "tomorrow")


def test_a_full_disk_changes_nothing(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    school.fetch()
    before = school.content

    def full(*_: object, **__: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("controller.lists.fetch.unpack", full)
    assert "No space left" in school.fetch().problem
    assert (school.content, school.left) == (before, {"state.json", before.name})


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that passes every tunnel on to loopback, and the hosts it was asked for."""
    asked: list[str] = []

    class Tunnel(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.request.recv(4096)
            place = head.split()[1].decode()
            asked.append(place)
            with socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2]))) as far:
                self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pass_on, args=(far, self.request))
                back.start()
                _pass_on(self.request, far)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as listening:
        listening.daemon_threads = False
        running = threading.Thread(target=listening.serve_forever, args=(0.02,))
        running.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}", asked
        finally:
            listening.shutdown()
            running.join()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while octets := one.recv(4096):
            other.sendall(octets)
        other.shutdown(socket.SHUT_WR)


def test_a_proxy_of_the_settings_is_used_and_what_leads_inside_is_still_refused(
    school: School, server: ListServer
) -> None:
    def no_lookup(name: str) -> Sequence[Address]:
        raise AssertionError(name)

    with proxy() as (url, asked):
        behind = replace(school, reach=replace(school.reach, lookup=no_lookup, proxy=url))
        assert behind.fetch().problem == ""
        assert asked == [f"{HOST}:{server.port}"]
        server.answers["/games"] = leads_to("https://169.254.169.254/")
        assert "link-local" in behind.fetch().problem
        assert len(asked) == 2
