"""`caretaker check-filter`: does the filter do what the policy says? Asked of the running filter, kept and signed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption, KeyOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, print_table, say
from controller.commands.remote import call, find_home, state_folder

if TYPE_CHECKING:
    from controller.addresses import Endpoint
    from controller.check_filter.of_school import Told
    from controller.check_filter.outcome import Finding, Run

LINES = ("as", "subject", "expected", "asked", "right", "rule")
FINDINGS = ("what", "subject", "told", "clauses")
HISTORY = ("at", "where", "asked", "findings", "good", "policy", "epoch", "signed by")
SERVER = "The filter to ask, such as 10.20.0.53:53; left out: where this school's settings say that it listens."

app = typer.Typer(help="Does the filter work? Harmless questions, kept and signed.", invoke_without_command=True)


@app.callback()
def check_filter(
    context: typer.Context,
    server: Annotated[str | None, typer.Option(help=SERVER)] = None,
    every: Annotated[bool, typer.Option("--all", help="Show what is as it should be as well.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Ask the running filter, as each access level and group, whether it does what the policy says.

    On the filter's own machine. Names of every category out of the lists in use, reported sites, ways round the
    filter, safe search, lessons, strangers, and whether every worker answers by the newest table. The record is
    signed and kept; what changed since the last one is said. Exit status 1 where somebody has to look at something.
    """
    if context.invoked_subcommand is not None:
        return
    told = _checked(home, _endpoint(server), quiet=as_json)
    if as_json:
        print_json({**told.run.model_dump(mode="json"), **_news(told), "record": str(told.path)})
    else:
        _show(told.run, every=every)
        _show_news(told)
        say(f"Kept and signed: {told.path}")
    raise typer.Exit(0 if told.run.good else FOUND_WRONG)


