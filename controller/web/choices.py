"""What a teacher chooses beside the time: for whom of a year group, and what the window is."""

from __future__ import annotations

from dataclasses import dataclass

from controller.api.problems import WrongInput
from controller.api.site_view import SiteView
from controller.api.whom import Whom
from controller.model import WindowKind

MOST_ROOMS = 40


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a select."""

    value: str
    text: str


def whom_options(site: SiteView, group: str) -> tuple[Option, ...]:
    """The whole year group, its classes, and the rooms of the policy."""
    policy = site.policy
    classes = (Option(f"class:{name}", f"class {name}") for name, year in policy.classes.items() if year == group)
    rooms = (Option(f"room:{name}", f"only in {text}") for name, text in list(policy.rooms.items())[:MOST_ROOMS])
    return Option("", "everybody"), *classes, *rooms


def what_options(site: SiteView) -> tuple[Option, ...]:
    lists = [(name, sites.title or name) for name, sites in site.policy.site_lists.items()]
    return (
        Option("", "a lesson"),
        *(Option(f"focus:{name}", f"only {title}") for name, title in lists),
        *(Option(f"exam:{name}", f"exam: {title}") for name, title in lists),
        Option("pause", "pause: everything off"),
    )


def whom_of(group: str, value: str) -> Whom:
    """What the value of a line stands for. Raises WrongInput."""
    what, _, name = value.partition(":")
    match what:
        case "":
            return Whom(group)
        case "class":
            return Whom(group, school_class=name)
        case "room":
            return Whom(group, room=name)
    raise WrongInput("Nobody is meant by this.", "Choose one of the lines.")


def kind_of(value: str) -> tuple[WindowKind, tuple[str, ...]]:
    """The kind of window and its site lists. Raises WrongInput."""
    what, _, name = value.partition(":")
    match what:
        case "":
            return WindowKind.OPEN, ()
        case "pause":
            return WindowKind.PAUSE, ()
        case "focus":
            return WindowKind.OPEN, (name,)
        case "exam":
            return WindowKind.EXAM, (name,)
    raise WrongInput("Nothing is meant by this.", "Choose one of the lines.")
