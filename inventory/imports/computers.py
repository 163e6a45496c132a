"""Rows of computers of UCS@school: type, name, MAC; its segment is the policy's, so addresses are left out."""

from __future__ import annotations

from inventory.fold import clean_name
from inventory.imports.entries import Choices, Entries
from inventory.imports.sheets import Sheet
from inventory.model import Admission, Device, parse_mac


def computers(sheet: Sheet, choices: Choices) -> Entries:
    """Of the kind that was chosen; registered, for nobody in particular yet."""
    found = sheet.gathering()
    for line, row in sheet.rows:
        try:
            mac = parse_mac(row["mac"])
        except ValueError as error:
            found.wrong(line, "mac", f"expected a MAC such as 3c:22:fb:05:00:11 ({error})")
            continue
        if not (name := clean_name(row["name"])):
            found.wrong(line, "name", "expected a name")
            continue
        found.add_device(line, Device(mac, name, choices.kind, Admission.REGISTERED))
    return found.whole()
