"""Reported sites, the cases they make, who was asked about them, and the school's own rules for sites."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _site_rules()
    _cases()
    _reports()
    op.create_table(
        "case_asks",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("case", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("told_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_case_asks"),
        sa.ForeignKeyConstraint(["case"], ["report_cases.number"], name="fk_case_asks_case"),
    )
    op.create_index("ix_case_asks_case", "case_asks", ["case"])
    op.create_index("ix_case_asks_told_at", "case_asks", ["told_at"])


def _site_rules() -> None:
    op.create_table(
        "site_rules",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("pattern", sa.String(300), nullable=False),
        sa.Column("allow", sa.Boolean, nullable=False),
        sa.Column("scope", sa.JSON, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("review_on", sa.String(10)),
        sa.Column("case", sa.String(20), nullable=False),
        sa.Column("clauses", sa.JSON, nullable=False),
        sa.Column("everywhere", sa.Boolean, nullable=False),
        sa.Column("overrides", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("last_hit", sa.String(10)),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.Column("ended_why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_site_rules"),
    )
    op.create_index("ix_site_rules_ended_at", "site_rules", ["ended_at"])


def _cases() -> None:
    op.create_table(
        "report_cases",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("wish", sa.String(10), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("last_voice", sa.BigInteger, nullable=False),
        sa.Column("voices", sa.Integer, nullable=False),
        sa.Column("pupils", sa.Integer, nullable=False),
        sa.Column("provisional", sa.String(20), nullable=False),
        sa.Column("reminded_at", sa.BigInteger),
        sa.Column("outcome", sa.String(10)),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("clauses", sa.JSON, nullable=False),
        sa.Column("review_on", sa.String(10)),
        sa.PrimaryKeyConstraint("number", name="pk_report_cases"),
    )
    op.create_index("ix_report_cases_outcome", "report_cases", ["outcome", "number"])
    op.create_index("ix_report_cases_key", "report_cases", ["key", "wish", "number"])


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("case", sa.BigInteger, nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("wish", sa.String(10), nullable=False),
        sa.Column("means", sa.String(20), nullable=False),
        sa.Column("voice", sa.String(10), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("site", sa.String(300), nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.Column("place", sa.JSON, nullable=False),
        sa.Column("wanted_for", sa.String(80), nullable=False),
        sa.Column("wanted_by", sa.String(10)),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("forgotten", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_reports"),
        sa.ForeignKeyConstraint(["case"], ["report_cases.number"], name="fk_reports_case"),
        sa.UniqueConstraint("receipt", name="uq_reports"),
    )
    op.create_index("ix_reports_case", "reports", ["case", "number"])
    op.create_index("ix_reports_at", "reports", ["at"])
