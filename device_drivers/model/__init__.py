"""What a switch, Wi-Fi controller or gateway can say and can be told. Each noun stands in a file of its own."""

from device_drivers.model.access_list import AccessList, Ace, Verb
from device_drivers.model.changes import (
    Bounce,
    Change,
    Disconnect,
    GrantInternet,
    SetAccessList,
    SetAccessVlan,
    SetClientRole,
    SetShutdown,
    SetSsid,
    undo,
)
from device_drivers.model.driver import (
    Capability,
    CommitConfirm,
    Driver,
    Kind,
    Reader,
)
from device_drivers.model.errors import (
    DeviceError,
    DriverBug,
    HostKeyChanged,
    LoginRefused,
    Refused,
    Unreachable,
    Unreadable,
)
from device_drivers.model.observed import (
    Lease,
    Neighbour,
    NeighbourKind,
    Observed,
    ObservedPort,
    PortKind,
    TableEntry,
    WirelessClient,
)
from device_drivers.model.session import Session

__all__ = [
    "AccessList",
    "Ace",
    "Bounce",
    "Capability",
    "Change",
    "CommitConfirm",
    "DeviceError",
    "Disconnect",
    "Driver",
    "DriverBug",
    "GrantInternet",
    "HostKeyChanged",
    "Kind",
    "Lease",
    "LoginRefused",
    "Neighbour",
    "NeighbourKind",
    "Observed",
    "ObservedPort",
    "PortKind",
    "Reader",
    "Refused",
    "Session",
    "SetAccessList",
    "SetAccessVlan",
    "SetClientRole",
    "SetShutdown",
    "SetSsid",
    "TableEntry",
    "Unreachable",
    "Unreadable",
    "Verb",
    "WirelessClient",
    "undo",
]
