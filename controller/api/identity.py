"""What a device probably is: its maker, how it speaks, and a guess with its confidence."""

from __future__ import annotations

from fastapi import APIRouter

from controller.api import admission
from controller.api.access import Site, Staff, needs
from controller.api.shapes import Answer, MacInPath, examples
from controller.api.sight import require_device
from controller.api.site_view import SiteView
from inventory.identify import Clues, Identity, identify
from inventory.model import Mac

router = APIRouter(prefix="/api/v1/devices", tags=["devices"])


class IdentityOut(Answer):
    """`confidence` from 0 to 1. A guess admits nobody. `pinned`: what it has shown is watched for changes."""

    model_config = examples(
        {
            "mac": "3c:22:fb:05:00:11",
            "vendor": "Apple, Inc.",
            "randomised": False,
            "looks": "Apple device",
            "confidence": 0.85,
            "reasons": ["DHCP fingerprint 1,121,3,6,15,119,252: Apple device", "maker Apple, Inc.: Apple device"],
            "fingerprint": "1,121,3,6,15,119,252",
            "vendor_class": None,
            "pinned": False,
        }
    )
    mac: str
    vendor: str | None
    randomised: bool
    looks: str
    confidence: float
    reasons: tuple[str, ...]
    fingerprint: str | None
    vendor_class: str | None
    pinned: bool


@router.get("/{mac}/identity", operation_id="identify_device", openapi_extra=needs("devices:read"))
def identify_device(mac: MacInPath, site: Site, staff: Staff) -> IdentityOut:
    """All of it is the device's own word but its maker, and a MAC can be made up."""
    admission.known(site.inventory(), mac)
    require_device(site, staff, mac)
    found, clues = identity_of(site, mac)
    return IdentityOut(
        mac=mac,
        vendor=found.vendor,
        randomised=found.randomised,
        looks=found.looks.value,
        confidence=found.confidence,
        reasons=found.reasons,
        fingerprint=clues.fingerprint,
        vendor_class=clues.vendor_class,
        pinned=mac in site.store.pinned(),
    )


def identity_of(site: SiteView, mac: Mac) -> tuple[Identity, Clues]:
    """What it probably is, and what it showed; a device that never showed anything is unknown."""
    told, place = site.store.clues([mac]).get(mac), site.inventory().whereabouts.get(mac)
    fingerprint, vendor_class = (told.fingerprint, told.vendor_class) if told else (None, None)
    shown = Clues(mac, vendor_class, fingerprint, place.hostname if place else None)
    return identify(shown, site.vendors()), shown
