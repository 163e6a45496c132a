"""Scenarios are read or refused; every sentence of those that come along is known, and its act exists."""

from __future__ import annotations

import pytest

from controller.lab.questions import Said, answer, heard, question
from controller.lab.scenario import NoScenario, load, read, shipped
from controller.lab.sentences import SENTENCES
from controller.lab.stage import Stage


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_sentence_of_a_scenario_that_comes_along_is_known(name: str) -> None:
    scenario = load(name)
    texts = [text for scene in scenario.scenes for text in (*scene.given, *scene.when, *scene.then)]
    known = {text: [key for key, form in SENTENCES.items() if form.words(text) is not None] for text in texts}
    assert {text: keys for text, keys in known.items() if len(keys) != 1} == {}


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_every_sentence_understands_its_own_example_and_somebody_carries_it_out(key: str) -> None:
    assert SENTENCES[key].words(SENTENCES[key].example) is not None
    assert callable(getattr(Stage, f"_{key}"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title = 'x'",
        "title = 'x'\nscene = 3",
        "title = 'x'\n[[scene]]\nwhom = []",
        "scene = []",
        "[[scene]",
        "[[scene]]",
    ],
)
def test_what_is_no_scenario_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(NoScenario, match="broken"):
        read(text, "broken")


def test_a_scenario_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(NoScenario, match="a-lesson"):
        load("no-such-thing")


def test_the_little_resolver_and_the_little_client_understand_each_other() -> None:
    for kind in (1, 28):
        reply = answer(question(7, "www.bbc.co.uk", kind), "203.0.113.80", "2001:db8:80::80")
        assert reply is not None
        assert heard(reply, 7) is Said.ADDRESS
        assert heard(reply, 8) is None
    nothing = answer(question(7, "www.bbc.co.uk", 65), "203.0.113.80", "2001:db8:80::80")
    assert nothing is not None
    assert heard(nothing, 7) is Said.NOTHING
    assert answer(b"\0" * 40, "203.0.113.80", "2001:db8:80::80") is None
