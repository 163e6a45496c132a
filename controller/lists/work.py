"""Work on the lists of a school by hand, beside a running controller or without one. ●

One lock serves both: what is fetched or compiled by one is finished before the other begins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from controller.home import Home
from controller.lists.compile import Tell, compile_names
from controller.lists.fetch import Fetched, Fetcher
from controller.lists.fetch import Tell as TellOctets
from controller.lists.fetch_kept import Busy, alone, compiling
from controller.lists.fetch_settings import fetcher_for
from controller.lists.manifest import MANIFEST, further_lists, manifest, options_of
from controller.lists.status import ListStatus, statuses
from controller.policy import ListSource, Policy
from controller.policy.file import read
from controller.settings import read_settings
from dns_filter.compile_lists import status
from dns_filter.lists.difference import FullDifference, full_difference
from dns_filter.lists.intake import NEVER_ACCEPTED
from dns_filter.lists.refused_versions import forgive
from dns_filter.lists.report import ListReport, Report
from dns_filter.lists.sources import ListFile, list_files, read_manifest
from dns_filter.rollback import StepBack, roll_back

Say = Callable[[str], None]


class CannotBeDone(ValueError):
    """What was asked makes no sense for this list; the text says why."""


@dataclass(frozen=True, slots=True)
class ListWork:
    """The lists of one school. `say` hears when somebody else has to be waited for."""

    home: Home
    policy: Policy
    fetcher: Fetcher
    further: tuple[ListSource, ...]
    say: Say = lambda _: None

    def known(self, names: Collection[str]) -> tuple[ListSource, ...]:
        """The lists of the policy that are meant; all where none is named. Raises CannotBeDone."""
        sources = {source.name: source for source in self.policy.lists}
        for name in names:
            if name not in sources:
                listed = ", ".join(sources) or "none"
                raise CannotBeDone(f"the policy has no list {name!r}; expected one of: {listed}")
        return tuple(source for name, source in sources.items() if not names or name in names)

    def fetch(
        self, sources: Sequence[ListSource], now: Callable[[], datetime], tell: TellOctets
    ) -> tuple[Fetched, ...]:
        """Ask for each of them that has an address, due or not; what has not changed is not sent."""
        fetcher = replace(self.fetcher, tell=tell)
        return tuple(fetcher.fetch(source, now()) for source in sources if source.url is not None)

    def compile(self, tell: Tell = lambda *_: None, *, anew: bool = False, accept: Sequence[str] = ()) -> Report:
        """Raises ListsFailed, OSError."""
        with self._alone():
            return self._compile(tell, anew=anew, accept=accept)

    def accept(self, name: str, version: str, tell: Tell = lambda *_: None) -> ListReport:
        """Use the version that waits. Raises CannotBeDone, most of all where it is no longer the one that was seen."""
        with self._alone():
            forgive(self.home.names, name, version)
            report = self._compile(tell, anew=True, accept=(f"{name}@{version}",))
        found = next(row for row in report.lists if row.name == name)
        if found.used != version:
            raise CannotBeDone(f"{name}: it has changed once more, to {found.seen}; look at `lists diff {name}` again")
        return found

    def roll_back(self, names: Collection[str], tell: Tell = lambda *_: None) -> tuple[StepBack, ...]:
        """Raises CannotRollBack."""
        with self._alone():
            steps = roll_back(self.home.names, self.files(), self.policy.mandatory, names)
            if steps:
                self._compile(tell, anew=True)
        return steps

    def waiting(self, name: str) -> ListReport:
        """The report of a list of which a version waits. Raises CannotBeDone."""
        found = {row.name: row for row in self.report().lists}
        if name not in found:
            raise CannotBeDone(f"no list {name!r} was compiled; expected one of: {', '.join(found) or 'none'}")
        report = found[name]
        if not report.reasons:
            raise CannotBeDone(f"{name}: no version waits; {report.used} is in use")
        if unusable := [reason.detail for reason in report.reasons if reason.kind in NEVER_ACCEPTED]:
            raise CannotBeDone(f"{name}: nobody can accept that: {unusable[0]}")
        return report

    def difference(self, name: str) -> FullDifference:
        """Raises CannotBeDone, UnreadableList."""
        found = {file.name: file for file in self.files()}
        if name not in found:
            raise CannotBeDone(f"no list {name!r} was compiled; expected one of: {', '.join(found) or 'none'}")
        return full_difference(found[name], self.home.names)

    def files(self) -> tuple[ListFile, ...]:
        """As the last compilation had them. Raises UnreadableManifest."""
        path = self.home.names / MANIFEST
        return list_files(read_manifest(path)) if path.is_file() else ()

    def report(self) -> Report:
        """Raises CannotBeDone where nothing has been compiled yet."""
        found = status(self.home.names)
        if found is None:
            raise CannotBeDone(
                "no lists have been compiled yet; `caretaker up` or `caretaker lists update` compiles them"
            )
        return found

    def statuses(self) -> tuple[ListStatus, ...]:
        return statuses(self.policy.lists, status(self.home.names), self.fetcher.folder)

    def _compile(self, tell: Tell, *, anew: bool, accept: Sequence[str] = ()) -> Report:
        wanted = manifest(self.policy, self.home.root, self.further, self.fetcher.folder)
        compile_names(self.home, wanted, tell, anew=anew, accept=accept)
        return self.report()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for whoever is at the lists, and say so."""
        lock = compiling(self.home.names)
        with ExitStack() as held:
            try:
                held.enter_context(alone(lock, wait=False))
            except Busy as busy:
                self.say(f"{busy}: waiting for it")
                held.enter_context(alone(lock, wait=True))
            yield


def open_work(home: Home, say: Say = lambda _: None) -> ListWork:
    """Raises PolicyError, SettingsError, OSError or ValueError with what is wrong in the school's folder."""
    settings, policy = read_settings(home), read(home.policy).policy
    home.make()
    further = further_lists(settings.dns.lists) or options_of(home.names)
    return ListWork(home, policy, fetcher_for(home, settings), further, say)
