"""Who leads, and of each push what it changed and how long it took."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENTS = ("seen_at", "decided_at", "acknowledged_at", "verified_at")


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("beat", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.add_column("pushes", sa.Column("changes", sa.JSON))
    op.add_column("pushes", sa.Column("fence", sa.BigInteger))
    op.add_column("pushes", sa.Column("undoes", sa.BigInteger))
    for name in MOMENTS:
        op.add_column("pushes", sa.Column(name, sa.BigInteger))
    op.create_index("ix_pushes_device", "pushes", ["device", "number"])
