"""Listening on the wire for who is there: a program of its own, the only one with CAP_NET_RAW (decision 2).

It imports `inventory.model` and the standard library, and tells the controller over the API what it saw.
"""
