"""A simulated week as a picture: one SVG, a row for each group and day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from controller.simulate import Difference, Effect, Span

_LEFT, _TOP, _ROW, _HOUR, _BAR = 190, 56, 22, 60, 14
_FIRST_HOUR, _LAST_HOUR = 7, 18
_OPEN, _FOCUS, _LINE, _INK, _LOSES, _GAINS = "#2f7d4f", "#2b6cb0", "#c9d1d9", "#1f2933", "#b42318", "#8a5a00"


def picture(
    weeks: Mapping[str, tuple[Span, ...]], zone: ZoneInfo, title: str, changes: tuple[Difference, ...] = ()
) -> str:
    """School hours (07:00 to 18:00 on the school's clock) of each day on which any group is open in them."""
    days = _days(weeks, zone)
    rows = [(day, group) for day in days for group in weeks]
    height, width = _TOP + _ROW * len(rows) + 50, _LEFT + _HOUR * (_LAST_HOUR - _FIRST_HOUR) + 20
    body = [*_hours(len(rows)), *(part for number, row in enumerate(rows) for part in _row(number, row, weeks, zone))]
    body += [part for change in changes for part in _change(change, rows, zone)]
    return "\n".join((
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">'),
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="22" font-size="16" font-weight="bold">{escape(title)}</text>',
        *body,
        *_legend(height - 14, bool(changes)),
        "</svg>",
        "",
    ))  # fmt: skip


def _days(weeks: Mapping[str, tuple[Span, ...]], zone: ZoneInfo) -> tuple[date, ...]:
    found: set[date] = set()
    for spans in weeks.values():
        for span in spans:
            day, last = span.begins.astimezone(zone).date(), (span.ends - timedelta(seconds=1)).astimezone(zone).date()
            while day <= last:
                if day.weekday() < 5:
                    found.add(day)
                day += timedelta(days=1)
    return tuple(sorted(found))


def _hours(rows: int) -> Iterator[str]:
    for hour in range(_FIRST_HOUR, _LAST_HOUR + 1):
        x = _LEFT + _HOUR * (hour - _FIRST_HOUR)
        yield f'<line x1="{x}" y1="{_TOP - 6}" x2="{x}" y2="{_TOP + _ROW * rows}" stroke="{_LINE}"/>'
        yield f'<text x="{x}" y="{_TOP - 10}" text-anchor="middle" font-size="10">{hour:02d}:00</text>'


def _row(number: int, row: tuple[date, str], weeks: Mapping[str, tuple[Span, ...]], zone: ZoneInfo) -> Iterator[str]:
    day, group = row
    y = _TOP + _ROW * number
    yield f'<text x="10" y="{y + 12}">{day:%a %d %b}  {escape(group)}</text>'
    for span in weeks[group]:
        place = _place(span.begins, span.ends, day, zone) if span.internet else None
        if place is not None:
            x, width = place
            colour = _FOCUS if "+" in span.level else _OPEN
            told = escape(f"{span.level}: {span.why}")
            yield (
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="3" fill="{colour}">'
                f"<title>{told}</title></rect>"
            )


def _change(change: Difference, rows: list[tuple[date, str]], zone: ZoneInfo) -> Iterator[str]:
    colour = {Effect.LOSES: _LOSES, Effect.GAINS: _GAINS}.get(change.effect, _INK)
    for number, (day, group) in enumerate(rows):
        place = _place(change.begins, change.ends, day, zone) if group == change.group else None
        if place is not None:
            x, width = place
            y = _TOP + _ROW * number - 2
            yield (
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR + 4}" fill="none" stroke="{colour}" '
                f'stroke-width="2" stroke-dasharray="5 3"><title>{escape(change.effect)}</title></rect>'
            )


def _place(begins: datetime, ends: datetime, day: date, zone: ZoneInfo) -> tuple[float, float] | None:
    """Left edge and width on one day; None where nothing of it lies in the hours shown."""
    opens = datetime.combine(day, time(_FIRST_HOUR), tzinfo=zone)
    closes = datetime.combine(day, time(_LAST_HOUR), tzinfo=zone)
    first, last = max(begins, opens), min(ends, closes)
    if first >= last:
        return None
    return _LEFT + _HOUR * (first - opens).total_seconds() / 3600, _HOUR * (last - first).total_seconds() / 3600


def _legend(y: int, changes: bool) -> Iterator[str]:
    texts = [(_OPEN, "open"), (_FOCUS, "chosen sites only")]
    for number, (colour, text) in enumerate(texts):
        x = _LEFT + 150 * number
        yield f'<rect x="{x}" y="{y - 10}" width="24" height="10" rx="3" fill="{colour}"/>'
        yield f'<text x="{x + 30}" y="{y}">{text}</text>'
    if changes:
        yield f'<text x="{_LEFT + 320}" y="{y}">dashed: the candidate differs (red: loses, brown: gains)</text>'
