"""The table: every route and page, every actor, and on whose objects each may call it. Written by hand, never derived.

A cell says on which objects a call goes through (an item), or which objects are shown (a list):

    o  of the actor's own class (Year 5)        y  of another year (Year 6)
    w  of the whole school: printers, the head, lessons for all, settings; or no object at all
    s  of another school of the same provider: stands nowhere, and a test says so
    -  refused, whatever it is about

Actors with a token: pupil, teacher (of Year 5), ict (lead), safe(guarding lead), head, office, tech(nician of the
provider), admin (of the provider), audit(or); and programs: `hook` may report sightings and nothing else, `reader` is
the ICT lead's own token for looking at lessons and devices only, `prog` carries all that a program may.
Eight more are let in nowhere but at the rows of OPEN: nobody, a made-up token, one that was revoked, one that is over,
one of a closed account, one of another school, and for each door what opens the other door: a browser's session at the
API, a token at the pages.

A new route: one row here, and one line in `asked.py` with what is sent. The test says so where either is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

ACTORS = ("pupil", "teacher", "ict", "safe", "head", "office", "tech", "admin", "audit", "hook", "reader", "prog")

TABLE = """
                                                 pupil teacher ict safe head office tech admin audit hook reader prog

GET    /api/v1/windows                           -     oy      oy  oy   oy   oy     oy   oy    oy    -    oy     oy
POST   /api/v1/windows                           -     o       oy  -    oy   -      oy   oy    -     -    -      -
GET    /api/v1/windows/{window_id}               -     oy      oy  oy   oy   oy     oy   oy    oy    -    oy     oy
PATCH  /api/v1/windows/{window_id}               -     o       oy  -    oy   -      oy   oy    -     -    -      -
POST   /api/v1/windows/{window_id}/end           -     o       oy  -    oy   -      oy   oy    -     -    -      -
GET    /api/v1/windows/series/{series}           -     oy      oy  oy   oy   oy     oy   oy    oy    -    oy     oy
POST   /api/v1/windows/series/{series}/end       -     o       oy  -    oy   -      oy   oy    -     -    -      -
GET    /api/v1/events                            -     w       w   w    w    w      w    w     w     -    w      w
GET    /api/v1/emergency                         -     w       w   w    w    w      w    w     w     -    w      w
POST   /api/v1/emergency                         -     w       w   w    w    w      w    w     -     -    -      w
POST   /api/v1/emergency/end                     -     -       w   w    w    -      w    w     -     -    -      -

GET    /api/v1/sanctions                         -     -       oyw oyw  oyw  -      -    oyw   oyw   -    -      -
POST   /api/v1/sanctions (person)                -     -       oyw oyw  oyw  -      -    oyw   -     -    -      -
POST   /api/v1/sanctions (device)                -     -       oyw oyw  oyw  -      -    oyw   -     -    -      -
GET    /api/v1/sanctions/{sanction_id}           -     -       oyw oyw  oyw  -      -    oyw   oyw   -    -      -
POST   /api/v1/sanctions/{sanction_id}/approve   -     -       oyw oyw  oyw  -      -    oyw   -     -    -      -
POST   /api/v1/sanctions/{sanction_id}/end       -     -       oyw oyw  oyw  -      -    oyw   -     -    -      -
POST   /api/v1/sanctions/{sanction_id}/appeal    -     -       oyw oyw  oyw  -      -    oyw   -     -    -      -
GET    /api/v1/agreements                        -     -       oyw oyw  oyw  oyw    -    oyw   oyw   -    -      -
POST   /api/v1/agreements                        -     -       oyw oyw  oyw  oyw    -    oyw   -     -    -      -
GET    /api/v1/agreements/mine                   -     o       o   o    o    o      o    o     -     -    -      -
POST   /api/v1/agreements/mine                   -     o       o   o    o    o      o    o     -     -    -      -

