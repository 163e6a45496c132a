"""A mailbox for reports: read over TLS, once, and a server that lies or hangs up is said in words."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.reports.mailbox import Mailbox, MailboxTrouble, new_letters

LETTER = b"From: a@b.example\r\nSubject: look\r\n\r\nhttps://evil.example.org\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    words = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    more = ("-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost")
    subject = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    subprocess.run((*words, *more, *subject), cwd=folder, check=True, capture_output=True)
    return folder


class Server:
    """An IMAP server of one mailbox: letters by number, and which were seen."""

    def __init__(self, letters: dict[int, bytes], password: str = "gate-key-7") -> None:
        self.letters, self.password = letters, password
        self.seen: set[int] = set()
        self.said: list[str] = []

    def answer(self, stream: ssl.SSLSocket) -> None:
        file = stream.makefile("rwb")
        file.write(b"* OK ready\r\n")
        file.flush()
        for line in file:
            tag, command, *rest = line.decode().split()
            self.said.append(f"{command} {' '.join(rest)}")
            for reply in self._replies(command.upper(), rest):
                file.write(reply)
            good = command.upper() != "LOGIN" or rest[-1].strip('"') == self.password
            file.write(f"{tag} {'OK' if good else 'NO'} done\r\n".encode())
            file.flush()
            if command.upper() == "LOGOUT":
                return

    def _replies(self, command: str, rest: list[str]) -> Iterator[bytes]:
        if command == "CAPABILITY":
            yield b"* CAPABILITY IMAP4rev1\r\n"
        elif command == "SELECT":
            yield b"* %d EXISTS\r\n" % len(self.letters)
        elif command == "SEARCH":
            yield b"* SEARCH " + b" ".join(b"%d" % each for each in self.letters if each not in self.seen) + b"\r\n"
        elif command == "FETCH":
            letter = self.letters[int(rest[0])]
            if "SIZE" in rest[1]:
                yield b"* %s FETCH (RFC822.SIZE %d)\r\n" % (rest[0].encode(), len(letter))
            else:
                yield b"* %s FETCH (BODY[] {%d}\r\n%s)\r\n" % (rest[0].encode(), len(letter), letter)
        elif command == "STORE":
            self.seen.add(int(rest[0]))


@contextmanager
def running(server: Server, certificate: Path) -> Iterator[Mailbox]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                connection, _ = listening.accept()
                with context.wrap_socket(connection, server_side=True) as stream:
                    server.answer(stream)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        yield Mailbox("localhost", "reports", "gate-key-7", port, ca_file=str(certificate / "cert.pem"))
        listening.close()
        thread.join(10)


def test_new_letters_are_read_once(certificate: Path) -> None:
    server = Server({1: LETTER, 2: LETTER})
    with running(server, certificate) as box:
        assert list(new_letters(box)) == [LETTER, LETTER]
    assert server.seen == {1, 2}
    with running(server, certificate) as box:
        assert list(new_letters(box)) == []


def test_a_letter_that_is_too_large_is_never_fetched(certificate: Path) -> None:
    server = Server({1: b"x" * ((1 << 20) + 1)})
    with running(server, certificate) as box:
        assert list(new_letters(box)) == [b""]
    assert not [each for each in server.said if "BODY" in each]


def test_a_wrong_password_is_said_without_it(certificate: Path) -> None:
    with running(Server({}, password="another"), certificate) as box, pytest.raises(MailboxTrouble) as refused:
        list(new_letters(box))
    assert "gate-key-7" not in str(refused.value)


def test_a_server_that_nobody_vouches_for_hears_no_password(certificate: Path) -> None:
    server = Server({1: LETTER})
    with running(server, certificate) as box, pytest.raises(MailboxTrouble):
        list(new_letters(Mailbox(box.host, box.user, box.password, box.port)))
    assert server.said == []
