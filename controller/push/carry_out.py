"""One push to one device: written down, sent, read back, and what did not come out put back to what it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import TypeVar

from controller.diff import Reading, in_force, nearly_over
from controller.model import PlannedChange
from controller.push.outcome import Line, Now, Outcome, moves_of
from device_drivers.model import (
    Bounce,
    Change,
    CommitConfirm,
    DeviceError,
    Driver,
    DriverBug,
    GrantInternet,
    Refused,
    Session,
    SetAccessList,
    Unreachable,
    undo,
)

Result = TypeVar("Result")

CONFIRM_MINUTES = 5
"""How long a device that can take a push back by itself waits for our word."""
IN_TIME = timedelta(seconds=1)
"""A way out that took longer to tell may end that much later than it was given for."""
TELLINGS = 3


def observe(driver: Driver, session: Session, now: Now) -> Reading:
    """Raises a DeviceError; never an empty reading for output that could not be understood."""
    at = now()
    outputs = session.read(driver.reads)
    return Reading(guarded(lambda: driver.parse(outputs)), at)


def guarded(work: Callable[[], Result]) -> Result:
    """What a driver computes. A mistake of ours in it is raised as DriverBug, with its place: it is one device's."""
    try:
        return work()
    except DeviceError:
        raise
    except Exception as bug:
        place = extract_tb(bug.__traceback__)[-1]
        where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
        raise DriverBug(f"a bug in its driver: {type(bug).__name__} at {where}: {str(bug)[:200]}") from bug


def carry_out(outcome: Outcome, changes: tuple[PlannedChange, ...], line: Line) -> Outcome:
    """A DeviceError becomes part of the outcome. What may be in force or not is left to the next look: no guessing."""
    decided = line.now()
    try:
        lines = _rendered(line, [each.change for each in changes])
    except (Refused, DriverBug) as error:
        return replace(outcome, failed=changes, error=error)
    number = line.journal.begin(lines, moves_of(changes))
    pushed = line.now()
    refusal, confirm = _push(line, lines, changes)
    moments = replace(outcome.moments, decided=decided, pushed=pushed)
    if refusal is None:
        moments = replace(moments, acknowledged=line.now())
    try:
        done = _read_back(outcome, changes, line, refusal, confirm)
    except DeviceError as error:
        done = replace(outcome, failed=changes, error=refusal or error)
    done = replace(done, moments=replace(moments, verified=line.now() if done.verified else None))
    line.journal.end(number, _told(done), done.moments)
    return done


def _rendered(line: Line, changes: Sequence[Change]) -> tuple[str, ...]:
    return guarded(lambda: line.driver.render(changes, line.now()))


def _read_back(
    outcome: Outcome,
    changes: tuple[PlannedChange, ...],
    line: Line,
    refusal: DeviceError | None,
    confirm: CommitConfirm | None,
) -> Outcome:
    after = observe(line.driver, line.session, line.now)
    done = _let_in_anew(replace(_compared(outcome, changes, after), error=refusal), line)
    if confirm is not None:
        done = _confirm(done, changes, line, confirm)
    return _put_back(done, line) if done.failed else done


def _let_in_anew(done: Outcome, line: Line) -> Outcome:
    """A list can leave the connection alone that we have and let no new one in: found out while ours still stands."""
    lists = tuple(each for each in done.applied if isinstance(each.change, SetAccessList))
    if not lists or line.knock is None:
        return done
    try:
        line.knock()
    except Unreachable as error:
        why = Refused(f"with this list in force no new connection comes in, so it is taken back: {error}", done.device)
        kept = tuple(each for each in done.applied if each not in lists)
        return replace(done, applied=kept, failed=(*done.failed, *lists), error=done.error or why)
    return done


def _compared(outcome: Outcome, changes: tuple[PlannedChange, ...], after: Reading) -> Outcome:
    held = tuple(each for each in changes if in_force(each.change, after))
    return replace(outcome, reading=after, applied=held, failed=tuple(each for each in changes if each not in held))