GET    /api/v1/devices                           -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    oyw    oyw
POST   /api/v1/devices                           -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
GET    /api/v1/devices/{mac}                     -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    oyw    oyw
POST   /api/v1/devices/{mac}/quarantine          -     -       oyw -    oyw  -      oyw  oyw   -     -    -      oyw
POST   /api/v1/devices/{mac}/release             -     -       oyw -    oyw  -      oyw  oyw   -     -    -      oyw
POST   /api/v1/devices/acts                      -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
GET    /api/v1/devices/{mac}/identity            -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    oyw    oyw
GET    /api/v1/people                            -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
POST   /api/v1/imports                           -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
GET    /api/v1/imports/{source}                  -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
POST   /api/v1/imports/{source}/retire           -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
POST   /api/v1/sightings                         -     -       oyw -    -    -      oyw  oyw   -     oyw  -      oyw
POST   /api/v1/sign-ins                          -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
POST   /api/v1/radius/decisions                  -     -       -   -    -    -      -    -     -     -    -      oyw
POST   /api/v1/radius/accounting                 -     -       -   -    -    -      -    -     -     -    -      oyw
GET    /api/v1/radius/sessions                   -     -       w   -    w    -      w    w     w     -    -      w
GET    /api/v1/alarms                            -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    oyw    oyw
POST   /api/v1/alarms/{number}/settle            -     -       oyw -    -    -      oyw  oyw   -     -    -      oyw
GET    /api/v1/stations                          -     -       w   -   w    w      w    w     w     -    -      w
POST   /api/v1/stations                          -     -       w   -   -    -      w    w     -     -    -      w
POST   /api/v1/stations/{name}/revoke            -     -       w   -   -    -      w    w     -     -    -      w
GET    /api/v1/receipts                          -     -       w   -   w    w      w    w     w     -    -      w
POST   /api/v1/receipts                          -     -       w   -   -    w      w    w     -     -    -      w
GET    /api/v1/receipts/{number}                 -     -       w   -   w    w      w    w     w     -    -      w
POST   /api/v1/endpoint-report                   -     -       -   -   -    -      -    -     -     -    -      -
POST   /api/v1/endpoint-tokens                   -     -       oyw -   -    -      oyw  oyw   -     -    -      oyw
GET    /api/v1/who                               -     -       oyw oyw  oyw  -      oyw  oyw   oyw   -    -      oyw
GET    /api/v1/decisions                         -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    oyw    oyw
GET    /api/v1/decisions/{mac}                   -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    oyw    oyw
GET    /api/v1/explain (device)                  -     ow      oyw oyw  oyw  -      oyw  oyw   oyw   -    -      oyw
GET    /api/v1/explain (person)                  -     ow      oyw oyw  oyw  -      oyw  oyw   oyw   -    -      oyw
GET    /api/v1/explain (group)                   -     oyw     oyw oyw  oyw  -      oyw  oyw   oyw   -    -      oyw

GET    /api/v1/plan                              -     -       w   -    w    -      w    w     w     -    -      w
POST   /api/v1/plan/apply                        -     -       w   -    -    -      w    w     -     -    -      -
GET    /api/v1/proof                             -     -       w   -    w    -      w    w     w     -    -      w
GET    /api/v1/filter-checks                     -     -       w   w    w    -      w    w     w     -    -      -
GET    /api/v1/clauses                           -     -       w   w    w    -      w    w     w     -    -      -
GET    /api/v1/clauses/{clause_id}               -     -       w   w    w    -      w    w     w     -    -      -
POST   /api/v1/filter-checks/routes              -     -       w   -   -    w      w    w     -     -    -      w
POST   /api/v1/filter-checks                     -     -       w   -    -    -      w    w     -     -    -      -
GET    /api/v1/pushes                            -     -       w   -    w    -      w    w     w     -    -      w
POST   /api/v1/pushes/{push_id}/undo             -     -       w   -    -    -      w    w     -     -    -      -
GET    /api/v1/ports                             -     -       w   -    w    -      w    w     w     -    -      w
POST   /api/v1/ports                             -     -       w   -    -    -      w    w     -     -    -      -
GET    /api/v1/enforcement-points                -     w       w   w    w    w      w    w     w     -    w      w
GET    /api/v1/policy                            -     w       w   w    w    w      w    w     w     -    w      w
POST   /api/v1/policy/check                      -     -       w   -    -    -      -    w     -     -    -      -
GET    /api/v1/policy/staged                     -     -       w   -    -    -      -    w     -     -    -      -
POST   /api/v1/policy/staged                     -     -       w   -    -    -      -    w     -     -    -      -
POST   /api/v1/policy/staged/promote             -     -       w   -    -    -      -    w     -     -    -      -
POST   /api/v1/policy/staged/drop                -     -       w   -    -    -      -    w     -     -    -      -
GET    /api/v1/policy/history                    -     -       w   -    -    -      -    w     -     -    -      -
GET    /api/v1/policy/history/{number}           -     -       w   -    -    -      -    w     -     -    -      -
POST   /api/v1/policy/history/{number}/restore   -     -       w   -    -    -      -    w     -     -    -      -

