"""Switches, a gateway and a Wi-Fi controller that obey over real SSH: for the demo school and for tests.

What was configured is what they show; what they do not know they refuse as the vendor words it.
"""
