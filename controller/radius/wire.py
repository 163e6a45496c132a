"""Disconnect- and CoA-Requests on the wire (RFC 5176): the only file that knows pyrad. ●

Each request carries a Message-Authenticator and an Event-Timestamp. It is sent again with the same octets, so that a
client that heard it twice answers twice instead of acting twice.
"""

from __future__ import annotations

import io
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyrad.dictionary import Dictionary
from pyrad.packet import (
    CoAACK,
    CoANAK,
    CoAPacket,
    CoARequest,
    DisconnectACK,
    DisconnectNAK,
    DisconnectRequest,
    PacketError,
)

from controller.radius.client import Client
from controller.radius.ladder import Change, Reply, Step

LARGEST = 4096
_GONE = "503"
_TEXT = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE NAS-Port 5 integer
ATTRIBUTE Called-Station-Id 30 string
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Event-Timestamp 55 date
ATTRIBUTE Tunnel-Type 64 integer has_tag
ATTRIBUTE Tunnel-Medium-Type 65 integer has_tag
ATTRIBUTE Message-Authenticator 80 octets
ATTRIBUTE Tunnel-Private-Group-Id 81 string has_tag
ATTRIBUTE NAS-Port-Id 87 string
ATTRIBUTE Error-Cause 101 integer
"""
_DICTIONARY = Dictionary(io.StringIO(_TEXT))
_VLAN, _IEEE_802 = 13, 6


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is sent, however often, and what is needed to believe its answer."""

    packet: CoAPacket
    octets: bytes


class Line:
    """A socket of its own for each client: its identifiers, and nobody else's packets reach it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._next = secrets.randbelow(256)
        family = socket.AF_INET6 if ":" in client.address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect((client.address, client.change_port))
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def request(self, change: Change, now: datetime) -> Request:
        self._next = (self._next + 1) % 256
        code = CoARequest if change.step is Step.COA else DisconnectRequest
        packet = CoAPacket(code, self._next, self.client.secret.encode(), dict=_DICTIONARY)
        for name, value in _attributes(change, now).items():
            packet[name] = value
        packet.add_message_authenticator()
        return Request(packet, packet.RequestPacket())

    def send(self, request: Request) -> None:
        """What cannot be sent was lost: it is sent again when its time has come."""
        try:
            self._socket.send(request.octets)
        except OSError:
            return

    def receive(self) -> bytes | None:
        """One datagram; None where there is none. A client without a listener there counts as silent."""
        try:
            return self._socket.recv(LARGEST)
        except OSError:
            return None


def read_reply(request: Request, octets: bytes) -> tuple[Reply, str] | None:
    """What the client says to this request; None where it is no answer to it, or not made with the secret."""
    try:
        reply = request.packet.CreateReply(packet=octets)
        if not request.packet.VerifyReply(reply, octets):
            return None
        causes = [str(cause) for cause in reply["Error-Cause"]] if "Error-Cause" in reply else []
    except (PacketError, KeyError, ValueError, IndexError):
        return None
    if reply.code in (DisconnectACK, CoAACK):
        return Reply.ACK, "acknowledged"
    if reply.code not in (DisconnectNAK, CoANAK):
        return None
    cause = _CAUSES.get(causes[0], f"error {causes[0]}") if causes else "no reason given"
    return (Reply.GONE if _GONE in causes else Reply.NAK), f"refused: {cause}"


def _attributes(change: Change, now: datetime) -> Mapping[str, object]:
    """Which session is meant (RFC 5176 §3): by its MAC, and by its number where it is known."""
    session = change.session
    named: dict[str, object] = {"Calling-Station-Id": session.mac.replace(":", "-").upper()}
    if session.session:
        named["Acct-Session-Id"] = session.session
    named["Event-Timestamp"] = int(now.timestamp())
    if change.step is Step.COA:
        named |= {"Tunnel-Type": _VLAN, "Tunnel-Medium-Type": _IEEE_802}
        named["Tunnel-Private-Group-Id"] = str(change.becomes)
    return named


_CAUSES = {
    "401": "it does not know an attribute",
    "402": "an attribute is missing",
    "403": "it is another switch",
    "404": "it found the request invalid",
    "405": "it does not offer this",
    "406": "it does not know this extension",
    "501": "it is forbidden there",
    "503": "it knows no such session",
    "504": "the session cannot be changed",
    "506": "it lacks the means",
}
