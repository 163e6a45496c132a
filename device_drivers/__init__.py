"""Enforcement point 1: switches, Wi-Fi and gateway, over SSH. Imports `inventory.model` only."""
