"""A receipt for people: as text, and as a page to print with a QR code that holds the receipt itself."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from html import escape

import segno

from inventory.receipt_text import as_json, canonical
from inventory.receipts import ScanReceipt, Verdict

LARGEST_CODE = 1200
"""Octets that a cheap scanner still reads; a longer receipt is named in its code, not held."""
_TITLES = {
    Verdict.CLEAN: "Scanned and clean",
    Verdict.INFECTED: "Something harmful was found",
    Verdict.UNSCANNABLE: "Not all of it could be looked through",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the school said to it; None of it where it was not handed in."""

    number: int
    let_in: bool
    until: datetime | None
    why: str


def as_text(receipt: ScanReceipt, answer: Answer | None) -> str:
    lines = [_TITLES[receipt.verdict], ""]
    lines += [f"  {name:<12} {value}" for name, value in _facts(receipt)]
    lines += [f"  {'found':<12} {each.what} in {each.place}" for each in receipt.findings]
    return "\n".join([*lines, "", said(answer)])


def said(answer: Answer | None) -> str:
    if answer is None:
        return "Not handed in: nothing follows from it yet."
    if not answer.let_in:
        return f"NOT LET IN (receipt {answer.number}): {answer.why}"
    until = f" until {answer.until.astimezone():%d %b %Y %H:%M}" if answer.until else ""
    return f"Let in{until} (receipt {answer.number}): {answer.why}"


def as_page(receipt: ScanReceipt, answer: Answer | None, school: str) -> str:
    """A page that stands alone: no script, nothing from elsewhere. Everything a device or a person named is escaped."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _facts(receipt))
    found = "".join(f"<li>{escape(each.what)} in <bdi>{escape(each.place)}</bdi></li>" for each in receipt.findings)
    tone = "good" if receipt.verdict is Verdict.CLEAN and answer is not None and answer.let_in else "bad"
    return _PAGE.format(
        school=escape(school),
        title=escape(_TITLES[receipt.verdict]),
        tone=tone,
        said=escape(said(answer)),
        rows=rows,
        found=f"<h2>Found</h2><ul>{found}</ul>" if found else "",
        code=code_of(receipt),
    )


def code_of(receipt: ScanReceipt) -> str:
    """SVG."""
    text = canonical(as_json(receipt))
    if len(text.encode()) > LARGEST_CODE:
        text = f"caretaker-receipt:{receipt.station}:{receipt.nonce}"
    drawn = io.BytesIO()
    segno.make(text, error="l", micro=False).save(drawn, kind="svg", xmldecl=False, svgns=True, scale=3, border=2)
    return drawn.getvalue().decode()


def _facts(receipt: ScanReceipt) -> tuple[tuple[str, str], ...]:
    return (
        ("scanned", receipt.subject.text),
        ("when", f"{receipt.scanned_at.astimezone():%d %b %Y %H:%M}"),
        ("by", f"{receipt.by} at {receipt.station}"),
        ("engine", f"{receipt.engine}, signatures of {receipt.signatures_at.astimezone():%d %b %Y %H:%M}"),
        ("looked at", f"{receipt.files} files, {_size(receipt.octets)}"),
        ("receipt", receipt.nonce),
    )


def _size(octets: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if octets >= size:
            return f"{octets / size:.1f} {unit}"
    return f"{octets} octets"


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scan receipt · {school}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #1c2523; max-width: 40rem; margin: 2rem auto; padding: 0 1.25rem;
  overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5rem; margin: .25rem 0; }}
h2 {{ font-size: 1.1rem; margin: 1.25rem 0 .25rem; }}
.said {{ border: 2px solid; border-radius: 10px; padding: .6rem 1rem; font-weight: 600; }}
.good {{ color: #1d6b3a; }} .bad {{ color: #a3261d; }}
dl {{ display: grid; grid-template-columns: 7rem 1fr; gap: .15rem 1rem; }}
dt {{ color: #55615d; }} dd {{ margin: 0; }}
svg {{ display: block; margin: 1.5rem 0 0; max-width: 100%; height: auto; background: #fff; }}
@media print {{ body {{ margin: 0; }} }}
</style>
</head>
<body>
<p>{school}</p>
<h1>{title}</h1>
<p class="said {tone}">{said}</p>
<dl>{rows}</dl>
{found}
{code}
</body>
</html>
"""
