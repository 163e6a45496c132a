"""Randomness that a forger cannot guess: ids, ports, upper and lower case of a question. ●"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_STOCK = 8192
_FRACTIONS = tuple(number / 256 for number in range(256))
_CASE_BIT = bytes(0x20 if 0x61 <= octet <= 0x7A else 0 for octet in range(256))


class Dice:
    """Octets of the system's generator, fetched many at a time."""

    def __init__(self) -> None:
        self._stock = b""
        self._at = 0

    def octets(self, count: int) -> bytes:
        if self._at + count > len(self._stock):
            self._stock, self._at = os.urandom(_STOCK), 0
        self._at += count
        return self._stock[self._at - count : self._at]

    def choice(self, options: Sequence[_T]) -> _T:
        return options[int.from_bytes(self.octets(4)) % len(options)]

    def fraction(self) -> float:
        """In [0, 1): one of 256, which many answers keep and share."""
        return _FRACTIONS[self.octets(1)[0]]

    def cased(self, name: bytes) -> bytes:
        """The lower-case wire name with each letter in upper or lower case at random (0x20)."""
        letters = int.from_bytes(name.translate(_CASE_BIT))
        flips = letters & int.from_bytes(self.octets(len(name)))
        return (int.from_bytes(name) ^ flips).to_bytes(len(name))
