"""Ansible inventory: a school's devices from Caretaker's API, or its switches from the folder of the school."""

# Copyright (c) Caretaker contributors. MIT licence, see LICENSE.

from __future__ import annotations

import csv
import json
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from ansible.errors import AnsibleParserError
from ansible.module_utils.urls import open_url
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

DOCUMENTATION = r"""
    name: caretaker
    short_description: Devices or switches of a school run by Caretaker
    description:
        - With O(api), the devices that Caretaker knows, grouped by kind, year group, role, room and segment.
        - With O(home), the network devices of C(switches.csv), grouped by purpose, platform and room.
        - The source file must be named C(caretaker.yml), or end with C(.caretaker.yml).
    author: Caretaker contributors
    extends_documentation_fragment:
        - constructed
    options:
        plugin:
            description: Marks a source file as one for this plugin.
            required: true
            choices: [caretaker]
        api:
            description: Address of Caretaker, such as C(https://caretaker.school.example).
            type: str
            env: [{name: CARETAKER_URL}]
        token_file:
            description: A file that holds an API token with the scope C(devices:read). Needed with O(api).
            type: path
            env: [{name: CARETAKER_TOKEN_FILE}]
        ca_file:
            description: Certificates by which the API is known, where the system's own do not know it.
            type: path
        admission:
            description: Only devices of this admission; strangers are nothing to be configured.
            type: str
            choices: [registered, unknown, barred]
            default: registered
        home:
            description: The folder of a school. Read instead of the API.
            type: path
            env: [{name: CARETAKER_HOME}]
"""

EXAMPLES = r"""
# ash-lane.caretaker.yml: everything registered, by kind and room
plugin: caretaker
api: https://caretaker.ash-lane.example
token_file: ~/.config/caretaker/ash-lane.token
---
# network.caretaker.yml: the switches themselves, for the switch baseline
plugin: caretaker
home: /var/lib/caretaker/school
"""

MAX_BYTES = 8 * 1024 * 1024
MAX_PAGES = 200
PAGE = 500
NETWORK_OS = {"cisco_ios": "cisco.ios.ios"}
SWITCH_COLUMNS = {"name", "host", "ssh_port", "platform", "purpose", "mode", "credentials", "room"}
DEVICE_GROUPS = ("kind", "year_group", "role", "room")


class InventoryModule(BaseInventoryPlugin, Constructable):
    NAME = "caretaker"

    def verify_file(self, path):
        named = Path(path).name
        return super().verify_file(path) and named.endswith(("caretaker.yml", "caretaker.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        api, home = self.get_option("api"), self.get_option("home")
        if bool(api) == bool(home):
            raise AnsibleParserError(f"{path}: expected either `api` or `home`")
        hosts = _switches(Path(home) / "switches.csv") if home else self._devices(api)
        for name, variables, groups in hosts:
            self._add(name, variables, groups)

    def _add(self, name, variables, groups):
        self.inventory.add_host(name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        for group in groups:
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), name)
        strict = self.get_option("strict")
        known = self.inventory.get_host(name).get_vars()
        self._set_composite_vars(self.get_option("compose"), known, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), known, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), known, name, strict=strict)

    def _devices(self, api):
        pages = _pages(api.rstrip("/"), self.get_option("admission"), self._token(), self.get_option("ca_file"))
        devices = [device for page in pages for device in page]
        names = [device["name"] for device in devices]
        for device in devices:
            # Two trolleys may each have an "ipad 1": then the MAC tells them apart.
            twice = names.count(device["name"]) > 1
            name = f"{device['name']} {device['mac']}" if twice else device["name"]
            yield _plain(name, api), *_device(device, api)

    def _token(self):
        path = self.get_option("token_file")
        if not path:
            raise AnsibleParserError("`api` needs `token_file`, a file that holds an API token")
        try:
            return Path(path).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise AnsibleParserError(f"token_file: {error}") from error


