"""MACs as tables print them: who is a device, and who is a group that nobody is behind."""

from __future__ import annotations

from inventory.model import Mac, parse_mac


def device_of(text: str) -> Mac | None:
    """The device of a well-formed MAC; None for a group address or none at all, which switches list as well."""
    try:
        return parse_mac(text)
    except ValueError:
        return None
