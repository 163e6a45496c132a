"""The words of the pages, per language, as data. A pupil hears the child's words where there are some. ●"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from controller.policy import Policy

FOLDER = Path(__file__).parent / "words"
RIGHT_TO_LEFT = ("ar", "fa", "he", "ps", "ur")
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Say:
    """`say("unknown.what", role="ICT lead")`. A key that is missing in a language is said in English."""

    page: str
    language: str
    child: bool = False

    def __call__(self, key: str, /, **values: object) -> str:
        """Raises KeyError where no language has it: a mistake of ours."""
        return _filled(str(self._found(key)), values)

    def each(self, key: str, /, **values: object) -> tuple[str, ...]:
        """For words that are a list, such as steps. Empty where there is none."""
        try:
            found = self._found(key)
        except KeyError:
            return ()
        return tuple(_filled(str(line), values) for line in found)

    def _found(self, key: str) -> Any:
        for page in (self.page, "layout"):
            for language in (self.language, "en"):
                for side in ("child", "plain") if self.child else ("plain",):
                    table = words(page, language).get(side, {})
                    if key in table:
                        return table[key]
        raise KeyError(f"{self.page}: no words for {key}")

    @property
    def direction(self) -> str:
        return "rtl" if self.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=256)
def words(page: str, language: str) -> Mapping[str, Mapping[str, Any]]:
    """Side (`plain`, `child`) -> dotted key -> text or list of texts; empty where there is no such file."""
    path = FOLDER / f"{page}.{language}.toml"
    try:
        with path.open("rb") as file:
            read = tomllib.load(file)
    except FileNotFoundError:
        return {}
    return {side: dict(_flat(table)) for side, table in read.items()}


@lru_cache(maxsize=1)
def known_languages() -> tuple[str, ...]:
    """Those in which the frame of every page is written."""
    return tuple(sorted(path.name.split(".")[1] for path in FOLDER.glob("layout.*.toml")))


def offered(policy: Policy) -> tuple[str, ...]:
    """The school's languages, in its order, as far as there are words; English where there are none of them."""
    found = (_nearest(language) for language in policy.school.languages)
    return tuple(dict.fromkeys(language for language in found if language)) or ("en",)


def own_name(language: str) -> str:
    return Say("layout", language)("language")


def _nearest(language: str, known: Sequence[str] = ()) -> str | None:
    """`en-GB` is served by `en`."""
    names = known or known_languages()
    return next((name for name in (language, language.partition("-")[0]) if name in names), None)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _filled(text: str, values: Mapping[str, object]) -> str:
    """Places that nobody fills stay as they are: a translator's slip must not take the page away."""
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text)
