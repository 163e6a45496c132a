"""Who asks: an address with its seat, looked up once and believed until the seat ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dns_filter.identity import NOBODY, Peer, by_path, is_address, named, only_one
from dns_filter.limits import Pass, Quota, Quotas, RateLimit
from dns_filter.seats import Seat
from dns_filter.snapshot import Snapshot

_REMEMBERED = 65_536


class Client:
    """An address under one snapshot, from `since` up to `until`. Not for longer: at the bell it sits elsewhere."""

    __slots__ = ("address", "forwards", "quota", "seat", "since", "tag", "until", "welcome", "who")

    def __init__(
        self, address: str, who: str, seat: Seat, quota: Quota, *, welcome: bool, forwards: bool = False
    ) -> None:
        self.address = address
        """What the snapshot knows it by: the sender's address, or where somebody else asks for it, also its MAC."""
        self.who = who
        """The device, or the address of a stranger: what the query log makes a pseudonym of."""
        self.seat = seat
        self.quota = quota
        self.welcome = welcome
        """Whether the address lies in the school's networks. A forwarder's own never does: it asks for others."""
        self.forwards = forwards
        self.tag = seat.tag
        self.since = seat.since
        self.until = seat.until


class Unmetered(Quota):
    """A forwarder's share: it asks for a whole school, and those it asks for have a share each."""

    __slots__ = ()

    def ask(self, now: float, limit: RateLimit) -> Pass:  # noqa: ARG002 (the same for everybody, always)
        return Pass.ANSWER


class Clients:
    """`forwarders`: the addresses of those who are believed when they say for whom they ask."""

    def __init__(
        self, snapshot: Snapshot, forwarders: frozenset[str] = frozenset(), quota: Callable[[], Quota] = Quota
    ) -> None:
        self.known: dict[str, Client] = {}
        """By address. Those of whom somebody else speaks are kept under other keys, which no socket ever gives."""
        self._forwarders = forwarders
        self._quotas = Quotas(quota)
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
        if address in self._forwarders:
            self.known[address] = Client(
                address, address, self._snapshot.seat(NOBODY, now), Unmetered(), welcome=False, forwards=True
            )
            return self.known[address]
        welcome = self._snapshot.may_ask(address)
        return self._keep(address, address, self._quota(address, address), now, welcome=welcome)

    def forwards(self, address: str) -> bool:
        return address in self._forwarders

    def asker(self, data: bytes, peer: Peer, now: float) -> Client:
        """Whose query this is, by the peer's address and, where that is believed, by what it says."""
        client = self.admit(peer.address, now)
        if peer.devices is not None:
            return self._by_path(peer.devices, client, now)
        return self._behind(peer, named(data, peer), now) if client.forwards else client

    def _behind(self, peer: Peer, names: Sequence[str], now: float) -> Client:
        """Whom a forwarder asks for. Its own address is nobody's: whoever it forgot to name would be taken for it."""
        key = NOBODY if self._forwarders.intersection(names) else only_one(names, self._snapshot)
        quota = self._quota(peer.address if key is NOBODY else key, key)
        # The forwarder is configured, hence welcome; an address that it names must be the school's all the same.
        welcome = not is_address(key) or self._snapshot.may_ask(key)
        return self._keep(f"{key} behind {peer.address}", key, quota, now, welcome=welcome)

    def _by_path(self, devices: tuple[str, ...], sender: Client, now: float) -> Client:
        """Who has this path. Behind a forwarder, or a router that hides many, the address contradicts nobody."""
        bound = None if sender.forwards else self._snapshot.binding(sender.address)
        key = by_path(devices, bound)
        quota = self._quota(sender.address, key)
        return self._keep(f"{key} at {sender.address}", key, quota, now, welcome=sender.welcome or sender.forwards)

    def _quota(self, address: str, key: str) -> Quota:
        """The share of the device, or of the network of `address` where no device is known."""
        binding = self._snapshot.binding(key)
        return self._quotas.of(address, binding.device if binding else None)

    def _keep(self, under: str, key: str, quota: Quota, now: float, *, welcome: bool) -> Client:
        known = self.known.get(under)
        if known is not None and known.since <= now < known.until:
            return known
        if len(self.known) >= _REMEMBERED:
            self.known.clear()
        binding = self._snapshot.binding(key)
        who = binding.device if binding else under
        client = Client(key, who, self._snapshot.seat(key, now), quota, welcome=welcome)
        self.known[under] = client
        return client
