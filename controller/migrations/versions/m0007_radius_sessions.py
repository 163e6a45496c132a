"""Who is signed on by RADIUS."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "radius_sessions",
        sa.Column("client", sa.String(80), nullable=False),
        sa.Column("mac", sa.String(17), nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("port", sa.String(80)),
        sa.Column("session", sa.String(80)),
        sa.Column("vlan", sa.Integer),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.PrimaryKeyConstraint("client", "mac", name="pk_radius_sessions"),
    )
    op.create_index("ix_radius_sessions_seen_at", "radius_sessions", ["seen_at"])
