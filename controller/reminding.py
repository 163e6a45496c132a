"""Sending reminders, once a day and place: by e-mail or a webhook (apprise). ●"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from controller.home import Home
from controller.policy import Policy
from controller.reminders import Reminder, digest, due
from controller.secrets_file import SecretsError, read_secrets
from controller.settings import Reminders
from controller.store import Store

log = structlog.get_logger(__name__)
Send = Callable[[str, str, str], bool]
"""(address, title, text) -> was it taken? The address holds passwords: nobody writes it down."""
PAUSE = timedelta(minutes=15)


def by_apprise(address: str, title: str, text: str) -> bool:
    import apprise

    sender = apprise.Apprise()
    return bool(sender.add(address) and sender.notify(title=title, body=text))


@dataclass(slots=True)
class Reminding:
    """`turn` is called again and again; from the hour of the settings on it sends what nobody has heard today."""

    home: Home
    store: Store
    settings: Reminders
    send: Send = by_apprise
    problem: str = field(default="", init=False)
    _not_before: datetime | None = field(default=None, init=False)

    def turn(self, policy: Policy, now: datetime) -> None:
        """Raises StoreError."""
        local = now.astimezone(policy.school.zone)
        if not self.settings.to or local.hour < self.settings.hour or local.weekday() > 4:
            return
        if self._not_before is not None and now < self._not_before:
            return
        waits = due(policy, self.store.inventory(), now, timedelta(days=self.settings.days))
        self.problem = "; ".join(filter(None, (self._tell(to, waits, policy, now) for to in self.settings.to)))
        self._not_before = now + PAUSE

    def _tell(self, to: str, waits: tuple[Reminder, ...], policy: Policy, now: datetime) -> str:
        """What is wrong; empty where it was sent, or nothing was left to say."""
        day = now.astimezone(policy.school.zone).date().isoformat()
        fresh = tuple(each for each in waits if each.about not in self.store.reminded(day, to))
        if not fresh:
            return ""
        try:
            found = read_secrets(self.home.secrets).get(to)
        except SecretsError as error:
            return str(error)
        if found is None:
            return f"reminders: secrets.toml has no entry {to}"
        # Written down first: two controllers, or one that is killed here, must not tell it twice.
        self.store.put_reminded(day, [each.about for each in fresh], to, now)
        if self.send(found.password, f"Caretaker: {policy.school.name}", digest(policy.school.name, fresh)):
            log.info("reminders sent", to=to, about=[each.about for each in fresh])
            return ""
        self.store.forget_reminded(day, [each.about for each in fresh], to)
        return f"reminders: {to} could not be reached"
