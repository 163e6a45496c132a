"""Starting one school: checks first, then the processes, then a page that says where everything is."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller import publish, welcome
from controller.addresses import Endpoint, taken
from controller.clock import SystemClock
from controller.demo import enrolment
from controller.demo.prepare import LOCK, group_without_lesson, is_another_school, prepare
from controller.demo.seed import seed
from controller.home import Home
from controller.progress import Progress
from controller.settings import Settings, SettingsError, read_settings
from controller.supervisor import NOTE, Child, Ended, StartFailed, Supervisor, end_leftover
from dns_filter import table_file

ZONES = "response-zones"
SIMULATED = 5
"""Ports of the demo's simulated network; its pages at the door have the next one."""
PYTHON = (sys.executable, "-P", "-m")


class StartRefused(Exception):
    """`up` cannot start; `todo` says what a person can do about it."""

    def __init__(self, message: str, todo: str = "") -> None:
        super().__init__(message)
        self.todo = todo


@dataclass(frozen=True, slots=True)
class Ask:
    """What `caretaker up` was asked for."""

    home: Path
    demo: bool = False
    dns: str | None = None
    api: str | None = None
    first_ssh_port: int = 2201
    workers: int | None = None
    upstreams: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    fresh: bool = False


def start(ask: Ask, asked_to_end: Callable[[], bool]) -> None:
    """Start everything, say where it is, and keep it running until the end is asked for. Raises StartRefused."""
    home = Home(ask.home)
    progress = Progress()
    with _only_one(home):
        if ask.demo:
            _prepare_demo(ask, progress)
        settings = _settings(ask, home)
        _end_leftovers(home, progress)
        _check_ports(ask, settings)
        supervisor = Supervisor(home.run, progress.say, time.monotonic, asked_to_end)
        try:
            _run(ask, settings, home, supervisor, progress)
        except Ended:
            return
        except StartFailed as failed:
            raise StartRefused(str(failed), f"The whole story is in {home.log}.") from failed
        finally:
            progress.close()
            progress.say("stopping")
            supervisor.stop()


def _run(ask: Ask, settings: Settings, home: Home, supervisor: Supervisor, progress: Progress) -> None:
    upstream = _start_all(ask, settings, home, supervisor, progress)
    demo = welcome.Demo(upstream, group_without_lesson(home, SystemClock().now())) if ask.demo else None
    welcome.show(home, settings, demo, progress.seconds())
    supervisor.watch()


