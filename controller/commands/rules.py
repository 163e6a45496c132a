"""`caretaker rules`: the school's own rules for sites, as lists for others, and for all schools of a provider."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands import ruling
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, moment, print_json, print_table, say
from controller.commands.remote import call, find_home, part

app = typer.Typer(help="The school's own rules for sites: see, make, end, review, export, share.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="The id of a rule, such as r7.")]
COLUMNS = ("id", "does", "pattern", "for", "until", "by", "reason", "case")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    due: Annotated[bool, typer.Option(help="Only those to look at again.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """What the school decided about sites, the newest first."""
    if due:
        found = call("GET", "/site-rules/due", home=home)
        items = [{**each["rule"], "reason": f"{each['suggest']}: {each['why']}"} for each in found["items"]]
    else:
        found = call("GET", "/site-rules", home=home, ended="true" if everything else None, limit=500)
        items = found["items"]
    if as_json:
        print_json(found)
    else:
        print_table(map(_row, items), COLUMNS, "There are none.", ("case", "by"))


@app.command()
def add(
    pattern: Annotated[str, typer.Argument(help="example.org, =example.org (alone) or *.example.org (below it).")],
    reason: Annotated[str, typer.Argument(help="Why.")],
    allow: Annotated[bool, typer.Option(help="Open it instead of blocking it.")] = False,
    group: ruling.Groups = None,
    level: ruling.Levels = None,
    school: ruling.School = False,
    pupils: ruling.Pupils = False,
    until: ruling.Until = None,
    review_on: ruling.ReviewOn = None,
    override: ruling.Override = None,
    everywhere: ruling.Everywhere = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Make a rule that nobody reported."""
    ask: dict[str, Any] = {"pattern": pattern, "allow": allow, "reason": reason}
    ask["scope"] = ruling.scope(group, level, school=school, pupils=pupils)
    ask |= ruling.given(until=until, review_on=review_on, override=override, everywhere=everywhere)
    _say(call("POST", "/site-rules", home=home, json_body=ask), as_json)


@app.command()
def end(
    rule: IdArgument,
    reason: Annotated[str, typer.Argument(help="Why it ends.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """It no longer holds."""
    _say(call("POST", f"/site-rules/{part(rule)}/end", home=home, json_body={"reason": reason}), as_json)


@app.command()
def review(
    rule: IdArgument,
    review_on: Annotated[str, typer.Argument(help="The next day it is looked at, such as 2027-11-24.")],
    reason: Annotated[str, typer.Argument(help="Why it stays.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """It was looked at, and stays."""
    ask = {"reason": reason, "review_on": review_on}
    _say(call("POST", f"/site-rules/{part(rule)}/review", home=home, json_body=ask), as_json)


@app.command()
def export(
    format_: Annotated[
        str, typer.Option("--format", help="domains, hosts, adblock, dnsmasq, unbound or rpz.")
    ] = "domains",
    allow: Annotated[bool, typer.Option(help="The rules that open, instead of those that block.")] = False,
    home: HomeOption = None,
) -> None:
    """Print the rules as a list that other filters read."""
    from controller.reports.export import FORMATS, exported

    if format_ not in FORMATS:
        fail(f"no format {format_[:40]!r}", f"Expected one of {', '.join(FORMATS)}.", MISUSED)
    from controller.clock import SystemClock

    found = call("GET", "/site-rules", home=home, limit=500)
    wanted = [each for each in found["items"] if each["holds"] and each["allow"] is allow]
    now = SystemClock().now()
    typer.echo(exported(map(_rule, wanted), FORMATS[format_], "the school", now, allow=allow), nl=False)


@app.command()
def share(
    file: Annotated[Path, typer.Argument(help="Where the signed file is written.")],
    provider: Annotated[str, typer.Option(help="Whose rules they are.")],
    home: HomeOption = None,
) -> None:
    """Sign the rules that are meant for all schools, for the others to `take`. Prints the key they must trust."""
    from controller.check_filter.signed import own_key
    from controller.clock import SystemClock
    from controller.home import Home
    from controller.reports.shared import Shared, of_answers, public_text, signed

    key = own_key(Home(find_home(home)).state / "provider-rules.key")
    rules = of_answers(call("GET", "/site-rules", home=home, limit=500)["items"])
    file.write_text(signed(Shared(provider, SystemClock().now(), rules), key))
    say(f"{len(rules)} rules. The key to trust: {public_text(key)}")


@app.command()
def take(
    file: Annotated[Path, typer.Argument(help="A file that `caretaker rules share` wrote.")],
    key: Annotated[str, typer.Option(help="The provider's key, as it was told to you by another way than the file.")],
    home: HomeOption = None,
) -> None:
    """Take in a provider's rules: new ones are made, those that are no longer in the file end."""
    from controller.reports.shared import NotTrusted, read

    try:
        shared = read(file.read_text(), key)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: cannot be read: {error}")
    except NotTrusted as error:
        fail(f"{file}: {error}")
    own = call("GET", "/site-rules", home=home, limit=500)["items"]
    had = {_same(each): each["id"] for each in own if each["origin"] == shared.provider}
    wanted = {(each.pattern, each.allow, each.pupils): each for each in shared.rules}
    for asked, rule in wanted.items():
        if asked not in had:
            told = rule.model_dump(exclude={"pupils"}, exclude_none=True)
            scope = {"pupils": rule.pupils, "school": not rule.pupils}
            call("POST", "/site-rules", home=home, json_body={**told, "scope": scope, "origin": shared.provider})
    gone = [rule for same, rule in had.items() if same not in wanted]
    for rule in gone:
        ask = {"reason": f"{shared.provider} no longer has it"}
        call("POST", f"/site-rules/{part(rule)}/end", home=home, json_body=ask)
    say(f"{len(wanted.keys() - had.keys())} rules of {shared.provider} made, {len(gone)} ended.")


def _same(rule: dict[str, Any]) -> tuple[str, bool, bool]:
    return rule["pattern"], rule["allow"], not rule["scope"]["school"]


def _rule(told: dict[str, Any]) -> Any:
    from inventory.site_rules import Scope, SiteRule

    decided_at = datetime.fromisoformat(told["decided_at"])
    return SiteRule(told["id"], told["pattern"], told["allow"], Scope(), decided_at, told["by"], told["reason"])


def _say(rule: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(rule)
    else:
        print_table([_row(rule)], COLUMNS, "")


def _row(rule: dict[str, Any]) -> dict[str, Any]:
    from controller.clock import SystemClock

    scope = rule["scope"]
    whom = (
        "school" if scope["school"] else "pupils" if scope["pupils"] else ", ".join(scope["groups"] + scope["levels"])
    )
    until = moment(rule["until"], SystemClock().now()) if rule["until"] else f"review {rule['review_on']}"
    return {
        **rule,
        "does": ("opens" if rule["allow"] else "blocks") + (" for now" if rule["provisional"] else ""),
        "for": whom,
        "until": "ended" if rule["ended_at"] else until,
    }
