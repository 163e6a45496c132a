"""Settings of encrypted DNS, and how addresses are written in settings: a part of `settings`. ●

Nothing of it is on unless it is given.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from controller.addresses import Endpoint, endpoint
from dns_filter.servers import one_way_each, parse_upstream


def several(raw: Any) -> Any:
    """Several values as a list, or in one text with commas, as in an environment variable."""
    return tuple(part.strip() for part in raw.split(",") if part.strip()) if isinstance(raw, str) else raw


def place(raw: Any, default_port: int | None) -> str:
    if not isinstance(raw, str):
        raise ValueError("expected text such as 127.0.0.1:5353")
    return str(endpoint(raw, default_port))


def upstream_place(raw: Any) -> str:
    """An address with port 53 where none is given, or an encrypted upstream with the name in its certificate."""
    return str(parse_upstream(raw)) if isinstance(raw, str) and "://" in raw else place(raw, 53)


def _dot_place(raw: Any) -> str:
    return place(raw, 853)


def _doh_place(raw: Any) -> str:
    return place(raw, 443)


def _address(raw: str) -> str:
    try:
        return str(ip_address(raw))
    except ValueError:
        said = f"expected the address of one machine, not {raw[:60]!r}: all of a network cannot be believed"
        raise ValueError(said) from None


def _salt(raw: str) -> str:
    if raw and not 8 <= len(raw.encode()) <= 32:
        raise ValueError("expected 8 to 32 octets, the same as in the policy DnsOverHttpsSalt")
    return raw


def _uri(raw: str) -> str:
    if not re.fullmatch(r"(mailto|tel|sips|https):[^\s\"\\]{1,200}", raw):
        raise ValueError("expected mailto:, tel:, sips: or https: with who is asked behind it")
    return raw


Several = BeforeValidator(several)
Upstream = Annotated[str, BeforeValidator(upstream_place)]
DotPlace = Annotated[str, BeforeValidator(_dot_place)]
DohPlace = Annotated[str, BeforeValidator(_doh_place)]
HostName = Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*)?$", max_length=253)]


class EncryptedFields(BaseModel):
    """DNS over TLS and over HTTPS, and who is believed when it says for whom it asks. Paths start at the home."""

    upstreams: Annotated[tuple[Upstream, ...], NoDecode, Several] = ()
    upstream_ca: str = ""
    """PEM: the authorities of encrypted upstreams, in place of the machine's own."""
    dot: Annotated[tuple[DotPlace, ...], NoDecode, Several] = ()
    doh: Annotated[tuple[DohPlace, ...], NoDecode, Several] = ()
    certificate: str = ""
    """PEM, with the certificates of the authorities behind it."""
    certificate_key: str = ""
    name: HostName = ""
    """The host name that clients are told; empty: the first in the certificate."""
    identifiers: str = ""
    """CSV: which DoH path stands for which device."""
    doh_salt: Annotated[str, AfterValidator(_salt), Field(repr=False)] = ""
    contacts: Annotated[tuple[Annotated[str, AfterValidator(_uri)], ...], NoDecode, Several] = ()
    """Whom to ask about a block, for clients that can show it: `mailto:office@school.example`."""
    forwarders: Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], NoDecode, Several] = ()
    """Resolvers and proxies of the school that pass on the queries of others and say whose they are."""

    @field_validator("upstreams")
    @classmethod
    def _one_way_each(cls, upstreams: tuple[str, ...]) -> tuple[str, ...]:
        one_way_each(tuple(map(parse_upstream, upstreams)))
        return upstreams

    @model_validator(mode="after")
    def _has_a_certificate(self) -> EncryptedFields:
        if (self.dot or self.doh) and not (self.certificate and self.certificate_key):
            raise ValueError("dot and doh need certificate and certificate_key beside them")
        return self

    @property
    def plain_upstreams(self) -> tuple[Endpoint, ...]:
        """Those that may be asked without encryption."""
        return tuple(endpoint(each) for each in self.upstreams if "://" not in each)

    @property
    def encrypted_endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(endpoint(each) for each in (*self.dot, *self.doh))
