"""Keep reports of frozen periods.

Revision: b2d0c1a30260
Revises: b2d0c1a30250
Created: 2026-11-30 13:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30260"
down_revision = "b2d0c1a30250"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("credit_report_texts", "credit_report_files")

_LATER = (
    "'{state,version,published_by,published_at,withdrawn_by,withdrawn_at,withdraw_reason,"
    "reminded_at}'::text[]"
)
_KEEP_SIGNED = f"""
CREATE FUNCTION keep_signed_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a report is kept' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.content IS DISTINCT FROM OLD.content OR NEW.digest IS DISTINCT FROM OLD.digest THEN
        RAISE EXCEPTION 'the figures of a report do not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- Of what was signed nothing changes but that it is published and withdrawn, each once.
    IF OLD.signed_at IS NOT NULL AND (
        to_jsonb(NEW) - {_LATER} IS DISTINCT FROM to_jsonb(OLD) - {_LATER}
        OR (OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at)
    ) THEN
        RAISE EXCEPTION 'a signed report does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) THEN
        RAISE EXCEPTION 'a withdrawn report does not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "credit_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdraw_reason", sa.String(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(number IS NULL) = (signed_at IS NULL)", name=op.f("ck_credit_reports_numbered")
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR signed_at IS NOT NULL",
            name=op.f("ck_credit_reports_signed_first"),
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL) "
            "AND (withdrawn_at IS NULL) = (withdraw_reason IS NULL)",
            name=op.f("ck_credit_reports_withdrawn"),
        ),
        sa.CheckConstraint(
            "kind IN ('month', 'quarter', 'year')", name=op.f("ck_credit_reports_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'signed', 'published', 'withdrawn')",
            name=op.f("ck_credit_reports_state_known"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["users.id"], name=op.f(f"fk_credit_reports_{column}")
            )
            for column in ("drafted_by", "signed_by", "published_by", "withdrawn_by")
        ),
        sa.ForeignKeyConstraint(
            ["period", "revision"],
            ["credit_period_revisions.period", "credit_period_revisions.revision"],
            name=op.f("fk_credit_reports_period_revision"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["credit_reports.id"], name=op.f("fk_credit_reports_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reports")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_reports_number")),
    )
    op.create_index(
        "uq_credit_reports_living",
        "credit_reports",
        ["period"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_index(
        "ix_credit_reports_newest",
        "credit_reports",
        ["kind", sa.literal_column("drafted_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_credit_reports_due",
        "credit_reports",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('draft', 'signed') AND reminded_at IS NULL"),
    )
    op.create_table(
        "credit_report_texts",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("preface", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["credit_reports.id"], name=op.f("fk_credit_report_texts_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["users.id"], name=op.f("fk_credit_report_texts_written_by")
        ),
        sa.PrimaryKeyConstraint("report_id", "version", name=op.f("pk_credit_report_texts")),
    )
    op.create_table(
        "credit_report_files",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "form IN ('docx', 'xlsx')", name=op.f("ck_credit_report_files_form_known")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["credit_reports.id"], name=op.f("fk_credit_report_files_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", "form", name=op.f("pk_credit_report_files")),
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(_KEEP_SIGNED)
    op.execute(
        "CREATE TRIGGER credit_reports_keep_signed BEFORE UPDATE OR DELETE ON credit_reports "
        "FOR EACH ROW EXECUTE FUNCTION keep_signed_reports()"
    )


def downgrade() -> None:
    op.drop_table("credit_report_files")
    op.drop_table("credit_report_texts")
    op.drop_table("credit_reports")
    op.execute("DROP FUNCTION keep_signed_reports()")
