"""What all bodies share: nothing unknown, no NaN, no control characters, moments with a time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from inventory.model import Mac, parse_mac

# Control characters, zero-width and direction marks, lone surrogates.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Ask(BaseModel):
    """A request body."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


def examples(*bodies: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


def _mac(raw: Any) -> Any:
    try:
        return parse_mac(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ValueError("expected the MAC address of one device, such as 3c:22:fb:05:00:11") from None


def _visible(raw: Any) -> Any:
    """A host name is the stranger's own text. What no screen shows becomes a mark, so that one never hides."""
    return _HIDDEN.sub("\ufffd", raw) if isinstance(raw, str) else raw


def _in_reach(moment: datetime) -> datetime:
    """In UTC. Moments at the edge of the calendar break arithmetic, and no school means them."""
    if not 2000 <= moment.year < 2200:
        raise ValueError("expected a moment of this century or the next")
    return moment.astimezone(UTC)


MacText = Annotated[Mac, BeforeValidator(_mac), Field(examples=["3c:22:fb:05:00:11"])]
MacInPath = Annotated[MacText, Path(description="A MAC address in any vendor's spelling.")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Hostname = Annotated[str, StringConstraints(max_length=255), AfterValidator(_visible)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """The first example a model carries, for the examples of what is made of it."""
    extra: Any = model.model_config.get("json_schema_extra")
    first: dict[str, Any] = extra["examples"][0]
    return first
