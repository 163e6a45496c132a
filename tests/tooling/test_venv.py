"""The virtual environment on machines that lack something."""

import subprocess
import sys
from pathlib import Path

from tests.shared_data import PROJECT

MAKE_VENV = PROJECT / ".ci" / "make-venv"

# A Python as Debian ships it: no ensurepip until the package is there; `-m venv` only says what it was asked.
DEBIAN_PYTHON = """#!/bin/sh
case "$*" in
*ensurepip*) test -e "$0.has-ensurepip" ;;
"-m venv --clear"*) echo "made $4" ;;
*) exec {python} "$@" ;;
esac
"""
APT_GET = """#!/bin/sh
echo "$*" >> "$0.said"
case "$*" in *install*python3-venv*) touch "{python}.has-ensurepip" ;; esac
"""
OLD_PYTHON = """#!/bin/sh
case "$*" in *version_info*) exit 1 ;; --version) echo Python 3.9.2 ;; *) exit 2 ;; esac
"""


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def make_venv(python: Path, bin_dir: Path, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MAKE_VENV, python, "venv"],
        cwd=bin_dir,
        env={"PATH": f"{bin_dir}:{path}"},
        capture_output=True,
        text=True,
        check=False,
    )


def debian(folder: Path, uid: int) -> Path:
    python = program(folder / "debian-python", DEBIAN_PYTHON.format(python=sys.executable))
    program(folder / "apt-get", APT_GET.format(python=python))
    program(folder / "id", f"#!/bin/sh\necho {uid}\n")
    return python


def test_root_gets_the_missing_part_of_python_through_apt(tmp_path: Path) -> None:
    done = make_venv(debian(tmp_path, uid=0), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "made venv" in done.stdout
    assert "python3-venv" in (tmp_path / "apt-get.said").read_text()


def test_anybody_else_is_told_which_package_to_ask_for(tmp_path: Path) -> None:
    done = make_venv(debian(tmp_path, uid=1000), tmp_path)
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert not (tmp_path / "apt-get.said").exists()


def test_an_old_python_is_named_with_its_version(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        program(tmp_path / name, OLD_PYTHON)
    done = make_venv(tmp_path / "python3", tmp_path)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "3.9.2" in done.stderr


def test_an_environment_made_here_is_kept_and_one_that_moved_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    program(tmp_path / "venv/bin/pip", f"#!{tmp_path}/venv/bin/python\n")
    program(tmp_path / "venv/bin/python", "#!/bin/sh\nexit 0\n")
    python = debian(tmp_path, uid=0)
    assert make_venv(python, tmp_path).stdout == ""
    program(tmp_path / "venv/bin/pip", "#!/somewhere/else/venv/bin/python\n")
    assert "made venv" in make_venv(python, tmp_path).stdout


def packages(folder: Path, uid: int) -> subprocess.CompletedProcess[str]:
    """Run `.ci/system-packages` where nothing but a shell's own tools is installed."""
    for name in ("bash", "dirname", "mktemp", "tail", "rm", "env"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    program(folder / "apt-get", '#!/bin/bash\necho "$*" >> "$0.said"\nexit 100\n')
    program(folder / "id", f"#!/bin/bash\necho {uid}\n")
    command = [PROJECT / ".ci" / "system-packages", "test"]
    return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, check=False)


def test_a_failing_apt_is_said_and_stops_nothing(tmp_path: Path) -> None:
    done = packages(tmp_path, uid=0)
    assert done.returncode == 0, done.stderr
    assert "Installing Debian packages: git iproute2 nftables" in done.stdout
    assert "skipped by name" in done.stdout
    assert "update" in (tmp_path / "apt-get.said").read_text()


def test_who_may_not_install_is_told_the_command(tmp_path: Path) -> None:
    done = packages(tmp_path, uid=1000)
    assert done.returncode == 0, done.stderr
    assert "sudo apt-get install git iproute2" in done.stdout
    assert "dnsperf" not in done.stdout
