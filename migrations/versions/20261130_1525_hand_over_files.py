"""Hand tickets over to other authorities in files, and note what those answer.

Revision: b2d0c1a30525
Revises: b2d0c1a30520
Created: 2026-11-30 15:25:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b2d0c1a30525"
down_revision = "b2d0c1a30520"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hand_over_counters",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_hand_over_counters")),
    )
    op.create_table(
        "hand_over_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(100), nullable=False),
        sa.Column("has_personal", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ticket_count", sa.Integer(), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=False),
        sa.Column("refused_count", sa.Integer(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('made', 'handed_over', 'received')",
            name=op.f("ck_hand_over_files_state_known"),
        ),
        sa.CheckConstraint(
            "has_personal <= (reason IS NOT NULL)",
            name=op.f("ck_hand_over_files_personal_with_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'made') = (handed_at IS NULL)",
            name=op.f("ck_hand_over_files_handed_at_known"),
        ),
        sa.CheckConstraint(
            "(state = 'received') = (body IS NULL)",
            name=op.f("ck_hand_over_files_kept_until_received"),
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_hand_over_files_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_files")),
        sa.UniqueConstraint("number", name=op.f("uq_hand_over_files_number")),
    )
    op.create_index(
        "ix_hand_over_files_listed",
        "hand_over_files",
        [sa.text("made_at DESC"), sa.text("id DESC")],
    )
    op.create_table(
        "hand_over_lines",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("their_number", sa.String(64), nullable=True),
        sa.Column("remark", sa.String(500), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'refused')",
            name=op.f("ck_hand_over_lines_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["hand_over_files.id"], name=op.f("fk_hand_over_lines_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_hand_over_lines_ticket_id")
        ),
        sa.PrimaryKeyConstraint("file_id", "ticket_id", name=op.f("pk_hand_over_lines")),
    )
    op.create_index(op.f("ix_hand_over_lines_ticket_id"), "hand_over_lines", ["ticket_id"])
    op.create_index(
        "uq_hand_over_lines_standing",
        "hand_over_lines",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_table(
        "hand_over_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.CheckConstraint(
            "deed IN ('made', 'fetched', 'handed_over', 'receipt')",
            name=op.f("ck_hand_over_steps_deed_known"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["hand_over_files.id"], name=op.f("fk_hand_over_steps_file_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_hand_over_steps_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_steps")),
    )
    op.create_index("ix_hand_over_steps_file", "hand_over_steps", ["file_id", "id"])
    op.execute(
        "CREATE TRIGGER hand_over_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON hand_over_steps FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_index(
        "ix_tickets_sent_away",
        "tickets",
        [sa.text("closed_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("status IN ('not_accepted', 'transferred_out')"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_sent_away", table_name="tickets")
    for table in ("hand_over_steps", "hand_over_lines", "hand_over_files", "hand_over_counters"):
        op.drop_table(table)
