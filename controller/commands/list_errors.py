"""What the commands about lists share: the school's lists opened, and what goes wrong said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from controller.commands.output import FOUND_WRONG, MISUSED, fail, say
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.lists.work import ListWork


@contextmanager
def the_lists(home: Path | None) -> Iterator[ListWork]:
    """The lists of a school. What is expected to go wrong ends the command with a line that says what."""
    from controller.home import Home
    from controller.lists.compile import ListsFailed
    from controller.lists.work import CannotBeDone, open_work
    from controller.policy.problem import PolicyError
    from controller.settings import SettingsError
    from controller.store import StoreError
    from dns_filter.lists.sources import UnreadableManifest
    from dns_filter.rollback import CannotRollBack

    where = Home(find_home(home))
    if not where.policy.is_file():
        fail(f"{where.root} is no school", "Make one with `caretaker init DIR`, or name another with --home.", MISUSED)
    try:
        yield open_work(where, lambda text: say(text, err=True))
    except (CannotBeDone, CannotRollBack) as error:
        fail(str(error), status=MISUSED)
    except (PolicyError, SettingsError, StoreError, ListsFailed, UnreadableManifest, OSError, ValueError) as error:
        fail(str(error), status=FOUND_WRONG)
