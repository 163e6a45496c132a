"""`caretaker accounts totp`: the second factor of an account, at the machine itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, print_json, say
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.model import Actor
    from controller.seal import Seal
    from controller.store import Store

app = typer.Typer(help="The second factor of an account.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help="The account's name.")]


@app.command()
def status(name: NameArgument, home: HomeOption = None, as_json: AsJson = False) -> None:
    """Is it on, and how many recovery codes are left?"""
    with _opened(home, name) as (store, _, _):
        found = store.second_factor(name)
    on, left = found is not None and found.confirmed, len(found.recovery) if found else 0
    if as_json:
        print_json({"account": name, "on": on, "recovery_left": left})
    else:
        say(f"{name}: on, {left} recovery codes left" if on else f"{name}: off")


@app.command()
def enrol(name: NameArgument, home: HomeOption = None) -> None:
    """Show the picture for the app, once, and ask for its first code."""
    import io

    import segno

    from controller import second_factor
    from controller.clock import SystemClock
    from controller.policy.source import PolicySource

    with _opened(home, name) as (store, seal, actor):
        clock, secret = SystemClock(), second_factor.new_secret()
        source = PolicySource(find_home(home) / "school.yaml", store)
        source.refresh(clock.now())
        store.begin_second_factor(name, seal.close(secret), actor, clock.now())
        picture = io.StringIO()
        segno.make(second_factor.uri(secret, name, source.policy.school.name)).terminal(picture, compact=True)
        say(f"{picture.getvalue()}\nOr type this into the app: {secret}")
        step = second_factor.step_of(secret, typer.prompt("Code of the app"), clock.now(), 0)
        if step is None:
            fail("this is not the code that the app shows now", "Is the phone's clock right? Begin again.")
        codes = second_factor.new_recovery_codes()
        store.confirm_second_factor(name, step, tuple(map(second_factor.recovery_hash, codes)), actor, clock.now())
    say("It is on. For the day the phone is lost, each good once:\n  " + "\n  ".join(codes))


@app.command()
def off(
    name: NameArgument,
    reason: Annotated[str, typer.Argument(help="Why: it stands in the audit.")],
    home: HomeOption = None,
) -> None:
    """Take it off, for a lost phone. The account is signed out everywhere."""
    from controller.clock import SystemClock

    with _opened(home, name) as (store, _, actor):
        now = SystemClock().now()
        store.end_second_factor(name, actor, now, reason)
        store.end_sessions(name, actor, now, reason)
    say(f"{name}: the second factor is off")


@contextmanager
def _opened(home: Path | None, name: str) -> Iterator[tuple[Store, Seal, Actor]]:
    """The store and the seal, for an account that is there. Ends the command in plain words."""
    from controller.accounts import SYSTEM
    from controller.commands.accounts import open_store
    from controller.home import Home
    from controller.seal import Seal, SealError
    from controller.store import StoreError

    with open_store(home) as store:
        try:
            if store.account(name) is None:
                fail(f"there is no account {name!r}", "`caretaker accounts list` shows all.", MISUSED)
            yield store, Seal(Home(find_home(home)).seal_key), SYSTEM
        except (StoreError, SealError) as error:
            fail(str(error))
