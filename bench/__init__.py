"""Measurements: `make bench` runs them and names the machine."""
