"""Where the controller's log lines go: to standard error, one line each, with the moment in UTC. ●"""

from __future__ import annotations

import logging
import sys

import structlog

from dns_filter.log_lines import one_line, to_stderr


def write_to_stderr(level: str) -> None:
    """`level` as in settings.toml. Standard output stays free for the line that says that the controller answers."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
            # It escapes line feeds alone; a carriage return or an escape sequence of a host name would pass.
            lambda _logger, _method, line: one_line(str(line)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    to_stderr("%(asctime)s %(levelname)s %(name)s: %(message)s", logging.WARNING)
    # It writes a page for every device that does not answer; what that means is said by us, in one line.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
