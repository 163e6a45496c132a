"""Settings of the pages for whoever stands in front of a device: a part of `settings`. ●"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator
from pydantic_settings import NoDecode

from controller.addresses import Endpoint, endpoint
from controller.settings_dns import HostName, Several, place


def _place(raw: Any) -> str:
    return place(raw, 80)


class DoorwayFields(BaseModel):
    """Nothing is served unless `listen` is given: the address that the policy names as `dns.sinkhole`, port 80."""

    listen: Annotated[tuple[Annotated[str, BeforeValidator(_place)], ...], NoDecode, Several] = ()
    name: HostName = ""
    """The name it is known by in the school; empty: its address is shown."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(map(endpoint, self.listen))
