"""How network systems say that they did not understand."""

from __future__ import annotations

from device_drivers.simulator.cli.dialect import Refuse
from device_drivers.simulator.words import Ambiguous, Incomplete, Misunderstood


def caret(no: Misunderstood, _line: str, prompt: str) -> str:
    """IOS and its like: a caret under the word, then the sentence."""
    mark = "" if no.column is None else " " * (len(prompt) + no.column) + "^\n"
    return f"{mark}{no}\n\n"


def plain(invalid: str, incomplete: str, ambiguous: str) -> Refuse:
    """One sentence each; `{rest}` is the line from the word that was not understood, `{line}` the whole."""

    def refuse(no: Misunderstood, line: str, _prompt: str) -> str:
        if isinstance(no, Incomplete):
            return incomplete.format(line=line.strip(), rest="") + "\n"
        if isinstance(no, Ambiguous):
            return ambiguous.format(line=line.strip(), rest=line.strip()) + "\n"
        return invalid.format(line=line.strip(), rest=line[no.column or 0 :].strip()) + "\n"

    return refuse
