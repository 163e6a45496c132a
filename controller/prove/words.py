"""An entry of an access list as the configuration of its platform has it, to be found there by a person."""

from __future__ import annotations

from device_drivers.acl.dialect import entry_text
from device_drivers.acl.dialects import DIALECTS
from device_drivers.formats.nft_script import rule
from device_drivers.model import Ace


def line_of(platform: str, family: int, ace: Ace) -> str:
    """The line itself where the platform has lines; else the same in plain words."""
    if platform in DIALECTS:
        return entry_text(DIALECTS[platform], family, ace)
    if platform == "linux_gateway":
        return rule(ace)
    port = "" if ace.port is None else f" port {ace.port}"
    return f"{ace.verb} {ace.protocol} {ace.source} to {ace.destination}{port}"
