"""Fetches lists over https: what changed is kept, what went wrong changes nothing and says why. ●"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

import httpcore2
import httpx2

from controller.lists.fetch_kept import (
    Kept,
    alone,
    content_of,
    fetching,
    files_in,
    folder_of,
    is_due,
    read_kept,
    settle,
    write_kept,
)
from controller.lists.fetch_place import FetchFailed, Place, place_of, redirected
from controller.lists.fetch_unpack import CHUNK, unpack
from controller.lists.fetch_wire import Reach, client
from controller.policy import ListSource
from dns_filter.lists import is_page
from dns_filter.lists.file import LARGEST

REDIRECTS = 5
_LONGEST_HEADER = 1024
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_GOOD = {"problem": "", "failures": 0}
_REDIRECTING = (301, 302, 303, 307, 308)
WIRE_ERRORS = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    UnicodeError,
)

Tell = Callable[[str, int, int], None]
"""The list's name, octets so far, and in all (0 where the server does not say)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one list. `changed`: there is new content to compile."""

    name: str
    kept: Kept
    changed: bool

    @property
    def problem(self) -> str:
        return self.kept.problem


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Keeps lists under `folder`. `reach` is made when first needed: it reads the machine's certificates."""

    folder: Path
    reach: Callable[[], Reach]
    cap: int = LARGEST
    tell: Tell = field(default=lambda *_: None)

    def due(self, sources: Iterable[ListSource], now: datetime) -> tuple[ListSource, ...]:
        return tuple(s for s in sources if s.url is not None and is_due(s, read_kept(self.folder, s.name), now))

    def fetch(self, source: ListSource, now: datetime) -> Fetched:
        """Never raises for what a server or the disk does, but where not even the failure can be written: OSError."""
        with alone(fetching(self.folder, source.name), wait=True):
            return self._fetch(source, now)

    def _fetch(self, source: ListSource, now: datetime) -> Fetched:
        kept, before = read_kept(self.folder, source.name), content_of(self.folder, source.name)
        try:
            after = self._asked(source, kept, now)
        except FetchFailed as failed:
            after = _failed(source, kept, str(failed), now)
        except WIRE_ERRORS as error:
            after = _failed(source, kept, str(error) or type(error).__name__, now)
        except OSError as error:
            after = _failed(source, kept, f"cannot be kept: {error}", now)
        write_kept(self.folder, source.name, after)
        return Fetched(source.name, after, changed=content_of(self.folder, source.name) != before)

    def _asked(self, source: ListSource, kept: Kept | None, now: datetime) -> Kept:
        known = self._known(source, kept)
        reach, place = self.reach(), place_of(source.url or "")
        with client(reach) as speaking:
            for _ in range(REDIRECTS + 1):
                if reach.proxy:
                    reach.check_literal(place.host)
                with speaking.stream("GET", place.url, headers=_headers(known)) as reply:
                    if reply.status_code == HTTPStatus.OK:
                        return self._taken(source, reply, now)
                    if reply.status_code == HTTPStatus.NOT_MODIFIED and known is not None:
                        return known.model_copy(update=_GOOD | {"last_tried": now, "last_good": now})
                    place = _next_place(place, reply)
        raise FetchFailed(f"more than {REDIRECTS} redirects")

    def _known(self, source: ListSource, kept: Kept | None) -> Kept | None:
        """What the server may say of that it has not changed."""
        usable = kept is not None and kept.url == source.url and (kept.etag or kept.last_modified)
        return kept if usable and content_of(self.folder, source.name) else None

    def _taken(self, source: ListSource, reply: httpx2.Response, now: datetime) -> Kept:
        folder = folder_of(self.folder, source.name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        downloaded = folder / ".download.tmp"
        self._download(source.name, reply, downloaded)
        plain = unpack(downloaded, folder, self.cap, one_list=source.category is not None)
        _check(plain, source)
        settled = settle(plain, folder, _time_of(reply, now))
        return Kept(
            url=source.url or "",
            content=settled.name,
            octets=sum(path.stat().st_size for path in files_in(settled)),
            etag=_header(reply, "etag"),
            last_modified=_header(reply, "last-modified"),
            last_tried=now,
            last_good=now,
        )

    def _download(self, name: str, reply: httpx2.Response, into: Path) -> None:
        packed = reply.headers.get("content-encoding", "identity")
        if packed not in ("identity", "gzip", "x-gzip"):
            raise FetchFailed(f"the server packs it as {packed[:40]!r}, expected gzip or nothing")
        length = reply.headers.get("content-length", "")[:20]
        total, done = int(length) if length.isascii() and length.isdecimal() else 0, 0
        if total > self.cap:
            raise FetchFailed(f"{total} octets, at most {self.cap} are taken")
        with into.open("wb") as file:
            # As it came over the wire: how it is packed is found out afterwards, within limits.
            for piece in reply.iter_raw(CHUNK):
                done += file.write(piece)
                if done > self.cap:
                    raise FetchFailed(f"more than {self.cap} octets")
                self.tell(name, done, total)


def _headers(known: Kept | None) -> dict[str, str]:
    headers = {"user-agent": "caretaker", "accept": "*/*", "accept-encoding": "gzip"}
    if known and known.etag:
        headers["if-none-match"] = known.etag
    if known and known.last_modified:
        headers["if-modified-since"] = known.last_modified
    return headers


def _next_place(place: Place, reply: httpx2.Response) -> Place:
    location = reply.headers.get("location")
    if reply.status_code in _REDIRECTING and location:
        return redirected(place, location)
    raise FetchFailed(f"{place.host} answers {reply.status_code} {reply.reason_phrase[:80]}".rstrip())


def _failed(source: ListSource, kept: Kept | None, problem: str, now: datetime) -> Kept:
    """What is kept stays, under the address it came from, so that another address is asked again in full."""
    if kept is None:
        return Kept(url=source.url or "", last_tried=now, problem=problem, failures=1)
    told = {"last_tried": now, "problem": problem, "failures": kept.failures + 1}
    if kept.url != source.url:
        told |= {"url": source.url or "", "etag": "", "last_modified": "", "failures": 1}
    return kept.model_copy(update=told)


def _check(plain: Path, source: ListSource) -> None:
    if not any(path.stat().st_size for path in files_in(plain)):
        raise FetchFailed("0 octets, where a list was expected")
    if plain.is_dir():
        return
    if source.category is None:
        raise FetchFailed("a single list: it needs a `category:`")
    with plain.open("rb") as file:
        if is_page(file.read(2048)):
            raise FetchFailed("a web page, not a list")


def _header(reply: httpx2.Response, name: str) -> str:
    """What is sent back to the server next time: nothing that is long or odd."""
    text = reply.headers.get(name, "")
    return text if len(text) <= _LONGEST_HEADER and text.isascii() and text.isprintable() else ""


def _time_of(reply: httpx2.Response, now: datetime) -> datetime:
    """When the source says that the list was made; now, where it does not or lies in the future."""
    try:
        made = parsedate_to_datetime(reply.headers.get("last-modified", ""))
    except ValueError:
        return now
    aware = made if made.tzinfo else made.replace(tzinfo=UTC)
    return aware if _OLDEST < aware < now else now
