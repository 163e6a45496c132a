"""A resolver on loopback that answers as it is told: rightly, late, never, cut off, or with forgeries first."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Change = Callable[[dns.message.Message, dns.message.Message], Iterable[bytes]]
"""(query, right answer) -> the datagrams to send instead."""


def _on_one_port() -> tuple[socket.socket, socket.socket]:
    """UDP and TCP. The port that the kernel gives for one may be somebody's for the other: then another."""
    for _ in range(50):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()
    raise AssertionError("no port is free for both UDP and TCP")


class FakeUpstream:
    """`records` are zone lines by name: {"bbc.co.uk": ["300 A 192.0.2.1"]}; a name that is not there is NXDOMAIN.

    A CNAME is followed inside `records`. `change` replaces what UDP sends; TCP always answers rightly. `asked` lists
    (name in lower case, type) of every query, `ports` where each UDP query came from.
    """

    def __init__(
        self, records: Mapping[str, list[str]], change: Change | None = None, *, tcp_loses_case: bool = False
    ) -> None:
        self.records = {dns.name.from_text(name): lines for name, lines in records.items()}
        self.change = change
        self.tcp_loses_case = tcp_loses_case
        self.silent = False
        self.asked: list[tuple[str, str]] = []
        self.spelled: list[str] = []
        self.ports: list[int] = []
        self.over_tcp = 0
        self._udp, self._tcp = _on_one_port()
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.port: int = self._udp.getsockname()[1]
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="fake-upstream")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> FakeUpstream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.close()
        self._thread.join()
        for sock in (self._udp, self._tcp, self._stopped):
            sock.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as waiting:
            for sock, act in ((self._udp, self._on_udp), (self._tcp, self._on_tcp), (self._stopped, None)):
                waiting.register(sock, selectors.EVENT_READ, act)
            while True:
                for key, _ in waiting.select():
                    if key.data is None:
                        return
                    key.data()

    def _on_udp(self) -> None:
        packet, sender = self._udp.recvfrom(65_535)
        self.ports.append(sender[1])
        query = dns.message.from_wire(packet)
        answer = self._answer(query)
        if self.silent:
            return
        for reply in self.change(query, answer) if self.change else [answer.to_wire()]:
            # A client that has its answer closes its port, and the next send hears of it.
            with contextlib.suppress(ConnectionError):
                self._udp.sendto(reply, sender)

    def _on_tcp(self) -> None:
        connection, _ = self._tcp.accept()
        self.over_tcp += 1
        with connection, contextlib.suppress(OSError):
            connection.settimeout(1)
            heard = connection.recv(65_535)
            answer = self._answer(dns.message.from_wire(heard[2:])).to_wire(max_size=65_535)
            if self.tcp_loses_case:
                end = answer.index(0, 12)
                answer = answer[:12] + answer[12:end].lower() + answer[end:]
            connection.sendall(len(answer).to_bytes(2) + answer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        self.asked.append((question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)))
        self.spelled.append(question.name.to_text(omit_final_dot=True))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        answer.answer.extend(self._chain(question.name, dns.rdatatype.to_text(question.rdtype)))
        if not answer.answer and question.name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        if not any(each.rdtype == question.rdtype for each in answer.answer):
            soa = "900 IN SOA ns.filter.invalid. . 1 3600 600 86400 60"
            answer.authority.append(dns.rrset.from_text(dns.name.root, 900, "IN", "SOA", soa.split(" SOA ")[1]))
        return answer

    def _chain(self, name: dns.name.Name, qtype: str) -> Iterator[dns.rrset.RRset]:
        for _ in range(20):
            lines = [line.split(" ", 2) for line in self.records.get(name, [])]
            found = [line for line in lines if line[1] == qtype]
            alias = next((line for line in lines if line[1] == "CNAME"), None)
            if found or alias is None or qtype == "CNAME":
                if found:
                    yield dns.rrset.from_text_list(name, int(found[0][0]), "IN", qtype, [line[2] for line in found])
                return
            target = dns.name.from_text(alias[2])
            yield dns.rrset.from_text(name, int(alias[0]), "IN", "CNAME", target.to_text())
            name = target
