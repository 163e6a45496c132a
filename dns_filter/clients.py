"""Who asks: an address with its seat, looked up once and believed until the seat ends."""

from __future__ import annotations

from dns_filter.limits import Quota, Quotas
from dns_filter.seats import Seat
from dns_filter.snapshot import Snapshot

_REMEMBERED = 65_536


class Client:
    """An address under one snapshot, from `since` up to `until`. Not for longer: at the bell it sits elsewhere."""

    __slots__ = ("address", "quota", "seat", "since", "tag", "until", "welcome", "who")

    def __init__(self, address: str, who: str, seat: Seat, quota: Quota, *, welcome: bool) -> None:
        self.address = address
        self.who = who
        """The device, or the address of a stranger: what the query log makes a pseudonym of."""
        self.seat = seat
        self.quota = quota
        self.welcome = welcome
        """Whether the address lies in the school's networks."""
        self.tag = seat.tag
        self.since = seat.since
        self.until = seat.until


class Clients:
    def __init__(self, snapshot: Snapshot) -> None:
        self.known: dict[str, Client] = {}
        self._quotas = Quotas()
        self._snapshot = snapshot

    def adopt(self, snapshot: Snapshot) -> None:
        """From now on everybody is looked up in another snapshot."""
        self._snapshot = snapshot
        self.known.clear()

    def admit(self, address: str, now: float) -> Client:
        """The client at this address now. Nobody is refused because many are known: the old are forgotten."""
        known = self.known.get(address)
        if known is not None and known.since <= now < known.until:
            return known
        if len(self.known) >= _REMEMBERED:
            self.known.clear()
        binding = self._snapshot.binding(address)
        device = binding.device if binding else None
        quota = self._quotas.of(address, device)
        seat = self._snapshot.seat(address, now)
        client = Client(address, device or address, seat, quota, welcome=self._snapshot.may_ask(address))
        self.known[address] = client
        return client
