"""All devices of a site in one process: one thread accepts for all, each login has its own."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from device_drivers.simulator.control import ControlServer
from device_drivers.simulator.device import Device
from device_drivers.simulator.faults import Fault
from device_drivers.simulator.site import PlugSite, Site
from device_drivers.simulator.world import World


class Simulator:
    """`start` listens everywhere or nowhere; `stop` ends every thread it began."""

    def __init__(self, site: Site, clock: Callable[[], float] = time.monotonic) -> None:
        self.site = site
        self.world = World(site.world)
        self.devices: dict[str, Device] = {}
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="simulator", daemon=True)
        self._control: ControlServer | None = None

    def start(self) -> Mapping[str, Mapping[str, object]]:
        """Gives name -> host, port, fingerprint. Raises TakenPort, ValueError for an unknown dialect."""
        directory = Path(self.site.directory)
        try:
            for site in self.site.devices:
                self.devices[site.name] = Device(site, self.world, directory, self._clock)
            if self.site.control:
                self._control = ControlServer(directory / self.site.control, self.answer)
        except Exception:
            self._close_all()
            raise
        self._selector.register(self._woken, selectors.EVENT_READ)
        for device in self.devices.values():
            self._selector.register(device.listener, selectors.EVENT_READ, device)
        self._thread.start()
        return {name: device.describe() for name, device in self.devices.items()}

    def stop(self) -> None:
        self._wake.close()
        if self._thread.ident:
            self._thread.join()
        self._close_all()

    def answer(self, message: Mapping[str, object]) -> Mapping[str, object]:
        """One order of the control socket. Raises ValueError or KeyError for one that makes no sense."""
        rest = {key: value for key, value in message.items() if key != "do"}
        match message.get("do"):
            case "plug":
                plug = PlugSite.model_validate(rest)
                self._device(plug.switch)
                self.world.plug(plug)
                return {"plugged": plug.mac}
            case "unplug":
                return {"unplugged": self.world.unplug(str(rest.get("mac")))}
            case "fault":
                self._device(str(rest.pop("device", ""))).order(Fault.model_validate(rest))
                return {"fault": rest}
            case "state":
                return self._state()
            case other:
                raise ValueError(f"no such order: {other!r}; there are plug, unplug, fault and state")

    def _state(self) -> Mapping[str, object]:
        return {
            "devices": {name: device.state() for name, device in self.devices.items()},
            "world": [plug.model_dump() for plug in self.world.everything()],
        }

    def _device(self, name: str) -> Device:
        if name not in self.devices:
            raise ValueError(f"no device {name!r}; there are {', '.join(self.devices)}")
        return self.devices[name]

    def _accept(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                key.data.take()

    def _close_all(self) -> None:
        if self._control:
            self._control.close()
        for device in self.devices.values():
            device.close()
        self._selector.close()
        self._woken.close()
        self._wake.close()
