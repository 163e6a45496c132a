"""A lesson that was opened ends on time with the controller and its supervisor killed before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.clock import SystemClock
from controller.demo import roster
from tests.demo.running import Demo, kill
from tests.waiting import until

pytestmark = [pytest.mark.xdist_group("demo killed"), pytest.mark.slow]

YEAR_4 = "127.4.0.11"


def test_a_lesson_closes_on_time_with_controller_and_supervisor_killed(quiet_demo: Demo) -> None:
    quiet_demo.up()
    assert quiet_demo.ask(YEAR_4, "wikipedia.org").blocked
    clock = SystemClock()
    closes_at = clock.now() + timedelta(seconds=25)
    opened = quiet_demo.call("POST", "/windows", {"group": "year-4", "until": closes_at.isoformat()})
    assert opened.status_code == 202, opened.text
    quiet_demo.everywhere(YEAR_4, "wikipedia.org", lambda heard: heard.answered)
    assert quiet_demo.ask(YEAR_4, "wikipedia.org").ttl <= max(1.0, (closes_at - clock.now()).total_seconds())

    supervisor, controller = quiet_demo.process, quiet_demo.pid_of("controller serve")
    assert supervisor is not None
    supervisor.kill()
    kill(controller)
    supervisor.wait()
    until(lambda: controller not in quiet_demo.processes())
    assert clock.now() < closes_at, "too slow a machine: the lesson was over before everybody was dead"
    assert quiet_demo.ask(YEAR_4, "wikipedia.org").answered

    until(lambda: clock.now() >= closes_at + timedelta(seconds=1))
    assert all(quiet_demo.ask(YEAR_4, "wikipedia.org").blocked for _ in range(20)), "every worker, whichever is asked"
    # It goes on for everybody else as well: the youngest, the learning sites, the stranger.
    assert quiet_demo.ask(YEAR_4, "bbc.co.uk").answered
    assert quiet_demo.ask("127.1.0.11", "wikipedia.org").ede == 15
    assert quiet_demo.ask(roster.STRANGER_ADDRESS, "bbc.co.uk").ede == 18
