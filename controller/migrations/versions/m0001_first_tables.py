"""The first tables, as they were on the day: never import them from the schema, which moves on."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAMING = {"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s", "uq": "uq_%(table_name)s"}
TABLES = sa.MetaData(naming_convention=NAMING)

sa.Table(
    "counters",
    TABLES,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
sa.Table(
    "meta",
    TABLES,
    sa.Column("key", sa.String(100), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
sa.Table(
    "devices",
    TABLES,
    sa.Column("mac", sa.String(17), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("admission", sa.String(20), nullable=False),
    sa.Column("year_group", sa.String(80)),
    sa.Column("role", sa.String(80)),
    sa.Column("person", sa.String(80)),
    sa.Column("room", sa.Text),
    sa.Column("hold_by", sa.Text),
    sa.Column("hold_reason", sa.Text),
    sa.Column("hold_since", sa.BigInteger),
    sa.Column("exemption_by", sa.Text),
    sa.Column("exemption_reason", sa.Text),
    sa.Column("exemption_until", sa.BigInteger),
    sa.Column("first_seen", sa.BigInteger),
)
sa.Table(
    "people",
    TABLES,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(80)),
    sa.Column("year_group", sa.String(80)),
)
sa.Table(
    "switches",
    TABLES,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("ssh_port", sa.Integer, nullable=False),
    sa.Column("platform", sa.String(80), nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("mode", sa.String(20), nullable=False),
    sa.Column("credentials", sa.String(80), nullable=False),
    sa.Column("room", sa.Text),
)
sa.Table(
    "ports",
    TABLES,
    sa.Column("switch", sa.String(80), primary_key=True),
    sa.Column("port", sa.String(80), primary_key=True),
    sa.Column("room", sa.Text),
    sa.Column("mode", sa.String(20)),
    sa.Column("protected", sa.Boolean, nullable=False),
)
sa.Table(
    "whereabouts",
    TABLES,
    sa.Column("mac", sa.String(17), sa.ForeignKey("devices.mac"), primary_key=True),
    sa.Column("last_seen", sa.BigInteger, nullable=False),
    sa.Column("switch", sa.String(80)),
    sa.Column("port", sa.String(80)),
    sa.Column("vlan", sa.Integer),
    sa.Column("address", sa.String(45)),
    sa.Column("hostname", sa.Text),
    sa.Column("port_seen", sa.BigInteger),
    sa.Column("address_seen", sa.BigInteger),
)
sa.Table(
    "receipts",
    TABLES,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("mac", sa.String(17), nullable=False),
    sa.Column("scanned_at", sa.BigInteger, nullable=False),
    sa.Column("engine", sa.String(80), nullable=False),
    sa.Column("signatures_at", sa.BigInteger, nullable=False),
    sa.Column("clean", sa.Boolean, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.UniqueConstraint("mac", "scanned_at", "engine"),
)
sa.Table(
    "windows",
    TABLES,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("group", sa.String(80), nullable=False),
    sa.Column("opens_at", sa.BigInteger, nullable=False),
    sa.Column("closes_at", sa.BigInteger, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("level", sa.String(80)),
    sa.Column("focus", sa.JSON, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text),
    sa.Column("clauses", sa.JSON, nullable=False),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Index("ix_windows_closes_at", "closes_at"),
)
sa.Table(
    "audit",
    TABLES,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.String(80), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_audit_action", "action", "number"),
)
sa.Table(
    "policies",
    TABLES,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
sa.Table(
    "pushes",
    TABLES,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("device", sa.String(80), nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("begun_at", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("ended_at", sa.BigInteger),
    sa.Index("ix_pushes_ended_at", "ended_at"),
)
sa.Table(
    "accounts",
    TABLES,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("role", sa.String(80), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
)
sa.Table(
    "tokens",
    TABLES,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(16), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("account", sa.String(80), sa.ForeignKey("accounts.name"), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("revoked", sa.Boolean, nullable=False),
)

REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
TAKEN = "EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)"
KEEPS = "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"

# Append-only even for a program that is not Caretaker.
APPEND_ONLY = {
    "sqlite": (
        f"CREATE TRIGGER audit_keeps_update BEFORE UPDATE ON audit {REFUSE}",
        f"CREATE TRIGGER audit_keeps_delete BEFORE DELETE ON audit {REFUSE}",
        # INSERT OR REPLACE deletes without firing the trigger above.
        f"CREATE TRIGGER audit_keeps_replace BEFORE INSERT ON audit WHEN {TAKEN} {REFUSE}",
    ),
    "postgresql": (
        f"CREATE FUNCTION audit_keeps() RETURNS trigger LANGUAGE plpgsql AS {KEEPS}",
        "CREATE TRIGGER audit_keeps_rows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_keeps()",
        "CREATE TRIGGER audit_keeps_table BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps()",
    ),
}


def upgrade() -> None:
    connection = op.get_bind()
    TABLES.create_all(connection)
    counters = TABLES.tables["counters"].insert()
    connection.execute(counters, [{"name": name, "value": 0} for name in ("audit", "epoch", "inventory")])
    for statement in APPEND_ONLY[connection.dialect.name]:
        connection.exec_driver_sql(statement)
