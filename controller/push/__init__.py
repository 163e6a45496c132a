"""Pushes one can trust: who may push, how long it took, how to go on when it fails, and how to take it back."""
