"""The virtual school as a picture: switches, sockets in the colour of their segment, who is plugged in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from controller.lab.expect import Standing
from controller.lab.plan import SEGMENT_OF, Socket
from controller.lab.story import Story

COLOURS = {
    "management": "#64748b",
    "pupils": "#2563eb",
    "staff": "#059669",
    "things": "#d97706",
    "guest": "#7c3aed",
    "quarantine": "#dc2626",
}
_CELL, _HIGH, _LEFT = 96, 64, 110


def picture(story: Story, vlans: Mapping[Socket, int], standing: Callable[[str], Standing]) -> str:
    """An SVG. A filled dot is let out to the internet, an empty one is not."""
    rows = [_row(at, switch, story, vlans, standing) for at, switch in enumerate(story.layout.switches)]
    wide = _LEFT + _CELL * max(len(list(story.layout.sockets(switch))) for switch in story.layout.switches)
    high = 40 + _HIGH * len(rows) + 30
    key = "".join(
        f'<rect x="{_LEFT + 90 * at}" y="{high - 22}" width="12" height="12" fill="{colour}"/>'
        f'<text x="{_LEFT + 90 * at + 16}" y="{high - 12}">{name}</text>'
        for at, (name, colour) in enumerate(COLOURS.items())
    )
    style = "text{font:12px sans-serif;fill:#0f172a} .white{fill:#fff}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img"><style>{style}</style>'
    feeds = ", ".join(sorted(story.feeds)) or "none"
    top = f'<text x="10" y="20">feeds up: {feeds}; controller: {"none" if story.in_force else "running"}</text>'
    return head + top + "".join(rows) + key + "</svg>"


def _row(at: int, switch: str, story: Story, vlans: Mapping[Socket, int], standing: Callable[[str], Standing]) -> str:
    y = 36 + at * _HIGH
    state = "no power" if switch in story.dark else "cut off" if switch in story.apart else ""
    cells = [f'<text x="10" y="{y + 28}">{switch} {state}</text>']
    for number, socket in enumerate(story.layout.sockets(switch)):
        segment = SEGMENT_OF.get(vlans.get(socket, 0), "management")
        names = [name for name, client in story.clients.items() if client.socket == socket]
        x = _LEFT + number * _CELL
        cells.append(
            f'<rect x="{x}" y="{y}" width="{_CELL - 8}" height="{_HIGH - 14}" rx="6" fill="{COLOURS[segment]}"/>'
        )
        cells.append(f'<text class="white" x="{x + 8}" y="{y + 18}">{socket.port}</text>')
        for name in names:
            fill = "#fff" if standing(name).out else "none"
            cells.append(f'<text class="white" x="{x + 8}" y="{y + 38}">{escape(name)}</text>')
            cells.append(f'<circle cx="{x + _CELL - 22}" cy="{y + 14}" r="5" stroke="#fff" fill="{fill}"/>')
    return "".join(cells)
