"""A source of lists on loopback: HTTPS with certificates of its own, and answers as odd as a test wants them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from controller.clock import SystemClock

HOST = "lists.example"
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class ListServer:
    """`answers` maps a path to what is done with a request for it; `asked` are the headers of each request."""

    port: int
    ca_file: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def url(self, path: str = "/games", host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"


@contextmanager
def list_server(folder: Path, host: str = HOST) -> Iterator[ListServer]:
    """Serves with a certificate for `host`. Every thread has ended when the block has."""
    ca_file, chain = _certificates(folder, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    class Speaking(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            server.asked.append({name.lower(): value for name, value in self.headers.items()})
            self.close_connection = True
            server.answers[self.path](self)

        def log_message(self, *_: object) -> None:
            pass

    class Listening(ThreadingHTTPServer):
        daemon_threads = False

        def handle_error(self, *_: object) -> None:
            """A client that refuses the certificate or hangs up is what some tests are about."""

        def finish_request(self, request: object, client_address: object) -> None:
            # The handshake happens in the thread of the connection, so that one that fails holds up nobody.
            with context.wrap_socket(request, server_side=True) as spoken:  # type: ignore[arg-type]
                super().finish_request(spoken, client_address)  # type: ignore[arg-type]

    with Listening(("127.0.0.1", 0), Speaking) as listening:
        server = ListServer(listening.server_address[1], ca_file)
        running = threading.Thread(target=listening.serve_forever, args=(0.02,))
        running.start()
        try:
            yield server
        finally:
            listening.shutdown()
            running.join()


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An ordinary answer; underscores in a header's name stand for hyphens."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(body)

    return answer


def leads_to(location: str, status: int = 302) -> Answer:
    return says(b"", status, location=location)


def _certificates(folder: Path, host: str) -> tuple[Path, Path]:
    """The authority's certificate, and the server's with its key."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _named("Authority of this test")
    root = _certificate(authority, authority, authority_key, authority_key, is_ca=True)
    leaf = _certificate(_named(host), authority, key, authority_key, host=host)
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    pem = serialization.Encoding.PEM
    ca_file.write_bytes(root.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(leaf.public_bytes(pem) + private)
    return ca_file, chain


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    host: str = "",
    is_ca: bool = False,
) -> x509.Certificate:
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if is_ca:
        made = made.add_extension(_signs_certificates(), critical=True)
    else:
        made = made.add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
    return made.sign(signer, hashes.SHA256())


def _signs_certificates() -> x509.KeyUsage:
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    rest = ["crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(key_cert_sign=True, **dict.fromkeys((*names, *rest), False))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
