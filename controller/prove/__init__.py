"""Proof of segregation: does any segment of pupils, guests or quarantine reach what it must not? (enforcement, §8)"""

from controller.prove.proof import Broken, Gateway, Packet, Proof, prove

__all__ = ["Broken", "Gateway", "Packet", "Proof", "prove"]
