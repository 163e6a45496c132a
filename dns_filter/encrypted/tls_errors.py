"""Structured DNS errors (draft-ietf-dnsop-structured-dns-error): why a name is blocked, in a form a browser may show.

Only over our own TLS, where nobody on the way can change it, and only for a client that asks by EDNS option 26. It says
no more than the plain text does: who blocks, whom to tell, and the token by which staff find the record.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dns_filter.identity.options import opt_content, options
from dns_filter.wire import Malformed, ede

SDE, EDE = 26, 15
_BLOCKED = 15
_NETWORK_POLICY = 5
"""Sub-error code: the policy of the operator of the local network."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is to be asked about a block. `contacts` are URIs: `mailto:office@school.example`, `tel:+44…`."""

    school: str
    contacts: Sequence[str] = ()
    language: str = "en-GB"


def asks_for_structure(query: bytes) -> bool:
    """An option with anything in it is to be ignored (§ 5.4 of the draft)."""
    return (SDE, b"") in options(query)


def structured(reply: bytes, operator: Operator) -> bytes:
    """The same answer with its `Blocked` explained in JSON; any other answer as it is."""
    try:
        before = opt_content(reply)
    except Malformed:
        return reply
    found = [(code, content) for code, content in options(reply) if code == EDE]
    if len(found) != 1 or int.from_bytes(found[0][1][:2]) != _BLOCKED or not reply.endswith(before):
        return reply
    told = found[0][1][2:].decode()
    after = ede(_BLOCKED, _explained(told.partition("why=")[2], operator))
    # The OPT is the last record, its options the last octets: only they and their length change.
    return reply[: -len(before) - 2] + len(after).to_bytes(2) + after


def _explained(why: str, operator: Operator) -> str:
    told = {
        "c": list(operator.contacts),
        "j": f"Blocked by the rules of the school. To staff this block is known as {why}.",
        "s": _NETWORK_POLICY,
        "o": operator.school,
        "l": operator.language,
    }
    return json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False, separators=(",", ":"))
