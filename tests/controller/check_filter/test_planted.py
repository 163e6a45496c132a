"""Each thing that can be wrong with a filter, planted in one that runs on real lists: the check finds it, by name."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.addresses import Endpoint
from controller.check_filter.outcome import Finding
from controller.check_filter.routes import Route, findings, open_routes
from dns_filter.model import FilterTable
from inventory.site_rules import Scope, SiteRule
from tests.controller.check_filter.school import CheckedSchool, open_school, straying_worker
from tests.fakes.upstream import FakeUpstream
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("check of a filter")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedSchool]:
    with open_school(tmp_path_factory.mktemp("checked")) as opened:
        yield opened


def told(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(each.kind, each.subject) for each in found]


def test_a_filter_that_does_what_the_policy_says_passes(school: CheckedSchool) -> None:
    run = school.check().run
    assert told(run.findings) == []
    assert run.good
    categories = {line.subject: line.asked for line in run.lines if line.seat == "level key-stage-2"}
    assert categories["category games"] == categories["category terrorism"] == 5
    assert {line.subject for line in run.lines} >= {"lessons", "strangers", "safe search Google", "encrypted resolvers"}


def test_nothing_of_a_check_stands_in_the_query_log(school: CheckedSchool) -> None:
    school.check()
    counted = {path.name for path in school.home.log.rglob("*") if path.is_file() and b"poki" in path.read_bytes()}
    assert counted == set()
    assert not school.home.events.exists()


def test_a_category_that_was_switched_off_by_hand_is_found(school: CheckedSchool) -> None:
    def without_games(table: FilterTable) -> FilterTable:
        profiles = {
            name: profile.model_copy(update={"block": tuple(c for c in profile.block if c != "games")})
            if name == "key-stage-2"
            else profile
            for name, profile in table.profiles.items()
        }
        return table.model_copy(update={"profiles": profiles})

    school.change_table(without_games)
    run = school.check().run
    assert told(run.findings) == [("open", "category games, level key-stage-2")]
    assert not run.good
    alarms = [alarm.subject for alarm in school.site.store.alarms()]
    assert "open: category games, level key-stage-2" in alarms
    school.change_table(
        lambda table: table.model_copy(update={"profiles": school.site.loop.turns.turn().table.profiles})
    )


def test_a_category_that_the_policy_no_longer_blocks_is_a_difference_to_yesterday(school: CheckedSchool) -> None:
    assert school.check().run.good
    school.change_policy("block: [games, {service: tiktok}", "block: [{service: tiktok}")
    checked = school.check()
    assert told(checked.run.findings) == [("changed", "category games, level key-stage-2")]
    school.change_policy("block: [{service: tiktok}", "block: [games, {service: tiktok}")


def test_a_rule_about_a_reported_site_that_lapsed_is_found(school: CheckedSchool) -> None:
    now = school.site.clock.now()
    rule = SiteRule(
        "", "bad.example", False, Scope(pupils=True), now, "teacher", "ugly pictures", now + timedelta(seconds=40), True
    )
    school.site.store.put_site_rule(rule, SYSTEM, now)
    school.turn()
    run = school.check().run
    lines = [line for line in run.lines if line.subject == "reported site bad.example"]
    assert {line.seat for line in lines} == {"level key-stage-2", "level approved-only"}
    assert all(line.right == line.asked for line in lines)
    until(lambda: school.site.clock.now() >= rule.until)
    run = school.check().run
    assert told(run.findings) == [("lapsed", "reported site bad.example")]
    assert "nobody did" in run.findings[0].text
    assert told(school.check().run.findings) == []


def test_a_worker_that_serves_an_old_epoch_is_found(school: CheckedSchool, tmp_path: Path) -> None:
    with straying_worker(school, tmp_path):
        assert school.check().run.good
        school.change_table(lambda table: table)
        run = school.check().run
        assert [each.kind for each in run.findings] == ["stale"]
        assert "published is" in run.findings[0].text
    assert school.check().run.good


def test_a_filter_that_is_not_there_is_found(school: CheckedSchool, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    gone = CheckedSchool(school.home, school.site, Endpoint("127.0.0.1", port))
    assert told(gone.check().run.findings) == [("silent", "workers")]


@contextmanager
def accepting() -> Iterator[int]:
    """Somebody who takes connections, as a resolver for encrypted questions would."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            server.accept()[0].close()

        taking = threading.Thread(target=take, daemon=True)
        taking.start()
        yield server.getsockname()[1]
        taking.join(5)


def test_an_open_way_past_the_filter_is_found_and_a_closed_one_is_not() -> None:
    with FakeUpstream({"example.com": ["60 A 192.0.2.1"]}) as resolver, accepting() as port:
        host, _, plain = resolver.address.rpartition(":")
        ways = [Route("udp", Endpoint(host, int(plain))), Route("tcp", Endpoint(host, int(plain)))]
        ways.append(Route("tls", Endpoint("127.0.0.1", port)))
        opened = open_routes([*ways, Route("udp", Endpoint("127.0.0.1", 9)), Route("tls", Endpoint("127.0.0.1", 9))])
    assert list(opened) == ways
    assert {(each.kind, each.clauses) for each in findings("pupils", opened)} == {("route", ("F10",))}
