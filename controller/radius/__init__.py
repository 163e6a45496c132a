"""RADIUS as a further enforcement point: FreeRADIUS asks, Caretaker answers with a VLAN and its end (optional)."""