GET    /api/v1/audit                             -     -       oyw oyw  oyw  -      oyw  oyw   oyw   -    -      oyw
GET    /api/v1/audit/verify                      -     -       w   w    w    -      w    w     w     -    -      w
POST   /api/v1/query-log/searches                -     -       -   oyw  oyw  -      -    oyw   -     -    -      -
POST   /api/v1/query-log/exports                 -     -       -   oyw  oyw  -      -    oyw   -     -    -      -
POST   /api/v1/query-log/erasures                -     -       -   oyw  oyw  -      -    oyw   -     -    -      -
GET    /api/v1/evidence-holds                    -     -       -   w    w    -      -    w     -     -    -      -
POST   /api/v1/evidence-holds                    -     -       -   oyw  oyw  -      -    oyw   -     -    -      -
POST   /api/v1/evidence-holds/{hold_id}/export   -     -       -   w    w    -      -    w     -     -    -      -
POST   /api/v1/evidence-holds/{hold_id}/release  -     -       -   w    w    -      -    w     -     -    -      -
GET    /api/v1/query-counts                      -     -       w   w    w    -      w    w     w     -    -      w
GET    /api/v1/safeguarding-events               -     -       -   w    -    -      -    -     -     -    -      -

POST   /api/v1/reports                           w     w       w   w    w    w      w    w     -     -    -      w
POST   /api/v1/reports/unblock-requests          w     w       w   w    w    w      w    w     -     -    -      w
GET    /api/v1/reports/answers/{receipt}         w     w       w   w    w    w      w    w     -     -    -      w
GET    /api/v1/cases                             -     -       w   w    w    -      w    w     w     -    -      w
GET    /api/v1/cases/{case_id}                   -     -       w   w    w    -      w    w     w     -    -      w
POST   /api/v1/cases/{case_id}/decision          -     -       w   w    w    -      -    w     -     -    -      -
POST   /api/v1/cases/{case_id}/undo              -     -       w   w    w    -      -    w     -     -    -      -
POST   /api/v1/cases/{case_id}/reached           -     -       -   w    w    -      -    w     -     -    -      -
POST   /api/v1/cases/{case_id}/around            -     -       -   w    w    -      -    w     -     -    -      -
POST   /api/v1/cases/{case_id}/effect            -     -       w   w    w    -      -    w     -     -    -      -
POST   /api/v1/cases/{case_id}/referral          -     -       w   w    w    -      -    w     -     -    -      -
GET    /api/v1/site-rules                        -     -       w   w    w    -      w    w     w     -    -      w
POST   /api/v1/site-rules                        -     -       w   w    w    -      -    w     -     -    -      -
GET    /api/v1/site-rules/due                    -     -       w   w    w    -      w    w     w     -    -      w
GET    /api/v1/site-rules/export                 -     -       w   w    w    -      w    w     w     -    -      w
GET    /api/v1/site-rules/{rule_id}              -     -       w   w    w    -      w    w     w     -    -      w
POST   /api/v1/site-rules/{rule_id}/end          -     -       w   w    w    -      -    w     -     -    -      -
POST   /api/v1/site-rules/{rule_id}/review       -     -       w   w    w    -      -    w     -     -    -      -

