"""The DNS filter."""
