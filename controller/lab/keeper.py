"""The process that holds a lab: builds it, and does what it is asked by a socket in its folder. ●

It is started in namespaces of its own (`door.py`); when it ends, all that is in them ends with it.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from controller.lab.acts import Acts
from controller.lab.picture import picture
from controller.lab.plan import layout
from controller.lab.product import Refused
from controller.lab.scenario import NoScenario, read
from controller.lab.school import Disagreement, School
from controller.lab.spaces import LabFailed
from controller.lab.stage import Stage, table
from controller.lab.walk import soak, walk
from inventory.model import Mode

CONTROL = "control.sock"
LONGEST = 1 << 20
Tell = Callable[[str], None]


class Keeper:
    def __init__(self, school: School) -> None:
        self.school = school
        self.acts = Acts(school)
        self._busy = threading.Lock()

    def bring_up(self, mode: Mode, tell: Tell) -> None:
        """As Caretaker comes to a network that somebody else built: look first, then keep it."""
        school = self.school
        school.build()
        tell("switches, gateway, internet and clients stand; everything may reach everything")
        school.write_home()
        school.enrol()
        tell("host keys are enrolled")
        before = school.settings_of_switches()
        school.product.start()
        school.until_points("observed-only", "in-force")
        if school.settings_of_switches() != before:
            raise LabFailed("a port was changed in the mode observe")
        tell("Caretaker looks, and has changed nothing")
        for step in (Mode.REGISTER, Mode.ENFORCE):
            if mode in (step, Mode.ENFORCE):
                school.set_mode(step)
        if mode is Mode.ENFORCE:
            school.until_points("in-force")
            took = school.settle("the first push")
            tell(f"every enforcement point is in force; packets and model agree ({took:.1f} s)")

    def obey(self, ask: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
        """One request; raises what the school raises."""
        match ask:
            case {"do": "status"}:
                return self._status()
            case {"do": "say", "words": str(words)}:
                stage = Stage(self.school, self.acts, tell)
                stage.say(words)
                return {"took": self.school.settle(words)}
            case {"do": "run", "name": str(name), "text": str(text)}:
                stage = Stage(self.school, self.acts, tell)
                stage.play(read(text, name))
                return {"figures": stage.figures}
            case {"do": "walk", "seed": int(seed), "events": int(events)}:
                return walk(self.school, self.acts, seed, events, tell).as_row()
            case {"do": "soak", "minutes": float(minutes)}:
                return soak(self.school, self.acts, minutes, tell)
            case _:
                raise NoScenario("unknown request")

    def _status(self) -> Mapping[str, Any]:
        return {
            "table": table(self.school),
            "picture": picture(self.school.story, self.school.settings_of_switches(), self.school.standing),
            "points": [{key: each[key] for key in ("name", "state", "detail")} for each in self._points()],
            "clock": time.strftime("%A %H:%M:%S", time.gmtime(self.school.now())),
        }

    def _points(self) -> list[dict[str, Any]]:
        try:
            return self.school.product.points()
        except (OSError, Refused):
            return [{"name": "controller", "state": "does not answer", "detail": ""}]

    def serve(self, path: Path) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            path.unlink(missing_ok=True)
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen(8)
            print(json.dumps({"ready": True}), flush=True)  # noqa: T201 (whoever started us waits for this line)
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            while True:
                line, _ = listener.accept()
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line, line.makefile("rw") as file:

            def send(told: Mapping[str, Any]) -> None:
                file.write(json.dumps(told) + "\n")
                file.flush()

            try:
                ask = json.loads(file.readline(LONGEST))
                if not self._busy.acquire(blocking=False):
                    send({"failed": "the lab is busy with another request"})
                    return
                try:
                    told = self.obey(ask, lambda text: send({"say": text}))
                finally:
                    # Before the answer: whoever has it may ask the next thing at once.
                    self._busy.release()
                send({"done": told})
            except (Disagreement, LabFailed, NoScenario, Refused) as error:
                send({"failed": str(error), "differs": isinstance(error, Disagreement)})
            except BrokenPipeError:
                return
            except Exception as error:  # a bug: said to whoever asked, and written down; the lab stays up
                traceback.print_exc()
                send({"failed": f"{type(error).__name__}: {error}"})


def main() -> int:
    folder, switches, mode = Path(sys.argv[1]), int(sys.argv[2]), Mode(sys.argv[3])

    def tell(text: str) -> None:
        print(json.dumps({"say": text}), flush=True)  # noqa: T201

    keeper = Keeper(School(folder, layout(switches)))
    try:
        keeper.bring_up(mode, tell)
    except (LabFailed, Disagreement, Refused, OSError) as error:
        print(json.dumps({"failed": str(error)}), flush=True)  # noqa: T201
        return 1
    keeper.serve(folder / CONTROL)
    return 0


if __name__ == "__main__":
    os._exit(main())
