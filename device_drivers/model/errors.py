"""What can go wrong with a device, and what the loop does with each:

DeviceError
├── Unreachable        no answer, cut off, deadline passed     -> retried with backoff
├── Refused            it answered no ("% Invalid input")      -> set aside and shown
├── Unreadable         its output is not what we can read      -> set aside and shown
├── HostKeyChanged     not the key that was enrolled           -> set aside, alarm, no password sent
├── LoginRefused       wrong password                          -> two tries, then set aside: never lock an account
└── DriverBug          our own driver failed on what it said   -> set aside alone, shown and counted as a bug
"""

from __future__ import annotations


class DeviceError(Exception):
    """Something went wrong between us and a managed device. `device` is its inventory name or empty."""

    def __init__(self, message: str, device: str = "") -> None:
        super().__init__(message)
        self.device = device


class Unreachable(DeviceError): ...


class Refused(DeviceError): ...


class Unreadable(DeviceError):
    """`line` is the offending line of the device's output, cut to 200 characters."""

    def __init__(self, message: str, line: str = "", device: str = "") -> None:
        super().__init__(message, device)
        self.line = line[:200]


class HostKeyChanged(DeviceError):
    """`enrolled` and `offered` are SHA256 fingerprints."""

    def __init__(self, enrolled: str, offered: str, device: str = "") -> None:
        super().__init__(f"host key changed: enrolled {enrolled}, offered {offered}", device)
        self.enrolled, self.offered = enrolled, offered


class LoginRefused(DeviceError): ...


class DriverBug(DeviceError):
    """A mistake of ours, met in the words of one device: the others are not to stand still for it."""
