"""Devices with several addresses at once: IPv4 and IPv6."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("whereabouts", "stays"):
        op.add_column(table, sa.Column("also", sa.Text))
