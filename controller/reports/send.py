"""Letters and webhooks by apprise: the addresses stand in secrets.toml, each text is ours. ●"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import structlog

from controller.reports.notices import Notice

log = structlog.get_logger(__name__)
TO = "{to}"
"""In an address of secrets.toml: whoever the notice is for."""


class Sender:
    """`urls` as apprise spells them: `mailtos://user:password@mail.school.example?to={to}`, `json://…`."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)

    def __bool__(self) -> bool:
        return bool(self._urls)

    def send(self, notice: Notice) -> bool:
        """True where every way took it. Never raises; what went wrong is logged without the address."""
        # It knows a hundred services and takes long to read: only where something is sent.
        from apprise import Apprise, NotifyFormat, NotifyType

        ways = Apprise()
        for number, url in enumerate(self._urls, 1):
            if not ways.add(url.replace(TO, quote(notice.to, safe="@"))):
                log.warning("notice not sent", problem=f"address {number} of [notices] in secrets.toml is no such one")
                return False
        sent = ways.notify(
            body=notice.body, title=notice.title, notify_type=NotifyType.INFO, body_format=NotifyFormat.TEXT
        )
        if not sent:
            log.warning("notice not sent", stage=notice.stage, problem="see the mail server or the webhook")
        return bool(sent)