GET    /api/v1/accounts                          -     -       oyw -    oyw  -      -    oyw   oyw   -    -      -
GET    /api/v1/accounts/me                       o     o       o   o    o    o      o    o     o     o    o      o
GET    /api/v1/accounts/me/sessions              o     o       o   o    o    o      o    o     o     o    o      o
POST   /api/v1/accounts/me/sign-out              o     o       o   o    o    o      o    o     o     o    o      o
POST   /api/v1/accounts/me/password              o     o       o   o    o    o      o    o     o     o    o      o
GET    /api/v1/accounts/me/second-factor         o     o       o   o    o    o      o    o     o     o    o      o
POST   /api/v1/accounts/me/second-factor         o     o       o   o    o    o      o    o     o     o    o      o
POST   /api/v1/accounts/me/second-factor/confirm o     o       o   o    o    o      o    o     o     o    o      o
POST   /api/v1/accounts/me/second-factor/off     o     o       o   o    o    o      o    o     o     o    o      o
POST   /api/v1/accounts/{account}/second-factor/off  - -       yw  -    -    -      -    yw    -     -    -      -
POST   /api/v1/accounts/{account}/sign-out       -     -       oyw -    -    -      -    oyw   -     -    -      -
PUT    /api/v1/accounts/{account}                -     -       yw  -    -    -      -    yw    -     -    -      -
PUT    /api/v1/accounts/{account} (to head)      -     -       -   -    -    -      -    y     -     -    -      -
GET    /api/v1/tokens                            -     -       oyw -    oyw  -      -    oyw   oyw   -    -      -
POST   /api/v1/tokens (own)                      -     -       o   -    -    -      -    o     -     -    -      -
POST   /api/v1/tokens (program)                  -     -       w   -    -    -      -    w     -     -    -      -
POST   /api/v1/tokens (colleague)                -     -       -   -    -    -      -    -     -     -    -      -
DELETE /api/v1/tokens/{token_id}                 -     -       oyw -    -    -      -    oyw   -     -    -      -
DELETE /api/v1/session                           o     o       o   o    o    o      o    o     o     o    o      o
GET    /api/v1/metrics                           -     -       w   -    -    -      w    w     w     -    -      w
GET    /api/v1/openapi.json                      w     w       w   w    w    w      w    w     w     w    w      w

