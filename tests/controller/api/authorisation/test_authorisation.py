"""The table of who may ask what of whom, asked of every route; and no route stands in no row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response

from controller.api.app import make_app
from tests.controller.api.authorisation.asked import ASKED, Asked, filled
from tests.controller.api.authorisation.table import ACTORS, expectations
from tests.controller.api.authorisation.world import PEOPLE, SHUT, Template, World, make_template, said_in, world
from tests.fakes.site import FakeSite, open_site

EXPECTED = expectations()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return make_template(tmp_path_factory.mktemp("schools"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    site: FakeSite = open_site(tmp_path_factory.mktemp("first"))
    yield make_app(site)
    site.store.close()


def test_every_row_says_what_is_sent_and_about_what() -> None:
    assert EXPECTED.keys() == ASKED.keys()
    for row, cells in EXPECTED.items():
        assert set("".join(cells.values())) <= set(ASKED[row].objects), f"{row}: a letter that nothing is sent for"


def test_there_are_as_many_actors_as_asked_for() -> None:
    assert len(ACTORS) + len(SHUT) >= 11
    assert all("s" not in letters for cells in EXPECTED.values() for letters in cells.values())


@pytest.mark.parametrize("row", EXPECTED)
def test_everybody_gets_as_far_as_the_table_says(row: str, app: FastAPI, template: Template, tmp_path: Path) -> None:
    asked, wrong = ASKED[row], []
    with world(app, template, tmp_path / "refused") as school:
        for actor in SHUT:
            answer = school.ask(actor, row, asked, asked.objects[0])
            if not is_shut_out(answer, row):
                wrong.append(f"{actor}: {answer.status_code}")
        for actor, letters in EXPECTED[row].items():
            wrong += [f"{actor}: {said}" for said in judged(school, actor, row, asked, letters)]
        if row.startswith("GET "):
            wrong += [said for each in let_in(row, asked) for said in kept_out(school, row, asked, *each)]
    if not row.startswith("GET "):
        # What changes something is done in a school of its own.
        for number, each in enumerate(let_in(row, asked)):
            with world(app, template, tmp_path / str(number)) as school:
                wrong += kept_out(school, row, asked, *each)
    assert wrong == []


def kept_out(school: World, row: str, asked: Asked, actor: str, letter: str) -> Iterator[str]:
    """Nothing where the call goes through."""
    answer = school.ask(actor, row, asked, letter)
    if answer.status_code not in asked.lets_in or is_shut_out(answer, row):
        yield f"{actor} on {letter}: {answer.status_code} {answer.text[:200]}"


def judged(school: World, actor: str, row: str, asked: Asked, letters: str) -> Iterator[str]:
    """What the table refuses, and what a list shows: neither changes anything, so one school will do."""
    if row.endswith(" /") or (asked.shows and letters):
        yield from shown(school, actor, row, asked, letters)
        return
    for letter in asked.objects:
        if letter in letters:
            continue
        answer = school.ask(actor, row, asked, letter)
        if not is_refused(answer, row, actor, letter):
            yield f"{letter}: {answer.status_code} {answer.text[:120]}"


def shown(school: World, actor: str, row: str, asked: Asked, letters: str) -> Iterator[str]:
    answer = school.ask(actor, row, asked, "o")
    if actor not in PEOPLE and not row.partition(" ")[2].startswith("/api/"):
        yield from () if is_shut_out(answer, row) else ("let in with a program's token",)
        return
    if answer.status_code != 200:
        yield f"{answer.status_code} {answer.text[:120]}"
    for letter in asked.objects:
        text = filled(asked.shows, school.words(actor, letter))
        if said_in(answer, text) != (letter in letters):
            yield f"{text} is {'not shown' if letter in letters else 'shown'}"


def let_in(row: str, asked: Asked) -> list[tuple[str, str]]:
    if asked.shows:
        return []
    return [(actor, letter) for actor, letters in EXPECTED[row].items() for letter in letters]


def is_shut_out(answer: Response, row: str) -> bool:
    if row.partition(" ")[2].startswith("/api/"):
        return answer.status_code == 401
    # Whoever signs out is sent to the same page, and the cookie is taken back.
    sent_away = (answer.status_code, answer.headers.get("location")) == (303, "/sign-in")
    return sent_away and "set-cookie" not in answer.headers


def is_refused(answer: Response, row: str, actor: str, letter: str) -> bool:
    """Of another school's things one may also hear that they are not there."""
    if is_shut_out(answer, row):
        return actor not in PEOPLE
    return answer.status_code in ({403, 404, 422} if letter == "s" else {403})
