"""The table of `reliability.md` §2, measured: what breaks other DNS servers, against a filter in a network of its own.

`python -m tests.dns_filter.field_table` measures every row; the suite holds each of them to its goal.
"""
