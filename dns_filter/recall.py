"""Finding a remembered answer for a datagram that nobody sent in these very octets: other case, OPT or name. ●

What fits none of the forms that stubs send is left to the pipeline, whatever it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dns_filter.clients import Client
from dns_filter.desk import Desk
from dns_filter.memo import BELOW, FLAGS, SHAPES, Entry, bits
from dns_filter.model import Name
from dns_filter.profiles import NameSource
from dns_filter.wire import FACTOR, HEADER, PLAIN_SIZE, SIZE, Malformed, check_options

_OPTS, _OPT_LENGTH = 1024, 64
_PLAIN_OPT = 11
_LONGEST = 255
Find = Callable[[bytes], Entry | None]
# Flags and counts of the queries that all stubs send -> (is there an OPT, shape). AD asks for nothing we have.
PLAIN = {
    HEADER.pack(b"", rd << 8 | ad << 5 | cd << 4, 1, 0, 0, opt)[2:]: (opt, bits(edns=bool(opt), do=False, cd=cd, rd=rd))
    for rd in (False, True)
    for ad in (False, True)
    for cd in (False, True)
    for opt in (0, 1)
}
ODD = (0, -1)


class Said(NamedTuple):
    """What an OPT asks for: DO as a bit of the shape, and the largest answer. `known`: it was seen before."""

    do: int
    limit: int
    known: bool = True


NO_OPT = Said(0, PLAIN_SIZE)
_DO = bits(edns=False, do=True, cd=False, rd=False)


def read_opt(octets: bytes) -> Said | None:
    """Where these octets are one OPT of version 0 and nothing else. Its options are ignored (cookies, padding)."""
    if len(octets) < _PLAIN_OPT or octets[:3] != b"\0\0\x29" or octets[6]:
        return None
    if int.from_bytes(octets[9:11]) != len(octets) - _PLAIN_OPT:
        return None
    try:
        check_options(octets[_PLAIN_OPT:])
    except Malformed:
        return None
    return Said(_DO if octets[7] >= 0x80 else 0, min(max(int.from_bytes(octets[3:5]), PLAIN_SIZE), SIZE), known=False)


class Opts:
    """OPTs that were seen before, so that each is read once. Cookies drawn anew for each query push out no others."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Said] = {}

    def read(self, octets: bytes) -> Said | None:
        said = self._seen.get(octets) or read_opt(octets)
        if said is not None and not said.known and len(octets) <= _OPT_LENGTH:
            if len(self._seen) >= _OPTS:
                self._seen.clear()
            self._seen[octets] = said._replace(known=True)
        return said


Note = Callable[[Any], None]
Recall = Callable[[bytes, Client, float, Note], bytes | None]


def make_recall(desk: Desk) -> Recall:
    """A function that gives the remembered answer to a datagram, or None where the pipeline must be asked.

    It tells `note` who asks and what is told, as `QueryLog.sink` wants it.
    """
    memo, log, read = desk.memo, desk.log, Opts().read
    find, forms, shapes = memo.entries.get, PLAIN.get, SHAPES

    def recall(data: bytes, client: Client, now: float, note: Note) -> bytes | None:
        opt, look = forms(data[2:12], ODD)
        if look < 0 or not client.welcome:
            return None
        # The name ends at the first zero: a remembered name has none inside its labels, so no other name fits its key.
        end = data.find(b"\0", 12) + 5
        said = read(data[end:]) if opt else NO_OPT if len(data) == end else None
        if said is None:
            return None
        do, limit, known = said
        look |= do
        # Type and class keep their octets: HTTPS is 65, an upper-case A.
        spelled, kind = data[12 : end - 4], data[end - 4 : end]
        name, top = spelled.lower(), 0
        entry = find(client.tag + shapes[look] + name + kind)
        if entry is None:
            entry, top = _below(find, client.tag + BELOW[look], name, kind, desk.snapshot.names)
        if entry is None or entry.era != memo.era or now >= entry.until:
            return None
        if now >= entry.steady_until:
            entry.age(now)
        reply = entry.reply
        tail = reply[entry.cut :]
        if end + len(tail) > min(limit, FACTOR * len(data)):
            return None
        if top:
            log.note_below(client.who, entry.told, Name(name), Name(name[top:]))
        else:
            note(client.who)
            note(entry.told)
            if known and not entry.alias and spelled == name:
                memo.also(client.tag + data[2:], entry)
        return data[:2] + reply[:FLAGS] + data[12:end] + tail

    return recall


def _below(find: Find, prefix: bytes, name: bytes, kind: bytes, names: NameSource) -> tuple[Entry | None, int]:
    """What is remembered for all below one of this name's parents, where no list knows a name in between."""
    at, tops = 0, []
    while 0 < (length := name[at]) < 64:
        tops.append(at)
        at += length + 1
        if at >= len(name) or len(name) > _LONGEST:
            break  # the lengths of the labels do not fit: no name
        if (entry := find(prefix + name[at:] + kind)) is not None:
            return (None, 0) if any(names.knows(Name(name[start:])) for start in tops) else (entry, at)
    return None, 0
