"""The answer to whoever reported, in words that a child of six understands, in the language the report came in.

It never says who decided, what others said, or what is wrong with the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, TypeAdapter

from controller.reports.model import Case, Outcome, Wish

LANGUAGES = ("en", "cy", "pl")
_OPEN_TOO = frozenset({"waiting", Outcome.REFUSED.value, Outcome.ALREADY.value})
"""What is said in other words to who asked for a site to be opened."""


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str
    language: str


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str
    text: str


def answer_words(case: Case, language: str) -> Words:
    key = case.decided.outcome.value if case.decided else "waiting"
    if case.wish is Wish.OPEN and key in _OPEN_TOO:
        key = f"{key}-open"
    chosen = spoken(language)
    said = _answers(chosen)[key]
    return Words(said.title, said.text, chosen)


def spoken(language: str) -> str:
    """The one of our languages that fits a tag such as `cy-GB`; English where none does."""
    first = language.strip().lower().partition("-")[0]
    return first if first in LANGUAGES else LANGUAGES[0]


@cache
def _answers(language: str) -> Mapping[str, _Said]:
    octets = files("controller.reports").joinpath("answers", f"{language}.json").read_bytes()
    return TypeAdapter(dict[str, _Said]).validate_json(octets)
