"""The demo school as a person starts it: real processes, real ports, real commands."""
