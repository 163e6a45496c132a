"""How long a policy file takes to read and check: the wait of whoever saves it."""

from __future__ import annotations

from collections.abc import Iterator

from ruamel.yaml import YAML

from bench.measure import Measurement, seconds
from controller.new_school import TEMPLATES
from controller.policy import file as policy_file

SCHOOL = TEMPLATES / "school.yaml"


def measure() -> Iterator[Measurement]:
    text = SCHOOL.read_text()
    checked = seconds(lambda: policy_file.read(SCHOOL))
    # What no reader of YAML can be quicker than: the same text read, and nothing checked.
    bare = seconds(lambda: YAML(typ="safe", pure=True).load(text))
    lines = text.count("\n")
    yield Measurement(
        "policy file read and checked", checked * 1e3, "ms", False, "YAML alone", bare * 1e3, f"{lines} lines"
    )
