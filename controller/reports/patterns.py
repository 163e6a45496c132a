"""From a reported name and how far a decision shall reach to the pattern of a rule."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList

from controller.reports.model import Reach


def pattern_of(site: str, reach: Reach) -> str:
    """`=www.x.com`, `x.com` for what was reported as `www.x.com`, or the registrable domain with all below it.

    A `www.` before a name is no site of its own: whoever blocks one means the other.
    """
    bare = site.removeprefix("www.")
    match reach:
        case Reach.EXACT:
            return f"={site}"
        case Reach.BELOW:
            return bare if registrable(bare) is not None else site
        case Reach.DOMAIN:
            return registrable(site) or bare


def registrable(site: str) -> str | None:
    """`bad.example.co.uk` -> `example.co.uk`; of a company that gives names to strangers, the stranger's own name."""
    found = _suffixes().privatesuffix(site)
    return found if isinstance(found, str) else None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
