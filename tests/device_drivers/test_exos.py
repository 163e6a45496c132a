"""ExtremeXOS: its configuration module by module, its tables, and a simulated switch that moves ports."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_drivers.formats.exos import ports, read_config, read_fdb, read_summary
from device_drivers.joining import observe
from device_drivers.model import Bounce, PortKind, Refused, SetAccessVlan, SetShutdown, Unreadable, undo
from device_drivers.platforms.extreme_exos import DRIVER, READERS
from tests.device_drivers.school import NINE
from tests.device_drivers.simulated import IPAD, simulated, six_ports

CONFIG = """#
# Module devmgr configuration.
#
configure snmp sysName "LAB"
#
# Module vlan configuration.
#
configure vlan default delete ports all
create vlan "pupils"
configure vlan pupils tag 20
create vlan "staff"
configure vlan staff tag 30
enable sharing 1:23 grouping 1:23-24 algorithm address-based L2 lacp
disable port 1:3
configure ports 1:1 display-string Year-5
configure vlan Default add ports 1:4 untagged
configure vlan pupils add ports 1:1-3,1:5 untagged
configure vlan pupils add ports 1:22 tagged
configure vlan staff add ports 1:5,1:22-23 untagged
#
# Module upm configuration.
#
create upm profile night
configure vlan staff add ports 1:1 untagged
.
"""
SUMMARY = """Port Summary
Port     Display              VLAN Name           Port  Link  Speed  Duplex
#        String               (or # VLANs)        State State Actual Actual
===========================================================================
1:1      Year-5               pupils              E     A      1000   FULL
1:2      A 20 E               pupils              E     R
1:3                           pupils              D     R
===========================================================================
   Port State: D-Disabled, E-Enabled
"""
FDB = """MAC                                      VLAN Name( Tag)  Age  Flags          Port / Virtual Port List
------------------------------------------------------------------------------------------------------
3c:22:fb:05:00:11                           pupils(0020) 0041  d m D          1:1
3c:22:fb:05:00:12                           pupils(0020) 0045  d miM          1:3, 1:45
00:04:96:00:00:01                            staff(0030) 0000  s m            1:22

Flags : d - Dynamic, s - Static, p - Permanent

Total: 3 Static: 1  Perm: 0  Dyn: 2
"""
HALL = six_ports(["1", "2", "3", "4", "5", "6"])


def test_a_port_is_what_its_vlans_make_of_it() -> None:
    seen = observe(READERS, {"show configuration vlan": CONFIG, "show ports no-refresh": SUMMARY, "show fdb": FDB})
    kinds = {port.name: (port.kind, port.access_vlan) for port in seen.ports}
    assert kinds == {
        "1:1": (PortKind.ACCESS, 20),
        "1:2": (PortKind.ACCESS, 20),
        "1:3": (PortKind.ACCESS, 20),
        "1:4": (PortKind.ACCESS, 1),
        "1:5": (PortKind.UNKNOWN, None),
        "1:22": (PortKind.TRUNK, None),
        "1:23": (PortKind.LAG_MEMBER, None),
    }
    assert [(port.name, port.up, port.shut) for port in seen.ports if port.name in ("1:1", "1:2", "1:3")] == [
        ("1:3", False, True),
        ("1:1", True, False),
        ("1:2", False, False),
    ]
    assert seen.vlans == {1, 20, 30}
    assert [(entry.mac[-2:], entry.vlan, entry.port) for entry in seen.table] == [("11", 20, "1:1")]


def test_ranges_of_ports_are_taken_one_by_one() -> None:
    assert ports("1-3,7", "") == ("1", "2", "3", "7")
    assert ports("1:23-24,2:1", "") == ("1:23", "1:24", "2:1")
    with pytest.raises(Unreadable):
        ports("uplinks", "configure vlan pupils add ports uplinks untagged")


@pytest.mark.parametrize("reader", [read_config, read_summary, read_fdb])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "%% Invalid input detected at '^' marker.\n",
        CONFIG.replace("# Module vlan", "# Module vlans").replace("tag 20", ""),
        SUMMARY[: SUMMARY.rindex("=" * 75)],
        SUMMARY.replace("E     A ", "E  A    "),
        FDB[: FDB.index("\nTotal:")],
        FDB.replace("(0020)", ""),
    ],
)
def test_half_a_table_or_another_one_is_unreadable(reader: object, text: str) -> None:
    assert callable(reader)
    with pytest.raises(Unreadable):
        reader(text)


def test_a_vlan_with_ports_and_no_tag_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="without a tag"):
        read_config(CONFIG.replace("configure vlan pupils tag 20\n", ""))


def test_a_port_leaves_its_vlan_before_it_joins_another() -> None:
    assert DRIVER.render([SetAccessVlan("1:1", 20, 99), SetShutdown("1:2", was=False, becomes=True)], NINE) == (
        "configure vlan 20 delete ports 1:1",
        "configure vlan 99 add ports 1:1 untagged",
        "disable ports 1:2",
    )


def test_a_simulated_switch_is_read_moved_read_back_and_saved(tmp_path: Path) -> None:
    with simulated("extreme_exos", HALL, tmp_path) as there, there.session() as live:
        before = there.observe(live)
        assert [(port.kind, port.access_vlan) for port in before.ports[:4]] == [
            (PortKind.ACCESS, 20),
            (PortKind.ACCESS, 30),
            (PortKind.ACCESS, 99),
            (PortKind.TRUNK, None),
        ]
        assert [(entry.mac, entry.vlan, entry.port) for entry in before.table] == [(IPAD, 20, "1")]
        move = SetAccessVlan("1", 20, 99)
        there.push(live, move, SetShutdown("2", was=False, becomes=True), Bounce("1"))
        assert there.port(live, "1").access_vlan == 99
        assert there.port(live, "2").shut
        live.save(DRIVER.save)
        there.reboot()
        there.push(live, undo(move), SetShutdown("2", was=True, becomes=False))
        assert there.observe(live) == before


def test_a_stale_move_is_refused_in_the_makers_words(tmp_path: Path) -> None:
    with simulated("extreme_exos", HALL, tmp_path) as there, there.session() as live:
        before = there.configuration()
        with pytest.raises(Refused, match="Protocol conflict"):
            there.push(live, SetAccessVlan("1", 30, 99))
        assert there.configuration() == before
