"""Loading the compiled loop, and what its structures look like. Nothing is loaded that was made from other source. ●"""

from __future__ import annotations

import ctypes
import hashlib
import sys
from ctypes import POINTER, c_bool, c_char_p, c_double, c_int, c_int64, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from functools import cache
from pathlib import Path

from dns_filter.engine import EngineUnavailable

HERE = Path(__file__).resolve().parent
SOURCES, LIBRARY = HERE / "native", HERE / "hot_loop.so"
ABI, BATCH, NO_CLIENT, UNMETERED = 4, 64, 0xFFFFFFFF, 0xFFFFFFFF
MOST_QUOTAS = 262_144
ANSWERED, UNKNOWN, LIMITED, MISSING, BELOW, DROPPED = range(6)


class Address(ctypes.Structure):
    _fields_ = (("octets", c_uint8 * 16), ("family", c_uint32))


class Held(ctypes.Structure):
    _fields_ = (
        ("data", c_void_p),
        ("length", c_uint32),
        ("client", c_uint32),
        ("told", c_uint32),
        ("top", c_uint16),
        ("name_length", c_uint16),
        ("port", c_uint16),
        ("reason", c_uint8),
        ("slot", c_uint8),
        ("flow", c_uint32),
        ("scope", c_uint32),
        ("address", Address),
    )


class Answer(ctypes.Structure):
    _fields_ = (
        ("key", c_char_p),
        ("reply", c_char_p),
        ("below", c_char_p),
        ("ttl_at", POINTER(c_uint16)),
        ("key_length", ctypes.c_size_t),
        ("reply_length", ctypes.c_size_t),
        ("below_length", ctypes.c_size_t),
        ("ttls", ctypes.c_size_t),
        ("cut", ctypes.c_size_t),
        ("cap", c_double),
        ("ends", c_double),
        ("jitter", c_double),
        ("until", c_double),
        ("told", c_uint32),
    )


class Counts(ctypes.Structure):
    _fields_ = tuple((name, c_uint64) for name in ("hits", "dropped", "unsent", "received", "batches"))


ROW = 16
"""Octets of a row for the query log: client 4, what was told 4, how often 8."""
_CALLS = {
    "begin": (c_void_p, c_uint64, c_uint64, c_uint64, c_double, c_double),
    "end": (None, c_void_p),
    "quotas": (c_void_p, c_void_p),
    "held": (POINTER(Held), c_void_p),
    "counts": (POINTER(Counts), c_void_p),
    "begin_era": (None, c_void_p),
    "forget_clients": (None, c_void_p),
    "admit": (
        c_bool, c_void_p, POINTER(Address), c_char_p, c_bool, c_uint32, c_uint32, c_double, c_double,
    ),
    "keep": (c_int64, c_void_p, POINTER(Answer), c_double),
    "entries": (c_uint64, c_void_p),
    "weight": (c_uint64, c_void_p),
    "set_limit": (None, c_void_p, c_uint64),
    "released": (c_uint64, c_void_p, POINTER(c_uint32), c_uint64),
    "rows": (c_uint64, c_void_p),
    "take": (c_void_p, c_void_p, POINTER(c_uint64)),
    "free": (None, c_void_p),
    "batch": (c_int, c_void_p, c_int, c_double),
    "wait": (c_int, c_int, c_uint32),
    "again": (c_int, c_void_p, c_uint32, c_int, c_double),
    "below": (c_uint32, c_void_p, c_uint32, c_int, c_double),
}  # fmt: skip

_LONG = ("wait", "take", "end")
"""Calls during which other threads go on: the others are over in less than the third of a millisecond."""


def sum_of_sources() -> str:
    """Of the text that the loop is compiled from. Empty where it is not there."""
    found = sorted(SOURCES.glob("*.[ch]"))
    whole = b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in found)
    return hashlib.sha256(whole).hexdigest()[:16] if found else ""


@cache
def load(path: Path = LIBRARY) -> ctypes.CDLL:
    """Raises EngineUnavailable."""
    if sys.platform != "linux" or ctypes.sizeof(c_void_p) != 8:
        raise EngineUnavailable("the fast engine needs 64-bit Linux")
    if not path.is_file():
        raise EngineUnavailable("the fast engine is not built here: `make fast` builds it, with gcc")
    try:
        library = ctypes.CDLL(str(path))
        library.caretaker_source.restype = c_char_p
        abi, source = library.caretaker_abi(), library.caretaker_source().decode()
    except (OSError, AttributeError) as error:
        raise EngineUnavailable(f"the fast engine cannot be loaded: {error}; `make fast` builds it anew") from error
    if abi != ABI or source != sum_of_sources():
        raise EngineUnavailable("the fast engine was built from other source: `make fast` builds it anew")
    # The short calls keep Python's lock: giving it away and having it back again takes longer than most of them, and
    # a thread that is met at that door keeps queries waiting.
    short = ctypes.PyDLL(str(path))
    for name, (gives, *takes) in _CALLS.items():
        function = getattr(library if name in _LONG else short, f"caretaker_{name}")
        function.restype, function.argtypes = gives, takes
        setattr(library, f"caretaker_{name}", function)
    return library
