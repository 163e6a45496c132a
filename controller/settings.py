"""settings.toml and CARETAKER_…: addresses, workers, the database. What the network does stands in the policy."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from controller.addresses import Endpoint, endpoint
from controller.home import Home
from controller.settings_dns import EncryptedFields, Several, place
from controller.settings_doorway import DoorwayFields
from controller.settings_radius import RadiusFields
from controller.settings_rpz import RpzFields
from controller.settings_sign_in import SignInFields
from dns_filter.engine import EngineChoice

MAX_BYTES = 256 * 1024
PREFIX = "CARETAKER_"


class SettingsError(Exception):
    """All that is wrong, one line each: file and line, or the variable, and what was expected."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class OptionError(SettingsError):
    """What a command line asked for in the place of a setting is wrong."""


def _with_port(raw: Any) -> Any:
    return place(raw, None)


Listen = Annotated[str, BeforeValidator(_with_port)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Changed = TypeVar("Changed", bound=Part)


class Api(Part):
    """API and console. Beyond loopback it belongs behind TLS."""

    listen: Listen = "127.0.0.1:8080"

    @property
    def endpoint(self) -> Endpoint:
        return endpoint(self.listen)


class Dns(Part, EncryptedFields):
    """The filter. `upstreams` empty: the machine's own resolvers. `workers` 0: one for each core."""

    listen: Annotated[tuple[Listen, ...], NoDecode, Several, Field(min_length=1)] = ("127.0.0.1:5353",)
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    lists: Annotated[tuple[str, ...], NoDecode, Several] = ()
    """Further lists beside those of the policy, `CATEGORY=PATH` each."""
    query_log_mib: Annotated[int, Field(ge=1, le=1 << 20)] = 2048
    """The query log never takes more; the oldest days go first."""
    engine: EngineChoice = "auto"
    """The filter's hot loop: `reference` (pure Python), `fast` (compiled; refused where it is not built), `auto`."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(endpoint(place) for place in self.listen)

    @property
    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1


class Doorway(Part, DoorwayFields):
    """Pages for whoever stands in front of a device: without signing in, apart from API and console."""


class Rpz(Part, RpzFields):
    """The same verdicts as response policy zones, for resolvers that are there already."""


class Radius(Part, RadiusFields):
    """FreeRADIUS asks Caretaker which VLAN a device belongs to."""


class Database(Part):
    url: Annotated[str, Field(max_length=500, repr=False)] = ""
    """Empty: the school's own SQLite file. PostgreSQL: `postgresql+psycopg://user:password@host/name`."""


class QueryLog(Part):
    """A PostgreSQL database, 15 or newer, to which the query log is copied as well; empty: none."""

    database: Annotated[str, Field(pattern=r"^(postgresql://\S{1,500})?$", repr=False)] = ""
    days: Annotated[int, Field(ge=1, le=400)] = 7
    """Days that are kept there."""


class Enforcement(Part):
    poll: Annotated[float, Field(ge=0.5, le=3600)] = 15.0
    """Seconds between two readings of a switch with nothing to change."""
    deadline: Annotated[float, Field(ge=1, le=600)] = 30.0
    """Seconds that signing in to a device, and each call to it after that, may take."""
    lease: Annotated[float, Field(ge=2, le=20)] = 18.0
    """Of several controllers on one database: seconds of silence after which another one takes the lead."""


class Lists(Part):
    """How lists with a `url:` are fetched. Lists on the school's own servers need `internal_hosts`."""

    internal_hosts: Annotated[tuple[str, ...], NoDecode, Several] = ()
    """Host names that may lead to a private, loopback or link-local address."""
    proxy: Annotated[str, Field(pattern=r"^(https?://\S{1,500})?$", repr=False)] = ""
    """Empty: none, whatever the environment says. The proxy then finds the addresses."""
    ca_file: str = ""
    """A further certificate authority, as PEM, beside those of the machine."""
    largest_mib: Annotated[int, Field(ge=1, le=512)] = 512
    """No list is larger, neither on the wire nor unpacked."""
    minutes: Annotated[int, Field(ge=1, le=240)] = 15
    """So long one list may take."""


class SignIn(Part, SignInFields):
    """Second factors by role, and sign-in by the school's own tenant (OpenID Connect)."""


class Reminders(Part):
    """A quiet message each school day: agreements that are missing or run out, sanctions that wait for a person."""

    to: Annotated[tuple[str, ...], NoDecode, Several] = ()
    """Entries of secrets.toml, the password of each an apprise address: `mailto://…`, `json://…`. Empty: nobody."""
    hour: Annotated[int, Field(ge=0, le=23)] = 8
    """From this hour of the school's clock on."""
    days: Annotated[int, Field(ge=1, le=400)] = 30
    """So long before an agreement runs out."""


class Log(Part):
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    """A variable such as CARETAKER_DNS__WORKERS outranks the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    api: Api = Api()
    dns: Dns = Dns()
    rpz: Rpz = Rpz()
    doorway: Doorway = Doorway()
    radius: Radius = Radius()
    database: Database = Database()
    query_log: QueryLog = QueryLog()
    enforcement: Enforcement = Enforcement()
    lists: Lists = Lists()
    sign_in: SignIn = SignIn()
    reminders: Reminders = Reminders()
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (named so by pydantic-settings)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    def database_url(self, home: Home) -> str:
        return self.database.url or home.database_url

    def overruled(
        self,
        *,
        api: str | None = None,
        dns: str | None = None,
        workers: int | None = None,
        upstreams: Sequence[str] = (),
        lists: Sequence[str] = (),
        door: str | None = None,
    ) -> Settings:
        """With what a command line says in their place. Raises OptionError."""
        places = {"listen": dns, "workers": workers, "upstreams": tuple(upstreams), "lists": tuple(lists)}
        parts: dict[str, Part] = {"api": overruled(self.api, {"listen": api}), "dns": overruled(self.dns, places)}
        parts["doorway"] = overruled(self.doorway, {"listen": (door,) if door else ()})
        return self.model_copy(update=parts)

    def as_environment(self) -> dict[str, str]:
        """What was overruled, for a child that reads the same file. Passwords and salts stay out of it."""
        overruled = {"api", "dns", "doorway"} if self.doorway.listen else {"api", "dns"}
        return {
            f"{PREFIX}{part.upper()}__{key.upper()}": ",".join(value) if isinstance(value, tuple) else str(value)
            for part, values in self.model_dump(include=overruled, exclude={"dns": {"doh_salt"}}).items()
            for key, value in values.items()
        }


def overruled(part: Changed, said: Mapping[str, Any]) -> Changed:
    """One part with what a command line says in place of some of it. Raises OptionError."""
    given = {key: value for key, value in said.items() if value not in (None, (), "")}
    try:
        return type(part).model_validate({**part.model_dump(), **given})
    except ValidationError as error:
        raise OptionError([f"option {_where(one['loc'])}{_said(one)}" for one in error.errors()]) from error


def read_settings(home: Home) -> Settings:
    """The file, where there is one, overruled by the environment. Raises SettingsError."""
    text = _read(home.settings)
    try:
        # The newline at the end makes tomllib name the line also of a mistake in the last one.
        tables = tomllib.loads(f"{text}\n")
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{home.settings}: {error}"]) from error
    try:
        return Settings(**tables)
    except ValidationError as error:
        raise SettingsError([_problem(home.settings, text, one) for one in error.errors()]) from error


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from error
    if len(raw) > MAX_BYTES:
        raise SettingsError([f"{path}: expected at most {MAX_BYTES // 1024} KiB"])
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError([f"{path}:{line}: expected UTF-8 text"]) from error


def _problem(path: Path, text: str, one: Mapping[str, Any]) -> str:
    loc = tuple(str(part) for part in one["loc"])
    variable = PREFIX + "__".join(loc[:2]).upper()
    if variable in os.environ:
        return f"{variable}: {_said(one)}"
    return f"{path}:{_line(text, loc)}: {_where(loc)}{_said(one)}"


def _where(loc: Sequence[Any]) -> str:
    return f"{'.'.join(map(str, loc))}: " if loc else ""


def _said(one: Mapping[str, Any]) -> str:
    if one["type"] == "extra_forbidden":
        return "is unknown; is it misspelt?"
    return str(one["msg"]).removeprefix("Value error, ")


def _line(text: str, loc: Sequence[str]) -> int:
    """Where a key stands: tomllib does not say. The heading's line where the key itself is not found."""
    table, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            table = heading[1]
            found = number if table == loc[0] else found
        key = re.match(r"\s*([\w.-]+)\s*=", line)
        if key and ".".join(filter(None, (table, key[1]))) in (loc[0], ".".join(loc[:2])):
            return number
    return found
