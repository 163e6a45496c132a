"""The proof of segregation for a school of 20 VLANs, asked of 30 switches that all route, no two of them alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_network

from bench.measure import Goal, Measurement, once
from controller.access_lists import access_lists
from controller.new_school import TEMPLATES
from controller.policy import Policy, Segment
from controller.policy.file import parse
from controller.prove import Gateway, Proof, prove
from device_drivers.model import AccessList, Ace, Verb

SWITCHES, VLANS, GOAL = 30, 20, 5.0
FILTERS = ("10.10.0.5", "fd00:10::5")
_KINDS = ("pupils", "pupils", "guest", "things", "staff")


def measure() -> Iterator[Measurement]:
    policy = _policy()
    lists = access_lists(policy, FILTERS)
    size = sum(len(each.entries) for each in lists.values())
    ways = [_switch(number, lists) for number in range(SWITCHES)]
    proofs: list[Proof] = []
    first = once(lambda: proofs.append(prove(policy, FILTERS, ways)))
    again = once(lambda: proofs.append(prove(policy, FILTERS, ways)))
    assert all(proof.holds for proof in proofs)
    told = f"{proofs[0].asked} questions, {size} entries in {len(lists)} lists, no two switches alike"
    yield Measurement(f"prove {SWITCHES} switches, {VLANS} VLANs", first, "s", note=told, goal=Goal(GOAL, "value"))
    yield Measurement("the same again, nothing changed", again, "s")


def _policy() -> Policy:
    """The template's school with as many segments as VLANs are asked for, each of both families."""
    policy = parse((TEMPLATES / "school.yaml").read_text(), "school.yaml").policy
    named = dict(policy.segments)
    for number in range(VLANS - len(named)):
        subnets = (ip_network(f"10.{100 + number}.0.0/22"), ip_network(f"fd00:{100 + number}::/64"))
        named[f"extra-{number}"] = Segment(vlan=100 + number, subnets=subnets, purpose=_KINDS[number % len(_KINDS)])
    return policy.model_copy(update={"segments": named})


def _switch(number: int, lists: Mapping[str, AccessList]) -> Gateway:
    """One that cannot lease, with an entry nobody else has: nothing can be known of it from the one before."""
    own = Ace(Verb.DENY, "tcp", "any", f"198.51.100.{number}/32", 25)
    told = {
        at: replace(each, entries=(own, *each.entries, Ace(Verb.PERMIT, "ip", "any", "any")))
        for at, each in lists.items()
    }
    return Gateway(f"sw-{number}", "cisco_ios", False, told)
