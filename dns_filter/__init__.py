"""Enforcement point 2: the DNS sinkhole filter. Imports nobody of ours."""
