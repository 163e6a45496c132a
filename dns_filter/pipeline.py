"""The whole way of a query on one screen: read, judge, resolve, inspect, render, send, remember, write down.

In one direction, without a task of its own: a query that must wait for an upstream waits as a callback. Policy is
asked again when the answer comes, by the snapshot that is current then.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from dns_filter import inspect, memo, render, rewrite, steps, told, ttl, wire
from dns_filter.clients import Client
from dns_filter.clock import Clock
from dns_filter.engine import Memory
from dns_filter.flights import Route, Wanted
from dns_filter.limits import Pass, RateLimit
from dns_filter.model import Action, Code, Name, Query, Verdict
from dns_filter.querylog import QueryLog
from dns_filter.render import Rendered
from dns_filter.resolver import Found, Resolver
from dns_filter.sealed import Seals
from dns_filter.seats import Seat
from dns_filter.servers import Server
from dns_filter.snapshot import Snapshot
from dns_filter.wire import Question

PENDING, PENDING_PTR = 256, 32
"""Questions of one client under way to upstreams: one device must not use up all there are. It gets no name for an
address while it has more than a few: a scanner asks for those of a whole network."""
_QUIET = 60.0
log = logging.getLogger(__name__)
Send = Callable[[bytes], None]


@dataclass(slots=True, eq=False)
class Job:
    """One query on its way."""

    question: Question
    client: Client
    send: Send
    udp: bool
    began: float


@dataclass(slots=True)
class Pipeline:
    snapshot: Snapshot
    resolver: Resolver
    routes: Routes
    memo: Memory
    log: QueryLog
    clock: Clock
    fraction: Callable[[], float]
    """Random numbers in [0, 1), for the jitter of TTLs."""
    key: bytes
    rate_limit: RateLimit | None = None
    counts: Counter[str] = field(default_factory=Counter)
    """Queries that have no verdict: odd, unwelcome, over the limit, failed."""
    _silent_until: dict[str, float] = field(default_factory=dict)
    _seals: Seals = field(init=False)

    def __post_init__(self) -> None:
        self.adopt(self.snapshot)

    def adopt(self, snapshot: Snapshot) -> None:
        """From now on everything is judged by this snapshot, what is under way to an upstream too."""
        self.snapshot, self._seals = snapshot, Seals(snapshot)

    def take(self, data: bytes, client: Client, send: Send, now: float, *, udp: bool) -> None:
        """Answer one message of a client: now, later, or not at all where it deserves none."""
        question: Question | bytes = b""
        try:
            question = wire.read_question(data)
            if isinstance(question, bytes):
                self._send_odd(question, send)
            elif self._may_pass(question, client, send, now, udp=udp):
                self._judge(Job(question, client, send, udp, now), now)
        except Exception as bug:
            # One query's bug is one query's failure: counted, logged, answered.
            self._report(bug, now)
            if isinstance(question, Question):
                send(wire.empty_reply(question, wire.SERVFAIL))
            else:
                send(wire.header_only(data, wire.SERVFAIL))

    def _judge(self, job: Job, now: float) -> None:
        snapshot, client, question = self.snapshot, job.client, job.question
        seat = snapshot.seat(client.address, now)
        query = Query(question.name, question.qtype, client.address, now)
        verdict = steps.decide(query, seat.profile, snapshot)
        if verdict.action is Action.BLOCK:
            self._block(job, verdict, seat, now, top=self._seals.top(query, verdict, seat.profile))
        elif verdict.action is Action.LOCAL:
            self._answer(job, verdict, seat, render.local(verdict, question.qtype, seat, snapshot), now)
        elif question.qtype == wire.ANY:
            self._answer(job, verdict, seat, render.minimal(seat, verdict), now)
        else:
            self._resolve(job, verdict, seat, snapshot, now)

    def _resolve(self, job: Job, verdict: Verdict, seat: Seat, snapshot: Snapshot, now: float) -> None:
        question, quota = job.question, job.client.quota
        entered = quota.enter(question.name, PENDING_PTR if question.qtype == wire.PTR else PENDING)
        if entered is None:
            self.counts["too-many-pending"] += 1
            self._answer(job, verdict, seat, render.failed(), now)
            return
        route = self.routes.of(verdict, snapshot, job.client.address)
        wanted = Wanted(verdict.target or question.name, question.qtype, question.do, question.cd, route)
        self.resolver.resolve(wanted, now, partial(self._found, job, verdict, seat, snapshot, entered))

    def _found(self, job: Job, verdict: Verdict, seat: Seat, snapshot: Snapshot, entered: Name, found: Found) -> None:
        job.client.quota.leave(entered)
        now = self.clock()
        try:
            if snapshot is not self.snapshot or not seat.since <= now < seat.until:
                self._judge_again(job, verdict, found, now)
            else:
                self._inspect(job, verdict, seat, found, now)
        except Exception as bug:
            # As in `take`: others wait for the same answer and must get it.
            self._report(bug, now)
            job.send(wire.empty_reply(job.question, wire.SERVFAIL))

    def _judge_again(self, job: Job, verdict: Verdict, found: Found, now: float) -> None:
        """The bell rang, or the policy changed, while the answer was under way."""
        seat = self.snapshot.seat(job.client.address, now)
        question = job.question
        query = Query(question.name, question.qtype, job.client.address, now)
        if steps.decide(query, seat.profile, self.snapshot) == verdict:
            self._inspect(job, verdict, seat, found, now)
        else:
            self._judge(job, now)

    def _inspect(self, job: Job, verdict: Verdict, seat: Seat, found: Found, now: float) -> None:
        if found.kept is None:
            self.counts["failed"] += 1
            self._answer(job, verdict, seat, render.failed(wire.ede(render.EDE_NO_UPSTREAM)), now)
            return
        answer, question = found.kept.answer, job.question
        inspected = inspect.check(answer, verdict, seat.profile, self.snapshot)
        if inspected.action is Action.BLOCK:
            self._block(job, inspected, seat, now, until=found.kept.expires)
            return
        if answer.ech and seat.profile.source.filtered:
            answer = rewrite.without_ech(answer, verdict.target or question.name)
        if verdict.target is not None:
            answer = rewrite.behind(answer, question.name, verdict.target, ttl.SAFE_SEARCH)
        if found.stale:
            self._answer(job, verdict, seat, render.stale(answer), now)
        else:
            # A name that does not exist is remembered when it is asked for again: most never are, floods of them least.
            once = found.new and not answer.answers
            rendered = render.forwarded(answer, verdict, seat, found.kept.expires)
            self._answer(job, verdict, seat, rendered, now, remember=not once)

    def _block(
        self, job: Job, verdict: Verdict, seat: Seat, now: float, *, until: float | None = None, top: Name | None = None
    ) -> None:
        """`top`: every name below it is told the same."""
        # The token stands for the name on the list: it is that which a member of staff looks up and may release.
        matched = verdict.matched or job.question.name
        why = told.why_token(self.key, seat.profile.source.name, verdict, matched)
        rendered = render.blocked(verdict, job.question.qtype, seat, self.snapshot, why)
        if until is not None:  # the answer that was looked at may be another one by then
            rendered = rendered._replace(until=min(rendered.until, until))
        self._answer(job, verdict, seat, rendered, now, why=why, top=top)

    def _answer(
        self, job: Job, verdict: Verdict, seat: Seat, rendered: Rendered, now: float, *, why: str = "",
        top: Name | None = None, remember: bool = True,
    ) -> None:  # fmt: skip
        question, jitter = job.question, self.fraction()
        seconds = ttl.left(rendered.cap, rendered.ends, now, jitter)
        job.send(render.message(rendered, question, seconds, question.limit if job.udp else 65_535))
        epoch = self.snapshot.table.epoch
        record = told.tell(verdict, (question.name, question.qtype), seat, epoch, why)
        self.log.note(job.client.who, record, now - job.began)
        if job.udp and remember and now < rendered.until:
            entry = memo.Entry(rendered, question, record, jitter)
            below = memo.key_below(seat.tag, question, top) if top else None
            self.memo.keep(memo.key(seat.tag, question), entry, now, below)

    def _may_pass(self, question: Question, client: Client, send: Send, now: float, *, udp: bool) -> bool:
        if not client.welcome:
            self.counts["unwelcome"] += 1
            send(wire.empty_reply(question, wire.REFUSED))
            return False
        if udp or self.rate_limit is None:
            return True  # the hot loop has asked for a datagram's share already
        return client.quota.ask(now, self.rate_limit) is Pass.ANSWER

    def _send_odd(self, reply: bytes, send: Send) -> None:
        self.counts["odd"] += 1
        if reply:
            send(reply)

    def _report(self, bug: Exception, now: float) -> None:
        """Count a bug and log it, once a minute for each place it happens in."""
        self.counts["bug"] += 1
        frame = traceback.extract_tb(bug.__traceback__)[-1]
        kind = f"{type(bug).__name__} at {frame.name}:{frame.lineno}"
        if not now < self._silent_until.get(kind, 0.0) <= now + _QUIET:
            self._silent_until[kind] = now + _QUIET
            log.error("a query failed: %s", kind, exc_info=bug)


class Routes:
    """Which upstreams know a name: an internal zone's own resolvers, else the school's."""

    def __init__(self, upstreams: tuple[Server, ...]) -> None:
        self._usual = Route(upstreams)

    def of(self, verdict: Verdict, snapshot: Snapshot, client: str) -> Route:
        """Never the client itself: two resolvers that ask each other ask for ever."""
        route = self._usual
        if verdict.code is Code.INTERNAL and verdict.matched is not None:
            zone = snapshot.zones[verdict.matched]
            route = Route(zone.servers, b"\0" + zone.apex)
        others = tuple(server for server in route.servers if server.host != client or server.loopback)
        if len(others) < len(route.servers):
            return Route(others, b"\1" + client.encode() + route.tag)
        return route
