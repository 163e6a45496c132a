"""Approvals, bars and sources of devices; who was where and when; what devices show of themselves; alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name, kind in (("approval_by", sa.Text), ("approval_reason", sa.Text), ("approval_until", sa.BigInteger)):
        op.add_column("devices", sa.Column(name, kind))
    op.add_column("devices", sa.Column("barred_as", sa.String(20)))
    op.add_column("devices", sa.Column("source", sa.String(80)))
    op.add_column("people", sa.Column("source", sa.String(80)))
    _history()
    _alarms()


def _history() -> None:
    op.create_table(
        "stays",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("mac", sa.String(17), nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("switch", sa.String(80)),
        sa.Column("port", sa.String(80)),
        sa.Column("vlan", sa.Integer),
        sa.Column("address", sa.String(45)),
        sa.Column("hostname", sa.Text),
        sa.Column("port_seen", sa.BigInteger),
        sa.Column("address_seen", sa.BigInteger),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_stays"),
    )
    op.create_index("ix_stays_mac", "stays", ["mac", "current"])
    op.create_index("ix_stays_address", "stays", ["address", "began_at"])
    op.create_index("ix_stays_last_seen", "stays", ["last_seen"])
    op.create_table(
        "sign_ins",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("mac", sa.String(17), nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("person", sa.String(80)),
        sa.Column("year_group", sa.String(80)),
        sa.Column("role", sa.String(80)),
        sa.Column("source", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sign_ins"),
        sa.UniqueConstraint("mac", "began_at", "source", name="uq_sign_ins"),
    )
    op.create_index("ix_sign_ins_began_at", "sign_ins", ["began_at"])


def _alarms() -> None:
    op.create_table(
        "clues",
        sa.Column("mac", sa.String(17), nullable=False),
        sa.Column("fingerprint", sa.Text),
        sa.Column("vendor_class", sa.Text),
        sa.Column("seen_at", sa.BigInteger),
        sa.Column("pinned_fingerprint", sa.Text),
        sa.Column("pinned_vendor_class", sa.Text),
        sa.Column("pinned_switch", sa.String(80)),
        sa.Column("pinned_port", sa.String(80)),
        sa.PrimaryKeyConstraint("mac", name="pk_clues"),
    )
    op.create_table(
        "alarms",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("settled_by", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_alarms"),
    )
    op.create_index("ix_alarms_settled_at", "alarms", ["settled_at"])
