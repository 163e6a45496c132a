"""Policies, epochs, pushes, accounts and tokens: kept, found, told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.accounts import SYSTEM, Account, TokenKind, make_token, secret_hash
from controller.store import Conflict, NotFound, Store
from tests.controller.store_world import NINE, TECHNICIAN, after

TEACHER = Account("year-5-teacher", "teacher", "hash-1", frozenset({"year-5", "year-6"}))


def test_the_last_policy_comes_back_to_the_letter(store: Store) -> None:
    assert store.last_policy() is None
    store.save_policy("school: {name: Ash Lane}\n", "a" * 64, SYSTEM, NINE)
    store.save_policy("# größer\n", "b" * 64, SYSTEM, NINE)
    store.save_policy("# größer\n", "b" * 64, SYSTEM, NINE)
    assert store.last_policy() == ("# größer\n", "b" * 64)
    assert [row.subject[0] for row in store.audit(action="policy.load")] == ["a", "b"]


def test_every_policy_that_was_in_force_is_found_again_by_its_number(store: Store) -> None:
    assert store.policy_versions(5) == ()
    for minutes, sha in enumerate("aba"):
        store.save_policy(f"# {sha}\n", sha * 64, SYSTEM, after(minutes=minutes))
    last, middle, first = store.policy_versions(5)
    assert [(each.sha256[0], each.at) for each in (first, middle, last)] == [
        ("a", NINE),
        ("b", after(minutes=1)),
        ("a", after(minutes=2)),
    ]
    assert store.policy_versions(1) == (last,)
    assert store.policy_text(middle.number) == "# b\n"
    with pytest.raises(NotFound):
        store.policy_text(last.number + 1)


def test_no_epoch_is_given_out_twice_whoever_asks(store: Store, url: str) -> None:
    assert (store.last_epoch(), store.next_epoch(NINE), store.next_epoch(NINE)) == (0, 1, 2)
    with Store.open(url) as again:
        assert again.next_epoch(NINE) == 3
    assert store.last_epoch() == 3


def test_a_fact_by_name_is_the_last_that_was_said(store: Store) -> None:
    assert store.get_meta("demo") is None
    store.set_meta("demo", "1")
    store.set_meta("demo", "2")
    assert store.get_meta("demo") == "2"


def test_a_push_is_unfinished_until_its_outcome_is_known(store: Store, url: str) -> None:
    first = store.begin_push("sw-hall", ["interface Gi1/0/5", "switchport access vlan 20"], TECHNICIAN, NINE)
    store.begin_push("sw-ict", ["interface Gi1/0/1"], TECHNICIAN, NINE)
    store.end_push(first, "verified", after(seconds=2))
    with Store.open(url) as after_a_crash:
        (left,) = after_a_crash.unfinished_pushes()
    assert (left.device, left.lines, left.actor, left.begun_at) == (
        "sw-ict",
        ("interface Gi1/0/1",),
        "technician",
        NINE,
    )
    with pytest.raises(NotFound):
        store.end_push(first, "again", NINE)
    assert [(row.action, row.actor) for row in store.audit(action="push")] == [
        ("push.begin", "technician"),
        ("push.begin", "technician"),
        ("push.end", "technician"),
    ]


def test_an_account_is_found_by_its_very_name(store: Store) -> None:
    store.put_account(TEACHER, TECHNICIAN, NINE)
    store.put_account(replace(TEACHER, name="head", role="head"), TECHNICIAN, NINE)
    assert store.account("year-5-teacher") == TEACHER
    assert store.account("Year-5-teacher") is None
    assert [account.name for account in store.accounts()] == ["head", "year-5-teacher"]


def test_a_token_is_found_by_its_hash_until_it_is_revoked(store: Store) -> None:
    store.put_account(TEACHER, TECHNICIAN, NINE)
    secret, token = make_token(TEACHER, "tablet", TokenKind.API, NINE, scopes=frozenset({"windows:open"}))
    store.add_token(token, TECHNICIAN, NINE)
    assert store.token(secret_hash(secret)) == token
    assert store.token(secret) is None
    store.revoke_token(token.id, TECHNICIAN, NINE)
    store.revoke_token(token.id, TECHNICIAN, NINE)
    assert store.tokens() == (replace(token, revoked=True),)
    assert [row.action for row in store.audit(action="api")] == ["api.begin", "api.end"]


def test_a_token_belongs_to_an_account_that_is_there_and_is_added_once(store: Store) -> None:
    _, token = make_token(TEACHER, "x", TokenKind.API, NINE)
    with pytest.raises(Conflict, match="no account"):
        store.add_token(token, TECHNICIAN, NINE)
    store.put_account(TEACHER, TECHNICIAN, NINE)
    store.add_token(token, TECHNICIAN, NINE)
    with pytest.raises(Conflict, match="exists"):
        store.add_token(token, TECHNICIAN, NINE)
    with pytest.raises(NotFound):
        store.revoke_token("0" * 16, TECHNICIAN, NINE)


@pytest.mark.parametrize(
    ("change", "ended"),
    [
        ({"password_hash": "hash-2"}, True),
        ({"role": "office"}, True),
        ({"disabled": True}, True),
        ({"groups": frozenset({"year-1"})}, False),
    ],
)
def test_a_new_password_or_role_ends_the_sessions_and_leaves_api_tokens(
    store: Store, change: dict[str, object], ended: bool
) -> None:
    store.put_account(TEACHER, TECHNICIAN, NINE)
    for kind in (TokenKind.SESSION, TokenKind.API):
        store.add_token(make_token(TEACHER, "x", kind, NINE)[1], TECHNICIAN, NINE)
    store.put_account(replace(TEACHER, **change), TECHNICIAN, NINE)  # type: ignore[arg-type]
    assert {token.kind: token.revoked for token in store.tokens()} == {TokenKind.SESSION: ended, TokenKind.API: False}


def test_sessions_long_over_are_cleared_away(store: Store) -> None:
    store.put_account(TEACHER, TECHNICIAN, NINE)
    store.add_token(make_token(TEACHER, "old", TokenKind.SESSION, NINE)[1], TECHNICIAN, NINE)
    store.add_token(make_token(TEACHER, "api", TokenKind.API, NINE, lasts=timedelta(days=1))[1], TECHNICIAN, NINE)
    store.add_token(make_token(TEACHER, "new", TokenKind.SESSION, after(days=60))[1], TECHNICIAN, after(days=60))
    assert {token.name for token in store.tokens()} == {"api", "new"}


def test_no_password_or_token_hash_enters_the_audit(store: Store) -> None:
    store.put_account(TEACHER, TECHNICIAN, NINE)
    store.put_account(replace(TEACHER, password_hash="hash-2"), TECHNICIAN, NINE)
    secret, token = make_token(TEACHER, "x", TokenKind.API, NINE)
    store.add_token(token, TECHNICIAN, NINE)
    told = repr(store.audit())
    assert not any(word in told for word in ("hash-1", "hash-2", secret, token.sha256))
    assert "new_password" in told
