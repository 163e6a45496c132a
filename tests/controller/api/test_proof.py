"""The proof by the API: of what is meant, and of what was read."""

from __future__ import annotations

from tests.controller.api.conftest import As


def test_what_is_meant_is_proven_with_the_number_of_questions(api: As) -> None:
    found = api("technician").get("/api/v1/proof").json()
    assert (found["holds"], found["broken"], found["open_questions"]) == (True, [], [])
    assert found["asked"] == 4 * 3 * 2 * 2


def test_what_was_never_read_is_no_proof(api: As) -> None:
    found = api("auditor").get("/api/v1/proof?running=true").json()
    assert (found["holds"], found["asked"]) == (False, 0)
    assert found["open_questions"]
