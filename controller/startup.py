"""Starting one school: checks first, then the processes, then a page that says where everything is."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller import welcome
from controller.addresses import Endpoint, taken
from controller.clock import SystemClock
from controller.home import Home
from controller.progress import Progress
from controller.settings import Settings, SettingsError, read_settings
from controller.supervisor import Child, StartFailed, Supervisor, end_leftover

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


def start(ask: Ask) -> None:
    """Start everything, say where it is, and keep it running until KeyboardInterrupt."""
    home = Home(ask.home)
    progress = Progress()
    with _only_one(home):
        if ask.demo:
            _prepare_demo(ask)
        settings = _settings(ask, home)
        _check_ports(ask, settings, home, progress)
        supervisor = Supervisor(home.run, progress.say, time.monotonic)
        try:
            upstream = _start_demo(ask, home, supervisor, progress) if ask.demo else None
            settings = settings.overruled(upstreams=(upstream,) if upstream else ())
            _start_product(settings, home, supervisor, progress)
            progress.done()
            welcome.show(home, settings, welcome.Demo(upstream) if ask.demo else None, progress.seconds())
            supervisor.watch()
        except StartFailed as failed:
            raise StartRefused(str(failed), f"The whole story is in {home.log}.") from failed
        finally:
            progress.close()
            _stop(supervisor)


def _stop(supervisor: Supervisor) -> None:
    # A second Ctrl-C must not leave half of the processes behind.
    stopping = threading.Thread(target=supervisor.stop)
    stopping.start()
    while stopping.is_alive():
        try:
            stopping.join()
        except KeyboardInterrupt:
            continue


@contextmanager
def _only_one(home: Home) -> Iterator[None]:
    """Hold the lock of this school: two controllers in one folder would undo each other's work."""
    home.make()
    with (home.run / "up.lock").open("a+") as lock:
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


def _prepare_demo(ask: Ask) -> None:
    from controller.demo.prepare import prepare
    from controller.demo.seed import seed

    home = Home(ask.home)
    prepare(home, ask.first_ssh_port, fresh=ask.fresh)
    seed(home, SystemClock().now())


def _settings(ask: Ask, home: Home) -> Settings:
    """The settings file, overruled by what the command line says."""
    try:
        settings = read_settings(home)
        return settings.overruled(
            api=ask.api, dns=ask.dns, workers=ask.workers, upstreams=ask.upstreams, lists=ask.lists
        )
    except (SettingsError, ValueError) as error:
        raise StartRefused(str(error), f"Correct {home.settings} or the option, and start again.") from error


def _check_ports(ask: Ask, settings: Settings, home: Home, progress: Progress) -> None:
    if end_leftover(home.run, "dns-filter", threading.Event().wait):
        progress.say("took over from the DNS filter that an earlier run left answering")
    for place in settings.dns.endpoints:
        _refuse_if_taken(place, "--dns", "DNS filter", udp=True)
    _refuse_if_taken(settings.api.endpoint, "--api", "API and console", udp=False)
    for number in range(5 if ask.demo else 0):
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


def _start_demo(ask: Ask, home: Home, supervisor: Supervisor, progress: Progress) -> str | None:
    """The address of the demo's own upstream, None where other resolvers are asked."""
    from controller.demo import enrolment

    progress.step("starting the simulated network (three switches, gateway, Wi-Fi)")
    network = _child(home, "simulated-network", "device_drivers.simulator", str(home.root / "site.json"))
    supervisor.start(network)
    upstream = None
    if not ask.upstreams and not enrolment.a_resolver_answers():
        child = enrolment.start_upstream(home, supervisor, PYTHON)
        upstream = str(supervisor.wait_ready(child, 20)["address"])
    enrolment.enrol_all(home, supervisor.wait_ready(network, 30))
    return upstream


def _start_product(settings: Settings, home: Home, supervisor: Supervisor, progress: Progress) -> None:
    environment = settings.as_environment()
    progress.step("starting the controller")
    controller = _child(home, "controller", "controller", "serve", "--home", str(home.root), environment=environment)
    supervisor.start(controller)
    progress.step("compiling block lists and policy")
    supervisor.wait_ready(controller, 120)
    progress.step("starting the DNS filter")
    words = ("controller", "dns", "--home", str(home.root))
    filter_ = _child(home, "dns-filter", *words, environment=environment, outlives=True)
    supervisor.start(filter_)
    supervisor.wait_ready(filter_, 60)


def _child(
    home: Home, name: str, *words: str, environment: dict[str, str] | None = None, outlives: bool = False
) -> Child:
    return Child(name, (*PYTHON, *words), home.log / f"{name}.log", outlives, environment or {})
