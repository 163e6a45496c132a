"""Agreements, sanctions, emergencies, and what kind a window is."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("windows", sa.Column("kind", sa.String(10), nullable=False, server_default="open"))
    op.create_table(
        "agreements",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("person", sa.String(80), nullable=False),
        sa.Column("signer", sa.String(10), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
        sa.Column("means", sa.String(10), nullable=False),
        sa.Column("declined", sa.Boolean, nullable=False),
        sa.Column("ends", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_agreements"),
        sa.UniqueConstraint("person", "signer", "signed_at", name="uq_agreements"),
    )
    op.create_table(
        "sanctions",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("person", sa.String(80)),
        sa.Column("mac", sa.String(17)),
        sa.Column("uses", sa.JSON, nullable=False),
        sa.Column("begins_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger),
        sa.Column("review_on", sa.String(10)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("keep", sa.JSON, nullable=False),
        sa.Column("approved_by", sa.Text),
        sa.Column("ended_by", sa.Text),
        sa.Column("appeal", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sanctions"),
    )
    op.create_index("ix_sanctions_ended_by", "sanctions", ["ended_by"])
    op.create_table(
        "emergencies",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_emergencies"),
    )
    op.create_index("ix_emergencies_ended_at", "emergencies", ["ended_at"])
