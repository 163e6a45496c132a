"""Carries out scenarios: each sentence is an act on the school or a look at packets. ●"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.lab.acts import Acts, socket_named
from controller.lab.expect import ways
from controller.lab.plan import AT_HOME, VLANS
from controller.lab.product import Refused
from controller.lab.routes import probes as routes
from controller.lab.routes import tunnels
from controller.lab.scenario import NoScenario, Scenario, Scene
from controller.lab.school import PATIENCE, SETTLED, Disagreement, School
from controller.lab.sentences import SENTENCES
from controller.lab.story import Opening


class Stage:
    """One school, and what was measured on the way: `figures` by their names, in seconds."""

    def __init__(self, school: School, acts: Acts, tell: Callable[[str], None]) -> None:
        self.school, self.acts, self._tell = school, acts, tell
        self.figures: dict[str, float] = {}

    def play(self, scenario: Scenario) -> None:
        """Raises Disagreement where packets do otherwise, NoScenario for a sentence that nobody knows."""
        for scene in scenario.scenes:
            for text in (*scene.given, *scene.when, *scene.then):
                self._words(text)
        self._tell(f"{scenario.name}: {scenario.title}")
        self.acts.rest()
        self.school.settle("the rest before it")
        for scene in scenario.scenes:
            self._play(scenario, scene)

    def _play(self, scenario: Scenario, scene: Scene) -> None:
        for kind, texts in (("given", scene.given), ("when", scene.when), ("then", scene.then)):
            for text in texts:
                began = time.monotonic()
                self.say(text)
                self._tell(f"  {kind:5} {text}   ({time.monotonic() - began:.1f} s)")
        if scene.model:
            took = self.school.settle(f"{scenario.name}: {(*scene.when, *scene.given, 'at rest')[0]}")
            self._tell(f"        packets and model agree ({took:.1f} s)")

    def say(self, text: str) -> None:
        """One sentence, done."""
        name, words = self._words(text)
        getattr(self, f"_{name}")(**words)

    def _words(self, text: str) -> tuple[str, Mapping[str, str]]:
        for name, known in SENTENCES.items():
            if (words := known.words(text)) is not None:
                self._check(text, words)
                return name, words
        raise NoScenario(
            f"nobody knows what {text!r} means; for example: {'; '.join(s.example for s in SENTENCES.values())}"
        )

    def _check(self, text: str, words: Mapping[str, str]) -> None:
        layout = self.school.layout
        known: Mapping[str, Any] = {
            "client": AT_HOME,
            "other": AT_HOME,
            "switch": layout.switches,
            "way": ways(),
            "segment": VLANS,
        }
        for key, values in known.items():
            if key in words and words[key] not in values:
                raise NoScenario(f"{text!r}: no {key} {words[key]!r}; there are {', '.join(values)}")

    # -- acts: their names are the keys above ----------------------------------------------------------------------

    def _open(self, who: str, group: str, seconds: str) -> None:
        self.acts.open(group, float(seconds), account=who)

    def _exam(self, group: str, seconds: str) -> None:
        self.acts.open(group, float(seconds), Opening.EXAM)

    def _pause(self, group: str, seconds: str) -> None:
        self.acts.open(group, float(seconds), Opening.PAUSE)

    def _end(self, group: str) -> None:
        self.acts.end(group)

    def _plug(self, client: str, switch: str, port: str) -> None:
        self.school.plug(client, socket_named(self.school, switch, port))

    def _home(self, client: str) -> None:
        self.school.plug(client, self.school.layout.home[client])

    def _borrow(self, client: str, switch: str, port: str, other: str) -> None:
        self.school.plug(client, socket_named(self.school, switch, port), borrow=other)

    def _unplug(self, client: str) -> None:
        self.school.unplug(client)

    def _hold(self, client: str) -> None:
        self.acts.hold(client)

    def _release(self, client: str) -> None:
        self.acts.release(client)

    def _bar(self, client: str) -> None:
        self.acts.bar(client)

    def _readmit(self, client: str) -> None:
        self.acts.readmit(client)

    def _register(self, client: str) -> None:
        self.acts.register(client)

    def _visit(self, client: str) -> None:
        self.acts.register_visitor(client)

    def _scan(self, client: str, found: str) -> None:
        self.acts.scan(client, harmful=found == "harmful")

    def _stick(self, person: str, what: str, end: str) -> None:
        let_in = self.acts.desk.scan_stick(person, harmful=what == "a virus")
        if let_in is not (end == "let in"):
            raise Disagreement((), f"a pen drive of {person} with {what} was {'let in' if let_in else 'refused'}")

    def _share(self, client: str, other: str) -> None:
        self.school.share(client, other)

    def _hub(self, client: str, other: str) -> None:
        self.school.hub(client, other)

    def _sanction(self, client: str, seconds: str) -> None:
        self.acts.sanction(client, float(seconds))

    def _forgive(self, client: str) -> None:
        self.acts.forgive(client)

    def _withdraw(self, person: str) -> None:
        self.acts.withdraw(person)

    def _sign(self, person: str) -> None:
        self.acts.sign(person)

    def _emergency(self) -> None:
        self.acts.close_everything()

    def _all_clear(self) -> None:
        self.acts.all_clear()

    def _kill_controller(self) -> None:
        self.acts.kill_controller()

    def _kill_all(self) -> None:
        self.acts.kill_everything()

    def _start(self) -> None:
        self.acts.start_again()

    def _restart(self, day: str, hour: str) -> None:
        """The hours between are left out: the product is stopped, its clock set, and it is started as on a morning."""
        moment = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=UTC)
        product = self.school.product
        product.stop()
        # Before the hour by as long as a start takes here, so that it is up when the hour comes.
        self.school.set_clock(max(moment - timedelta(seconds=product.took * 1.5 + 2), _at(self.school.now())))
        product.start()
        time.sleep(max(0.0, moment.timestamp() - self.school.now()))  # noqa: TID251 (the hour comes)

    def _clock(self, where: str, seconds: str) -> None:
        self.acts.move_clock(float(seconds) * (-1 if where == "back" else 1))

    def _later(self) -> None:
        self.school.forget_macs()
        at = _at(self.school.now() + 16 * 60)
        self._restart(f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}")

    def _kill_filter(self) -> None:
        self.acts.kill_filter()

    def _feed_down(self, feed: str) -> None:
        self.acts.feed(feed, up=False)

    def _feed_up(self, feed: str) -> None:
        self.acts.feed(feed, up=True)

    def _cut(self, switch: str) -> None:
        self.acts.cut_power(switch)

    def _boot(self, switch: str) -> None:
        self.acts.power_back(switch)

    def _split(self, switch: str) -> None:
        self.acts.split(switch)

    def _heal(self, switch: str) -> None:
        self.acts.heal(switch)

    def _flood(self, client: str, frames: str) -> None:
        self.acts.flood(client, int(frames))

    def _wait(self, seconds: str) -> None:
        time.sleep(float(seconds))  # noqa: TID251 (the scenario says so)

    # -- looks -----------------------------------------------------------------------------------------------------

    def _reaches(self, client: str, way: str, within: str = str(SETTLED)) -> None:
        self._until(client, way, float(within) * PATIENCE, expected=True)

    def _not(self, client: str, way: str, within: str = str(SETTLED)) -> None:
        self._until(client, way, float(within) * PATIENCE, expected=False)

    def _until(self, client: str, way: str, seconds: float, *, expected: bool) -> float:
        began = time.monotonic()
        while self._is_open(client, way) is not expected:
            self.school.renew_moved()
            if time.monotonic() - began > seconds:
                said = f"{client} {'does not reach' if expected else 'reaches'} {way} after {seconds:.0f} s"
                raise Disagreement((), f"{said} ({self.school.why(client)})")
        return time.monotonic() - began

    def _is_open(self, client: str, way: str) -> bool:
        time.sleep(0.03)  # noqa: TID251 (a client may ask so often, and no more)
        # Without an address, because its link is just down or it is plugged in nowhere, it reaches nothing.
        tried = [probe for probe in routes(self.school.story) if (probe.client, probe.way) == (client, way)]
        return any(self.school.measure(tried).values())

    def _tunnels(self, client: str, how: str, within: str = str(SETTLED)) -> None:
        began = time.monotonic()
        while wrong := [
            probe.way
            for probe, is_open in self.school.measure(tunnels(client)).items()
            if is_open is not (how == "every")
        ]:
            if time.monotonic() - began > float(within) * PATIENCE:
                said = "does not get through" if how == "every" else "gets through"
                raise Disagreement((), f"{client} {said} {', '.join(wrong)} after {within} s")

    def _vlan(self, client: str, segment: str, within: str = str(SETTLED)) -> None:
        socket, began = self.school.story.clients[client].socket, time.monotonic()
        while socket is None or self.school.settings_of_switches().get(socket) != VLANS[segment]:
            self.school.renew_moved()
            self.school.measure(probe for probe in routes(self.school.story) if probe.client == client)
            if time.monotonic() - began > float(within) * PATIENCE:
                raise Disagreement((), f"{client} does not stand in {segment} after {within} s")

    def _last(self, client: str, seconds: str) -> None:
        """From its first packet, which is that of DHCP, to the last that reaches another device of its segment."""
        spent = self._packets_of(client)
        self.figures["first to last packet of a stranger"] = spent
        if spent > float(seconds) * PATIENCE:
            raise Disagreement((), f"the last packet of {client} passed {spent:.2f} s after the first")

    def _packets_of(self, client: str) -> float:
        first = last = self.school.plugged[client]
        quiet = time.monotonic()
        while time.monotonic() - quiet < 3.0:
            if self._is_open(client, "to-pupil"):
                last = quiet = time.monotonic()
        return last - first

    def _bell(self, client: str, way: str, seconds: str) -> None:
        """Waits for the end of the window that is open, and measures the last answer that still came."""
        group = AT_HOME[client].group
        ends = max(each.closes for each in self.school.story.said.windows if each.group == group)
        last = 0.0
        while self.school.now() < ends + max(3.0, float(seconds) * PATIENCE):
            sent = self.school.now()
            if self.school.now() > ends - 2 and self._is_open(client, way):
                last = sent
        late = last - ends
        self.figures[f"last answer after the bell, {way}"] = late
        if not -2.5 * PATIENCE < late <= float(seconds) * PATIENCE:
            raise Disagreement((), f"the last answer of {way} came {late:+.2f} s after the bell")

    def _alarm(self, kind: str) -> None:
        began = time.monotonic()
        while kind not in {each["kind"] for each in self.school.product.ask("GET", "/alarms")["items"]}:
            if time.monotonic() - began > SETTLED:
                raise Disagreement((), f"there is no alarm about {kind}")

    def _refused(self, who: str, group: str) -> None:
        try:
            self.acts.open(group, 60, account=who)
        except Refused:
            return
        raise Disagreement((), f"{who} opened {group}")


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def table(school: School) -> str:
    """Who reaches what now, as it is measured: a row for each client."""
    found = school.measure()
    names = ways()
    by_client: dict[str, dict[str, bool]] = {}
    for probe, is_open in found.items():
        by_client.setdefault(probe.client, {})[probe.way] = is_open
    head = f"{'':9} {'VLAN':>4} {'address':13} " + " ".join(names)
    rows = [head]
    for name, client in school.story.clients.items():
        told = by_client.get(name, {})
        cells = " ".join(("+" if told.get(way) else "." if way in told else " ").center(len(way)) for way in names)
        vlan = school.settings_of_switches().get(client.socket) if client.socket else None
        rows.append(f"{name:9} {vlan or '-':>4} {client.address or '-':13} {cells}")
    return "\n".join(rows)
