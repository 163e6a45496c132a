"""Windows for a class, a room or named devices, and windows that come every week."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("windows", sa.Column("school_class", sa.String(80)))
    op.add_column("windows", sa.Column("room", sa.Text))
    op.add_column("windows", sa.Column("macs", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("windows", sa.Column("series", sa.String(40)))
