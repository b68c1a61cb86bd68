"""Keep papers, their numbers and their templates.

Revision: b2d0c1a30080
Revises: b2d0c1a30070
Created: 2026-11-30 10:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30080"
down_revision = "b2d0c1a30070"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('commitment', 'service_list', 'order', 'rectification_notice', 'return_ruling', "
    "'final_reply', 'field_task')"
)
_APPEND_ONLY = ("paper_templates", "paper_template_uses", "papers")


def upgrade() -> None:
    op.create_table(
        "paper_counters",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_paper_counters")),
    )
    op.create_table(
        "paper_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f("ck_paper_templates_kind_known")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_paper_templates_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_templates")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_paper_templates_kind_version")),
    )
    op.create_table(
        "paper_template_uses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("put_by", sa.Uuid(), nullable=True),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_paper_template_uses_{column}")
            )
            for column, target in (("template_id", "paper_templates.id"), ("put_by", "users.id"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_template_uses")),
    )
    op.create_index(
        "ix_paper_template_uses_kind", "paper_template_uses", ["kind", sa.text("id DESC")]
    )
    op.create_table(
        "papers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("history_head", sa.LargeBinary(), nullable=False),
        sa.Column("history_count", sa.Integer(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f("ck_papers_kind_known")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_papers_revision_positive")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_papers_{column}"))
            for column, target in (
                ("ticket_id", "tickets.id"),
                ("department_id", "departments.id"),
                ("template_id", "paper_templates.id"),
                ("issued_by", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("number", name=op.f("uq_papers_number")),
        sa.UniqueConstraint("code", name=op.f("uq_papers_code")),
        sa.UniqueConstraint(
            "kind", "subject_id", "revision", name=op.f("uq_papers_kind_subject_id_revision")
        ),
    )
    op.create_index(op.f("ix_papers_ticket_id"), "papers", ["ticket_id"])
    op.create_index("ix_papers_issued", "papers", [sa.text("issued_at DESC"), sa.text("id DESC")])
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("papers", "paper_template_uses", "paper_templates", "paper_counters"):
        op.drop_table(table)
