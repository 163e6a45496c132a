"""The rules of the schools' acceptable-use policies that a network can keep, watch or prove, in our own words.

Their ids stand in the policy file (`clauses:`), in decisions and in the compliance page, so that a head teacher sees
which rule is kept by what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Subject = Literal["filtering", "times", "who", "devices", "watching"]


@dataclass(frozen=True, slots=True)
class ClauseText:
    """One rule. `schools` are the documents it comes from, `P0` to `P4`."""

    id: str
    text: str
    schools: tuple[str, ...]

    @property
    def subject(self) -> Subject:
        return _SUBJECTS[self.id[0]]


_SUBJECTS: Mapping[str, Subject] = {"F": "filtering", "T": "times", "W": "who", "D": "devices", "M": "watching"}

_TEXTS = (
    (
        "F1",
        "P0 P1 P2 P3 P4",
        "A filter keeps pornographic, racist, violent, extremist, illegal and offensive sites away.",
    ),
    ("F2", "P0 P1 P4", "Anybody can report a bad site with little effort, and the report takes effect quickly."),
    ("F3", "P3 P4", "Filtering fits the age: more is open step by step, from the youngest pupils to staff."),
    ("F4", "P4", "The youngest pupils (Foundation, Key Stage 1) reach approved sites only, supervised."),
    ("F5", "P4", "Approved sites are listed where pupils can see them."),
    ("F6", "P1 P4", "Pupils reach no public chat rooms and no social networks."),
    ("F7", "P3 P4", "Pupils use no personal e-mail on the school's system."),
    ("F8", "P1 P2 P3", "Software and programs are downloaded only where that was approved."),
    ("F9", "P0 P3 P4", "Staff do not gamble, shop, advertise or campaign; social media only as the head agreed."),
    ("F10", "P2 P3", "Nobody gets round the filter by proxy, VPN, encrypted DNS or mobile data."),
    ("F11", "P4", "Material in minority languages is filtered as well."),
    ("F12", "P0 P2 P4", "Filtering is reviewed regularly, and tested for whether it works."),
    ("F13", "P4", "A new facility is tested thoroughly before pupils get it."),
    ("F14", "P0 P1 P4", "What the school believes to be illegal goes to the local authority or the police."),
    ("T1", "P4", "Pupils know when the internet may be used and when not, and the network keeps to it."),
    ("T2", "P3 P4", "Staff open the internet for a group and supervise it; it closes by itself."),
    ("T3", "P1 P2 P4", "Personal phones stay out of use in the school day; staff phones in breaks only."),
    ("T4", "P4", "What a group may reach is looked at again as the curriculum changes."),
    ("W1", "P0 P1 P3 P4", "Everybody uses the own login; the user of a device is known by year group at least."),
    ("W2", "P1 P3", "Pupils use the internet on their own only once permission and agreement are signed."),
    ("W3", "P3", "Whoever declines to sign loses access at once."),
    ("W4", "P2 P3", "Staff sign every year, supply and temporary staff too."),
    ("W5", "P0 P1 P4", "A breach costs access: for a fixed time, an open one, or for one kind of use."),
    ("W6", "P1", "A user known as a security risk gets no access to the network."),
    ("W7", "P1 P2 P4", "A named person is the contact; when away, the deputy, then the head."),
    ("D1", "P0 P2", "No device is connected without up-to-date anti-virus, USB drives included."),
    ("D2", "P0 P1 P4", "Pen drives come in after a virus check only, or, in one school, not at all from pupils."),
    ("D3", "P3", "Equipment from home comes in with permission only."),
    ("D4", "P0 P2 P3 P4", "The ICT provider keeps protection against malware on every machine and up to date."),
    ("D5", "P2 P3", "Equipment lent to staff is kept up to date and used by staff alone."),
    ("D6", "P0", "There is a clear way for pupils who want to bring media of their own."),
    ("M1", "P0 P1 P2 P3 P4", "Use of the network is watched and logged, and users know it."),
    ("M2", "P2 P3", "The head can have the logs on request."),
    ("M3", "P3", "Each member of staff watches the internet use of the own group."),
    ("M4", "P1 P3", "What a user did can be looked into afterwards."),
    ("M5", "P0", "Where the law was broken all evidence is preserved, if need be by not using the network."),
    (
        "M6",
        "P1 P2 P4",
        "An unsuitable site goes at once to the authority: through the ICT lead, the deputy or the head.",
    ),
    ("M7", "P2 P4", "A senior member of staff looks into complaints thoroughly."),
    ("M8", "P0 P2 P4", "Governors get an overview at least once a year."),
    ("M9", "P1 P2 P3", "Personal data stays private, is kept no longer than needed and shown to those entitled only."),
    ("M10", "P3 P4", "The rules are shown near the computers and before use."),
)

CLAUSES: Mapping[str, ClauseText] = MappingProxyType(
    {id_: ClauseText(id_, text, tuple(schools.split())) for id_, schools, text in _TEXTS}
)