def _pages(api, admission, token, ca_file):
    after = ""
    for _ in range(MAX_PAGES):
        asked = urlencode({"admission": admission, "limit": PAGE, "after": after})
        page = _get(f"{api}/api/v1/devices?{asked}", token, ca_file)
        yield page["items"]
        after = page["next"]
        if not after:
            return
    raise AnsibleParserError(f"{api}: more than {MAX_PAGES * PAGE} devices")


def _get(url, token, ca_file):
    try:
        # A redirect is not followed: it would carry the token elsewhere.
        answer = open_url(
            url,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=20,
            ca_path=ca_file,
            follow_redirects="none",
            use_netrc=False,
        )
        raw = answer.read(MAX_BYTES + 1)
    except HTTPError as error:
        hint = {401: ": is the token right?", 403: ": the token needs the scope devices:read"}.get(error.code, "")
        raise AnsibleParserError(f"{url}: answered {error.code}{hint}") from error
    except (URLError, OSError) as error:
        raise AnsibleParserError(f"{url}: {error}") from error
    if len(raw) > MAX_BYTES:
        raise AnsibleParserError(f"{url}: a page of more than {MAX_BYTES // 2**20} MiB")
    try:
        page = json.loads(raw)
        page["items"], page["next"]
    except (ValueError, KeyError, TypeError) as error:
        raise AnsibleParserError(f"{url}: expected a page of devices as JSON") from error
    return page


def _device(device, where):
    place, decision = device["place"] or {}, device["decision"] or {}
    variables = {"caretaker_mac": device["mac"], "caretaker_admission": device["admission"]}
    variables |= {f"caretaker_{key}": device[key] for key in (*DEVICE_GROUPS, "person")}
    variables |= {f"caretaker_{key}": place.get(key) for key in ("switch", "port", "vlan")}
    variables["caretaker_segment"] = decision.get("segment")
    if place.get("address"):
        variables["ansible_host"] = place["address"]
    groups = [f"{key}_{device[key]}" for key in DEVICE_GROUPS if device[key]]
    groups += [f"segment_{decision['segment']}"] if decision else []
    return {key: _plain(value, where) for key, value in variables.items() if value is not None}, groups


def _switches(path):
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read(MAX_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise AnsibleParserError(f"{path}: {error}") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = csv.DictReader(lines, strict=True)
    if not {"name", "host", "platform", "purpose"} <= set(rows.fieldnames or ()) <= SWITCH_COLUMNS:
        raise AnsibleParserError(f"{path}: expected a first line such as name,host,ssh_port,platform,purpose,mode,room")
    for row in rows:
        if None in row or None in row.values():
            raise AnsibleParserError(f"{path}: {row['name']}: expected as many cells as the first line has")
        yield _plain(row["name"], path), *_switch(row, path)


def _switch(row, path):
    # Credentials stay with Caretaker: Ansible brings its own.
    facts = {key: row.get(key) for key in ("platform", "purpose", "mode", "room")}
    variables = {"ansible_host": row["host"], **{f"caretaker_{key}": value for key, value in facts.items() if value}}
    if row.get("ssh_port"):
        if not row["ssh_port"].isdecimal():
            raise AnsibleParserError(f"{path}: {row['name']}: ssh_port: expected a number")
        variables["ansible_port"] = int(row["ssh_port"])
    if row["platform"] in NETWORK_OS:
        variables["ansible_network_os"] = NETWORK_OS[row["platform"]]
    groups = [f"{key}_{facts[key]}" for key in ("purpose", "platform", "room") if facts[key]]
    return {key: _plain(value, path) for key, value in variables.items()}, groups


def _plain(value, where):
    """Refuse text that Ansible might take for a template: a device's name comes from whoever named it."""
    if isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "{#")):
        raise AnsibleParserError(f"{where}: {value[:60]!r} looks like a template; nothing is named like that")
    return value
