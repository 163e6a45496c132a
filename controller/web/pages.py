"""Templates and what they need: everything is escaped, times are the school's own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from controller.api.access import the_site
from controller.web.origin import form_token

# Escaping is on whatever a template is called; an unknown name in one is a mistake of ours and fails loudly.
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

PLACES = (
    ("/", "Lessons", ""),
    ("/why", "Why?", "explain:read"),
    ("/devices", "Devices", "devices:read"),
    ("/cases", "Reported sites", "cases:read"),
    ("/clauses", "Our rules", "clauses:read"),
    ("/standing", "Sanctions and agreements", "agreements:read"),
    ("/desk", "Check-in desk", "receipts:read"),
)
"""What is in the bar of every page: where it leads, its title, and the right that opens it; none: everybody's."""


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    site = the_site(request)
    zone, now = site.policy.school.zone, site.clock.now()
    body = TEMPLATES.get_template(template).render(
        school=site.policy.school.name,
        staff=getattr(request.state, "actor", None),
        csrf=form_token(request),
        now=now,
        places=PLACES,
        here=request.url.path,
        clock=lambda moment: wall_clock(moment, now, zone),
        date_of=lambda moment: moment.astimezone(zone).strftime("%-d %b %Y, %H:%M"),
        exact=lambda moment: moment.astimezone(zone).strftime("%-d %b %Y, %H:%M:%S.%f")[:-3],
        seconds=lambda moment: moment.astimezone(zone).strftime("%H:%M:%S"),
        **values,
    )
    return HTMLResponse(body, status)


def wall_clock(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`09:15` today, `Tue 09:15` within a week, else `24 Nov 09:15`: local time of the school."""
    there, today = moment.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return f"{there:%H:%M}"
    return f"{there:%a %H:%M}" if abs((there - today).days) < 6 else f"{there.day} {there:%b %H:%M}"


def group_title(group: str) -> str:
    """`year-5` -> `Year 5`."""
    return group.replace("-", " ").replace("_", " ").capitalize()


TEMPLATES.filters["title_of"] = group_title
TEMPLATES.filters["words"] = group_title
TEMPLATES.filters["stage"] = {"ict_lead": "ICT lead", "deputy": "Deputy", "head": "Head"}.__getitem__
TEMPLATES.filters["means"] = {
    "api": "by a program",
    "console": "at the console",
    "block-page": "at the door",
    "bookmarklet": "by a bookmark",
    "mail": "by letter",
}.__getitem__
