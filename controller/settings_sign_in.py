"""`[sign_in]` of settings.toml: who needs a second factor, and the sign-in services of the school's own tenant. ●"""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_settings import NoDecode

from controller.accounts import ROLES
from controller.settings_dns import Several

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
Text = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x20\x7f]+$")]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251})\.[a-z]{2,63}$")]


def _role(name: str) -> str:
    if name not in ROLES:
        raise ValueError(f"there is no role {name[:40]!r}; expected one of {', '.join(ROLES)}")
    return name


def safe_address(url: str) -> str:
    """https, or plain http to this very machine."""
    parts = urlsplit(url)
    if (parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url.rstrip("/")
    raise ValueError("expected an https address")


RoleName = Annotated[str, AfterValidator(_role)]
Address = Annotated[Text, AfterValidator(safe_address)]


class OidcProvider(BaseModel):
    """One sign-in service. Nobody is let in whom neither `groups` nor `domains` gives a role.

    Microsoft: `issuer` with the tenant's own id in it, never `common`; `tenant` is checked against `tid`.
    Google: `issuer = "https://accounts.google.com"`, `hosted_domain` is checked against `hd`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
    label: Annotated[str, StringConstraints(min_length=1, max_length=60)] = ""
    issuer: Address
    credentials: Text
    """The name of an entry of secrets.toml: `username` is the client id, `password` its secret."""
    console: Address
    """The console as browsers reach it, such as `https://caretaker.ashlane.example`; they are sent back to it."""
    tenant: Annotated[str, Field(max_length=100)] = ""
    hosted_domain: Annotated[str, Field(max_length=253)] = ""
    groups: dict[str, RoleName] = {}
    """An id of a group (claim `groups`) or a role of the tenant (claim `roles`) -> a role here."""
    domains: dict[Domain, RoleName] = {}
    """A domain of verified e-mail addresses -> a role here."""
    classes: dict[str, tuple[str, ...]] = {}
    """An id of a group -> the year groups its members teach."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if "/common" in self.issuer or "/organizations" in self.issuer:
            raise ValueError(
                "expected the issuer of one tenant: with `common` anybody's tenant could vouch for anybody"
            )
        if self.issuer == "https://accounts.google.com" and not self.hosted_domain:
            raise ValueError("expected `hosted_domain`: every private Google account has the same issuer")
        return self

    @property
    def title(self) -> str:
        return self.label or self.name.capitalize()

    @property
    def redirect(self) -> str:
        return f"{self.console}/sign-in/with/{self.name}/back"


class SignInFields(BaseModel):
    ca_file: str = ""
    """A further certificate authority for sign-in services, as PEM, beside those of the machine."""
    second_factor: Annotated[tuple[RoleName, ...], NoDecode, Several] = ()
    """Roles that may do nothing but enrol a second factor until they have one."""
    oidc: Annotated[tuple[OidcProvider, ...], BeforeValidator(tuple)] = ()

    def provider(self, name: str) -> OidcProvider | None:
        return next((each for each in self.oidc if each.name == name), None)
