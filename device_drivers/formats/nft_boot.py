"""What of the gateway's table outlives a reboot: lists and where they are bound. Grants never do.

A file of nft(8) in the account's home. `/etc/nftables.conf` includes it, so that it is in force before the first
packet passes: a gateway that comes back alone holds every list and no grant, and opens nothing until it is told.
"""

from __future__ import annotations

from device_drivers.formats.nft_script import TABLE

BOOT_FILE = "caretaker-boot/ruleset.nft"
"""Below the home of the account."""


def keep_line(nft: str) -> str:
    """One shell command that writes the file whole or leaves the old one.

    `-t` leaves out what sets hold, and so every grant; the map of interfaces is a set too and is listed by itself. The
    file begins by taking the table away, so that loading it twice is loading it once.
    """
    new = f"{BOOT_FILE}.new"
    listed = " && ".join(
        (
            f"echo 'add table {TABLE}'",
            f"echo 'delete table {TABLE}'",
            f"{nft} -t list table {TABLE}",
            f"{nft} list map {TABLE} bound",
        )
    )
    return f"cd && mkdir -p -m 700 caretaker-boot && {{ {listed}; }} >{new} && sync {new} && mv {new} {BOOT_FILE}"