GET    /                                         -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    -      -
GET    /part/lessons                             -     oy      oy  oy   oy   oy     oy   oy    oy    -    -      -
GET    /part/quarantine                          -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    -      -
GET    /part/points                              -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    -      -
POST   /emergency/close                          -     w       w   w    w    w      w    w     -     -    -      -
POST   /emergency/open                           -     -       w   w    w    -      w    w     -     -    -      -
POST   /lessons/open                             -     o       oy  -    oy   -      oy   oy    -     -    -      -
POST   /lessons/{window_id}/extend               -     o       oy  -    oy   -      oy   oy    -     -    -      -
POST   /lessons/{window_id}/end                  -     o       oy  -    oy   -      oy   oy    -     -    -      -
GET    /report                                   w     w       w   w    w    w      w    w     -     -    -      -
POST   /report                                   w     w       w   w    w    w      w    w     -     -    -      -
GET    /reported                                 w     w       w   w    w    w      w    w     -     -    -      -
GET    /cases                                    -     -       w   w    w    -      w    w     w     -    -      -
GET    /cases/{case_id}                          -     -       w   w    w    -      w    w     w     -    -      -
POST   /cases/{case_id}/around                   -     -       -   w    w    -      -    w     -     -    -      -
POST   /cases/{case_id}/decide                   -     -       w   w    w    -      -    w     -     -    -      -
POST   /cases/{case_id}/undo                     -     -       w   w    w    -      -    w     -     -    -      -
GET    /site-rules                               -     -       w   w    w    -      w    w     w     -    -      -
GET    /clauses                                  -     -       w   w    w    -      w    w     w     -    -      -
GET    /clauses/{clause_id}                      -     -       w   w    w    -      w    w     w     -    -      -
POST   /site-rules/{rule_id}/end                 -     -       w   w    w    -      -    w     -     -    -      -
GET    /devices                                  -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    -      -
GET    /why (device)                             -     ow      oyw oyw  oyw  -      oyw  oyw   oyw   -    -      -
GET    /why (person)                             -     ow      oyw oyw  oyw  -      oyw  oyw   oyw   -    -      -
GET    /devices/{mac}                            -     ow      oyw oyw  oyw  oyw    oyw  oyw   oyw   -    -      -
POST   /devices/{mac}/register                   -     -       oyw -    -    -      oyw  oyw   -     -    -      -
POST   /devices/{mac}/bar                        -     -       oyw -    -    -      oyw  oyw   -     -    -      -
POST   /devices/{mac}/readmit                    -     -       oyw -    -    -      oyw  oyw   -     -    -      -
POST   /devices/{mac}/quarantine                 -     -       oyw -    oyw  -      oyw  oyw   -     -    -      -
POST   /devices/{mac}/release                    -     -       oyw -    oyw  -      oyw  oyw   -     -    -      -
GET    /standing                                 -     -       oyw oyw  oyw  oyw    -    oyw   oyw   -    -      -
POST   /standing/sanctions/{sanction_id}/approve -     -       oyw oyw  oyw  -      -    oyw   -     -    -      -
POST   /standing/sanctions/{sanction_id}/end     -     -       oyw oyw  oyw  -      -    oyw   -     -    -      -
GET    /account                                  o     o       o   o    o    o      o    o     o     -    -      -
POST   /account/password                         o     o       o   o    o    o      o    o     o     -    -      -
POST   /account/second-factor                    o     o       o   o    o    o      o    o     o     -    -      -
POST   /account/second-factor/confirm            o     o       o   o    o    o      o    o     o     -    -      -
POST   /account/second-factor/off                o     o       o   o    o    o      o    o     o     -    -      -
GET    /agreement                                -     o       o   o    o    o      o    o     -     -    -      -
POST   /agreement                                -     o       o   o    o    o      o    o     -     -    -      -
POST   /account/sign-out-everywhere              o     o       o   o    o    o      o    o     o     -    -      -
GET    /desk                                     -     -       w   -   w    w      w    w     w     -    -      -
GET    /desk/{number}                            -     -       w   -   w    w      w    w     w     -    -      -
POST   /desk/enrol                               -     -       w   -   -    -      w    w     -     -    -      -
POST   /desk/scan                                -     -       w   -   -    w      w    w     -     -    -      -
POST   /sign-out                                 o     o       o   o    o    o      o    o     o     -    -      -
"""

OPEN = frozenset(
    {
        "GET /api/v1/health",
        "POST /api/v1/session",
        "GET /sign-in",
        "POST /sign-in",
        "GET /sign-in/with/{provider}",
        "GET /sign-in/with/{provider}/back",
    }
)
"""Answer whoever asks. Each is a door through which hostile input comes: add one only with a test of its own."""

DOORWAY = frozenset(
    {
        "GET /captive-portal",
        "GET /doorway",
        "GET /doorway/blocked",
        "GET /doorway/report",
        "POST /doorway/report",
        "GET /doorway/reported/{receipt}",
        "GET /doorway/sign-in",
        "POST /doorway/sign-in",
        "POST /doorway/sign-in/off",
        "GET /{anything:path}",
    }
)
"""The pages for whoever stands in front of a device: an app of their own, without a sign-in. They tell a device of
itself alone, and nothing of the API or the console answers there."""


def expectations() -> Mapping[str, Mapping[str, str]]:
    """row -> actor -> letters, `-` left out."""
    head, *rows = (line for line in TABLE.splitlines() if line.strip())
    assert tuple(head.split()) == ACTORS
    found: dict[str, Mapping[str, str]] = {}
    for line in rows:
        words = line.split()
        row, cells = " ".join(words[: -len(ACTORS)]), words[-len(ACTORS) :]
        assert row not in found, f"{row} stands twice"
        assert not set("".join(cells)) - set("oyw-"), line
        found[row] = dict(zip(ACTORS, (cell.replace("-", "") for cell in cells), strict=True))
    return found


def route_of(row: str) -> str:
    """`POST /api/v1/tokens (own)` -> `POST /api/v1/tokens`."""
    return row.partition(" (")[0]
