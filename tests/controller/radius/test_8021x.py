"""A laptop signs on by 802.1X at a real port: hostapd (wired) asks FreeRADIUS, FreeRADIUS asks Caretaker."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from controller.accounts import SYSTEM
from controller.clock import SystemClock
from controller.radius.client import Client, Way
from controller.radius.retry import Patience
from inventory.model import Admission, Device, Hold, Mac, Person, PersonId, YearGroupId
from tests.controller.radius.servers import SECRET, School, certificates, school
from tests.controller.radius.test_telling import Around, outcomes, teller
from tests.device_drivers.namespaces import Namespace, namespace
from tests.fakes.site import FakeSite
from tests.ports import free_ports
from tests.waiting import until

pytestmark = [
    pytest.mark.needs("freeradius", "hostapd", "wpa_supplicant", "ip", root=True, namespaces=True),
    pytest.mark.timeout(600),
]
LAPTOP = Mac("3c:22:fb:05:00:77")
PASSWORD = "eight little words"
_WITHIN = 200
"""Seconds: after a try that came to nothing on a loaded machine, the other side waits a minute before the next."""


@contextmanager
def port(found: School, das: int | None = None) -> Iterator[tuple[Namespace, Path]]:
    """A port of `sw-ict` in front of a laptop, and the folder for what both say; told of changes at `das`."""
    with namespace() as laptop:
        # hostapd stays where FreeRADIUS is; only the laptop is at the far end of the wire.
        name = f"p{laptop.pid}"
        subprocess.run(
            f"ip link add {name} type veth peer name eth0 address {LAPTOP} netns {laptop.pid}".split(), check=True
        )
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
        laptop.must("ip link set lo up", "ip link set eth0 up")
        try:
            # Never the well-known port: another test may have a switch of its own on this machine.
            with _hostapd(found, name, das or free_ports()):
                yield laptop, found.folder
        finally:
            subprocess.run(["ip", "link", "delete", name], check=False)


@contextmanager
def _hostapd(found: School, name: str, das: int) -> Iterator[None]:
    text = f"""
