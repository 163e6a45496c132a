"""Is this device, person or group in sight of who asks? Every route that shows one asks here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from controller.api.problems import NotAllowed
from controller.api.site_view import SiteView
from controller.client import Client
from controller.may_see import sight_of
from controller.model import Actor
from inventory.model import Device, Mac

WHOM_TO_ASK = "Ask the ICT lead to add the class to your account, or ask somebody who answers for the whole school."


def devices_in_sight(site: SiteView, staff: Actor) -> Callable[[Device], bool]:
    """For lists: everything that one answer needs is read once."""
    sight, policy = sight_of(site.policy, staff), site.policy
    if sight.whole:
        return lambda _: True
    inventory, intent = site.inventory(), site.loop.intent()
    decisions = intent.decisions if intent else {}

    def seen(device: Device) -> bool:
        decision = decisions.get(device.mac)
        return sight.of_device(policy, inventory, device, decision.group if decision else None, staff.name)

    return seen


def macs_in_sight(site: SiteView, staff: Actor) -> Callable[[str], bool]:
    """The same by MAC. What nobody has registered is nobody's, and everybody may help with it."""
    seen, devices = devices_in_sight(site, staff), site.inventory().devices

    def shown(mac: str) -> bool:
        device = devices.get(Mac(mac))
        return device is None or seen(device)

    return shown


def require_devices(site: SiteView, staff: Actor, macs: Iterable[Mac]) -> None:
    """All of them. Raises NotAllowed."""
    if not all(map(macs_in_sight(site, staff), macs)):
        raise NotAllowed("This device is not one of your own classes'.", WHOM_TO_ASK)


def require_device(site: SiteView, staff: Actor, mac: Mac) -> None:
    """Raises NotAllowed."""
    require_devices(site, staff, (mac,))


def require_client(site: SiteView, staff: Actor, client: Client) -> None:
    """Whom an explanation is about. What holds for a whole group is no secret. Raises NotAllowed."""
    if client.mac is not None:
        require_device(site, staff, client.mac)
    elif client.name != client.group and not sight_of(site.policy, staff).of_group(site.policy, client.group):
        raise NotAllowed("This person is not of your own classes.", WHOM_TO_ASK)