@contextmanager
def _only_one(home: Home) -> Iterator[None]:
    """Hold the lock of this school: two controllers in one folder would undo each other's work."""
    home.make()
    with (home.run / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            raise StartRefused(
                f"this school is already running (process {pid}, {home.root})",
                "Stop that one with Ctrl-C first, or name another folder with --home.",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _prepare_demo(ask: Ask, progress: Progress) -> None:
    home = Home(ask.home)
    if is_another_school(home):
        raise StartRefused(
            f"{home.root} holds a school of its own; the demo would write over it",
            "Leave out --demo to run that school, or name another folder with --home.",
        )
    if ask.fresh:
        _end_leftovers(home, progress)  # by their notes, which are about to be forgotten
    prepare(home, ask.first_ssh_port, fresh=ask.fresh)
    seed(home, SystemClock().now())


def _settings(ask: Ask, home: Home) -> Settings:
    """The settings file, overruled by what the command line says."""
    try:
        settings = read_settings(home)
        door = None if settings.doorway.listen else _door(ask)
        return settings.overruled(
            api=ask.api, dns=ask.dns, workers=ask.workers, upstreams=ask.upstreams, lists=ask.lists, door=door
        )
    except (SettingsError, ValueError) as error:
        raise StartRefused(str(error), f"Correct {home.settings} or the option, and start again.") from error


def _door(ask: Ask) -> str | None:
    """The demo's pages at the door, beside its simulated network: port 80 would need root."""
    return f"127.0.0.1:{ask.first_ssh_port + SIMULATED}" if ask.demo else None


def _end_leftovers(home: Home, progress: Progress) -> None:
    # Of an earlier start that was killed: the filter goes on by design, the others may still be about to end.
    for name in ("controller", "simulated-network", "upstream"):
        end_leftover(home.run, name, threading.Event().wait)
    end_leftover(home.run, ZONES, threading.Event().wait)
    if end_leftover(home.run, "dns-filter", threading.Event().wait):
        progress.say("took over from the DNS filter that an earlier run left answering")


def _check_ports(ask: Ask, settings: Settings) -> None:
    for place in settings.dns.endpoints:
        _refuse_if_taken(place, "--dns", "DNS filter", udp=True)
    _refuse_if_taken(settings.api.endpoint, "--api", "API and console", udp=False)
    for place in settings.doorway.endpoints:
        option = "--ssh-port" if ask.demo else "`listen` under [doorway] in settings.toml"
        _refuse_if_taken(place, option, "pages at the door", udp=False)
    for place in settings.dns.encrypted_endpoints:
        _refuse_if_taken(place, "`dot` and `doh` in settings.toml", "encrypted DNS", udp=False)
    if settings.rpz.endpoint is not None:
        _refuse_if_taken(settings.rpz.endpoint, "`listen` under [rpz] in settings.toml", "response zones", udp=True)
    for number in range(SIMULATED if ask.demo else 0):
        _refuse_if_taken(
            Endpoint("127.0.0.1", ask.first_ssh_port + number), "--ssh-port", "simulated network", udp=False
        )


def _refuse_if_taken(place: Endpoint, option: str, what: str, *, udp: bool) -> None:
    reason = taken(place, udp=udp)
    if reason is not None:
        raise StartRefused(
            f"the {what} cannot listen on {place}: {reason}",
            f"Stop the program that holds the port, or choose another with {option}.",
        )


def _start_all(ask: Ask, settings: Settings, home: Home, supervisor: Supervisor, progress: Progress) -> str | None:
    """Every process, and the policy in force at every worker. The address of the demo's own upstream, if it has one."""
    network = _simulated_network(ask, home, supervisor, progress)
    upstream = _own_upstream(ask, home, supervisor)
    settings = settings.overruled(upstreams=(upstream,) if upstream else ())
    # It needs nobody: it begins with the table of the last time, and takes the new one when it comes.
    words = ("controller", "dns", "--home", str(home.root))
    filter_ = _child(home, "dns-filter", *words, environment=settings.as_environment(), outlives=True)
    supervisor.start(filter_)
    if network is not None:
        enrolment.enrol_all(home, supervisor.wait_ready(network, 30))
    progress.step("controller: policy, block lists, first look at the network")
    words = ("controller", "serve", "--home", str(home.root))
    controller = _child(home, "controller", *words, environment=settings.as_environment())
    supervisor.start(controller)
    supervisor.wait_ready(controller, 120)
    progress.step("DNS filter: every worker has the policy")
    _wait_in_force(home, len(supervisor.wait_ready(filter_, 60)["workers"]), supervisor)
    if settings.rpz.listen:
        progress.step("response policy zones")
        _response_zones(home, supervisor)
    progress.done()
    return upstream


def _response_zones(home: Home, supervisor: Supervisor) -> None:
    # Like the filter they outlive everybody: what a resolver has subscribed to must end with the lesson too.
    zones = _child(home, ZONES, "controller", "rpz", "serve", "--json", "--home", str(home.root), outlives=True)
    supervisor.start(zones)
    supervisor.wait_ready(zones, 60)


def _simulated_network(ask: Ask, home: Home, supervisor: Supervisor, progress: Progress) -> Child | None:
    if not ask.demo:
        return None
    progress.step("simulated network: three switches, gateway, Wi-Fi")
    network = _child(home, "simulated-network", "device_drivers.simulator", str(home.root / "site.json"))
    supervisor.start(network)
    return network


def _own_upstream(ask: Ask, home: Home, supervisor: Supervisor) -> str | None:
    """The address of the demo's own upstream, None where other resolvers are asked."""
    if not ask.demo or ask.upstreams or enrolment.a_resolver_answers():
        return None
    upstream = enrolment.start_upstream(home, supervisor, PYTHON)
    return str(supervisor.wait_ready(upstream, 30)["address"])


def _wait_in_force(home: Home, workers: int, supervisor: Supervisor) -> None:
    """Whoever reads that all is up must not be answered by the policy of yesterday."""
    epoch = table_file.read(home.table).epoch

    def in_force() -> bool:
        return sum(ack.epoch >= epoch for ack in publish.acknowledged(home.acks)) >= workers

    supervisor.wait_until(in_force, 20, lambda: f"the DNS filter does not take the published table (epoch {epoch})")


def _child(
    home: Home, name: str, *words: str, environment: dict[str, str] | None = None, outlives: bool = False
) -> Child:
    known_as = {NOTE: name} if outlives else {}
    return Child(name, (*PYTHON, *words), home.log / f"{name}.log", outlives, {**(environment or {}), **known_as})