@app.command()
def history(
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Past checks. A record that was changed after it was signed is told as such."""
    from controller.check_filter.kept import records
    from controller.home import Home

    rows = [_row(path) for path in records(Home(find_home(home)).checks)[:limit]]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, HISTORY, "The filter has not been checked yet: caretaker check-filter", ("policy", "epoch"))
    if any("problem" in row for row in rows):
        raise typer.Exit(FOUND_WRONG)


@app.command()
def show(
    record: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file that `history` names.")],
    every: Annotated[bool, typer.Option("--all", help="Show what is as it should be as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Verify a record's signature and show what it says."""
    from controller.check_filter.signed import NotTrue, fingerprint, read_signed

    try:
        signed = read_signed(record.read_bytes())
    except (NotTrue, OSError) as error:
        fail(f"{record}: {error}")
    if as_json:
        print_json({**signed.run.model_dump(mode="json"), "signed_by": fingerprint(signed.key)})
        return
    say(f"{signed.run.school}, {signed.run.where}, {signed.run.at:%d %B %Y %H:%M} UTC; signature holds")
    say(f"key {fingerprint(signed.key)}: compare it with the one that `caretaker check-filter history` shows there")
    _show(signed.run, every=every)


@app.command()
def routes(
    segment: Annotated[str, typer.Option(help="The segment that this machine stands in, such as pupils.")],
    to: Annotated[
        list[str] | None, typer.Option("--to", help="Try this resolver instead: udp|tcp|tls=ADDRESS:PORT.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Sign it as this station, and hand it to the school.")] = False,
    key: KeyOption = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Try the ways past the filter from this machine: resolvers outside by 53, 853 and HTTPS (F10).

    To be run where a pupil's device could stand. Needs no school's folder; with --send it must be a station of the
    school, with CARETAKER_URL and CARETAKER_TOKEN. Exit status 1 where an answer came back.
    """
    from controller.check_filter.from_segment import run_of
    from controller.check_filter.routes import findings, open_routes, usual
    from controller.clock import SystemClock

    tried = _routes(to) if to else usual()
    opened = open_routes(tried)
    found = tuple(findings(segment, opened))
    if send:
        _hand_in(run_of(_school(home), segment, len(tried), opened, found, SystemClock().now()), key, home)
    if as_json:
        shown = {"segment": segment, "tried": len(tried), "open": [str(route) for route in opened]}
        print_json(shown)
    else:
        _show_findings(found)
        say(f"{len(tried)} ways tried from {segment}, {len(opened)} of them open.")
    raise typer.Exit(FOUND_WRONG if found else 0)


def _school(home: Path | None) -> str:
    return str(call("GET", "/policy", home=home)["school"])


def _hand_in(run: Run, key: Path | None, home: Path | None) -> None:
    from controller.check_filter.signed import sign
    from controller.station import keys

    try:
        station = keys.read(key or state_folder() / "station.json")
    except keys.KeyProblem as problem:
        fail(str(problem), "`caretaker station enrol NAME` makes this machine one.", MISUSED)
    record = sign(run, station.key).model_dump(mode="json")
    call("POST", "/filter-checks/routes", home=home, json_body={"record": record})
    say(f"Handed in, signed by {station.name}.", err=True)


def _routes(texts: Iterable[str]) -> tuple[Any, ...]:
    from controller.addresses import endpoint
    from controller.check_filter.routes import Route

    found = []
    for text in texts:
        way, equals, place = text.partition("=")
        if not equals or way not in ("udp", "tcp", "tls"):
            fail(f"--to {text[:80]}: expected udp=ADDRESS:PORT, tcp=… or tls=…", status=MISUSED)
        try:
            found.append(Route(way, endpoint(place, 53)))  # type: ignore[arg-type]
        except ValueError as error:
            fail(f"--to {text[:80]}: {error}", status=MISUSED)
    return tuple(found)


def _endpoint(text: str | None) -> Endpoint | None:
    from controller.addresses import endpoint

    try:
        return endpoint(text, 53) if text else None
    except ValueError as error:
        fail(f"--server {error}", status=MISUSED)


def _checked(home: Path | None, server: Endpoint | None, *, quiet: bool) -> Told:
    from controller.check_filter.of_school import check_school
    from controller.clock import SystemClock
    from controller.home import Home
    from controller.policy.file import PolicyError
    from controller.progress import Progress
    from controller.settings import SettingsError
    from controller.store import StoreError

    root, progress = find_home(home), Progress()
    if not (root / "school.yaml").is_file():
        fail(f"{root} is no school", "Make one with `caretaker init DIR`, or name one with --home.", MISUSED)
    if not quiet:
        progress.step("asking the filter")
    try:
        return check_school(Home(root), server, SystemClock().now())
    except (PolicyError, SettingsError, StoreError, ValueError, OSError) as error:
        fail(str(error))
    finally:
        progress.close()


def _show(run: Run, *, every: bool) -> None:
    rows = [_line(line) for line in run.lines if every or line.right < line.asked]
    print_table(rows, LINES, "", ("rule",))
    _show_findings(run.findings)
    verdict = "The filter does what the policy says" if not run.findings else f"Found: {len(run.findings)}"
    seats = len({line.seat for line in run.lines})
    say(f"{verdict}. {run.asked} questions asked as {seats} kinds of client, table {run.epoch}, lists {run.names}.")


def _line(line: Any) -> dict[str, Any]:
    return {**line.model_dump(), "as": line.seat, "expected": line.expect}


def _show_findings(found: Iterable[Finding]) -> None:
    rows = [{"what": each.kind, "subject": each.subject, "told": each.text, "clauses": each.clauses} for each in found]
    print_table(rows, FINDINGS, "", ("clauses",))


def _news(told: Told) -> dict[str, Any]:
    from controller.check_filter.judging import news

    return {name: [each.subject for each in found] for name, found in news(told.run, told.before).items()}


def _show_news(told: Told) -> None:
    if told.before is None:
        return
    since = f"{told.before.at:%d %B, %H:%M} UTC"
    for name, subjects in _news(told).items():
        for subject in subjects:
            say(
                f"{'new' if name == 'new' else 'no longer'} since {since}: {subject}",
                fg="red" if name == "new" else "green",
            )


def _row(path: Path) -> dict[str, Any]:
    from controller.check_filter.signed import NotTrue, fingerprint, read_signed

    try:
        signed = read_signed(path.read_bytes())
    except (NotTrue, OSError) as error:
        return {"at": path.name.split(".")[0], "where": path.name, "findings": str(error), "problem": str(error)}
    run = signed.run
    told = {"at": f"{run.at:%Y-%m-%d %H:%M} UTC", "where": run.where, "asked": run.asked, "policy": run.policy}
    return {
        **told,
        "findings": len(run.findings),
        "good": run.good,
        "epoch": run.epoch,
        "signed by": fingerprint(signed.key),
    }
