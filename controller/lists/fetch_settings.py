"""A fetcher for one school: where it keeps lists, whom it asks for names, what it trusts. ●"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from controller.addresses import Endpoint
from controller.home import Home
from controller.lists.fetch import Fetcher
from controller.lists.fetch_lookup import lookup_past
from controller.lists.fetch_wire import Reach, trusting
from controller.settings import Lists, Settings


def fetched_folder(home: Home) -> Path:
    return home.filter / "fetched"


def fetcher_for(home: Home, settings: Settings) -> Fetcher:
    lists, listening = settings.lists, settings.dns.endpoints
    upstreams = settings.dns.plain_upstreams

    @cache
    def reach() -> Reach:
        return _reach(lists, listening, upstreams)

    return Fetcher(fetched_folder(home), reach, lists.largest_mib * 2**20)


def _reach(lists: Lists, own: Sequence[Endpoint], upstreams: Sequence[Endpoint]) -> Reach:
    return Reach(
        lookup=lookup_past(own, upstreams),
        trust=trusting(lists.ca_file),
        internal_hosts=frozenset(host.lower().removesuffix(".") for host in lists.internal_hosts),
        proxy=lists.proxy,
        seconds=lists.minutes * 60.0,
    )
