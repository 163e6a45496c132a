"""Every file keeps to its room: pure files touch nothing, and each foreign library is known in one place."""

from pathlib import Path

import pytest

from tests.shared_data import PROJECT
from tests.tooling.licences import brought_along, is_apache_only, under_apache
from tests.tooling.rooms import EDGES, NEVER_AN_EDGE, complaints, files, is_edge

DISCOVERY = [file for file in files(PROJECT) if file.startswith("inventory/discovery/")]


def test_every_file_imports_only_what_its_room_may() -> None:
    broken = sorted({complaint for file in files(PROJECT) for complaint in complaints(file, PROJECT)})
    assert not broken, "\n" + "\n".join(broken)


def test_every_edge_is_a_place_that_exists() -> None:
    assert not [pattern for pattern in EDGES if not list(PROJECT.glob(pattern))]


def test_what_decides_is_no_edge() -> None:
    assert not [file for file in NEVER_AN_EDGE.split() if is_edge(file, PROJECT)]


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("controller/decide.py", "import time\n", "imports time, but is not at the edge"),
        ("controller/decide.py", "def f():\n    from os import path\n", "controller/decide.py:2: imports os, but"),
        ("controller/decide.py", "from controller import clock\n", "imports controller/clock.py, which is at the edge"),
        ("dns_filter/steps.py", "from dnslib import DNSRecord\n", "imports dnslib, which is known only in"),
        ("controller/policy/file.py", "import yaml\n", "imports yaml, which is known only in no file"),
        ("device_drivers/acl.py", "from inventory.roster import read\n", "a driver knows inventory.model only"),
    ],
)
def test_a_file_that_leaves_its_room_is_named(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    for place, content in {"controller/clock.py": "import time\n", file: text}.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(content)
    assert any(complaint in said for said in complaints(file, tmp_path))


def test_a_file_that_says_it_stands_at_the_edge_may_touch_the_world(tmp_path: Path) -> None:
    (tmp_path / "controller").mkdir()
    (tmp_path / "controller/publish.py").write_text('"""Writes the table. ●"""\nimport os\n')
    assert not list(complaints("controller/publish.py", tmp_path))
    (tmp_path / "controller/decide.py").write_text("from controller import publish\n")
    assert list(complaints("controller/decide.py", tmp_path))


def test_a_type_of_the_edge_may_be_named_in_a_pure_file(tmp_path: Path) -> None:
    (tmp_path / "controller").mkdir()
    (tmp_path / "controller/decide.py").write_text("if TYPE_CHECKING:\n    import socket\n")
    assert not list(complaints("controller/decide.py", tmp_path))


def test_discovery_loads_nothing_under_the_apache_licence() -> None:
    assert not list(under_apache(DISCOVERY, PROJECT))


def test_discovery_would_be_told_of_the_apache_licence(tmp_path: Path) -> None:
    for place, text in {
        "inventory/discovery/arp_sweep.py": "import inventory.model\n",
        "inventory/model.py": "import netmiko\n",
    }.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    assert "netmiko: ntc-templates" in set(under_apache(["inventory/discovery/arp_sweep.py"], tmp_path))


@pytest.mark.parametrize(
    ("name", "apache"), [("ntc-templates", True), ("prometheus-client", True), ("structlog", False), ("rich", False)]
)
def test_a_licence_is_read_from_the_packages_own_metadata(name: str, apache: bool) -> None:
    assert is_apache_only(name) is apache


def test_what_a_package_brings_along_is_counted_too() -> None:
    assert {"paramiko", "ntc-templates", "textfsm"} <= brought_along(["netmiko"])
