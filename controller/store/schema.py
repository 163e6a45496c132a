"""The tables. A change here needs a migration beside it: a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

HEAD = "0010"
"""The newest migration: a database that is there already is opened without starting Alembic."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as whole microseconds since 1970 in UTC: the same in every database, and sortable."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else self.read(value)

    @staticmethod
    def read(value: int) -> datetime:
        return _EPOCH + timedelta(microseconds=int(value))


def micros(moment: datetime) -> int:
    """Raises TypeError for a naive datetime: nobody knows which moment that is."""
    return (moment - _EPOCH) // _MICROSECOND


NAMING = {"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s", "uq": "uq_%(table_name)s"}
metadata = MetaData(naming_convention=NAMING)
Number = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column of the very type INTEGER."""

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
meta = Table(
    "meta",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)
devices = Table(
    "devices",
    metadata,
    Column("mac", String(17), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(80), nullable=False),
    Column("admission", String(20), nullable=False),
    Column("year_group", String(80)),
    Column("role", String(80)),
    Column("person", String(80)),
    Column("room", Text),
    Column("hold_by", Text),
    Column("hold_reason", Text),
    Column("hold_since", Moment),
    Column("exemption_by", Text),
    Column("exemption_reason", Text),
    Column("exemption_until", Moment),
    Column("first_seen", Moment),
    Column("approval_by", Text),
    Column("approval_reason", Text),
    Column("approval_until", Moment),
    Column("barred_as", String(20)),
    Column("source", String(80)),
)
people = Table(
    "people",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(80)),
    Column("year_group", String(80)),
    Column("source", String(80)),
)
switches = Table(
    "switches",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("host", Text, nullable=False),
    Column("ssh_port", Integer, nullable=False),
    Column("platform", String(80), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("credentials", String(80), nullable=False),
    Column("room", Text),
)
ports = Table(
    "ports",
    metadata,
    Column("switch", String(80), primary_key=True),
    Column("port", String(80), primary_key=True),
    Column("room", Text),
    Column("mode", String(20)),
    Column("protected", Boolean, nullable=False),
)
whereabouts = Table(
    "whereabouts",
    metadata,
    Column("mac", String(17), ForeignKey("devices.mac"), primary_key=True),
    Column("last_seen", Moment, nullable=False),
    Column("switch", String(80)),
    Column("port", String(80)),
    Column("vlan", Integer),
    Column("address", String(45)),
    Column("hostname", Text),
    Column("port_seen", Moment),
    Column("address_seen", Moment),
    Column("also", Text),
)
stays = Table(
    "stays",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("mac", String(17), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("switch", String(80)),
    Column("port", String(80)),
    Column("vlan", Integer),
    Column("address", String(45)),
    Column("hostname", Text),
    Column("port_seen", Moment),
    Column("address_seen", Moment),
    Column("also", Text),
    # The one that `whereabouts` says of this device now.
    Column("current", Boolean, nullable=False),
    Index("ix_stays_mac", "mac", "current"),
    Index("ix_stays_address", "address", "began_at"),
    Index("ix_stays_last_seen", "last_seen"),
)
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("mac", String(17), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("person", String(80)),
    Column("year_group", String(80)),
    Column("role", String(80)),
    Column("source", String(80), nullable=False),
    UniqueConstraint("mac", "began_at", "source"),
    Index("ix_sign_ins_began_at", "began_at"),
)
clues = Table(
    "clues",
    metadata,
    Column("mac", String(17), primary_key=True),
    Column("fingerprint", Text),
    Column("vendor_class", Text),
    Column("seen_at", Moment),
    Column("pinned_fingerprint", Text),
    Column("pinned_vendor_class", Text),
    Column("pinned_switch", String(80)),
    Column("pinned_port", String(80)),
)
alarms = Table(
    "alarms",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", Text),
    Index("ix_alarms_settled_at", "settled_at"),
)
receipts = Table(
    "receipts",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("mac", String(17), nullable=False),
    Column("scanned_at", Moment, nullable=False),
    Column("engine", String(80), nullable=False),
    Column("signatures_at", Moment, nullable=False),
    Column("clean", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("reported_at", Moment),
    # The same receipt handed in twice is one receipt.
    UniqueConstraint("mac", "scanned_at", "engine"),
)
stations = Table(
    "stations",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("key", String(80), nullable=False),
    Column("room", Text),
    Column("enrolled_by", Text, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("revoked_by", Text),
)
# Every signed receipt that a station has handed in and that was believed, of devices and of media, clean or not.
scans = Table(
    "scans",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("station", String(80), ForeignKey("stations.name"), nullable=False),
    Column("nonce", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("person", String(80)),
    Column("scanned_at", Moment, nullable=False),
    Column("verdict", String(20), nullable=False),
    # As it was signed, to be checked again by anybody.
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("let_in", Boolean, nullable=False),
    Column("until", Moment),
    Column("why", Text, nullable=False),
    UniqueConstraint("station", "nonce"),
    Index("ix_scans_subject", "subject", "number"),
)
windows = Table(
    "windows",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("group", String(80), nullable=False),
    Column("opens_at", Moment, nullable=False),
    Column("closes_at", Moment, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("level", String(80)),
    Column("focus", JSON, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ended_by", Text),
    Column("clauses", JSON, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("kind", String(10), nullable=False, server_default="open"),
    Column("school_class", String(80)),
    Column("room", Text),
    Column("macs", JSON, nullable=False, server_default="[]"),
    Column("series", String(40)),
    Index("ix_windows_closes_at", "closes_at"),
)
agreements = Table(
    "agreements",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("person", String(80), nullable=False),
    Column("signer", String(10), nullable=False),
    Column("version", String(80), nullable=False),
    Column("signed_at", Moment, nullable=False),
    Column("means", String(10), nullable=False),
    Column("declined", Boolean, nullable=False),
    Column("ends", Moment),
    # The same form recorded twice is one signature.
    UniqueConstraint("person", "signer", "signed_at"),
)
sanctions = Table(
    "sanctions",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("person", String(80)),
    Column("mac", String(17)),
    Column("uses", JSON, nullable=False),
    Column("begins_at", Moment, nullable=False),
    Column("ends_at", Moment),
    Column("review_on", String(10)),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("keep", JSON, nullable=False),
    Column("approved_by", Text),
    Column("ended_by", Text),
    Column("appeal", Text, nullable=False),
    Index("ix_sanctions_ended_by", "ended_by"),
)
emergencies = Table(
    "emergencies",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("since", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", Text),
    Index("ix_emergencies_ended_at", "ended_at"),
)
site_rules = Table(
    "site_rules",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("pattern", String(300), nullable=False),
    Column("allow", Boolean, nullable=False),
    Column("scope", JSON, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Moment),
    Column("provisional", Boolean, nullable=False),
    Column("review_on", String(10)),
    Column("case", String(20), nullable=False),
    Column("clauses", JSON, nullable=False),
    Column("everywhere", Boolean, nullable=False),
    Column("overrides", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("last_hit", String(10)),
    Column("ended_at", Moment),
    Column("ended_by", Text, nullable=False),
    Column("ended_why", Text, nullable=False),
    Index("ix_site_rules_ended_at", "ended_at"),
)
report_cases = Table(
    "report_cases",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("wish", String(10), nullable=False),
    Column("key", String(300), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("marks", JSON, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("last_voice", Moment, nullable=False),
    Column("voices", Integer, nullable=False),
    Column("pupils", Integer, nullable=False),
    Column("provisional", String(20), nullable=False),
    Column("reminded_at", Moment),
    Column("outcome", String(10)),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment),
    Column("reason", Text, nullable=False),
    Column("rule", String(20), nullable=False),
    Column("clauses", JSON, nullable=False),
    Column("review_on", String(10)),
    Index("ix_report_cases_outcome", "outcome", "number"),
    Index("ix_report_cases_key", "key", "wish", "number"),
)
reports = Table(
    "reports",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("case", BigInteger, ForeignKey("report_cases.number"), nullable=False),
    Column("receipt", String(64), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("wish", String(10), nullable=False),
    Column("means", String(20), nullable=False),
    Column("voice", String(10), nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("site", String(300), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("place", JSON, nullable=False),
    Column("wanted_for", String(80), nullable=False),
    Column("wanted_by", String(10)),
    Column("language", String(20), nullable=False),
    Column("forgotten", Boolean, nullable=False),
    Index("ix_reports_case", "case", "number"),
    Index("ix_reports_at", "at"),
)
case_asks = Table(
    "case_asks",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("case", BigInteger, ForeignKey("report_cases.number"), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    # When word of it went out; empty: it waits to be sent.
    Column("told_at", Moment),
    Index("ix_case_asks_case", "case"),
    Index("ix_case_asks_told_at", "told_at"),
)
audit = Table(
    "audit",
    metadata,
    # Never numbered by the database: the chain counts without gaps, under the lock of the one writer.
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", Text, nullable=False),
    # Text, not JSON: the hash covers these very characters.
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_action", "action", "number"),
)
policies = Table(
    "policies",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
)
pushes = Table(
    "pushes",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("device", String(80), nullable=False),
    Column("lines", JSON, nullable=False),
    Column("actor", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("outcome", Text),
    Column("ended_at", Moment),
    Column("changes", JSON),
    Column("fence", BigInteger),
    Column("undoes", BigInteger),
    Column("seen_at", Moment),
    Column("decided_at", Moment),
    Column("acknowledged_at", Moment),
    Column("verified_at", Moment),
    Index("ix_pushes_ended_at", "ended_at"),
    Index("ix_pushes_device", "device", "number"),
)
leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    # Goes up with every holder: what was begun under an older number is refused.
    Column("number", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("beat", BigInteger, nullable=False),
)
accounts = Table(
    "accounts",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("role", String(80), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("disabled", Boolean, nullable=False),
)
second_factors = Table(
    "second_factors",
    metadata,
    Column("account", String(80), primary_key=True),
    # Sealed with a key that is not in the database.
    Column("sealed", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("recovery", JSON, nullable=False),
)
identities = Table(
    "identities",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(300), primary_key=True),
    Column("account", String(80), nullable=False),
    Column("linked_at", Moment, nullable=False),
)
reminders = Table(
    "reminders",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("day", String(10), nullable=False),
    Column("about", String(200), nullable=False),
    Column("to", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    # Nobody hears the same twice a day.
    UniqueConstraint("day", "about", "to"),
)
returns = Table(
    "returns",
    metadata,
    Column("sanction", BigInteger, primary_key=True, autoincrement=False),
    Column("ended_at", Moment, nullable=False),
    Column("back_at", Moment, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("proof", JSON, nullable=False),
)
tokens = Table(
    "tokens",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("id", String(16), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("account", String(80), ForeignKey("accounts.name"), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked", Boolean, nullable=False),
)
radius_sessions = Table(
    "radius_sessions",
    metadata,
    Column("client", String(80), primary_key=True),
    Column("mac", String(17), primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Column("port", String(80)),
    Column("session", String(80)),
    # What was answered last: the VLAN, when, and when the client asks again.
    Column("vlan", Integer),
    Column("told_at", Moment),
    Column("until", Moment),
    Index("ix_radius_sessions_seen_at", "seen_at"),
)
