"""One thing that the doctor has to say: what it is about, how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    state: Literal["good", "warning", "wrong"]
    text: str
    todo: str = ""
