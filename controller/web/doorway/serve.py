"""The door's own listeners, beside that of API and console. ●"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from controller.addresses import Endpoint
from controller.api.serve import RunningApi, run_api
from controller.api.site_view import SiteView
from controller.web.doorway.app import make_doorway


@contextmanager
def run_doorway(site: SiteView, places: Sequence[Endpoint], name: str = "") -> Iterator[tuple[RunningApi, ...]]:
    """One server for each place; none where there is none. Raises PortTaken."""
    with ExitStack() as running:
        app = make_doorway(site, name)
        yield tuple(running.enter_context(run_api(app, place.host, place.port)) for place in places)
