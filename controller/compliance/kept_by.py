"""What keeps each clause, in sentences for a head, and which acts on record show it at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Keeping:
    """`acts`: actions of the audit that show it. `outside`: what of it only people can do."""

    by: tuple[str, ...]
    acts: tuple[str, ...] = ()
    outside: str = ""


_CHECK = "Every school day the filter is asked, before lessons begin, whether it does this."
_RULES = ("site-rule.make", "site-rule.end", "site-rule.review")
_LESSON = ("window.open", "window.open-series", "window.end")
_SANCTION = ("sanction.impose", "sanction.approve", "sanction.end", "sanction.back")

KEPT_BY: Mapping[str, Keeping] = MappingProxyType(
    {
        "F1": Keeping(("The filter blocks these categories, and leads searches to their safe form.", _CHECK)),
        "F2": Keeping(
            (
                "Anybody reports a site at the page that blocked it, at the console or by letter.",
                "What is decided is sent to every worker of the filter at once, and each says when it has it.",
            )
        ),
        "F3": Keeping(("Each year group and role has an access level of its own.", _CHECK)),
        "F4": Keeping(("The level of the youngest opens approved sites only.", _CHECK), outside="Staff supervise."),
        "F5": Keeping(("Approved sites are lists in the policy, and open at every level that names them.", _CHECK)),
        "F6": Keeping(("The filter blocks chat and social networks for pupils.", _CHECK)),
        "F7": Keeping(("The filter blocks personal e-mail for pupils.", _CHECK)),
        "F8": Keeping(
            ("The filter blocks sites that offer software.", _CHECK),
            outside="Files that come by another way than the network are looked at at the desk (D2).",
        ),
        "F9": Keeping(("The level of staff blocks these; social media is opened by a rule for named roles.", _CHECK)),
        "F10": Keeping(
            (
                "The gateway lets nobody but the filter speak DNS to the outside.",
                "Proxies, VPNs and resolvers with encrypted DNS are blocked by name.",
                "From each segment where a probe stands the ways past the filter are tried.",
            ),
            outside="A phone's own mobile data goes past every filter of a school.",
        ),
        "F11": Keeping(
            ("Names in other alphabets are filtered in their real spelling; reporters are answered in their language.",)
        ),
        "F12": Keeping(
            (
                "The filter is checked every school day; the record is signed and kept for 400 days.",
                "Rules of the school's own come up for review on their day.",
            ),
            _RULES,
        ),
        "F13": Keeping(
            ("A new policy is tried on chosen test devices first, and then taken for all or dropped.",),
            ("policy.stage", "policy.promote", "policy.drop", "policy.restore"),
        ),
        "F14": Keeping(("A case is referred with a pack of names, times and hashes; the site is shut for everybody.",)),
        "T1": Keeping(
            ("The timetable of the policy opens and closes the internet for each group.", _CHECK),
            ("emergency.declare", "emergency.end"),
        ),
        "T2": Keeping(
            ("A member of staff opens a lesson; every worker of the filter gets it together with its end.",), _LESSON
        ),
        "T3": Keeping(
            ("Phones have hours of their own in the policy; Wi-Fi networks go on and off the air by it.",),
            outside="Phones that are handed in are seen by nobody but staff.",
        ),
        "T4": Keeping(("Every change of the policy file stands in the audit with its text.",), ("policy.load",)),
        "W1": Keeping(
            ("A device's user is known by sign-in, by 802.1X or by the year group that owns it.",),
            ("sign-in.put", "device.register"),
        ),
        "W2": Keeping(("Without a signed agreement pupils get the level that the policy names.",), ("agreement.sign",)),
        "W3": Keeping(("Whoever declines loses access with the next turn of the loop.",), ("agreement.decline",)),
        "W4": Keeping(("Agreements of staff end with the school year; reminders are sent.",), ("agreement.sign",)),
        "W5": Keeping(
            ("A sanction closes access until its end, or one kind of use; access comes back by itself.",), _SANCTION
        ),
        "W6": Keeping(
            ("A barred device is put into quarantine and kept off the air.",), ("device.bar", "device.quarantine")
        ),
        "W7": Keeping(("What is reported is put to the ICT lead, then the deputy, then the head, by the clock.",)),
        "D1": Keeping(
            (
                "A device without a receipt that is young enough rests in quarantine.",
                "A push to a switch is read back before it counts.",
            ),
            ("push.end", "device.quarantine", "device.release"),
        ),
        "D2": Keeping(("A pen drive is scanned at the desk; the receipt is signed and says until when it counts.",)),
        "D3": Keeping(
            ("A device nobody registered rests in quarantine until somebody approves it, with an end.",),
            ("device.approve", "device.register", "device.quarantine"),
        ),
        "D4": Keeping(
            ("School machines tell of their own protection, signed; who does not goes to quarantine.",),
            ("receipt.report",),
        ),
        "D5": Keeping(("A laptop lent to staff needs a report of its protection as any other.",), ("receipt.report",)),
        "D6": Keeping(("The check-in desk scans media of pupils and prints a receipt.",)),
        "M1": Keeping(
            ("The filter writes down what was asked for, under pseudonyms.",), outside="Users are told in the policy."
        ),
        "M2": Keeping(
            ("The head looks somebody up for a purpose that stands in the audit.",),
            ("query-log.search", "query-log.export"),
        ),
        "M3": Keeping(("A teacher sees devices and lessons of the own classes, and of no others.",)),
        "M4": Keeping(
            ("Who had which address then, and what was asked for, can be looked up as long as it is kept.",),
            ("query-log.search", "history.ask"),
        ),
        "M5": Keeping(
            ("An evidence hold copies and seals what is there; nothing erases it.",),
            ("evidence.hold", "evidence.export"),
        ),
        "M6": Keeping(("A case is put to the named persons at once; the pack for the authority stands ready.",)),
        "M7": Keeping(
            ("A report has a case with every voice, a decision and a reason.",), ("sanction.appeal", "case.undo")
        ),
        "M8": Keeping(
            ("This page says which rule was shown when; counts by hour and category name nobody.",), ("filter.check",)
        ),
        "M9": Keeping(
            ("Query logs go after days, by a key that is destroyed; who reported is forgotten after a time.",),
            ("query-log.erase", "report.forget"),
        ),
        "M10": Keeping(
            ("Whoever is kept out reads why at the page at the door.",), outside="Posters are hung by people."
        ),
    }
)
"""Every clause of `controller.clauses`; a test holds the two together."""
