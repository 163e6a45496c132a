"""The check-in desk at the console: scan a file or an image that is sent, look at receipts, print one (D1, D2, D6)."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path as File
from threading import Semaphore
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, UploadFile
from fastapi import File as Sent
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.problems import Conflict, NotFound, Unavailable, WrongInput
from controller.api.receipts import hand_in
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.receipt_rules import FRESHEST
from controller.station import desk, keys, sheet
from controller.store import Conflict as Taken
from controller.web.origin import own_form
from controller.web.pages import page
from inventory.model import PersonId
from inventory.receipt_seal import public_key
from inventory.receipts import Station, Verdict

router = APIRouter(prefix="/desk", dependencies=[Depends(own_form)])

NAME = "console"
SHOWN = 50
AT_ONCE = Semaphore(1)
"""Scanning takes memory and a processor: the console does one at a time, and the lessons go on."""
Serial = Annotated[str, Form(max_length=80)]


@router.get("", openapi_extra=needs("receipts:read", COOKIE))
def desk_page(request: Request, site: Site, staff: Staff) -> HTMLResponse:
    stations = site.store.stations()
    return page(
        request,
        "desk.html",
        scans=site.store.scans(limit=SHOWN),
        stations=stations,
        ready=_key_file(site).is_file() and any(each.name == NAME and not each.revoked_at for each in stations),
        may_scan="receipts:write" in staff.scopes,
        may_enrol="devices:write" in staff.scopes,
        people=sorted(site.inventory().people.values(), key=lambda each: each.name) if staff.scopes else (),
    )


@router.get("/{number}", openapi_extra=needs("receipts:read", COOKIE))
def receipt_page(request: Request, number: Annotated[int, Path(ge=1, lt=2**53)], site: Site) -> HTMLResponse:
    scan = site.store.scan(number)
    if scan is None:
        raise NotFound("There is no such receipt.", "Choose one from the list.")
    clean = scan.receipt.verdict is Verdict.CLEAN and scan.outcome.let_in
    code = Markup(sheet.code_of(scan.receipt))  # noqa: S704 - segno's own drawing, without a word in it
    return page(request, "receipt.html", scan=scan, clean=clean, code=code)


@router.post("/enrol", openapi_extra=needs("devices:write", COOKIE))
def enrol(site: Site, staff: Staff) -> RedirectResponse:
    """The console becomes a station: its key lies beside the database."""
    file, now = _key_file(site), site.clock.now()
    try:
        key = keys.read(file) if file.is_file() else keys.make(file, NAME)
        site.store.enrol_station(Station(NAME, public_key(key.key), None, staff.name, now), staff, now)
    except keys.KeyProblem as problem:
        raise Unavailable(str(problem), "Look at the file, then try again.") from problem
    except Taken as error:
        raise Conflict(
            str(error), "A revoked station's name is not given again: scan with `caretaker station`."
        ) from error
    return RedirectResponse("/desk", 303)


@router.post("/scan", openapi_extra=needs("receipts:write", COOKIE))
def scan_what_was_sent(
    site: Site,
    staff: Staff,
    medium: Annotated[UploadFile, Sent()],
    person: Annotated[str, Form(max_length=64)] = "",
    serial: Serial = "",
) -> RedirectResponse:
    """At most 16 MiB (`api/body_limit.py`): what is larger is scanned by `caretaker station scan`."""
    if not AT_ONCE.acquire(timeout=30):
        raise Unavailable("Another scan is running.", "Try again in a minute.")
    try:
        number = _scanned(site, staff, medium, person, serial.strip())
    finally:
        AT_ONCE.release()
    return RedirectResponse(f"/desk/{number}", 303)


def _scanned(site: SiteView, staff: Actor, medium: UploadFile, person: str, serial: str) -> int:
    with tempfile.TemporaryDirectory(prefix="caretaker-desk-") as folder:
        place = File(folder, "medium")
        with place.open("wb") as file:
            shutil.copyfileobj(medium.file, file)
        freshest: timedelta = FRESHEST
        wanted = desk.Wanted(place, None, serial or None, staff.name, freshest)
        try:
            receipt = desk.scanned(wanted, _key_file(site), site.clock.now)
        except desk.CannotScan as problem:
            if problem.misused:
                raise WrongInput(
                    str(problem), problem.todo.replace("--device MAC or --serial SERIAL", "its serial")
                ) from problem
            raise Unavailable(str(problem), problem.todo) from problem
    return hand_in(site, staff, receipt, PersonId(person) if person else None).number


def _key_file(site: SiteView) -> File:
    return site.home.state / "station.json"
