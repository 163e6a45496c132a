"""What is sent for each row of the table. Words in braces stand for the object: see `OBJECTS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.api import receipts
from tests.fakes.site import IPAD, PASSWORD

OBJECTS: Mapping[str, Mapping[str, str]] = {
    "o": {
        "mac": IPAD,
        "address": "10.20.0.11",
        "group": "year-5",
        "person": "child-5",
        "number": "1",
        "name": "thing-o",
        "called": "A child of Year 5",
    },
    "y": {
        "mac": "3c:22:fb:06:00:61",
        "address": "10.20.0.61",
        "group": "year-6",
        "person": "child-6",
        "number": "2",
        "name": "thing-y",
        "called": "A child of Year 6",
    },
    "w": {
        "mac": "00:80:77:00:00:09",
        "address": "10.40.0.9",
        "group": "head",
        "person": "head",
        "number": "3",
        "name": "thing-w",
        "called": "The head",
    },
    "s": {
        "mac": "3c:22:fb:99:00:99",
        "address": "10.20.3.99",
        "group": "year-9",
        "person": "child-99",
        "number": "9",
        "name": "thing-s",
        "called": "A child of another school",
    },
}
"""own class, another year, whole school, another school. Windows are w1, w2…, sanctions s1, s2…, alarms 1, 2…"""


@dataclass(frozen=True)
class Asked:
    """`shows`: the call gives a list, and this text stands for the object in it. `objects`: what it can be about.

    `lets_in`: what the answer may be once somebody is let in, where it is no success: the thing is not there.
    """

    body: Any = None
    query: str = ""
    shows: str = ""
    objects: str = "w"
    lets_in: frozenset[int] = frozenset({200, 201, 202, 303})


def item(body: Any = None, query: str = "", objects: str = "oyws", *, or_: int = 200) -> Asked:
    return Asked(body, query, objects=objects, lets_in=Asked.lets_in | {or_})


def listed(shows: str, query: str = "", objects: str = "oyws") -> Asked:
    return Asked(None, query, shows, objects)


GONE, STALE, NOT_THERE, FULL = 404, 409, 409, 503
"""Asked for what is not there: whoever hears this was let in."""

OWN_PASSWORD = {"password": PASSWORD}
WHY = {"reason": "it was agreed"}
LOOK = {"client": "{name}", "purpose": "incident 12"}
SIGNED = {"signatures": [{"person": "{person}", "signer": "guardian", "version": "2026"}]}
OWN_SIGNATURE = {"version": "2026", "name": "A teacher"}
SEEN = {"mac": "{mac}", "source": "dhcp"}
CAME = {"mac": "{mac}", "began_at": "2026-11-24T08:55:00Z", "source": "radius", "year_group": "year-5"}
AT_A_PORT = {
    name: {"type": "string", "value": [value]}
    for name, value in {"Calling-Station-Id": "{mac}", "Caretaker-Client": "sw-ict", "NAS-Port-Id": "Gi1/0/7"}.items()
}
BEGINS = {"Acct-Status-Type": {"type": "integer", "value": ["Start"]}}

ASKED: Mapping[str, Asked] = {
    "GET /api/v1/windows": listed('"group":"{group}"', "?from=2026-11-24T09:00:00Z&to=2026-11-24T12:00:00Z", "oys"),
    "POST /api/v1/windows": item({"group": "{group}", "minutes": 15}, objects="oys"),
    "GET /api/v1/windows/{window_id}": item(objects="oys"),
    "PATCH /api/v1/windows/{window_id}": item({"minutes": 5}, objects="oys"),
    "POST /api/v1/windows/{window_id}/end": item(objects="oys"),
    "GET /api/v1/windows/series/{series}": item(objects="oy"),
    "POST /api/v1/windows/series/{series}/end": item(objects="oys"),
    "GET /api/v1/events": item(objects="w", or_=FULL),
    "GET /api/v1/emergency": Asked(),
    "POST /api/v1/emergency": Asked({"why": "a lockdown"}),
    "POST /api/v1/emergency/end": Asked({"reason": "all clear"}),
    "GET /api/v1/sanctions": listed('"person":"{person}"'),
    "POST /api/v1/sanctions (person)": item({"person": "{person}", "days": 2, "reason": "games"}),
    "POST /api/v1/sanctions (device)": item({"mac": "{mac}", "days": 2, "reason": "games"}, objects="oyw"),
    "GET /api/v1/sanctions/{sanction_id}": item(),
    "POST /api/v1/sanctions/{sanction_id}/approve": item(),
    "POST /api/v1/sanctions/{sanction_id}/end": item(WHY),
    "POST /api/v1/sanctions/{sanction_id}/appeal": item({"text": "It was somebody else."}),
    "GET /api/v1/agreements": listed('"person":"{person}"'),
    "POST /api/v1/agreements": item(SIGNED),
    "GET /api/v1/agreements/mine": item(objects="o"),
    "POST /api/v1/agreements/mine": item({**OWN_SIGNATURE, "agrees": True}, objects="o", or_=NOT_THERE),
    "GET /api/v1/devices": listed('"mac":"{mac}"'),
    "POST /api/v1/devices": item({"devices": [{"mac": "{mac}", "name": "renamed", "kind": "printer"}]}, objects="oyw"),
    "GET /api/v1/devices/{mac}": item(),
    "POST /api/v1/devices/{mac}/quarantine": item(WHY),
    "POST /api/v1/devices/{mac}/release": item(WHY),
    "POST /api/v1/devices/acts": item({"act": "bar", "devices": ["{mac}"], "barred_as": "lost", **WHY}),
    "GET /api/v1/devices/{mac}/identity": item(),
    "GET /api/v1/people": listed('"id":"{person}"'),
    "POST /api/v1/imports": item(
        {"source": "sims", "people": [{"line": 2, "id": "{person}", "name": "A pupil", "year_group": "year-5"}]},
        objects="oyw",
    ),
    "GET /api/v1/imports/{source}": listed('"{person}"'),
    "POST /api/v1/imports/{source}/retire": item({"people": ["{person}"], "reason": "left"}, objects="oyw"),
    "POST /api/v1/sightings": item({"sightings": [SEEN]}, objects="oyw"),
    "POST /api/v1/sign-ins": item({"sign_ins": [CAME]}, objects="oyw"),
    "POST /api/v1/radius/decisions": item(AT_A_PORT, objects="oyw"),
    "POST /api/v1/radius/accounting": item(AT_A_PORT | BEGINS, objects="oyw"),
    "GET /api/v1/radius/sessions": Asked(),
    "GET /api/v1/alarms": listed('"subject":"{mac}"'),
    "POST /api/v1/alarms/{number}/settle": item(WHY),
    "GET /api/v1/stations": Asked(),
    "POST /api/v1/stations": Asked({"name": "desk-1", "key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
    "POST /api/v1/stations/{name}/revoke": item({"reason": "stolen"}, objects="w", or_=GONE),
    "GET /api/v1/receipts": Asked(),
    "POST /api/v1/receipts": item({"receipt": receipts.EXAMPLE}, objects="w", or_=STALE),
    "GET /api/v1/receipts/{number}": item(objects="w", or_=GONE),
    "POST /api/v1/endpoint-report": Asked(
        {"engine": "x", "signatures_at": "2026-11-24T06:10:00Z", "scanned_at": None, "clean": True}
    ),
    "POST /api/v1/endpoint-tokens": item({"devices": ["{mac}"]}, objects="oyw"),
    "GET /api/v1/who": item(query="?asked={mac}", objects="oyw"),
    "GET /api/v1/decisions": listed('"mac":"{mac}"'),
    "GET /api/v1/decisions/{mac}": item(),
    "GET /api/v1/explain (device)": item(query="?client={mac}&name=bbc.co.uk"),
    "GET /api/v1/explain (person)": item(query="?client={person}&name=bbc.co.uk"),
    "GET /api/v1/explain (group)": item(query="?client={group}&name=bbc.co.uk"),
    "GET /api/v1/plan": Asked(),
    "POST /api/v1/plan/apply": item({"fingerprint": "0" * 16}, objects="w", or_=STALE),
    "GET /api/v1/proof": Asked(),
    "GET /api/v1/filter-checks": Asked(),
    "GET /api/v1/clauses": Asked(),
    "GET /api/v1/clauses/{clause_id}": item(objects="w", or_=GONE),
    "POST /api/v1/filter-checks/routes": Asked({"record": {}}, lets_in=frozenset({422})),
    "POST /api/v1/filter-checks": Asked(lets_in=frozenset({202, 409})),
    "GET /api/v1/pushes": Asked(),
    "POST /api/v1/pushes/{push_id}/undo": item({"reason": "the wrong room"}, objects="w", or_=GONE),
    "GET /api/v1/ports": Asked(),
    "POST /api/v1/ports": Asked({"switch": "sw-ict", "port": "Gi1/0/7", "protected": True, **WHY}),
    "GET /api/v1/enforcement-points": Asked(),
    "GET /api/v1/policy": Asked(),
    "POST /api/v1/policy/check": Asked("school: {}"),
    "GET /api/v1/policy/staged": item(objects="w", or_=GONE),
    "POST /api/v1/policy/staged": item({"text": "school: {}", "devices": ["{mac}"]}, objects="w", or_=422),
    "POST /api/v1/policy/staged/promote": item(objects="w", or_=GONE),
    "POST /api/v1/policy/staged/drop": item(objects="w", or_=GONE),
    "GET /api/v1/policy/history": Asked(),
    "GET /api/v1/policy/history/{number}": item(objects="w", or_=GONE),
    "POST /api/v1/policy/history/{number}/restore": item({"running": "9f2c"}, objects="w", or_=GONE),
    "GET /api/v1/audit": listed('"{mac}"', "?limit=500"),
    "GET /api/v1/audit/verify": Asked(),
    "POST /api/v1/query-log/searches": item(LOOK),
    "POST /api/v1/query-log/exports": item(LOOK),
    "POST /api/v1/query-log/erasures": item(LOOK),
    "GET /api/v1/evidence-holds": Asked(),
    "POST /api/v1/evidence-holds": item(LOOK),
    "POST /api/v1/evidence-holds/{hold_id}/export": item({"purpose": "incident 12"}, objects="w", or_=GONE),
    "POST /api/v1/evidence-holds/{hold_id}/release": item({"purpose": "incident 12"}, objects="w", or_=GONE),
    "GET /api/v1/query-counts": Asked(),
    "GET /api/v1/safeguarding-events": Asked(),
    "POST /api/v1/reports": Asked({"site": "poki.com", "said": "games"}),
    "POST /api/v1/reports/unblock-requests": Asked({"site": "a.example", "wanted_for": "year-5"}),
    "GET /api/v1/reports/answers/{receipt}": item(objects="w", or_=GONE),
    "GET /api/v1/cases": Asked(),
    "GET /api/v1/cases/{case_id}": item(objects="w", or_=GONE),
    "POST /api/v1/cases/{case_id}/decision": item({"outcome": "wrong", "reason": "a joke"}, objects="w", or_=GONE),
    "POST /api/v1/cases/{case_id}/undo": item(WHY, objects="w", or_=GONE),
    "POST /api/v1/cases/{case_id}/reached": item({"purpose": "case c1: who saw it"}, objects="w", or_=GONE),
    "POST /api/v1/cases/{case_id}/around": item({"purpose": "case c1: how"}, objects="w", or_=GONE),
    "POST /api/v1/cases/{case_id}/effect": item({"outcome": "blocked", "reason": "games"}, objects="w", or_=GONE),
    "POST /api/v1/cases/{case_id}/referral": item(objects="w", or_=GONE),
    "GET /api/v1/site-rules": Asked(),
    "POST /api/v1/site-rules": Asked({"pattern": "poki.com", "allow": False, "scope": {"pupils": True}, **WHY}),
    "GET /api/v1/site-rules/due": Asked(),
    "GET /api/v1/site-rules/export": Asked(),
    "GET /api/v1/site-rules/{rule_id}": item(objects="w", or_=GONE),
    "POST /api/v1/site-rules/{rule_id}/end": item(WHY, objects="w", or_=GONE),
    "POST /api/v1/site-rules/{rule_id}/review": item({**WHY, "review_on": "2027-11-24"}, objects="w", or_=GONE),
    "GET /api/v1/accounts": listed('"name":"{account}"'),
    "GET /api/v1/accounts/me": item(objects="o"),
    "GET /api/v1/accounts/me/sessions": item(objects="o"),
    "POST /api/v1/accounts/me/sign-out": item(objects="o"),
    "POST /api/v1/accounts/me/password": item({**OWN_PASSWORD, "becomes": "another long password"}, objects="o"),
    "GET /api/v1/accounts/me/second-factor": item(objects="o"),
    "POST /api/v1/accounts/me/second-factor": item(OWN_PASSWORD, objects="o"),
    "POST /api/v1/accounts/me/second-factor/confirm": item({"code": "123456"}, objects="o", or_=NOT_THERE),
    "POST /api/v1/accounts/me/second-factor/off": item(OWN_PASSWORD, objects="o", or_=GONE),
    "POST /api/v1/accounts/{account}/second-factor/off": item(WHY, objects="yw", or_=GONE),
    "POST /api/v1/accounts/{account}/sign-out": item(WHY),
    "PUT /api/v1/accounts/{account}": item({"role": "office", **WHY}, objects="oyw"),
    "PUT /api/v1/accounts/{account} (to head)": item({"role": "head", **WHY}, objects="y"),
    "GET /api/v1/tokens": listed('"id":"{token}"'),
    "POST /api/v1/tokens (own)": item({"name": "probe", "scopes": ["windows:read"]}, objects="o"),
    "POST /api/v1/tokens (program)": item(
        {"name": "probe", "account": "prog", "scopes": ["windows:read"]}, objects="w"
    ),
    "POST /api/v1/tokens (colleague)": item({"name": "x", "account": "head", "scopes": ["windows:read"]}, objects="y"),
    "DELETE /api/v1/tokens/{token_id}": item(),
    "DELETE /api/v1/session": item(objects="o"),
    "GET /api/v1/metrics": Asked(),
    "GET /api/v1/openapi.json": Asked(),
    "GET /": listed("{mac}"),
    "GET /part/lessons": listed("opened by <bdi>ict-of-{group}</bdi>", objects="oys"),
    "GET /part/quarantine": listed("{mac}"),
    "GET /part/points": listed("{mac}"),
    "POST /emergency/close": Asked({"why": "a lockdown"}),
    "POST /emergency/open": Asked({"reason": "all clear"}),
    "POST /lessons/open": item({"group": "{group}", "length": "15"}, objects="oys"),
    "POST /lessons/{window_id}/extend": item({}, objects="oys"),
    "POST /lessons/{window_id}/end": item({}, objects="oys"),
    "GET /report": Asked(),
    "POST /report": Asked({"address": "poki.com", "said": "games"}),
    "GET /reported": item(query="?receipt=no-such-receipt", objects="w", or_=GONE),
    "GET /cases": Asked(),
    "GET /cases/{case_id}": item(objects="w", or_=GONE),
    "POST /cases/{case_id}/around": item({"purpose": "case c1: how"}, objects="w", or_=GONE),
    "POST /cases/{case_id}/decide": item({"outcome": "wrong", "reason": "a joke"}, objects="w", or_=GONE),
    "POST /cases/{case_id}/undo": item(WHY, objects="w", or_=GONE),
    "GET /site-rules": Asked(),
    "GET /clauses": Asked(),
    "GET /clauses/{clause_id}": item(objects="w", or_=GONE),
    "POST /site-rules/{rule_id}/end": item(WHY, objects="w", or_=GONE),
    "GET /devices": listed("{mac}"),
    "GET /why (device)": item(query="?client={mac}&name=bbc.co.uk"),
    "GET /why (person)": item(query="?client={person}&name=bbc.co.uk"),
    "GET /devices/{mac}": item(),
    "POST /devices/{mac}/register": item({"name": "laptop", "kind": "school-laptop"}, objects="oyw"),
    "POST /devices/{mac}/bar": item({"barred_as": "lost", **WHY}),
    "POST /devices/{mac}/readmit": item(WHY, or_=STALE),
    "POST /devices/{mac}/quarantine": item(WHY),
    "POST /devices/{mac}/release": item(WHY),
    "GET /standing": listed("<bdi>{called}</bdi>"),
    "POST /standing/sanctions/{sanction_id}/approve": item({}),
    "POST /standing/sanctions/{sanction_id}/end": item(WHY),
    "GET /account": item(objects="o"),
    "POST /account/password": item({**OWN_PASSWORD, "becomes": "another long password"}, objects="o"),
    "POST /account/second-factor": item(OWN_PASSWORD, objects="o"),
    "POST /account/second-factor/confirm": item({"code": "123456"}, objects="o", or_=NOT_THERE),
    "POST /account/second-factor/off": item(OWN_PASSWORD, objects="o", or_=GONE),
    "GET /agreement": item(objects="o"),
    "POST /agreement": item({**OWN_SIGNATURE, "agrees": "yes"}, objects="o", or_=NOT_THERE),
    "POST /account/sign-out-everywhere": item({}, objects="o"),
    "GET /desk": Asked(),
    "GET /desk/{number}": item(objects="w", or_=GONE),
    "POST /desk/enrol": Asked({}),
    "POST /desk/scan": item({"person": "x"}, objects="w", or_=422),
    "POST /sign-out": item({}, objects="o"),
}


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """The same with every {word} put in."""
    match value:
        case str():
            for word, text in words.items():
                value = value.replace("{" + word + "}", text)
            return value
        case dict():
            return {key: filled(each, words) for key, each in value.items()}
        case list():
            return [filled(each, words) for each in value]
        case _:
            return value
