"""Settings of the response policy zones that other resolvers subscribe to: a part of `settings`. ●"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints
from pydantic_settings import NoDecode

from controller.addresses import Endpoint, endpoint
from controller.settings_dns import Several, place


def _place(raw: Any) -> str:
    return place(raw, 5354) if raw else ""


def _network(raw: str) -> str:
    return str(ip_network(raw))


def _subscriber(raw: str) -> str:
    where, _, key = raw.partition("@")
    return place(where, 53) + (f"@{key}" if key else "")


class RpzFields(BaseModel):
    """Nothing is served unless `listen` is given. Paths start at the home."""

    listen: Annotated[str, BeforeValidator(_place)] = ""
    keys: str = ""
    """Empty: state/filter/rpz.keys."""
    notify: Annotated[tuple[Annotated[str, AfterValidator(_subscriber)], ...], NoDecode, Several] = ()
    """Who is told of changes: `10.1.2.3:53`, or `10.1.2.3:53@KEY` to sign what is said."""
    unsigned: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, Several] = ()
    """Networks that may subscribe without a key."""
    files: str = ""
    """A folder that also gets every zone as a file."""
    origin: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "rpz.invalid"
    complete: bool = False

    @property
    def endpoint(self) -> Endpoint | None:
        return endpoint(self.listen) if self.listen else None
