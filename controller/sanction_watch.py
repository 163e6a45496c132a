"""Looking whether access is back after sanctions that ended, and writing the proof down. ●"""

from __future__ import annotations

from datetime import datetime

from controller.accounts import SYSTEM
from controller.api.site_view import SiteView
from controller.sanction_return import ended, proven

NEWEST = 500


def watch(site: SiteView) -> None:
    """Cheap while nothing has ended. Raises StoreError."""
    now, alone, intent = site.clock.now(), site.policy.sanctions.alone, site.loop.intent()
    if intent is None:
        return
    known, points = site.store.returns(), site.loop.points()
    open_ends = [each for each in site.store.sanctions(NEWEST) if each.id not in known]
    by_hand = _ended_by_hand(site) if any(each.ended_by is not None for each in open_ends) else {}
    for sanction in open_ends:
        end = ended(sanction, alone, by_hand.get(sanction.id), now)
        found = proven(sanction, end, site.inventory(), intent, points, now) if end is not None else None
        if found is not None:
            site.store.put_return(found, SYSTEM, now)


def _ended_by_hand(site: SiteView) -> dict[str, datetime]:
    """When persons ended sanctions, as the audit has it."""
    return {row.subject: row.at for row in site.store.audit(limit=NEWEST, action="sanction.end")}
