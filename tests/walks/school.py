"""A whole school for the walks: real store, loop, network, API and simulated devices, and a filter of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from controller.accounts import SYSTEM, Account, TokenKind, make_token
from controller.clock import Clock
from controller.home import Home
from controller.site import Site, open_site
from device_drivers.session import enrol, remember
from device_drivers.simulator import site as simulated
from device_drivers.simulator.simulator import Simulator
from inventory.model import Admission, Device, Mac, Mode, Purpose, Switch, SwitchName, YearGroupId
from inventory.roster import write_devices, write_switches
from tests.fakes.upstream import FakeUpstream
from tests.walks.policy import LISTS, OUTSIDE, POLICY
from tests.walks.running_filter import running_filter
from tests.walks.speaking import Heard, access_vlan, look_up, run_there

USERNAME, PASSWORD = "caretaker", "gate-key-7"
QUARANTINE, PUPILS = 999, 20
SWITCH, GATEWAY = "sw-hall", "gateway"

IPAD_5, IPAD_6, IPAD_1 = "127.5.0.11", "127.6.0.11", "127.1.0.11"
LAPTOP, PRINTER, STRANGER = "127.30.0.11", "127.40.0.31", "127.5.0.200"
STRANGERS_MAC = "f0:9f:c2:66:00:01"


def _known(mac: str, name: str, kind: str, **who: Any) -> Device:
    return Device(Mac(mac), name, kind, Admission.REGISTERED, **who)


KNOWN = {
    IPAD_5: _known("3c:22:fb:05:00:11", "ipad-5-11", "school-ipad", year_group=YearGroupId("year-5")),
    IPAD_6: _known("3c:22:fb:06:00:11", "ipad-6-11", "school-ipad", year_group=YearGroupId("year-6")),
    IPAD_1: _known("3c:22:fb:01:00:11", "ipad-1-11", "school-ipad", year_group=YearGroupId("year-1")),
    LAPTOP: _known("a4:83:e7:30:00:11", "laptop-teacher", "school-laptop", role="teacher"),
    PRINTER: _known("00:1b:a9:41:00:31", "printer-hall", "printer"),
}
ON_THE_WIRE = {LAPTOP: "Gi1/0/1", PRINTER: "Gi1/0/2"}
STRANGERS_PORT, FREE_PORT = "Gi1/0/3", "Gi1/0/7"


@dataclass
class School:
    """Everything that runs. `site` and `url` are of the controller; `leave_controller` makes it go away for good."""

    home: Home
    simulator: Simulator
    upstream: FakeUpstream
    site: Site
    url: str
    dns_port: int
    _controller: ExitStack
    _tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, client: str, name: str, qtype: str = "A", *, tcp: bool = False) -> Heard:
        return look_up(client, name, self.dns_port, qtype, tcp=tcp)

    def call(self, who: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx2.Response:
        """One request to the API with the token of an account: `teacher` of Year 5, or `technician`."""
        headers = {"Authorization": f"Bearer {self._token(who)}"}
        return httpx2.request(
            method, f"{self.url}/api/v1{path}", headers=headers, json=body, timeout=60, trust_env=False
        )

    def get(self, who: str, path: str) -> Any:
        reply = self.call(who, "GET", path)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def plug_in(self, mac: str, address: str, port: str) -> None:
        order = {"do": "plug", "mac": mac, "switch": SWITCH, "port": port, "address": address, "hostname": "laptop"}
        self.simulator.answer(order)

    def vlan_of(self, port: str) -> int:
        """Read back at the switch, over SSH, with a client that is not the product's."""
        return access_vlan(self.simulator.devices[SWITCH].port, USERNAME, PASSWORD, port)

    def let_out(self) -> Mapping[str, int]:
        """Address -> seconds left, as the gateway's own kernel would list them."""
        port = self.simulator.devices[GATEWAY].port
        listed = json.loads(run_there(port, USERNAME, PASSWORD, "sudo -n nft -j list table inet caretaker"))
        sets = [node["set"] for node in listed["nftables"] if "set" in node]
        elements = [each["elem"] for one in sets for each in one.get("elem", ()) if isinstance(each, dict)]
        return {str(element["val"]): element["expires"] for element in elements if "expires" in element}

    def leave_controller(self) -> None:
        """Loop, network and API end; simulated devices and the filter's process go on."""
        self._controller.close()

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            now = self.site.clock.now()
            groups = frozenset({"year-5"}) if who == "teacher" else frozenset[str]()
            account = Account(f"{who}-of-the-walks", who, groups=groups)
            self.site.store.put_account(account, SYSTEM, now)
            secret, token = make_token(account, "for the walks", TokenKind.API, now, lasts=timedelta(hours=1))
            self.site.store.add_token(token, SYSTEM, now)
            self._tokens[who] = secret
        return self._tokens[who]


