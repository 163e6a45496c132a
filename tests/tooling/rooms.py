"""Which file may touch what: a table of the edges, and the questions asked of every file's imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

ROOMS = ("inventory", "device_drivers", "dns_filter", "controller")

DISK_AND_CHANCE = ("os", "random", "secrets", "shutil", "tempfile", "time")
WIRES = ("asyncio", "select", "selectors", "socket", "socketserver", "ssl", "urllib.request")
PROCESSES = ("multiprocessing", "signal", "subprocess")
LIBRARIES = (
    "alembic",
    "fastapi",
    "httpx2",
    "netmiko",
    "paramiko",
    "pyrad",
    "scapy",
    "sqlalchemy",
    "starlette",
    "typer",
    "uvicorn",
)
EFFECTS = (*DISK_AND_CHANCE, *WIRES, *PROCESSES, *LIBRARIES)

# Every file is pure but those with ● in their docstring, and these.
EDGES: Mapping[str, str] = MappingProxyType(
    {
        "controller/__main__.py": "the composition root",
        "controller/accounts.py": "salts and tokens by chance",
        "controller/addresses.py": "is a port free?",
        "controller/api/*": "HTTP",
        "controller/cli.py": "the composition root",
        "controller/clock.py": "what time it is",
        "controller/commands/*": "a terminal",
        "controller/demo/*": "starts and fills a school of its own",
        "controller/health.py": "asks store and sessions how they are",
        "controller/inventory_files.py": "CSV files into the store",
        "controller/lists/keeper.py": "a child process that compiles lists",
        "controller/local_access.py": "a token on the disk for this machine's own commands",
        "controller/loop.py": "sleeping, waking, threads",
        "controller/migrations/*": "the database",
        "controller/policy/source.py": "the policy file and its last good copy",
        "controller/progress.py": "a terminal",
        "controller/publish.py": "the published table",
        "controller/resolvers.py": "the machine's own resolvers",
        "controller/secrets_file.py": "credentials on the disk",
        "controller/settings.py": "settings on the disk and in the environment",
        "controller/site.py": "puts everything together",
        "controller/startup.py": "starts processes",
        "controller/store/*": "the database",
        "controller/supervisor.py": "processes and signals",
        "controller/web/*": "HTTP",
        "controller/welcome.py": "a terminal",
        "device_drivers/host_keys.py": "known_hosts, and SSH to read a key",
        "device_drivers/session.py": "SSH by netmiko",
        "device_drivers/simulator/*": "SSH servers for the demo and the tests",
        "device_drivers/voices.py": "the errors of SSH libraries",
        "dns_filter/clock.py": "what time it is",
        "dns_filter/counters.py": "what every worker counts, on the disk",
        "dns_filter/pipeline.py": "joins clock, upstream and query log to the pure parts",
        "dns_filter/resolver.py": "asks upstreams, by the clock",
    }
)

# What decides, compiles, renders and parses never becomes an edge, whatever is convenient.
NEVER_AN_EDGE = """
inventory/model.py inventory/fold.py inventory/posture.py inventory/roster.py inventory/identify.py
device_drivers/model/__init__.py device_drivers/model/access_list.py device_drivers/model/changes.py
device_drivers/model/driver.py device_drivers/model/errors.py device_drivers/model/observed.py
device_drivers/acl/__init__.py device_drivers/platforms/cisco_ios.py
device_drivers/platforms/linux_gateway.py
dns_filter/model.py dns_filter/steps.py dns_filter/inspect.py dns_filter/lists/__init__.py dns_filter/render.py
dns_filter/wire.py
controller/model.py controller/policy/__init__.py controller/timetable.py controller/standing.py controller/decide.py
controller/compile.py controller/plan.py controller/prove/__init__.py controller/prove/boxes.py
controller/prove/proof.py controller/may_open.py
"""

# Libraries that are known in one place, so that leaving one is a change in one place.
ONLY_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "clamd": ("controller/station/clam.py",),
        "netmiko": ("device_drivers/session.py",),
        "paramiko": ("device_drivers/*",),
        "pyrad": ("controller/radius/wire.py",),
        "ntc_templates": ("device_drivers/*",),
        "scapy": ("inventory/discovery/*",),
        "dnslib": (
            "dns_filter/wire.py",
            "dns_filter/render.py",
            "controller/resolvers.py",
            "controller/check_filter/asking.py",
            "controller/check_filter/routes.py",
            "controller/demo/upstream.py",
        ),
        "ruamel": ("controller/policy/*.py",),
        "sqlalchemy": ("controller/store/*", "controller/migrations/*"),
        "fastapi": ("controller/api/*", "controller/web/*"),
        "yaml": (),
        "dns": (),
    }
)


class Import(NamedTuple):
    """One module imported at one line. `typing` marks an import only a type checker sees."""

    module: str
    line: int
    typing: bool


def imports(text: str) -> Iterator[Import]:
    """Every import of a file, also those inside functions; of our own, `from a import b` gives `a` and `a.b`."""
    tree = ast.parse(text)
    hidden = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = node.names if node.module.split(".")[0] in ROOMS else ()
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in inside)]
        yield from (Import(name, node.lineno, id(node) in hidden) for name in names)


def files(project: Path) -> list[str]:
    """Every Python file of the four rooms, as a path relative to the project."""
    return sorted(str(path.relative_to(project)) for room in ROOMS for path in (project / room).rglob("*.py"))


def is_edge(file: str, project: Path) -> bool:
    """A file that touches the world says so itself, by ● in its docstring, or stands in the table."""
    if any(fnmatch(file, pattern) for pattern in EDGES):
        return True
    path = project / file
    return path.is_file() and _says_so(path, path.stat().st_mtime_ns)


@cache
def _says_so(path: Path, stamp: int) -> bool:
    """By its stamp as well: a file that was written again is read again. Asked of the same few hundred files
    for each of their thousands of imports.
    """
    return "●" in (ast.get_docstring(ast.parse(path.read_text())) or "")


def is_part_of(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def file_of(module: str, project: Path) -> str | None:
    """The file of ours behind a dotted name; None where it is not ours or names something inside a file."""
    path = module.replace(".", "/")
    return next((f for f in (f"{path}.py", f"{path}/__init__.py") if (project / f).is_file()), None)


def complaints(file: str, project: Path) -> Iterator[str]:
    """What a file imports and may not, each as `file:line: what, and what to do`."""
    for found in imports((project / file).read_text()):
        yield from (f"{file}:{found.line}: {text}" for text in _complaints(file, found, project))


def _complaints(file: str, found: Import, project: Path) -> Iterator[str]:
    for library, places in ONLY_IN.items():
        if is_part_of(found.module, library) and not any(fnmatch(file, place) for place in places):
            yield f"imports {found.module}, which is known only in {', '.join(places) or 'no file'}"
    facts = found.module.startswith("inventory.") and not is_part_of(found.module, "inventory.model")
    if facts and file.startswith("device_drivers/"):
        yield f"imports {found.module}: a driver knows inventory.model only"
    if is_edge(file, project) or found.typing:
        return
    if any(is_part_of(found.module, effect) for effect in EFFECTS):
        yield f"imports {found.module}, but is not at the edge: pass the effect in, or mark its docstring with ●"
    ours = file_of(found.module, project)
    if ours and is_edge(ours, project):
        yield f"imports {ours}, which is at the edge: a pure file knows only pure ones"
