"""A raw socket on one interface with the filter in the kernel, and what the kernel says beside each frame. ●"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from inventory.discovery.socket_filter import assembled, packed

_ALL = 0x0003
_ATTACH_FILTER, _DROPPED_SINCE = 26, 6
_LEVEL_PACKET, _AUXILIARY = 263, 8
_TIMESTAMP_NS = 35
_VLAN_VALID = 0x10
_OUTGOING = 4
LARGEST_FRAME = 65_536
BUFFER = 4 * 1024 * 1024
"""Octets the kernel keeps while this program posts: some ten thousand frames of a flood."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`at` is the kernel's own stamp; `vlan` the tag it took off."""

    octets: bytes
    at: datetime
    vlan: int | None


class Ears:
    """Raises PermissionError without CAP_NET_RAW, OSError where there is no such interface."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        # Nothing is received before the filter is in place: a socket of no protocol hears nothing.
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            self._open(interface)
        except BaseException:
            self._socket.close()
            raise

    def _open(self, interface: str) -> None:
        program = packed(assembled())
        kept = ctypes.create_string_buffer(program)
        wanted = struct.pack("HL", len(program) // 8, ctypes.addressof(kept))
        self._socket.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, wanted)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMP_NS, 1)
        self._socket.setsockopt(_LEVEL_PACKET, _AUXILIARY, 1)
        self._socket.bind((interface, _ALL))
        self.mac: bytes = self._socket.getsockname()[4]

    def fileno(self) -> int:
        return self._socket.fileno()

    def hear(self, seconds: float, most: int = 1000) -> Iterator[Frame]:
        """What has come, at most so many; waits for the first at most so long. Our own frames are left out."""
        self._socket.settimeout(seconds)
        for _ in range(most):
            try:
                octets, beside, _, sender = self._socket.recvmsg(LARGEST_FRAME, 256)
            except (TimeoutError, BlockingIOError):
                return
            self._socket.settimeout(0)
            if sender[2] != _OUTGOING:
                yield _frame(octets, beside)

    def say(self, frame: bytes) -> None:
        self._socket.send(frame)

    def dropped(self) -> int:
        """Frames the kernel had no room for since the last call."""
        return int(struct.unpack("II", self._socket.getsockopt(_LEVEL_PACKET, _DROPPED_SINCE, 8))[1])

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _frame(octets: bytes, beside: list[tuple[int, int, bytes]]) -> Frame:
    at, vlan = datetime.fromtimestamp(0, UTC), None
    for level, kind, value in beside:
        if (level, kind) == (socket.SOL_SOCKET, _TIMESTAMP_NS):
            seconds, nanoseconds = struct.unpack("qq", value[:16])
            at = datetime.fromtimestamp(seconds + nanoseconds / 1e9, UTC)
        elif (level, kind) == (_LEVEL_PACKET, _AUXILIARY):
            status, _, _, _, _, tag, _ = struct.unpack("IIIHHHH", value[:20])
            vlan = (tag & 0x0FFF) or None if status & _VLAN_VALID else None
    return Frame(octets, at, vlan)
