"""Response policy zones as text (draft-vixie-dnsop-dns-rpz): the one format that means `x` alone when it says `x`."""

from __future__ import annotations

import re

from dns_filter.lists.line import Form, Line

_RECORD = re.compile(
    r"(\S+)?\s+(?:(?:[0-9]+[smhdw]?|IN)\s+){0,2}"
    r"(SOA|NS|CNAME|DNAME|A|AAAA|TXT|MX|SRV|PTR|CAA|HTTPS|SVCB)\s+(\S.*)",
    re.IGNORECASE,
).fullmatch
_TRIGGERS = (".rpz-ip", ".rpz-client-ip", ".rpz-nsip", ".rpz-nsdname")


class Zone:
    """Reads the lines of one zone in order: an origin, a blank owner and brackets reach over lines."""

    def __init__(self) -> None:
        self._origin = ""
        self._owner = ""
        self._open = 0

    @property
    def inside_brackets(self) -> bool:
        return self._open > 0

    def read(self, line: str) -> Line | None:
        """None: not a line of a zone. `line` keeps its leading white space, where the owner is the one before."""
        if self._open:
            self._open += line.count("(") - line.count(")")
            return Line("zone_record")
        if line.startswith("$"):
            return self._directive(line)
        match = _RECORD(line)
        return self._record(*match.groups()) if match else None

    def _directive(self, line: str) -> Line | None:
        name, _, value = line.partition(" ")
        if name == "$ORIGIN":
            self._origin = _bare(value)
        return Line("zone_record") if name in ("$ORIGIN", "$TTL", "$INCLUDE") else None

    def _record(self, owner: str | None, rtype: str, target: str) -> Line:
        self._owner = _bare(owner) if owner else self._owner
        rtype = rtype.upper()
        if rtype == "SOA":
            self._open = target.count("(") - target.count(")")
            self._origin = self._origin or ("" if self._owner == "@" else self._owner)
        if rtype not in ("CNAME", "A", "AAAA") or self._owner in ("@", "", self._origin):
            return Line("zone_record")
        return self._policy(self._owner.removesuffix(f".{self._origin}"), rtype, _bare(target))

    def _policy(self, name: str, rtype: str, target: str) -> Line:
        if name.endswith(_TRIGGERS) or target == "rpz-tcp-only":
            return Line("rpz_trigger")
        entry = (Form.BELOW, name[2:]) if name.startswith("*.") else (Form.EXACT, name)
        if rtype == "CNAME" and target in ("rpz-passthru", name):
            return Line("rpz", exceptions=(entry,))
        return Line("rpz", blocks=(entry,))


def _bare(name: str) -> str:
    return name.strip().lower().removesuffix(".")
