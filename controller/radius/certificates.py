"""A small authority of the school's own for the server's certificate of PEAP, EAP-TTLS and EAP-TLS. ●

Devices are given `ca.pem` and the server's name; without both a supplicant would show its password to anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LASTS = timedelta(days=3650)
SERVER_LASTS = timedelta(days=800)
"""No longer: some supplicants believe no certificate that lasts more than 825 days."""
RENEW = timedelta(days=60)
BITS = 3072
Made = dict[str, bytes]


def make_certificates(school: str, name: str, now: datetime) -> Made:
    """A new authority and a server certificate for `name`: file -> PEM. `ca.key` belongs somewhere safe."""
    authority_key, server_key = _key(), _key()
    subject = _subject(f"{school} RADIUS authority"[:64])
    authority = (
        x509.CertificateBuilder(subject, subject, authority_key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        x509.CertificateBuilder(subject, _subject(name), server_key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + SERVER_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = authority.public_bytes(serialization.Encoding.PEM)
    return {
        "ca.pem": pem,
        "ca.key": _private(authority_key),
        "clients-ca.pem": pem,
        "server.pem": server.public_bytes(serialization.Encoding.PEM) + pem,
        "server.key": _private(server_key),
    }


def ends(certificate: Path) -> datetime | None:
    """When the first certificate of a file ends; None where it cannot be read."""
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=BITS)


def _private(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
