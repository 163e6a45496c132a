"""The commands of `caretaker`, gathered. Each lives in a file of its own below `controller/commands/`."""

from __future__ import annotations

import typer

from controller.commands import (
    accounts,
    agreements,
    alarms,
    apply,
    backups,
    break_glass,
    cases,
    check_filter,
    clauses,
    demo,
    devices,
    dns,
    doctor,
    drivers,
    emergency,
    explain,
    export,
    import_,
    init,
    lab,
    lists,
    plan,
    policy,
    prove,
    query_log,
    radius,
    replay,
    reports,
    rpz,
    rules,
    sanctions,
    serve,
    simulate,
    station,
    switches,
    timetable,
    up,
    who,
    windows,
)

app = typer.Typer(
    name="caretaker",
    help="Opens and locks a school's network the way the site caretaker opens and locks its gates.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up.up)
app.command()(init.init)
app.add_typer(policy.app, name="policy")
app.command()(plan.plan)
app.command()(apply.apply)
app.command()(prove.prove)
app.command()(explain.explain)
app.command()(simulate.simulate)
app.add_typer(windows.app, name="windows")
app.add_typer(timetable.app, name="timetable")
app.add_typer(emergency.app, name="emergency")
app.add_typer(sanctions.app, name="sanctions")
app.add_typer(agreements.app, name="agreements")
app.add_typer(reports.app, name="reports")
app.add_typer(cases.app, name="cases")
app.add_typer(rules.app, name="rules")
app.add_typer(clauses.app, name="clauses")
app.add_typer(devices.app, name="devices")
app.command("import")(import_.import_)
app.command()(export.export)
app.command()(who.who)
app.add_typer(alarms.app, name="alarms")
app.add_typer(station.app, name="station")
app.add_typer(switches.app, name="switches")
app.add_typer(accounts.app, name="accounts")
app.add_typer(lists.app, name="lists")
app.add_typer(rpz.app, name="rpz")
app.add_typer(check_filter.app, name="check-filter")
app.add_typer(radius.app, name="radius")
app.add_typer(query_log.app, name="query-log")
app.command()(replay.replay)
app.add_typer(drivers.app, name="drivers")
app.add_typer(backups.app, name="backups")
app.command()(dns.dns)
app.command()(doctor.doctor)
app.command()(break_glass.break_glass)
app.add_typer(demo.app, name="demo")
app.add_typer(lab.app, name="lab")
app.command(hidden=True)(serve.serve)


def main() -> None:
    """Exit status: 0 done, 1 found wrong, 2 misused."""
    app()
