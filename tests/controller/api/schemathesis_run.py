"""Random requests made from the OpenAPI document, asked of the app in this process, as somebody who may do everything.

    python -m tests.controller.api.schemathesis_run --minutes 5 --seeds 3

Wrong is: an answer from 500 on, one that the document does not describe, or a body that does not fit what it says.
Exit code 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from controller.accounts import SCOPES
from controller.api.app import make_app
from controller.api.throttle import Throttle
from tests.fakes.site import FakeSite, open_site

EVERYTHING = "provider_admin"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""Not that every body which fits its shape is taken: the policy has its say too."""
PATIENCE = 60.0
"""Seconds for one answer: a loaded machine is slow, and that is nothing the document promises."""
ENDS_ITSELF = {"sign_out", "sign_out_everywhere", "sign_in", "change_own_password", "listen_to_events"}
"""After these the token would be gone, or they do not end: they have tests of their own."""


def run(folder: Path, number: int, seconds: float, examples: int = 25) -> list[str]:
    """What was wrong, each with the request that shows it."""
    site = open_site(folder)
    try:
        return list(_wrong(site, number, monotonic() + seconds, examples))
    finally:
        site.store.close()


def _wrong(site: FakeSite, number: int, until: float, examples: int) -> Iterator[str]:
    app = make_app(site)
    account = site.account(EVERYTHING)
    secret = site.secret(account, lasts=timedelta(days=300))
    assert SCOPES[EVERYTHING]
    headers = {"Authorization": f"Bearer {secret}"}
    schema: Any = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=headers)
    # Each seed in an order of its own: where the time is too short for all of them, the next begins with others.
    operations = [found.ok() for found in schema.get_all_operations()]
    random.Random(number).shuffle(operations)
    for operation in operations:
        if operation.definition.raw["operationId"] in ENDS_ITSELF:
            continue
        if monotonic() > until:
            left = len(operations) - operations.index(operation)
            print(f"the time is over; {left} of {len(operations)} routes were not asked", flush=True)
            return
        app.state.throttle = Throttle()
        if said := _ask(operation, headers, number, examples):
            yield f"{operation.method.upper()} {operation.path}: {said}"


def _ask(operation: Any, headers: dict[str, str], number: int, examples: int) -> str:
    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=PATIENCE)

    try:
        asked()
    except (Failure, FailureGroup) as error:
        return "; ".join(str(each)[:600] for each in getattr(error, "exceptions", [error]))
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    wrong: list[str] = []
    for number in range(1, asked.seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            found = run(Path(folder), number, asked.minutes * 60 / asked.seeds, examples=40)
        print(f"seed {number}: {len(found)} wrong", flush=True)
        wrong += found
    for each in dict.fromkeys(wrong):
        print(each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
