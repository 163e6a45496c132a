"""The proof of segregation, of what is meant and of what was last read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.access import Site, needs
from controller.api.shapes import Answer, example_of, examples
from controller.prove import Broken, Proof

router = APIRouter(prefix="/api/v1/proof", tags=["plan"])


class BrokenOut(Answer):
    """A claim that does not hold, one packet that breaks it, and the line of the configuration to blame."""

    model_config = examples(
        {
            "gateway": "gw-backup",
            "segment": "pupils",
            "claim": "pupils: names (53, 853) at the filter only",
            "clauses": ["F1", "F10"],
            "family": 6,
            "source_class": "own",
            "packet": "udp from fd00:20::1 to 2001:4860:4860::8888 port 53",
            "blame": "vlan20 of gw-backup: no access list is bound there",
        }
    )
    gateway: str
    segment: str
    claim: str
    clauses: tuple[str, ...]
    family: int
    source_class: str
    packet: str
    blame: str


class ProofOut(Answer):
    """`asked`: how many questions were decided. `open_questions` cannot be decided; `notes` were not asked."""

    model_config = examples(
        {
            "holds": False,
            "asked": 96,
            "broken": [example_of(BrokenOut)],
            "open_questions": [],
            "notes": ["gw-backup is in mode observe: what is meant is not put in force there"],
        }
    )
    holds: bool
    asked: int
    broken: tuple[BrokenOut, ...]
    open_questions: tuple[str, ...]
    notes: tuple[str, ...]


@router.get("", operation_id="get_proof", openapi_extra=needs("plan:read"))
def get_proof(
    site: Site,
    running: Annotated[bool, Query(description="Of what the gateways said last, not of what is meant.")] = False,
) -> ProofOut:
    """Does any segment of pupils, guests or quarantine reach what it must not, on any line to the internet?"""
    return shown(site.proof(running=running))


def shown(proof: Proof) -> ProofOut:
    return ProofOut(
        holds=proof.holds,
        asked=proof.asked,
        broken=tuple(map(_broken, proof.broken)),
        open_questions=proof.open_questions,
        notes=proof.notes,
    )


def _broken(broken: Broken) -> BrokenOut:
    claim = broken.claim
    return BrokenOut(
        gateway=broken.gateway,
        segment=claim.segment,
        claim=claim.title,
        clauses=claim.clauses,
        family=broken.family,
        source_class=broken.packet.source_class,
        packet=str(broken.packet),
        blame=broken.blame,
    )
