"""Stations that scan, what they signed, and when a machine last told of its own protection."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("receipts", sa.Column("reported_at", sa.BigInteger))
    op.create_table(
        "stations",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("room", sa.Text),
        sa.Column("enrolled_by", sa.Text, nullable=False),
        sa.Column("enrolled_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("revoked_by", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_stations"),
    )
    op.create_table(
        "scans",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("station", sa.String(80), nullable=False),
        sa.Column("nonce", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("person", sa.String(80)),
        sa.Column("scanned_at", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("let_in", sa.Boolean, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_scans"),
        sa.ForeignKeyConstraint(["station"], ["stations.name"], name="fk_scans_station_stations"),
        sa.UniqueConstraint("station", "nonce", name="uq_scans"),
    )
    op.create_index("ix_scans_subject", "scans", ["subject", "number"])
