"""The demo school: everything a school has, simulated on loopback, run by the real product."""
