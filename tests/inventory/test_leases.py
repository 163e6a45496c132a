"""Lease files of three DHCP servers: what is in force is a sighting, what is half written waits, rubbish is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.discovery.digest import Noted
from inventory.discovery.lease_watch import LeaseWatch
from inventory.discovery.mouth import Mouth, NotTold
from inventory.leases import FORMATS, UnreadableLeases, read_leases

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SOON, PAST = int((NOW + timedelta(hours=1)).timestamp()), int((NOW - timedelta(hours=1)).timestamp())

KEA = f"""address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
10.20.0.11,3c:22:fb:05:00:11,01:3c:22:fb:05:00:11,7200,{SOON},1,0,0,ipad-5-11.,0,,0
10.20.0.12,3c:22:fb:05:00:12,,7200,{PAST},1,0,0,old,0,,0
10.20.0.13,3c:22:fb:05:00:13,,7200,{SOON},1,0,0,given-back,0,,0
10.20.0.13,3c:22:fb:05:00:13,,0,{SOON},1,0,0,given-back,2,,0
10.20.0.14,3c:22:fb:05:00:14,,4294967295,0,1,0,0,,0,,0
10.20.0.15,3c:22:fb:05:0"""
ISC = """# The format of this file is documented in the dhcpd.leases(5) manual page.
server-duid "\\000\\001\\000\\001";
lease 10.20.0.11 {
  starts 2 2026/11/24 08:00:00;
  ends 2 2026/11/24 10:00:00;
  cltt 2 2026/11/24 08:30:00;
  binding state active;
  next binding state free;
  hardware ethernet 3c:22:fb:05:00:11;
  set vendor-class-identifier = "AAPLBSDPC";
  client-hostname "ipad-5-11";
}
lease 10.20.0.12 {
  ends 2 2026/11/24 08:00:00;
  binding state free;
  hardware ethernet 3c:22:fb:05:00:12;
}
lease 10.20.0.14 {
  ends never;
  binding state active;
  hardware ethernet 3c:22:fb:05:00:14;
}
lease 10.20.0.15 {
  ends never;
  hardware eth"""
DNSMASQ = f"""{SOON} 3c:22:fb:05:00:11 10.20.0.11 ipad-5-11 01:3c:22:fb:05:00:11
{PAST} 3c:22:fb:05:00:12 10.20.0.12 * *
0 3c:22:fb:05:00:14 10.20.0.14 * *
duid 00:01:00:01
{SOON} 1234567 fd00:20::11 ipad-5-11 00:01
"""
TEXTS = {"kea": KEA, "isc": ISC, "dnsmasq": DNSMASQ}


@pytest.mark.parametrize("kind", TEXTS)
def test_leases_in_force_say_who_has_which_address(kind: str) -> None:
    found = read_leases(TEXTS[kind].encode(), "leases", kind, NOW)
    assert [(one.mac, one.address, one.hostname) for one in found] == [
        ("3c:22:fb:05:00:11", "10.20.0.11", "ipad-5-11"),
        ("3c:22:fb:05:00:14", "10.20.0.14", None),
    ]
    assert all(one.at <= NOW for one in found)


def test_a_lease_is_as_old_as_the_servers_last_word_of_its_client() -> None:
    kea, isc = (read_leases(TEXTS[kind].encode(), "leases", kind, NOW)[0] for kind in ("kea", "isc"))
    assert kea.at == NOW - timedelta(hours=1)
    assert (isc.at, isc.vendor_class) == (NOW - timedelta(minutes=30), "AAPLBSDPC")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("kea", "address,hwaddr\n", "leases:1: expected Kea's columns; valid_lifetime, expire"),
        ("kea", KEA.replace("10.20.0.12", "10.20.0.x"), "leases:3: expected an address"),
        ("kea", KEA.replace(str(PAST), "yesterday"), "leases:3: expected seconds"),
        ("isc", ISC.replace("ends 2 2026/11/24 10:00:00", "ends 2 2026/13/24 10:00:00"), "leases:3: .* is no date"),
        ("isc", ISC.replace("ends never", "ends soon"), "leases:18: expected a date"),
        ("dnsmasq", "<html>\n", "leases:1: expected expiry, MAC"),
        ("dnsmasq", DNSMASQ.replace("10.20.0.12", "nowhere"), "leases:2: expected an address"),
    ],
)
def test_what_is_no_lease_file_is_refused_with_its_line(kind: str, text: str, said: str) -> None:
    with pytest.raises(UnreadableLeases, match=said):
        read_leases(text.encode(), "leases", kind, NOW)


@given(st.sampled_from(sorted(FORMATS)), st.binary(max_size=2000), st.integers(0, 600))
def test_no_file_makes_a_reader_fail_otherwise(kind: str, raw: bytes, cut: int) -> None:
    for text in (raw, TEXTS[kind].encode()[:cut], TEXTS[kind].encode()[:cut] + raw):
        said = said_of(text, kind)
        assert not said or said.startswith("leases:")


def said_of(raw: bytes, kind: str) -> str:
    """What is wrong with it; empty where it can be read."""
    try:
        read_leases(raw, "leases", kind, NOW)
    except UnreadableLeases as error:
        return str(error)
    return ""


class Ear(Mouth):
    """Keeps what it was told, or refuses."""

    def __init__(self) -> None:
        self.told: list[Noted] = []
        self.refuses = False

    def tell(self, batch: Sequence[Noted]) -> None:
        if self.refuses:
            raise NotTold("not now", again=True)
        self.told += batch


def test_a_changed_file_is_told_once_and_what_was_refused_is_told_later(tmp_path: Path) -> None:
    path, ear = tmp_path / "dnsmasq.leases", Ear()
    forever = "0 3c:22:fb:05:00:{:02x} 10.20.0.{} * *\n"
    path.write_text(forever.format(11, 11))
    watch = LeaseWatch(path, "dnsmasq", ear)
    assert [watch.look(), watch.look()] == [1, 0]
    path.write_text(forever.format(11, 11) + forever.format(12, 12))
    ear.refuses = True
    with pytest.raises(NotTold):
        watch.look()
    ear.refuses = False
    assert watch.look() == 1
    assert [noted.heard.address for noted in ear.told] == ["10.20.0.11", "10.20.0.12"]
