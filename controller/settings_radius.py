"""Settings of RADIUS as a further enforcement point: a part of `settings`. Off unless a school asks for it. ●"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from controller.radius.answer import Limits


class RadiusFields(BaseModel):
    """Secrets of switches stand in secrets.toml, never here."""

    enabled: bool = False
    longest: Annotated[int, Field(ge=60, le=86_400)] = 3600
    """Seconds after which a switch asks again at the latest about who was let in."""
    quarantine: Annotated[int, Field(ge=30, le=3600)] = 300
    """Seconds after which it asks again about who rests in quarantine."""

    @property
    def limits(self) -> Limits:
        return Limits(timedelta(seconds=self.longest), timedelta(seconds=self.quarantine))
