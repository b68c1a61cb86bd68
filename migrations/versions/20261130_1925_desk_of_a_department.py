"""Keep check-ins on the spot and actions on many tickets, and find what a department owes.

Revision: b3e0c1a31925
Revises: b3e0c1a31910
Created: 2026-11-30 19:25:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b3e0c1a31925"
down_revision = "b3e0c1a31910"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.String(16), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("long", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("photo_count", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "moment IN ('arrived', 'at_work', 'finished')", name=op.f("ck_check_ins_moment_known")
        ),
        sa.CheckConstraint(
            "place IN ('given', 'refused', 'unknown')", name=op.f("ck_check_ins_place_known")
        ),
        sa.CheckConstraint(
            "(place = 'given') = (lat IS NOT NULL AND long IS NOT NULL)",
            name=op.f("ck_check_ins_place_given"),
        ),
        sa.CheckConstraint("photo_count BETWEEN 0 AND 6", name=op.f("ck_check_ins_photos_few")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_check_ins_ticket_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_check_ins_department_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_check_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("ticket_id", "position", name=op.f("uq_check_ins_ticket_id_position")),
    )
    op.create_table(
        "check_in_photos",
        sa.Column("check_in_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("byte_size > 0", name=op.f("ck_check_in_photos_not_empty")),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_ins.id"], name=op.f("fk_check_in_photos_check_in_id")
        ),
        sa.PrimaryKeyConstraint("check_in_id", "position", name=op.f("pk_check_in_photos")),
    )
    op.create_table(
        "bulk_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("doing", sa.String(32), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        sa.Column("back", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "doing IN ('sign', 'name_handler', 'progress', 'answer_urge')",
            name=op.f("ck_bulk_runs_doing_known"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_bulk_runs_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_runs")),
    )
    op.create_table(
        "bulk_items",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_number", sa.String(13), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("params", JSONB(), server_default="{}", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'refused', 'changed', 'failed')",
            name=op.f("ck_bulk_items_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (done_at IS NULL)", name=op.f("ck_bulk_items_done")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_runs.id"], name=op.f("fk_bulk_items_run_id")),
        sa.PrimaryKeyConstraint("run_id", "ticket_number", name=op.f("pk_bulk_items")),
    )
    op.create_index(
        "ix_sla_clocks_unit",
        "sla_clocks",
        ["department_id", "due_at", "ticket_id", "kind"],
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_procedures_pending",
        "procedures",
        ["opened_department_id", "opened_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_feedbacks_department", "feedbacks", ["department_id", "submitted_at"])


def downgrade() -> None:
    op.drop_index("ix_feedbacks_department", "feedbacks")
    op.drop_index("ix_procedures_pending", "procedures")
    op.drop_index("ix_sla_clocks_unit", "sla_clocks")
    op.drop_table("bulk_items")
    op.drop_table("bulk_runs")
    op.drop_table("check_in_photos")
    op.drop_table("check_ins")
