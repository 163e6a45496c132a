"""Calendars of other systems: read within bounds, weighed, and kept as rows beside the policy file."""
