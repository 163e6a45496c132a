"""A small upstream for the demo where no resolver of the machine answers: documentation addresses for every name.

Addresses are of RFC 5737 and RFC 3849, chosen by the name, so that the same name always gets the same one.
"""

from __future__ import annotations

import hashlib
import json
import signal
import socketserver
import sys
import threading
from ipaddress import IPv4Address, IPv6Address

from dnslib import AAAA, CLASS, NS, QTYPE, RCODE, RR, SOA, A, DNSError, DNSRecord

TRIES = 50


def answer(packet: bytes) -> bytes | None:
    """The reply to one query; None for what is no query."""
    try:
        query = DNSRecord.parse(packet)
    except (DNSError, ValueError, IndexError):
        return None
    if query.header.qr or len(query.questions) != 1:
        return None
    reply = query.reply(aa=0, ra=1)
    reply.header.rcode = RCODE.NOERROR
    name, qtype = query.q.qname, QTYPE.get(query.q.qtype)
    digest = hashlib.sha256(str(name).lower().encode()).digest()
    rdata = _rdata(qtype, digest)
    if rdata is not None and query.q.qclass == CLASS.IN:
        reply.add_answer(RR(name, query.q.qtype, ttl=300, rdata=rdata))
    else:
        nothing = SOA("demo.invalid", "nobody.invalid", (1, 3600, 600, 86400, 60))
        reply.add_auth(RR(".", QTYPE.SOA, ttl=60, rdata=nothing))
    return bytes(reply.pack())


def _rdata(qtype: str, digest: bytes) -> A | AAAA | NS | None:
    if qtype == "A":
        return A(str(IPv4Address("192.0.2.0") + 1 + digest[0] % 254))
    if qtype == "AAAA":
        return AAAA(str(IPv6Address("2001:db8::") + int.from_bytes(digest[:8])))
    return None


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        packet, sock = self.request
        if (reply := answer(packet)) is not None:
            sock.sendto(reply, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    timeout = 5

    def handle(self) -> None:
        while len(head := self.rfile.read(2)) == 2:
            reply = answer(self.rfile.read(int.from_bytes(head)))
            if reply is None:
                return
            self.wfile.write(len(reply).to_bytes(2) + reply)


def servers() -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
    """On one port of 127.0.0.1. The one that the kernel gives for UDP may be somebody's for TCP: then another."""
    for _ in range(TRIES):
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Udp)
        try:
            return udp, socketserver.ThreadingTCPServer(udp.server_address, _Tcp)
        except OSError:
            udp.server_close()
    raise OSError(f"{TRIES} ports were free for UDP, and none of them for TCP")


def main() -> int:
    """Serve on a free port, say which, end with the parent."""
    udp, tcp = servers()
    port = udp.server_address[1]
    for server in (udp, tcp):
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.write(json.dumps({"ready": True, "address": f"127.0.0.1:{port}"}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
