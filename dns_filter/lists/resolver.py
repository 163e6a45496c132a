"""Block lists written as the configuration of a resolver: dnsmasq and Unbound."""

from __future__ import annotations

import re

from dns_filter.lists.line import BadEntry, Form, Line, is_address

_DNSMASQ = re.compile(r"(address|server|local)=/(.+)/([^/]*)", re.DOTALL).fullmatch
_DNSMASQ_OTHER = re.compile(r"(?:[a-z0-9-]+=/|conf-file=|addn-hosts=|no-resolv$)").match
_UNBOUND = re.compile(r"""(local-zone|local-data):\s*(?:"([^"]*)"|'([^']*)'|(\S+))\s*(\S*)""").fullmatch
_UNBOUND_OTHER = re.compile(r"(?:server|forward-zone|local-data-ptr|include|view-first|name):").match
_DATA = re.compile(r"(\S+)\s+(?:[0-9]+\s+)?(?:IN\s+)?(A|AAAA)\s+(\S+)", re.IGNORECASE).fullmatch

_CLOSED = frozenset(
    ("always_nxdomain", "always_nodata", "always_deny", "always_refuse", "always_null", "refuse", "deny", "static")
) | {"redirect", "inform_deny", "inform_redirect"}
_OPEN = frozenset(("transparent", "typetransparent", "always_transparent", "inform"))


def read_dnsmasq(line: str) -> Line | None:
    match = _DNSMASQ(line)
    if not match:
        return Line("directive") if _DNSMASQ_OTHER(line) else None
    option, names, value = match.groups()
    entries = tuple(_dnsmasq_entry(name) for name in names.split("/"))
    if option == "address" or not value:
        return Line("dnsmasq", blocks=entries)
    # `server=/x/#` sends x the ordinary way; `server=/x/192.0.2.1` only says whom to ask. Neither blocks.
    return Line("dnsmasq", exceptions=entries) if value == "#" else Line("directive")


def _dnsmasq_entry(name: str) -> tuple[Form, str]:
    return (Form.BELOW, name[2:]) if name.startswith("*.") else (Form.WHOLE, name.removeprefix("."))


def read_unbound(line: str) -> Line | None:
    match = _UNBOUND(line)
    if not match:
        return Line("directive") if _UNBOUND_OTHER(line) else None
    option, *quoted, kind = match.groups()
    text = next((text for text in quoted if text is not None), "")
    return _local_data(text) if option == "local-data" else _local_zone(text, kind)


def _local_zone(name: str, kind: str) -> Line:
    if kind in _CLOSED:
        return Line("unbound", blocks=((Form.WHOLE, name),))
    if kind in _OPEN:
        return Line("unbound", exceptions=((Form.WHOLE, name),))
    return Line("directive")


def _local_data(record: str) -> Line:
    match = _DATA(record)
    if not match:
        return Line("directive")
    if not is_address(match[3]):
        raise BadEntry(f"{match[3][:80]!r} is no address")
    return Line("unbound", blocks=((Form.WHOLE, match[1]),))