interface={name}
driver=wired
logger_stdout=-1
logger_stdout_level=0
ieee8021x=1
use_pae_group_addr=0
eap_reauth_period=0
own_ip_addr=127.0.0.1
nas_identifier=sw-ict
auth_server_addr=127.0.0.1
auth_server_port={found.auth}
auth_server_shared_secret={SECRET}
acct_server_addr=127.0.0.1
acct_server_port={found.acct}
acct_server_shared_secret={SECRET}
radius_das_port={das}
radius_das_client=127.0.0.1 {SECRET}
radius_das_require_event_timestamp=1
radius_das_require_message_authenticator=1
"""
    (found.folder / "hostapd.conf").write_text(text)
    log = found.folder / "hostapd.log"
    with program(log, "hostapd", "-dd", "-f", str(log), str(found.folder / "hostapd.conf")) as said:
        until(lambda: "AP-ENABLED" in said(), _WITHIN)
        yield


@contextmanager
def program(log: Path, *words: str) -> Iterator[Callable[[], str]]:
    """It runs, and writes `log` itself, line by line: standard output would keep back what it says for 4 KiB."""
    log.touch()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def said() -> str:
        text = log.read_text(errors="replace")
        assert process.poll() is None, f"{words[0]} has ended: {text[-2000:]}"
        return text

    try:
        yield said
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def sign_on(laptop: Namespace, folder: Path, network: str, expected: str) -> Iterator[None]:
    """The supplicant runs, and has said the expected word."""
    (folder / "laptop.conf").write_text(f"ap_scan=0\nnetwork={{\nkey_mgmt=IEEE8021X\neapol_flags=0\n{network}\n}}\n")
    log, settings = folder / "laptop.log", folder / "laptop.conf"
    words = laptop.words("wpa_supplicant", "-f", str(log), "-D", "wired", "-i", "eth0", "-c", str(settings))
    with program(log, *words) as said:
        until(lambda: expected in said(), _WITHIN)
        yield


def right_password(laptop: Namespace, folder: Path) -> AbstractContextManager[None]:
    return sign_on(laptop, folder, f'{PEAP}\npassword="{PASSWORD}"', "CTRL-EVENT-EAP-SUCCESS")


def wrong_password(laptop: Namespace, folder: Path) -> AbstractContextManager[None]:
    return sign_on(laptop, folder, f'{PEAP}\npassword="wrong"', "CTRL-EVENT-EAP-FAILURE")


@pytest.fixture
def ash_lane(tmp_path: Path) -> Iterator[School]:
    with school(tmp_path, people=f'child-5-01 Cleartext-Password := "{PASSWORD}"\n') as found:
        store, now = found.site.store, found.site.clock.now()
        child = Person(PersonId("child-5-01"), "A child", year_group=YearGroupId("year-5"))
        store.put_people((child,), SYSTEM, now)
        store.put_devices((_laptop(),), SYSTEM, now)
        yield found


def _laptop() -> Device:
    return Device(LAPTOP, "laptop-77", "school-laptop", Admission.REGISTERED, role="teacher")


PEAP = 'eap=PEAP\nidentity="child-5-01"\nphase2="auth=MSCHAPV2"'
TTLS = 'eap=TTLS\nanonymous_identity="anonymous"\nidentity="child-5-01"\nphase2="auth=MSCHAPV2"'


@pytest.mark.parametrize("method", [PEAP, TTLS], ids=["peap", "ttls"])
def test_who_proves_to_be_a_child_gets_the_pupils_vlan_at_a_teachers_laptop(ash_lane: School, method: str) -> None:
    authority = ash_lane.folder / "certs" / "ca.pem"
    with port(ash_lane) as (laptop, folder):
        network = f'{method}\npassword="{PASSWORD}"\nca_cert="{authority}"\ndomain_match="radius.internal"'
        with sign_on(laptop, folder, network, "CTRL-EVENT-EAP-SUCCESS"):
            until(lambda: ash_lane.site.store.radius_session("sw-ict", LAPTOP) is not None, _WITHIN)
        session = ash_lane.site.store.radius_session("sw-ict", LAPTOP)
        assert session is not None
        assert session.vlan == 20
    # The laptop was switched off, and so its child's time with it was over.
    until(lambda: ash_lane.site.store.radius_sessions() == (), _WITHIN)
    (sign_in,) = ash_lane.site.store.sign_ins_of([LAPTOP], ash_lane.site.clock.now())
    assert (sign_in.person, sign_in.source) == ("child-5-01", "radius")
    hostapd = (ash_lane.folder / "hostapd.log").read_text(errors="replace")
    assert "Attribute 81 (Tunnel-Private-Group-Id)" in hostapd
    assert PASSWORD not in (ash_lane.folder / "said.log").read_text()


def test_a_wrong_password_is_refused_and_signs_nobody_in(ash_lane: School) -> None:
    with port(ash_lane) as (laptop, folder), wrong_password(laptop, folder):
        assert ash_lane.site.store.radius_session("sw-ict", LAPTOP) is None
    assert ash_lane.site.store.sign_ins_of([LAPTOP], ash_lane.site.clock.now()) == ()


def test_a_certificate_of_the_schools_own_is_a_proof_too(ash_lane: School) -> None:
    certificate, key = own_certificate(ash_lane.folder, "child-5-01")
    with port(ash_lane) as (laptop, folder):
        network = (
            f'eap=TLS\nidentity="laptop"\nclient_cert="{certificate}"\nprivate_key="{key}"\n'
            f'ca_cert="{ash_lane.folder / "certs" / "ca.pem"}"'
        )
        with sign_on(laptop, folder, network, "CTRL-EVENT-EAP-SUCCESS"):
            until(lambda: ash_lane.site.store.radius_session("sw-ict", LAPTOP) is not None, _WITHIN)
    (sign_in,) = ash_lane.site.store.sign_ins_of([LAPTOP], ash_lane.site.clock.now())
    assert sign_in.person == "child-5-01"


def test_a_laptop_that_is_put_in_quarantine_loses_its_session_at_once(ash_lane: School) -> None:
    site, das = ash_lane.site, free_ports()
    site.clock = SystemClock()  # type: ignore[assignment]
    client = Client("sw-ict", "127.0.0.1", SECRET, Way.DISCONNECT, das)
    around = Around(site)
    told = teller(site, client, around, Patience())
    told.start()
    try:
        with port(ash_lane, das) as (laptop, folder), right_password(laptop, folder):
            until(lambda: _has_a_number(site), _WITHIN)  # accounting has begun
            hold = Hold("head", "a virus", site.clock.now())
            site.store.put_devices((replace(_laptop(), hold=hold),), SYSTEM, site.clock.now())
            told.wake()
            until(lambda: outcomes(site) == ["verified"], _WITHIN)
    finally:
        told.stop()
    said = (ash_lane.folder / "hostapd.log").read_text(errors="replace")
    assert f"Found a matching session {LAPTOP} - disconnecting" in said


def _has_a_number(site: FakeSite) -> bool:
    session = site.store.radius_session("sw-ict", LAPTOP)
    return session is not None and session.session is not None and session.vlan not in (None, 999)


def own_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for a person, signed by the school's authority."""
    made, now = certificates(), SystemClock().now()
    authority = x509.load_pem_x509_certificate(made["ca.pem"])
    signs = serialization.load_pem_private_key(made["ca.key"], None)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(authority.subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(signs, hashes.SHA256())  # type: ignore[arg-type]
    )
    paths = folder / "laptop.pem", folder / "laptop.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
