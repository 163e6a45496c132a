"""Finding a remembered answer for a datagram that nobody sent in these very octets: other case, OPT or name. ●

What fits none of the forms that stubs send is left to the pipeline, whatever it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from dns_filter.clients import Client
from dns_filter.desk import Desk
from dns_filter.memo import BELOW, FLAGS, FORMS, Entry, bits
from dns_filter.model import Name
from dns_filter.profiles import NameSource
from dns_filter.querylog import QueryLog
from dns_filter.told import Told
from dns_filter.wire import FACTOR, HEADER, PLAIN_SIZE, SIZE, Malformed, check_options

_OPTS, _OPT_LENGTH = 1024, 64
_PLAIN_OPT = 11
_LONGEST = 255
_SELDOM = 256 // 16
_NAMED = 1_000
"""Names below a blocked one that are written down as they are, from one look of the log's thread to its next."""
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


def make_recall(desk: Desk) -> Recall:  # noqa: C901 (here a call costs more than it tidies)
    """A function that gives the remembered answer to a datagram, or None where the pipeline must be asked.

    It tells `note` who asks and what is told, as `QueryLog.sink` wants it.
    """
    memo, read, pipeline = desk.memo, Opts().read, desk.pipeline
    find, forms, note_below = memo.entries.get, PLAIN.get, make_note_below(desk.log)

    def recall(data: bytes, client: Client, now: float, note: Note) -> bytes | None:  # noqa: C901
        opt, look = forms(data[2:12], ODD)
        if look < 0 or not client.welcome:
            return None
        low = data.lower()
        if not opt and low != data and low[-4:] == data[-4:]:
            # The usual query in another case, found with fewer steps. Type and class keep their octets: HTTPS is 65.
            entry = find(client.tag + low[2:])
            if entry is not None and entry.era == memo.era and now < entry.steady_until:
                note(client.who)
                note(entry.told)
                reply, cut = entry.reply, entry.cut
                return data[:2] + reply[:FLAGS] + data[12 : cut + 2] + reply[cut:]
        # The name ends at the first zero: a remembered name has none inside its labels, so no other name fits its key.
        end = data.find(b"\0", 12) + 5
        said = read(data[end:]) if opt else NO_OPT if len(data) == end else None
        if said is None:
            return None
        do, limit, known = said
        look |= do
        before, after = FORMS[look]
        # As above: type and class in upper or lower case are not the same ones.
        name, kind, top = low[12 : end - 4], data[end - 4 : end], 0
        entry = find(client.tag + before + name + kind + after)
        if entry is None:
            entry, top = _below(find, client.tag + BELOW[look], name, kind, pipeline.snapshot.names)
        if entry is None or entry.era != memo.era or now >= entry.until:
            return None
        if now >= entry.steady_until:
            entry.age(now)
        reply = entry.reply
        tail = reply[entry.cut :]
        if end + len(tail) > min(limit, FACTOR * len(data)):
            return None
        if top:
            note_below(client.who, entry, name, top, note)
        else:
            note(client.who)
            note(entry.told)
            # An alias makes way now and then, by the dice of the client's id: the commonest form has it in the end.
            if known and (entry.alias is None or data[1] < _SELDOM) and data.startswith(name, 12):
                memo.also(client.tag + data[2:], entry)
        return data[:2] + reply[:FLAGS] + data[12:end] + tail

    return recall


class Below(Protocol):
    """What is told of a name, and of all names below it while there is a flood of those."""

    told: Told
    flood: Told | None


NoteBelow = Callable[[str, Below, Any, int, Note], None]


def make_note_below(log: QueryLog) -> NoteBelow:
    """A function that writes down a query for a name that is told the same as all below its parent.

    Of a flood of them only the parent: nobody ever reads random names, and writing them costs more than answering.
    """

    def note_below(who: str, entry: Below, name: Any, top: int, note: Note) -> None:
        if len(log.below) < _NAMED:
            log.note_below(who, entry.told, name, name[top:])
            return
        if entry.flood is None:
            entry.flood = replace(entry.told, name=Name(b"\1*" + name[top:]))
        note(who)
        note(entry.flood)

    return note_below


def _below(find: Find, prefix: bytes, name: Any, kind: bytes, names: NameSource) -> tuple[Entry | None, int]:
    """What is remembered for all below one of this name's parents, where no list knows a name in between."""
    at, tops = 0, []
    while 0 < (length := name[at]) < 64:
        tops.append(at)
        at += length + 1
        if at >= len(name) or len(name) > _LONGEST:
            break  # the lengths of the labels do not fit: no name
        entry = find(prefix + name[at:] + kind)
        if entry is not None:
            for start in tops:
                if names.knows(name[start:]):
                    return None, 0
            return entry, at
    return None, 0
