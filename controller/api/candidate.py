"""A policy that is to come into force: read, asked what keeps it out, and put in the place of the file (F13)."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from controller.api.problems import Conflict, WrongInput
from controller.api.site_view import SiteView
from controller.policy.file import LoadedPolicy, PolicyError, parse, with_calendars
from controller.query_log import Span
from controller.replay import Report
from controller.replay.judge import Replay
from controller.replay.logged import logged
from controller.replay.sides import sides
from controller.staging import mandatory_lost
from controller.store import StoreFull
from dns_filter.durable import flush_directory, keep_as

REPLAYED = timedelta(days=1)


def running_now(site: SiteView) -> str:
    last = site.store.last_policy()
    return last[1] if last else ""


def read_candidate(site: SiteView, text: str) -> LoadedPolicy:
    try:
        return with_calendars(parse(text, "candidate.yaml"), site.home.root)
    except PolicyError as error:
        raise WrongInput(f"The candidate is refused: {error}"[:2000], "caretaker policy check says the same.") from None


def proofs_of(site: SiteView, candidate: LoadedPolicy) -> dict[str, object]:
    """What was asked and what came out. Raises Conflict where the answer keeps it from everybody."""
    if lost := mandatory_lost(site.policy, candidate.policy):
        raise Conflict(f"It would open what is mandatory to block: {', '.join(lost)}.", "Keep them under `mandatory:`.")
    report = _replayed(site, candidate)
    if report.refused:
        raise Conflict(
            f"It may never come into force: {report.refused}", "caretaker replay --policy shows what and when."
        )
    proof = site.proof(running=False, policy=candidate.policy)
    if proof.broken:
        raise Conflict(f"Segregation does not hold under it: {proof.broken[0]}", "caretaker prove shows every leak.")
    held = "proven" if proof.holds else f"nothing broken, {len(proof.open_questions)} questions open"
    return {
        "segregation": f"{held}, {proof.asked} questions",
        "replayed": report.judged,
        "changes": len(report.changes),
        "lessons_lost": len(report.lessons),
    }


def _replayed(site: SiteView, candidate: LoadedPolicy) -> Report:
    """The last day of the query log under both."""
    until = site.clock.now()
    span, files = Span(until - REPLAYED, until), site.query_log
    windows = site.store.windows(span.since, span.until)
    both = sides(site.policy, candidate.policy, windows, site.names(), span.since, span.until)
    run = Replay(both)
    run.take(logged(files, span, sorted({flip for each in both for flip in each.flips})))
    return run.report(site.policy, candidate.policy)


def write_beside(path: Path, text: str) -> Path:
    """The new file, on the disk but not yet in place. Raises StoreFull where the disk does not take it."""
    new = path.with_suffix(".promoted")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        new.unlink(missing_ok=True)
        raise StoreFull(f"{new.name} cannot be written ({error.strerror}); the policy stays as it is.") from error
    return new


def put_in_place(new: Path, path: Path) -> None:
    """Whole or not at all; what stood there is kept beside it. Raises StoreFull where the disk does not take it."""
    try:
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
            keep_as(path, path.with_suffix(".before"))
        new.replace(path)
        flush_directory(path.parent)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise StoreFull(f"{path.name} cannot be replaced ({error.strerror}); please look at the disk.") from error