def _confirm(done: Outcome, changes: tuple[PlannedChange, ...], line: Line, confirm: CommitConfirm) -> Outcome:
    """Keep what is in force; where nothing is, let the device go back to what it was."""
    line.session.send(confirm.keep if done.applied else confirm.back, config=confirm.in_config)
    if done.applied:
        return done
    return replace(_compared(done, changes, observe(line.driver, line.session, line.now)), error=done.error)


def _put_back(outcome: Outcome, line: Line) -> Outcome:
    """What came out half is put back to what it was. What is in force stays: a quarantine is not lifted because
    something else on the same device went wrong."""
    assert outcome.reading is not None
    half = [each for each in outcome.failed if not in_force(undo(each.change), outcome.reading)]
    if not half:
        return outcome
    back = tuple(replace(each, change=undo(each.change)) for each in half)
    refusal, confirm = _push(line, _rendered(line, [each.change for each in back]), back)
    if refusal is None and confirm is not None:
        line.session.send(confirm.keep, config=confirm.in_config)
    after = observe(line.driver, line.session, line.now)
    undone = tuple(each for each in half if in_force(undo(each.change), after))
    return replace(outcome, reading=after, undone=undone, error=outcome.error or refusal)


def _push(
    line: Line, lines: Sequence[str], changes: Sequence[PlannedChange]
) -> tuple[DeviceError | None, CommitConfirm | None]:
    """What the device said no to, and how this push is to be kept: None where it stands without a word of ours."""
    confirm = _confirmation(line, [each.change for each in changes])
    try:
        if confirm is not None and not _armed(line, confirm):
            confirm = None
        commit = confirm.commit if confirm and confirm.commit else line.driver.commit
        _tell(line, lines, [each.change for each in changes], commit)
    except DeviceError as error:
        return error, confirm
    return None, confirm


def _tell(line: Line, lines: Sequence[str], changes: Sequence[Change], commit: Sequence[str]) -> None:
    """The lines as they were written down; but a device counts the seconds of a way out from when it hears of them, so
    they are counted when they are sent, and once more where they may have been heard late."""
    ways_out = [change for change in changes if isinstance(change, GrantInternet)]
    begun = line.now()
    if ways_out:
        lines = _rendered(line, [change for change in changes if not nearly_over(change, begun)])
    line.session.send((*lines, *commit), config=line.driver.config)
    for _ in range(TELLINGS - 1):
        if not ways_out or line.now() - begun <= IN_TIME:
            return
        begun = line.now()
        line.session.send((*_rendered(line, ways_out), *commit), config=line.driver.config)


def _confirmation(line: Line, changes: Sequence[Change]) -> CommitConfirm | None:
    confirm = line.driver.confirm
    # A link that goes down and up leaves nothing behind: taken back halfway the port would stay down.
    if confirm is None or any(isinstance(each, Bounce) for each in changes):
        return None
    if confirm.lists_only and not any(isinstance(each, SetAccessList) for each in changes):
        return None
    return _timed(confirm, line.now())


def _armed(line: Line, confirm: CommitConfirm) -> bool:
    if not confirm.arm:
        return True
    try:
        return confirm.armed in line.session.send(confirm.arm, config=False)
    except Refused:
        if not confirm.armed:
            raise
        return False


def _timed(confirm: CommitConfirm, now: datetime) -> CommitConfirm:
    def filled(commands: Sequence[str]) -> tuple[str, ...]:
        stamp = f"{now:%Y%m%d%H%M%S}"
        return tuple(
            command.replace("{minutes}", str(CONFIRM_MINUTES)).replace("{stamp}", stamp) for command in commands
        )

    return replace(
        confirm,
        arm=filled(confirm.arm),
        commit=filled(confirm.commit),
        keep=filled(confirm.keep),
        back=filled(confirm.back),
    )


def _told(outcome: Outcome) -> str:
    if outcome.verified:
        return "verified"
    why = f": {outcome.error}" if outcome.error else ": read back otherwise than meant"
    return ("undone" if outcome.failed and len(outcome.undone) == len(outcome.failed) else "failed") + why
