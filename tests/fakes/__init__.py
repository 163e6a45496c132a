"""Stand-ins that obey."""
