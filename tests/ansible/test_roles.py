"""The roles say what they would do, and write units that may do no more than they must."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import Environment, StrictUndefined
from ruamel.yaml import YAML

from tests.ansible.commands import ANSIBLE, run

ROLES = ANSIBLE / "roles"
UNITS = {
    "caretaker_controller": "caretaker-controller.service",
    "caretaker_filter": "caretaker-filter.service",
    "caretaker_discovery": "caretaker-discovery.service",
}


def test_the_playbook_can_be_read(tmp_path: Path) -> None:
    done = run("ansible-playbook", "--syntax-check", "-i", "inventory.example/hosts.yml", "site.yml", home=tmp_path)
    assert done.returncode == 0, done.stderr


def test_ansible_lint_finds_nothing_with_its_strictest_profile(tmp_path: Path) -> None:
    done = run("ansible-lint", "--offline", "--strict", home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failure(s), 0 warning(s)" in done.stderr


def test_a_check_run_on_this_machine_changes_nothing_and_fails_nowhere(tmp_path: Path) -> None:
    school = tmp_path / "ash-lane"
    school.mkdir()
    for name in ("school.yaml", "devices.csv", "people.csv", "switches.csv", "caretaker.whl"):
        (school / name).touch()
    node = {"localhost": {"caretaker_filter_table_from": "/var/lib/caretaker/school"}}
    groups = {"caretaker_controllers": {"hosts": {"localhost": {}}}, "caretaker_filters": {"hosts": node}}
    (tmp_path / "hosts.json").write_text(json.dumps(groups))
    said = {
        "ansible_python_interpreter": sys.executable,
        "caretaker_controller_school": str(school),
        "caretaker_install_wheel": str(school / "caretaker.whl"),
        # apt's module needs Debian's own Python; what it would install is linted with the rest.
        "caretaker_install_packages": [],
    }
    arguments = ("--check", "--diff", "-c", "local", "-i", tmp_path / "hosts.json", "-e", json.dumps(said), "site.yml")
    done = run("ansible-playbook", *arguments, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout
    assert "+ExecStart=/opt/caretaker/venv/bin/caretaker serve --stay" in done.stdout
    assert "+BindPaths=/var/lib/caretaker/school/state/filter:" in done.stdout
    assert not Path("/etc/systemd/system/caretaker-filter.service").exists()


def test_a_filter_without_a_table_or_policy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hosts.json").write_text(json.dumps({"caretaker_filters": {"hosts": {"localhost": {}}}}))
    said = json.dumps({"ansible_python_interpreter": sys.executable, "caretaker_install_packages": []})
    arguments = ("--check", "-c", "local", "-i", tmp_path / "hosts.json", "-e", said, "site.yml")
    done = run(
        "ansible-playbook", *arguments, "-e", f"caretaker_install_wheel={tmp_path / 'hosts.json'}", home=tmp_path
    )
    assert done.returncode == 2
    assert "Give either caretaker_filter_table_from" in done.stdout


def unit(role: str, template: str = "", **said: object) -> str:
    """The unit of a role, or another one that it brings, written with its defaults and what is said here."""
    facts: dict[str, object] = {"playbook_dir": str(ANSIBLE), "ansible_facts": {"processor_vcpus": 2}}
    for name in ("caretaker_install", role):
        facts |= YAML(typ="safe").load((ROLES / name / "defaults/main.yml").read_text())
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False)
    return environment.from_string((ROLES / role / f"templates/{template or UNITS[role]}.j2").read_text()).render(
        facts | said
    )


def settings(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


@pytest.mark.parametrize("role", UNITS)
def test_a_service_may_do_no_more_than_it_must(role: str) -> None:
    said = settings(unit(role))
    assert said["NoNewPrivileges"] == "yes"
    assert said["ProtectSystem"] == "strict"
    assert said["Restart"] == "always"
    assert said["User"] not in ("", "root")
    rights = {"caretaker_filter": "CAP_NET_BIND_SERVICE", "caretaker_discovery": "CAP_NET_RAW"}
    assert said["CapabilityBoundingSet"] == rights.get(role, "")


def test_controller_and_filter_are_two_users() -> None:
    assert settings(unit("caretaker_controller"))["User"] != settings(unit("caretaker_filter"))["User"]


def test_the_controller_sees_whether_a_worker_of_the_filter_lives() -> None:
    # An acknowledgement counts while /proc shows its process: hiding other users' processes would void them all.
    assert "ProtectProc" not in settings(unit("caretaker_controller"))


def test_a_filter_alone_is_told_everything_on_its_command_line() -> None:
    said = settings(
        unit(
            "caretaker_filter",
            caretaker_filter_policy="school.yaml",
            caretaker_filter_assume="staff",
            caretaker_filter_listen=["10.10.0.2:53", "[fd00::2]:53"],
            caretaker_filter_upstreams=["10.10.0.1"],
        )
    )
    assert said["ExecStart"] == (
        "/opt/caretaker/venv/bin/caretaker dns --policy /var/lib/caretaker-filter/school.yaml --workers 2 "
        "--listen 10.10.0.2:53 --listen [fd00::2]:53 --upstream 10.10.0.1 --assume staff"
    )
    assert "BindPaths" not in said


def test_a_filter_is_told_its_engine_only_where_it_is_not_to_choose_itself() -> None:
    alone = settings(unit("caretaker_filter", caretaker_filter_policy="school.yaml", caretaker_filter_engine="fast"))
    assert "--workers 2 --engine fast --listen" in alone["ExecStart"]
    assert "CARETAKER_DNS__ENGINE=auto" in unit("caretaker_filter", caretaker_filter_table_from="/srv/school")


ENCRYPTED = {
    "caretaker_filter_dot": ["10.10.0.2:853"],
    "caretaker_filter_doh": ["10.10.0.2:443"],
    "caretaker_filter_certificate": "/etc/caretaker-tls/fullchain.pem",
    "caretaker_filter_certificate_key": "/etc/caretaker-tls/privkey.pem",
    "caretaker_filter_forwarders": ["10.10.0.7"],
}


def test_a_filter_is_told_of_its_encrypted_listeners_alone_and_beside_a_controller() -> None:
    alone = settings(unit("caretaker_filter", caretaker_filter_policy="school.yaml", **ENCRYPTED))["ExecStart"]
    assert alone.endswith(
        " --dot 10.10.0.2:853 --doh 10.10.0.2:443 --certificate /etc/caretaker-tls/fullchain.pem"
        " --certificate-key /etc/caretaker-tls/privkey.pem --forwarder 10.10.0.7"
    )
    beside = unit("caretaker_filter", caretaker_filter_table_from="/srv/school", **ENCRYPTED)
    assert "Environment=CARETAKER_DNS__DOT=10.10.0.2:853\n" in beside
    assert "Environment=CARETAKER_DNS__CERTIFICATE_KEY=/etc/caretaker-tls/privkey.pem\n" in beside
    assert "CARETAKER_DNS__FORWARDERS=10.10.0.7" in beside
    assert "DOT" not in unit("caretaker_filter", caretaker_filter_table_from="/srv/school")


@pytest.mark.parametrize(
    ("places", "right"),
    [
        (["10.10.0.9:80"], "CAP_NET_BIND_SERVICE"),
        (["[fd00::9]:1023"], "CAP_NET_BIND_SERVICE"),
        (["10.10.0.9:8080", "10.10.0.9:80"], "CAP_NET_BIND_SERVICE"),
        (["10.10.0.9:1024"], ""),
        (["10.10.0.9:8080"], ""),
    ],
)
def test_the_pages_at_the_door_get_the_right_to_a_low_port_and_no_other(places: list[str], right: str) -> None:
    text = unit("caretaker_controller", caretaker_controller_doorway_listen=places)
    assert f"Environment=CARETAKER_DOORWAY__LISTEN={','.join(places)}\n" in text
    said = settings(text)
    assert (said["CapabilityBoundingSet"], said["AmbientCapabilities"]) == (right, right)


def test_without_a_door_the_controller_is_told_of_none() -> None:
    assert "DOORWAY" not in unit("caretaker_controller")


def test_response_policy_zones_are_a_service_of_their_own_without_any_right() -> None:
    text = unit("caretaker_controller", "caretaker-zones.service", caretaker_controller_rpz_listen="10.10.0.2:5354")
    said = settings(text)
    assert said["ExecStart"] == "/opt/caretaker/venv/bin/caretaker rpz serve --home /var/lib/caretaker/school"
    assert "Environment=CARETAKER_RPZ__LISTEN=10.10.0.2:5354\n" in text
    assert (said["User"], said["CapabilityBoundingSet"], said["ProtectSystem"]) == ("caretaker", "", "strict")
    assert "/state/filter " in said["ReadWritePaths"]


def test_discovery_is_told_where_to_listen_and_whom_to_tell() -> None:
    words = {"interface": "eth0", "api": "https://c.example", "sweep": ["10.40.0.0/24", "10.50.0.0/24"]}
    said = settings(
        unit("caretaker_discovery", **{f"caretaker_discovery_{key}": value for key, value in words.items()})
    )
    assert said["ExecStart"] == (
        "/opt/caretaker/venv/bin/python -m inventory.discovery --interface eth0 --api https://c.example "
        "--token-file /etc/caretaker-discovery.token --every 10 --sweep 10.40.0.0/24 --sweep 10.50.0.0/24"
    )
    assert "AF_PACKET" in said["RestrictAddressFamilies"]


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("role", UNITS)
def test_systemd_understands_every_line_of_a_unit(tmp_path: Path, role: str) -> None:
    text = unit(role).replace("/opt/caretaker/venv/bin/caretaker", "/bin/true")
    text = text.replace("/opt/caretaker/venv/bin/python", "/bin/true")
    path = tmp_path / UNITS[role]
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith("WorkingDirectory")))
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert not [line for line in done.stderr.splitlines() if UNITS[role] in line]
