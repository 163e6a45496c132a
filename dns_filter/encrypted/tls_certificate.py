"""The certificate of the encrypted listeners: read again when its files change, and watched as it grows old. ●

Plain DNS needs none of this. A new pair that is no good leaves the old one in force; where there never was a good one
the encrypted listeners close every connection, and say why in the log.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from dns_filter.clock import Clock
from dns_filter.watch import Watch

WARN_AT = (30, 14, 7, 1)
"""Days before the end at which the log says so, each once."""
_DAY = 86_400.0
_MAX_OCTETS = 1 << 20
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """One certificate with its key, ready for new connections. Those that are open keep the pair they began with."""

    contexts: dict[str, ssl.SSLContext]
    """By the first protocol that a listener offers."""
    names: tuple[str, ...]
    """DNS names it holds for, in lower case; `*.` stands for one label."""
    ends: float


class Certificate:
    """The pair in force. `offers`: for each listener the protocols of its ALPN, best first."""

    def __init__(self, certificate: Path, key: Path, offers: Iterable[tuple[str, ...]], clock: Clock) -> None:
        self._paths, self._offers, self._clock = (certificate, key), tuple(offers), clock
        self._watches = (Watch(certificate), Watch(key))
        self._told = ""
        self._stage: int | None = None
        self.pair: Pair | None = None
        self.reloads = self.refused = 0

    def look(self) -> None:
        """Read the files where they changed, and warn where the end comes near."""
        changed = [watch.changed() for watch in self._watches]  # both, always: each remembers what it saw
        if any(changed):
            self._load()
        self._watch_the_end()

    def context(self, protocol: str) -> ssl.SSLContext | None:
        return self.pair.contexts[protocol] if self.pair else None

    def days_left(self) -> float | None:
        """None while there is none; below 0 once it has ended."""
        return (self.pair.ends - self._clock()) / _DAY if self.pair else None

    def _load(self) -> None:
        try:
            pair = _read(*self._paths, self._offers)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            self.refused += 1
            stays = "the one before stays in force" if self.pair else "encrypted DNS is not answered"
            self._tell(f"certificate {self._paths[0]}: {error}; {stays}")
            return
        self.pair, self._told, self._stage = pair, "", None
        self.reloads += 1
        log.info("certificate %s for %s is in force", self._paths[0], ", ".join(pair.names) or "no name")

    def _tell(self, why: str) -> None:
        if why != self._told:
            self._told = why
            log.error("%s", why)

    def _watch_the_end(self) -> None:
        left = self.days_left()
        stage = None if left is None else min((days for days in (0, *WARN_AT) if left <= days), default=None)
        if stage == self._stage:
            return
        self._stage = stage
        if stage == 0:
            log.error(
                "certificate %s has ended: encrypted DNS is refused by clients, plain DNS goes on", self._paths[0]
            )
        elif stage is not None and left is not None:
            log.warning("certificate %s ends in %.1f days: renew it", self._paths[0], left)


def covers(names: Iterable[str], asked: str) -> bool:
    """Whether a certificate for `names` is one for the host that a client asked for (RFC 9525 §6.3)."""
    host = asked.lower().rstrip(".")
    behind = host.partition(".")[2]
    return any(name == host or (name.startswith("*.") and name[2:] == behind) for name in names)


def read_pair(certificate: Path, key: Path) -> Pair:
    """The pair as it stands in these files. Raises ValueError or OSError with what is wrong with it."""
    return _read(certificate, key, (("dot",),))


def _read(certificate: Path, key: Path, offers: tuple[tuple[str, ...], ...]) -> Pair:
    """Raises ValueError or OSError, also where the two do not belong together."""
    with certificate.open("rb") as file:
        leaf = x509.load_pem_x509_certificates(file.read(_MAX_OCTETS))[0]
    names = _names(leaf)
    contexts = {protocols[0]: _context(certificate, key, protocols, names) for protocols in offers}
    return Pair(contexts, names, leaf.not_valid_after_utc.timestamp())


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        held = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(name.lower() for name in held.get_values_for_type(x509.DNSName))


def _context(certificate: Path, key: Path, protocols: tuple[str, ...], names: tuple[str, ...]) -> ssl.SSLContext:
    def check_name(_: object, asked: str | None, __: ssl.SSLContext) -> int | None:
        # Another name is a mistake in somebody's settings: better a clear alert than a warning that is clicked away.
        wrong = asked is not None and names and not covers(names, asked)
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if wrong else None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(list(protocols))
    # Without a password of ours OpenSSL would ask the terminal for one, and wait.
    context.load_cert_chain(certificate, key, password=lambda: b"")
    context.sni_callback = check_name
    return context
