"""Accounts and tokens as they are kept. A password hash or a token's hash never enters the audit."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from controller.accounts import OF_A_PERSON, Account, Token, TokenKind
from controller.model import Actor
from controller.store.audit import append
from controller.store.database import Database, Row, upsert
from controller.store.errors import Conflict, NotFound
from controller.store.schema import accounts, tokens

KEEP_ENDED_SESSIONS = timedelta(days=30)


class AccountRecords(Database):
    def put_account(self, account: Account, actor: Actor, now: datetime, reason: str = "") -> None:
        """Make or change an account. A new password, role or a shut account ends its sessions."""
        with self._writing() as connection:
            was = _account(connection, account.name)
            if was == account:
                return
            upsert(connection, accounts, [_account_row(account)])
            if account.disabled or (was and _rights(was) != _rights(account)):
                _end_sessions(connection, account.name)
            append(
                connection,
                actor.name,
                now,
                (("account.put", account.name, _told(was, account) | ({"reason": reason} if reason else {})),),
            )

    def account(self, name: str) -> Account | None:
        with self._reading() as connection:
            return _account(connection, name)

    def accounts(self) -> tuple[Account, ...]:
        with self._reading() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.name)).mappings()
            return tuple(map(_read_account, rows))

    def add_token(self, token: Token, actor: Actor, now: datetime) -> None:
        """Raises Conflict where its account is unknown or the token is there already."""
        with self._writing() as connection:
            if _account(connection, token.account) is None:
                raise Conflict(f"There is no account {token.account}.")
            if _token(connection, token.sha256) is not None:
                raise Conflict("This token exists already.")
            long_over = tokens.c.kind.in_(OF_A_PERSON) & (tokens.c.expires_at < now - KEEP_ENDED_SESSIONS)
            connection.execute(delete(tokens).where(long_over))
            connection.execute(insert(tokens).values(_token_row(token)))
            detail = {"token": token.id, "name": token.name, "scopes": token.scopes, "until": token.expires_at}
            append(connection, actor.name, now, ((f"{token.kind}.begin", token.account, detail),))

    def end_sessions(self, account: str, actor: Actor, now: datetime, reason: str = "") -> int:
        """Signed out everywhere; tokens of programs stay. How many were in force or over. Raises NotFound."""
        with self._writing() as connection:
            if _account(connection, account) is None:
                raise NotFound(f"There is no account {account[:80]}.")
            ended = _end_sessions(connection, account)
            if ended:
                detail = {"sessions": ended, "reason": reason}
                append(connection, actor.name, now, (("account.sign-out", account, detail),))
            return ended

    def token(self, sha256: str) -> Token | None:
        with self._reading() as connection:
            return _token(connection, sha256)

    def tokens(self) -> tuple[Token, ...]:
        with self._reading() as connection:
            rows = connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id)).mappings()
            return tuple(map(_read_token, rows))

    def revoke_token(self, token_id: str, actor: Actor, now: datetime) -> None:
        """From now on it opens nothing. Revoking it again changes nothing. Raises NotFound."""
        with self._writing() as connection:
            row = connection.execute(select(tokens).where(tokens.c.id == token_id)).mappings().one_or_none()
            if row is None:
                raise NotFound(f"There is no token {token_id[:40]}.")
            if row["revoked"]:
                return
            connection.execute(update(tokens).where(tokens.c.id == token_id).values(revoked=True))
            detail = {"token": token_id, "name": row["name"]}
            append(connection, actor.name, now, ((f"{row['kind']}.end", row["account"], detail),))


def _rights(account: Account) -> tuple[str, str]:
    return account.password_hash, account.role


def _end_sessions(connection: Connection, name: str) -> int:
    of_account = (tokens.c.account == name) & tokens.c.kind.in_(OF_A_PERSON) & tokens.c.revoked.is_(False)
    return connection.execute(update(tokens).where(of_account).values(revoked=True)).rowcount


def _told(was: Account | None, becomes: Account) -> dict[str, object]:
    new_password = becomes.password_hash != (was.password_hash if was else "")
    told = {"role": becomes.role, "groups": becomes.groups, "disabled": becomes.disabled, "new_password": new_password}
    return told if was is None else {**told, "was": {"role": was.role, "groups": was.groups, "disabled": was.disabled}}


def _account(connection: Connection, name: str) -> Account | None:
    row = connection.execute(select(accounts).where(accounts.c.name == name)).mappings().one_or_none()
    return _read_account(row) if row is not None else None


def _token(connection: Connection, sha256: str) -> Token | None:
    row = connection.execute(select(tokens).where(tokens.c.sha256 == sha256)).mappings().one_or_none()
    return _read_token(row) if row is not None else None


def _account_row(account: Account) -> dict[str, object]:
    same = {name: getattr(account, name) for name in ("name", "role", "password_hash", "disabled")}
    return {**same, "groups": sorted(account.groups)}


def _read_account(row: Row) -> Account:
    return Account(row["name"], row["role"], row["password_hash"], frozenset(row["groups"]), row["disabled"])


_SAME = ("sha256", "name", "account", "expires_at", "created_at", "revoked")


def _token_row(token: Token) -> dict[str, object]:
    same = {name: getattr(token, name) for name in (*_SAME, "id")}
    return {**same, "scopes": sorted(token.scopes), "kind": token.kind.value}


def _read_token(row: Row) -> Token:
    same = {name: row[name] for name in _SAME}
    return Token(scopes=frozenset(row["scopes"]), kind=TokenKind(row["kind"]), **same)
