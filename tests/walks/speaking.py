"""Speaking with a school from outside it: questions as one of its devices, and SSH with a client that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import paramiko

PATIENCE = 60.0
"""Seconds that a handshake may take on a machine that does a dozen other things."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer, taken apart. `ede` is None where it holds no Extended DNS Error."""

    rcode: str
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    """Targets of CNAMEs, without the final dot."""
    texts: tuple[str, ...]
    ede: int | None
    soa: bool
    ttl: int
    """The longest of all its records; 0 where it has none."""

    @property
    def answered(self) -> bool:
        return self.rcode == "NOERROR" and bool(self.addresses)

    @property
    def blocked(self) -> bool:
        """As a block is rendered: no records, an SOA, a reason."""
        return self.rcode == "NOERROR" and not self.addresses and self.soa and self.ede is not None


def look_up(
    client: str, name: str, port: int, qtype: str = "A", *, tcp: bool = False, wait: float = 20.0, server: str = ""
) -> Heard:
    """One question from the address `client`. Raises dns.exception.Timeout where nobody answers."""
    query = dns.message.make_query(name, qtype, use_edns=0)
    ask = dns.query.tcp if tcp else dns.query.udp
    return _taken_apart(ask(query, server or "127.0.0.1", timeout=wait, port=port, source=client))


def _taken_apart(answer: dns.message.Message) -> Heard:
    found: dict[str, list[str]] = {"A": [], "AAAA": [], "CNAME": [], "TXT": []}
    for rrset in answer.answer:
        found.setdefault(dns.rdatatype.to_text(rrset.rdtype), []).extend(record.to_text() for record in rrset)
    errors = [int(option.code) for option in answer.options if isinstance(option, dns.edns.EDEOption)]
    return Heard(
        rcode=dns.rcode.to_text(answer.rcode()),
        addresses=(*found["A"], *found["AAAA"]),
        names=tuple(name.rstrip(".") for name in found["CNAME"]),
        texts=tuple(text.strip('"') for text in found["TXT"]),
        ede=errors[0] if errors else None,
        soa=any(rrset.rdtype == dns.rdatatype.SOA for rrset in answer.authority),
        ttl=max((rrset.ttl for rrset in (*answer.answer, *answer.authority)), default=0),
    )


@contextmanager
def own_ssh(port: int, username: str, password: str) -> Iterator[paramiko.SSHClient]:
    """A login as a technician's own program does it; the simulated host key is taken as it comes."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(
        "127.0.0.1",
        port,
        username,
        password,
        look_for_keys=False,
        allow_agent=False,
        timeout=PATIENCE,
        banner_timeout=PATIENCE,
        auth_timeout=PATIENCE,
    )
    try:
        yield client
    finally:
        client.close()


def run_there(port: int, username: str, password: str, command: str) -> str:
    """What one command says on a device."""
    with own_ssh(port, username, password) as client:
        _, said, _ = client.exec_command(command, timeout=PATIENCE)
        with said:
            return str(said.read().decode())


def access_vlan(port: int, username: str, password: str, interface: str) -> int:
    """The VLAN that a switch itself shows in the running configuration of an access port."""
    shown = run_there(port, username, password, f"show running-config interface {interface}")
    vlans = [int(line.split()[-1]) for line in shown.splitlines() if "switchport access vlan" in line]
    assert len(vlans) == 1, shown
    return vlans[0]
