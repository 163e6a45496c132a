"""Which account somebody of a sign-in service is: by issuer and subject, never by a name or an address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from controller.accounts import Account
from controller.model import Actor
from controller.store.accounts import AccountRecords
from controller.store.audit import append
from controller.store.errors import Conflict, NotFound
from controller.store.schema import accounts, identities


class IdentityRecords(AccountRecords):
    def account_of(self, issuer: str, subject: str) -> Account | None:
        with self._reading() as connection:
            name = _linked(connection, issuer, subject)
        return self.account(name) if name is not None else None

    def link(self, issuer: str, subject: str, account: str, actor: Actor, now: datetime) -> None:
        """Raises NotFound for an unknown account, Conflict where this subject is somebody else here already."""
        with self._writing() as connection:
            if connection.execute(select(accounts.c.name).where(accounts.c.name == account)).first() is None:
                raise NotFound(f"There is no account {account[:80]}.")
            if (known := _linked(connection, issuer, subject)) is not None:
                if known == account:
                    return
                raise Conflict(f"This person is the account {known} already.")
            row = {"issuer": issuer, "subject": subject, "account": account, "linked_at": now}
            connection.execute(insert(identities).values(row))
            append(connection, actor.name, now, (("account.link", account, {"issuer": issuer, "subject": subject}),))

    def unlink(self, account: str, actor: Actor, now: datetime) -> int:
        """How many links that were."""
        with self._writing() as connection:
            gone = connection.execute(delete(identities).where(identities.c.account == account)).rowcount
            if gone:
                append(connection, actor.name, now, (("account.unlink", account, {"links": gone}),))
            return gone


def _linked(connection: Connection, issuer: str, subject: str) -> str | None:
    query = select(identities.c.account).where(identities.c.issuer == issuer, identities.c.subject == subject)
    found = connection.execute(query).scalar_one_or_none()
    return str(found) if found is not None else None
