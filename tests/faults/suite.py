"""Which tests show which fault of the reliability specification; `pytest -m fault` runs all of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FAULTS: Mapping[int, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        1: ("kill -9 in the middle of a push to twenty switches", ("tests/faults/test_killed_in_a_push.py",)),
        2: (
            "a switch reboots in the middle of a push",
            (
                "tests/faults/test_switch_faults.py::test_a_switch_that_reboots",
                "tests/faults/test_switch_faults.py::test_configuration_lost_by_a_reboot",
                "tests/faults/test_switch_faults.py::test_nothing_is_saved_before",
            ),
        ),
        3: ("SSH hangs", ("tests/faults/test_switch_faults.py::test_a_switch_that_hangs",)),
        4: ("a wrong password", ("tests/faults/test_switch_faults.py::test_a_wrong_password",)),
        5: ("a host key changed", ("tests/faults/test_switch_faults.py::test_a_changed_host_key",)),
        6: ("drift by hand", ("tests/faults/test_switch_faults.py::test_what_was_changed_by_hand",)),
        7: (
            "the disk is full",
            (
                "tests/faults/test_whole_controller.py::test_on_a_full_disk",
                "tests/controller/test_store_faults.py::test_a_disk_that_refuses",
                "tests/controller/test_loop.py::test_while_the_store_is_full",
                "tests/controller/test_list_fetch.py::test_a_full_disk",
                "tests/faults/test_injected.py",
                "tests/dns_filter/test_querylog_keeping.py::test_the_log_gives_way",
            ),
        ),
        8: (
            "the database is locked or damaged",
            (
                "tests/controller/test_store_faults.py",
                "tests/controller/test_backups.py",
                "tests/controller/commands/test_backups_command.py",
            ),
        ),
        9: (
            "the clock jumps, summer time begins and ends",
            (
                "tests/controller/test_timetable.py::test_a_lesson_in_the_night",
                "tests/controller/test_timetable.py::test_the_windows_are_those",
                "tests/dns_filter/test_memo.py::test_a_clock_that_was_set_back",
                "tests/dns_filter/test_tcp_and_limits.py::test_a_clock_set_back",
                "tests/dns_filter/test_bells.py",
                "tests/dns_filter/test_clock_steps.py",
                "tests/controller/test_clock_steps.py",
            ),
        ),
        10: ("two controllers", ("tests/faults/test_two_controllers.py",)),
        11: (
            "an upstream is dead or slow",
            (
                "tests/dns_filter/test_upstream.py::test_a_dead_upstream",
                "tests/dns_filter/test_upstream.py::test_an_old_answer",
                "tests/dns_filter/test_upstream.py::test_where_one_upstream",
            ),
        ),
        12: (
            "a list source sends nonsense",
            (
                "tests/controller/test_list_fetch.py::test_whatever_a_source_does_wrong",
                "tests/controller/test_list_fetch.py::test_a_source_that_trickles",
                "tests/controller/test_list_keeper.py::test_a_list_that_was_cut_in_half",
            ),
        ),
        13: ("ten thousand new MACs in a minute", ("tests/inventory/test_flood.py",)),
        14: (
            "the power fails after an acknowledgement",
            (
                "tests/controller/test_store_faults.py::test_nothing_acknowledged",
                "tests/controller/test_store_faults.py::test_every_acknowledgement",
                "tests/faults/test_injected.py",
            ),
        ),
        15: (
            "logs grow",
            (
                "tests/dns_filter/test_querylog_keeping.py::test_the_oldest_days",
                "tests/dns_filter/test_querylog_keeping.py::test_no_flood_of_kinds",
                "tests/controller/test_upkeep.py::test_history_and_strangers",
            ),
        ),
        16: ("a mistake in the policy file", ("tests/controller/test_policy_mutations.py",)),
        17: ("a certificate runs out", ("tests/dns_filter/test_tls_certificate.py",)),
        18: (
            "PostgreSQL is gone",
            (
                "tests/faults/test_whole_controller.py::test_without_its_database",
                "tests/controller/test_store_errors.py",
            ),
        ),
        19: (
            "descriptors are used up",
            (
                "tests/faults/test_whole_controller.py::test_with_its_descriptors",
                "tests/dns_filter/test_tcp_and_limits.py::test_one_client_has_twenty",
                "tests/dns_filter/test_tcp_and_limits.py::test_a_newcomer",
            ),
        ),
        20: (
            "somebody asks and never reads",
            (
                "tests/faults/test_whole_controller.py::test_whoever_asks",
                "tests/dns_filter/test_tcp_and_limits.py::test_who_asks_and_never_reads",
            ),
        ),
    }
)


def faults_of(node: str) -> tuple[int, ...]:
    """Which faults a test shows, by its node id."""
    return tuple(number for number, (_, tests) in FAULTS.items() if any(_names(each, node) for each in tests))


def _names(row: str, node: str) -> bool:
    """A row names a file, or the beginning of a test's name in one."""
    return node.startswith(f"{row}::") if "::" not in row else node.startswith(row)
