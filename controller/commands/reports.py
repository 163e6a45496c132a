"""`caretaker reports`: reporting a site, by hand, from a letter, or from a mailbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, say
from controller.commands.remote import call

app = typer.Typer(help="Report a site: by hand, from a letter, from a mailbox.", no_args_is_help=True)


@app.command()
def add(
    site: Annotated[str, typer.Argument(help="The address of the page, or its name.")],
    said: Annotated[str, typer.Argument(help="What was seen.")] = "",
    block: Annotated[
        bool, typer.Option(help="Block it for pupils at once, until somebody confirms or it lapses.")
    ] = False,
    open_for: Annotated[str | None, typer.Option(help="It is blocked: open it for this year group or role.")] = None,
    by: Annotated[str | None, typer.Option(help="By when it is needed, such as 2026-12-03.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Report a site, or ask for one to be opened."""
    if open_for:
        ask = {"site": site, "said": said, "wanted_for": open_for, "wanted_by": by}
        filed = call("POST", "/reports/unblock-requests", home=home, json_body=ask)
    else:
        filed = call("POST", "/reports", home=home, json_body={"site": site, "said": said, "block": block})
    if as_json:
        print_json(filed)
    else:
        _say(filed)


@app.command("read-mail")
def read_mail(
    file: Annotated[Path, typer.Argument(help="A message as it came (RFC 5322); - for standard input.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Take a letter as a report. It counts as a stranger's word, whoever it says it is from."""
    from controller.reports.mail import LARGEST

    try:
        raw = sys.stdin.buffer.read(LARGEST + 1) if str(file) == "-" else _octets(file, LARGEST + 1)
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}")
    filed = _from_letter(raw, home)
    if as_json:
        print_json(filed)
        return
    for each in filed:
        _say(each)


@app.command("read-mailbox")
def read_mailbox(
    host: Annotated[str, typer.Argument(help="The mail server (IMAP with TLS).")],
    credentials: Annotated[str, typer.Argument(help="Its entry in secrets.toml: [credentials.NAME].")],
    folder: Annotated[str, typer.Option(help="Which folder.")] = "INBOX",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 993,
    ca_file: Annotated[str, typer.Option(help="A further certificate authority.")] = "",
    home: HomeOption = None,
) -> None:
    """Take every new letter of a mailbox as a report; for a timer of the system, once a minute."""
    from controller.commands.remote import find_home
    from controller.home import Home
    from controller.reports.mail import Unreadable
    from controller.reports.mailbox import Mailbox, MailboxTrouble, new_letters
    from controller.secrets_file import SecretsError, read_secrets

    try:
        known = read_secrets(Home(find_home(home)).secrets)
    except SecretsError as error:
        fail(str(error))
    if credentials not in known:
        fail(f"secrets.toml has no [credentials.{credentials[:40]}]", "Add it with username and password.", MISUSED)
    box = Mailbox(host, known[credentials].username, known[credentials].password, port, folder, ca_file)
    taken = skipped = 0
    try:
        for raw in new_letters(box):
            try:
                taken += len(_from_letter(raw, home, tell=Unreadable))
            except Unreadable as error:
                skipped += 1
                say(f"a letter is left out: {error}", err=True)
    except MailboxTrouble as error:
        fail(str(error))
    say(f"{taken} reports taken, {skipped} letters left out.")


def _from_letter(raw: bytes, home: Path | None, tell: type[Exception] | None = None) -> list[dict[str, Any]]:
    """Every site in it is a report of its own; a letter without one is a report that a person reads."""
    from controller.reports.mail import Unreadable, read_letter

    try:
        letter = read_letter(raw, _own_domains(home))
        if not letter.said.strip(": "):
            raise Unreadable("there is nothing in it")
    except Unreadable as error:
        if tell is not None:
            raise
        fail(str(error), status=FOUND_WRONG)
    ask = {"said": letter.said, "by": letter.sender[:80], "means": "mail"}
    return [call("POST", "/reports", home=home, json_body={**ask, "site": site}) for site in letter.sites or ("",)]


def _own_domains(home: Path | None) -> frozenset[str]:
    """The domains of the responsible persons' letters: they stand in every answer. None where no policy can be read."""
    from controller.commands.remote import find_home
    from controller.home import Home
    from controller.policy.file import PolicyError, read

    try:
        named = read(Home(find_home(home)).policy).policy.responsible
    except (OSError, PolicyError):
        return frozenset()
    people = (named.ict_lead, named.deputy, named.head, named.safeguarding_lead)
    return frozenset(each.email.rpartition("@")[2].lower() for each in people)


def _octets(file: Path, most: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(most)


def _say(filed: dict[str, Any]) -> None:
    voices = f"{filed['voices']} voices" if filed["voices"] > 1 else "the first voice"
    say(f"Case {filed['case']}: {filed['site'] or 'no name could be read'}, {voices}.")
    if filed["block"]:
        say(f"Blocked for pupils until {filed['block']['until']} unless somebody confirms it.")
    elif filed["not_blocked"]:
        say(filed["not_blocked"])
    say(f"Its answer: receipt {filed['receipt']}")
