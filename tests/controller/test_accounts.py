"""Signing in: passwords, tokens, and what each role may do at all (W1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from controller import accounts
from controller.accounts import (
    ALL_SCOPES,
    ROLES,
    SCOPES,
    Account,
    TokenKind,
    actor_for,
    hash_password,
    make_token,
    password_fits,
    secret_hash,
    signed_in,
)

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PASSWORD = "three old bicycles"
TEACHER = Account("year-5-teacher", "teacher", hash_password(PASSWORD), frozenset({"year-5"}))


@pytest.mark.parametrize(
    ("account", "password", "fits"),
    [
        (TEACHER, PASSWORD, True),
        (TEACHER, PASSWORD + " ", False),
        (TEACHER, "", False),
        (TEACHER, "x" * 100_000, False),
        (TEACHER, "\ud800" * 12, False),
        (replace(TEACHER, disabled=True), PASSWORD, False),
        (replace(TEACHER, password_hash=""), "", False),
        (replace(TEACHER, password_hash="no hash"), PASSWORD, False),
        (None, PASSWORD, False),
    ],
)
def test_only_the_right_password_of_an_open_account_fits(account: Account | None, password: str, fits: bool) -> None:
    assert password_fits(account, password) is fits


@pytest.mark.parametrize(
    "account", [None, TEACHER, replace(TEACHER, disabled=True), replace(TEACHER, password_hash="")]
)
def test_a_known_and_an_unknown_name_cost_the_same_work(
    account: Account | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    class Counting:
        def hash(self, password: str | bytes) -> str:
            return TEACHER.password_hash

        def verify(self, known: str, password: bytes) -> bool:
            tried.append(known.rsplit("$", 2)[0])
            return False

    monkeypatch.setattr(accounts, "_HASHER", Counting())
    password_fits(account, "some password")
    assert tried == [TEACHER.password_hash.rsplit("$", 2)[0]]


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(ValueError, match="10 to 256"):
        hash_password(password)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password(PASSWORD) != TEACHER.password_hash
    assert PASSWORD not in repr(TEACHER)
    assert "argon2" not in repr(TEACHER)


def test_a_token_is_shown_once_and_kept_by_its_hash() -> None:
    secret, token = make_token(TEACHER, "tablet", TokenKind.SESSION, NINE)
    assert secret.startswith("ct_")
    assert len(secret) > 40
    assert token.sha256 == secret_hash(secret)
    assert secret not in repr(token)
    assert token.sha256 not in repr(token)
    assert token.expires_at == NINE + accounts.SESSION_LASTS


def test_a_token_carries_no_more_than_its_account_may_do() -> None:
    with pytest.raises(ValueError, match="does not hold: plan:apply"):
        make_token(TEACHER, "x", TokenKind.API, NINE, scopes=frozenset({"plan:apply", "windows:open"}))
    with pytest.raises(ValueError, match="above zero"):
        make_token(TEACHER, "x", TokenKind.API, NINE, lasts=timedelta(0))
    _, token = make_token(TEACHER, "x", TokenKind.API, NINE, scopes=frozenset({"windows:read"}))
    assert actor_for(TEACHER, token).scopes == {"windows:read"}
    assert actor_for(replace(TEACHER, role="pupil"), token).scopes == frozenset()


@pytest.mark.parametrize(
    ("moment", "change", "account", "let_in"),
    [
        (NINE, {}, TEACHER, True),
        (NINE + accounts.SESSION_LASTS - timedelta(microseconds=1), {}, TEACHER, True),
        (NINE + accounts.SESSION_LASTS, {}, TEACHER, False),
        (NINE, {"revoked": True}, TEACHER, False),
        (NINE, {}, replace(TEACHER, disabled=True), False),
        (NINE, {}, replace(TEACHER, name="head"), False),
        (NINE, {}, None, False),
    ],
)
def test_a_token_lets_in_until_its_end(
    moment: datetime, change: dict[str, object], account: Account | None, let_in: bool
) -> None:
    _, token = make_token(TEACHER, "x", TokenKind.SESSION, NINE)
    actor = signed_in(replace(token, **change), account, moment)  # type: ignore[arg-type]
    assert (actor is not None) is let_in


def test_the_actor_of_a_teacher_knows_its_own_classes() -> None:
    assert actor_for(TEACHER).groups == {"year-5"}
    assert signed_in(None, TEACHER, NINE) is None


@pytest.mark.parametrize(
    ("scope", "roles"),
    [
        (
            "windows:open",
            {"teacher", "safeguarding_lead", "head", "ict_lead", "technician", "provider_admin", "api_client"},
        ),
        ("plan:apply", {"ict_lead", "technician", "provider_admin"}),
        ("accounts:write", {"ict_lead", "provider_admin"}),
        ("policy:write", {"ict_lead", "provider_admin"}),
        ("audit:read", set(ROLES) - {"pupil", "teacher", "office", "endpoint"}),
    ],
)
def test_which_roles_may_do_the_weighty_things(scope: str, roles: set[str]) -> None:
    assert {role for role in ROLES if scope in SCOPES[role]} == roles


def test_a_pupil_may_report_a_site_and_nothing_else_and_an_auditor_only_reads() -> None:
    assert SCOPES["pupil"] == {"reports:write"}
    assert {scope.rsplit(":")[1] for scope in SCOPES["auditor"]} == {"read"}
    # What touches a child's safety is for the safeguarding lead alone, not even for Caretaker itself; what a machine
    # says of its own protection is for that machine alone.
    # A signature is a person's own.
    assert SCOPES["system"] == ALL_SCOPES - {"safeguarding:read", "endpoint:report", "agreements:sign"}
