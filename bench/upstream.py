"""`python -m bench.upstream PORT`: an upstream that knows every name, one documentation address for all of them."""

from __future__ import annotations

import signal
import socket
import sys

ADDRESS = "192.0.2.53"
TTL = 3600
_FLAGS = b"\x81\x80"
_RECORD = b"\xc0\x0c\0\1\0\1" + TTL.to_bytes(4) + b"\0\4" + socket.inet_aton(ADDRESS)
_SOA = b"\0\0\6\0\1" + TTL.to_bytes(4) + b"\0\x16\0\0" + b"".join(n.to_bytes(4) for n in (1, TTL, 600, 86400, TTL))


def answer(packet: bytes) -> bytes:
    """An address for A; for every other type that there is none."""
    end = packet.index(b"\0", 12) + 5
    question = packet[12:end]
    if question[-4:-2] == b"\0\1":
        return packet[:2] + _FLAGS + b"\0\1\0\1\0\0\0\0" + question + _RECORD
    return packet[:2] + _FLAGS + b"\0\1\0\0\0\1\0\0" + question + _SOA


def main(port: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("127.0.0.1", port))
        while True:
            packet, client = sock.recvfrom(4096)
            if len(packet) > 16:
                sock.sendto(answer(packet), client)


if __name__ == "__main__":
    main(int(sys.argv[1]))
