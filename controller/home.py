"""Where a school's files lie: every path below its directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one school, as `caretaker init` makes it."""

    root: Path

    @property
    def policy(self) -> Path:
        return self.root / "school.yaml"

    @property
    def devices(self) -> Path:
        return self.root / "devices.csv"

    @property
    def people(self) -> Path:
        return self.root / "people.csv"

    @property
    def switches(self) -> Path:
        return self.root / "switches.csv"

    @property
    def settings(self) -> Path:
        return self.root / "settings.toml"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.toml"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def seal_key(self) -> Path:
        """Opens what the database holds sealed; it is never in the database or its copies."""
        return self.state / "seal.key"

    @property
    def database(self) -> Path:
        return self.state / "caretaker.db"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.database.resolve()}"

    @property
    def filter(self) -> Path:
        return self.state / "filter"

    @property
    def table(self) -> Path:
        return self.filter / "table.json"

    @property
    def previous_table(self) -> Path:
        return self.filter / "table.previous.json"

    @property
    def acks(self) -> Path:
        return self.filter / "acks"

    @property
    def names(self) -> Path:
        return self.filter / "names"

    @property
    def current_names(self) -> Path:
        return self.names / "current.json"

    @property
    def known_hosts(self) -> Path:
        return self.state / "known_hosts"

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def query_log(self) -> Path:
        """The query log, a file a day."""
        return self.log / "queries"

    @property
    def counts(self) -> Path:
        return self.log / "counts.sqlite"

    @property
    def events(self) -> Path:
        """Safeguarding events."""
        return self.log / "events.sqlite"

    @property
    def evidence(self) -> Path:
        """What is held as evidence, a file for each hold."""
        return self.log / "evidence"

    @property
    def owed(self) -> Path:
        """Erasures that are still to be carried out in a further database."""
        return self.log / "erasures-owed.jsonl"

    @property
    def pseudonym_keys(self) -> Path:
        return self.filter / "keys"

    @property
    def table_history(self) -> Path:
        """Tables as they were published, compressed."""
        return self.filter / "history"

    @property
    def backups(self) -> Path:
        return self.state / "backups"

    @property
    def checks(self) -> Path:
        """Records of whether the filter works, and the key that signs them."""
        return self.state / "checks"

    @property
    def check_key(self) -> Path:
        return self.checks / "signing.key"

    def make(self) -> None:
        """Make every directory, readable by the owner alone; what is there already stays."""
        for path in (self.root, self.state, self.filter, self.acks, self.names, self.run, self.log, self.backups):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What is below holds names of children: a looser mode from an unpacked archive is put right.
        self.state.chmod(0o700)
