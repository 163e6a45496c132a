"""Parts of a running school that follow from its settings alone: who is written to, how long queries are kept. ●"""

from __future__ import annotations

from ipaddress import ip_address

import structlog

from controller.clock import Clock
from controller.home import Home
from controller.policy.source import PolicySource
from controller.query_log.files import QueryLogFiles
from controller.query_log.housekeeping import Housekeeping
from controller.query_log.shipping import Shipping
from controller.reports.send import Sender
from controller.secrets_file import SecretsError, read_notice_urls
from controller.settings import Settings

log = structlog.get_logger(__name__)


def sender_of(home: Home) -> Sender:
    """Without addresses nobody is written to: the queue of the console shows what waits all the same."""
    try:
        return Sender(read_notice_urls(home.secrets))
    except SecretsError as error:
        log.warning("no notices are sent", problem=str(error))
        return Sender(())


def housekeeping_of(home: Home, settings: Settings, clock: Clock, source: PolicySource) -> Housekeeping:
    files, wanted = QueryLogFiles.of(home), settings.query_log
    if not wanted.database:
        return Housekeeping(files, clock)

    def ship() -> None:
        Shipping(files, clock, wanted.database, source.policy.school.name, wanted.days).turn()

    return Housekeeping(files, clock, (ship,))


def filters_of(settings: Settings) -> tuple[str, ...]:
    """The filter's addresses as clients reach it; a wildcard names none."""
    hosts = (place.host for place in settings.dns.endpoints)
    return tuple(host for host in hosts if not ip_address(host).is_unspecified)
