"""Tables of addresses as switches print them: an address under a group's MAC, as clusters have, is no device's."""

from __future__ import annotations

import pytest

from device_drivers.formats import eos, fastpath
from device_drivers.model import Lease

EOS = """Address         Age (sec)  Hardware Addr   Interface
172.16.0.1               0 {}  Vlan20, Port-Channel2
172.16.0.2               0 3c22.fb05.0011  Vlan20, Ethernet4
"""
EDGESWITCH = """
  IP Address        MAC Address      Interface        Type        Age
---------------  -----------------  --------------  --------  -----------
172.16.0.1       {}  4/1             Gateway    0h  0m 10s
172.16.0.2       3C:22:FB:05:00:11  4/1             Gateway    0h  0m 10s
"""
GROUPS = ("03bf.ac10.0001", "0100.5e00.0001", "0000.0000.0000")


def _colons(mac: str) -> str:
    digits = mac.replace(".", "").upper()
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


@pytest.mark.parametrize("mac", GROUPS)
def test_an_address_under_a_groups_mac_is_no_devices(mac: str) -> None:
    assert addresses(eos.read_arp(EOS.format(mac))) == ["172.16.0.2"]
    assert addresses(fastpath.read_arp(EDGESWITCH.format(_colons(mac)))) == ["172.16.0.2"]


def addresses(leases: tuple[Lease, ...]) -> list[str]:
    return [lease.address for lease in leases]
