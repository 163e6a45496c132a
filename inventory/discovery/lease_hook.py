"""`python -m inventory.discovery.lease_hook`: what a DHCP server calls at each lease, so that it is known at once. ●

It tells one lease and ends. Where it cannot, `lease_watch` finds the same in the server's file a little later.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from inventory.discovery.digest import Noted
from inventory.discovery.lease_words import SERVERS, UnreadableWords, read_words
from inventory.discovery.mouth import Mouth, NotTold


def main(words: list[str] | None = None, now: datetime | None = None) -> int:
    """0 told, or nothing to tell; 1 not told."""
    asked = _parser().parse_args(words)
    at = now or datetime.now(UTC)  # noqa: TID251 (a program of its own, called for this one moment)
    try:
        heard = read_words(asked.kind, asked.words, os.environ)
        if heard:
            Mouth(asked.api, asked.token_file).tell([Noted(one, at) for one in heard])
    except (UnreadableWords, NotTold, ValueError) as error:
        sys.stderr.write(f"lease hook: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m inventory.discovery.lease_hook", description=__doc__)
    parser.add_argument("--kind", required=True, choices=sorted(SERVERS))
    parser.add_argument("--api", required=True, help="address of the controller")
    parser.add_argument("--token-file", required=True, type=Path, help="a token with the scope sightings:write")
    parser.add_argument("words", nargs="*", help="what the DHCP server gave; put -- before it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
