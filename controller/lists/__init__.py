"""Block lists: fetched when due, judged, compiled, and told about."""
