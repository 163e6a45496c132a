"""What is the matter with this device: what happened, what to do, whom to ask (D1, D3, D4, W5, W6, T1)."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from controller.api.access import the_site
from controller.web.doorway.matter import Matter, matter_of
from controller.web.doorway.page import AtTheDoor, page
from controller.web.doorway.visit import Visit
from controller.web.pages import wall_clock

PATH = "/doorway"
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever helps will ask for: read out, or shown."""

    code: str
    clauses: tuple[str, ...]
    time: str


def wanted(visit: Visit) -> bool:  # noqa: ARG001 - there is always something to say
    return True


@router.get(PATH)
def remediation(request: Request, visit: AtTheDoor) -> HTMLResponse:
    site = the_site(request)
    now = site.clock.now()
    matter = matter_of(visit, site.inventory(), now)
    clauses = visit.decision.because.clauses if visit.decision and matter is not Matter.FINE else ()
    told = Told(matter.value, clauses, wall_clock(now, now, site.policy.school.zone))
    return page(request, "remediation.html", "remediation", matter=matter.value, good=matter is Matter.FINE, told=told)