@contextmanager
def open_school(folder: Path, clock: Clock | None = None) -> Iterator[School]:
    """Started once for a module: a second or two. `clock` is the controller's; everybody else has the machine's."""
    home = Home(folder / "school")
    home.make()
    with ExitStack() as outside, ExitStack() as controller:
        upstream = outside.enter_context(FakeUpstream(OUTSIDE))
        simulator = Simulator(_network(folder / "network"))
        simulator.start()
        outside.callback(simulator.stop)
        _write_files(home, simulator, upstream)
        site = open_site(home.root, clock)
        url = controller.enter_context(site.running())
        port = outside.enter_context(running_filter(home, ("--home", str(home.root), "--no-rate-limit")))
        yield School(home, simulator, upstream, site, url, port, controller)


def _network(folder: Path) -> simulated.Site:
    vlan = {LAPTOP: 30, PRINTER: 40}
    wired = {port: vlan[address] for address, port in ON_THE_WIRE.items()}
    ports = [
        simulated.PortSite(name=f"Gi1/0/{number}", vlan=wired.get(f"Gi1/0/{number}", QUARANTINE))
        for number in range(1, 9)
    ]
    uplink = simulated.PortSite(name="Gi1/0/24", kind="trunk", neighbour=simulated.NeighbourSite(name="core"))
    vlans = {"20": "pupils", "30": "staff", "40": "things", "999": "quarantine"}
    switch = simulated.DeviceSite(
        name=SWITCH, dialect="cisco_ios", password=PASSWORD, vlans=vlans, ports=(*ports, uplink)
    )
    gateway = simulated.DeviceSite(name=GATEWAY, dialect="linux", password=PASSWORD)
    plugs = [_plug(device.mac, address) for address, device in KNOWN.items()]
    stranger = simulated.PlugSite(mac=STRANGERS_MAC, switch=SWITCH, port=STRANGERS_PORT, address=STRANGER)
    return simulated.Site(devices=(switch, gateway), world=(*plugs, stranger), directory=str(folder))


def _plug(mac: str, address: str) -> simulated.PlugSite:
    """On the switch, or in the air of the gateway's own radio."""
    if address in ON_THE_WIRE:
        return simulated.PlugSite(mac=mac, switch=SWITCH, port=ON_THE_WIRE[address], address=address)
    return simulated.PlugSite(mac=mac, switch=GATEWAY, port="wlan0", address=address, vlan=PUPILS)


def _write_files(home: Home, simulator: Simulator, upstream: FakeUpstream) -> None:
    home.policy.write_text(POLICY)
    (home.root / "lists").mkdir()
    for category, names in LISTS.items():
        (home.root / "lists" / f"{category}.txt").write_text("\n".join(names))
    home.devices.write_text(write_devices(KNOWN.values()))
    plan = ((SWITCH, "cisco_ios", Purpose.ACCESS), (GATEWAY, "linux_gateway", Purpose.GATEWAY))
    switches = [
        Switch(SwitchName(name), "127.0.0.1", simulator.devices[name].port, platform, purpose, Mode.ENFORCE, "school")
        for name, platform, purpose in plan
    ]
    home.switches.write_text(write_switches(switches))
    for switch in switches:
        remember(home.known_hosts, enrol(switch.host, switch.ssh_port))
    home.secrets.write_text(f'[credentials.school]\nusername = "{USERNAME}"\npassword = "{PASSWORD}"\n')
    home.secrets.chmod(0o600)
    home.settings.write_text(
        f'[api]\nlisten = "127.0.0.1:0"\n[dns]\nlisten = ["127.0.0.1:0"]\nworkers = 1\n'
        f'upstreams = ["{upstream.address}"]\n[enforcement]\npoll = 0.5\n'
    )
