"""Keep meetings, the units called to them, their tasks, and what co-handlers report.

Revision: b2d0c1a30030
Revises: b2d0c1a30020
Created: 2026-11-30 09:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30030"
down_revision = "b2d0c1a30020"
branch_labels = None
depends_on = None

_KINDS = (
    "'accept', 'dispatch', 'sign', 'first_contact', 'complete', 'co_opinion', 'audit', 'visit', "
    "'rework_complete', 'supplement', 'consultation', 'dispute_review', 'arbitration', "
    "'milestone', 'suspension_review', 'final_reply', 'bad_rating_contact', 'bad_rating_fix', "
    "'supervision_reply'"
)
_NEW_KINDS = "'report_in', 'meeting_task'"


def upgrade() -> None:
    for table in ("sla_clocks", "escalations"):
        op.drop_constraint(f"ck_{table}_kind_known", table)
        op.create_check_constraint(
            op.f(f"ck_{table}_kind_known"), table, f"kind IN ({_KINDS}, {_NEW_KINDS})"
        )
    op.add_column("assignments", sa.Column("defaulted_at", sa.DateTime(timezone=True)))
    op.add_column("assignments", sa.Column("asked_again_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_assignments_defaulted",
        "assignments",
        ["defaulted_at"],
        postgresql_where=sa.text("defaulted_at IS NOT NULL"),
    )
    op.add_column(
        "feedbacks",
        sa.Column("used_reports", postgresql.JSONB(), nullable=False, server_default="[]"),
    )
    _meetings()
    _units()
    _tasks()
    _reports()


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("called_by", sa.Uuid(), nullable=True),
        sa.Column("called_department_id", sa.Integer(), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.String(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("duty_department_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_off_reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('consultation', 'whistle')", name=op.f("ck_meetings_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('called', 'reported_in', 'decided', 'done', 'called_off', 'lapsed')",
            name=op.f("ck_meetings_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'called_off', 'lapsed')) = (ended_at IS NOT NULL)",
            name=op.f("ck_meetings_ended"),
        ),
        *_references(
            "meetings",
            ("ticket_id", "tickets.id"),
            ("called_by", "users.id"),
            ("called_department_id", "departments.id"),
            ("duty_department_id", "departments.id"),
            ("decided_by", "users.id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("number", name=op.f("uq_meetings_number")),
        sa.UniqueConstraint(
            "ticket_id", "kind", "nth", name=op.f("uq_meetings_ticket_id_kind_nth")
        ),
    )
    op.create_index(
        "uq_meetings_undecided",
        "meetings",
        ["ticket_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('called', 'reported_in')"),
    )
    op.create_index(
        "ix_meetings_called", "meetings", ["kind", sa.text("called_at DESC"), sa.text("id DESC")]
    )


def _units() -> None:
    op.create_table(
        "meeting_units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("opinion", sa.String(length=16), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("attendee", sa.String(length=80), nullable=True),
        sa.Column("is_deputy", sa.Boolean(), nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("score_words", sa.String(), nullable=True),
        sa.Column("scored_by", sa.Uuid(), nullable=True),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sight_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "opinion IN ('ours', 'partly', 'not_ours')",
            name=op.f("ck_meeting_units_opinion_known"),
        ),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_meeting_units_score_known")),
        *_references(
            "meeting_units",
            ("meeting_id", "meetings.id"),
            ("ticket_id", "tickets.id"),
            ("department_id", "departments.id"),
            ("answered_by", "users.id"),
            ("scored_by", "users.id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_units")),
        sa.UniqueConstraint(
            "meeting_id", "department_id", name=op.f("uq_meeting_units_meeting_id_department_id")
        ),
    )
    op.create_index("ix_meeting_units_ticket_id", "meeting_units", ["ticket_id"])
    op.create_index(
        "ix_meeting_units_in_sight",
        "meeting_units",
        ["department_id", "ticket_id"],
        postgresql_where=sa.text("sight_ended_at IS NULL"),
    )


def _tasks() -> None:
    op.create_table(
        "meeting_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.String(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        *_references(
            "meeting_tasks",
            ("meeting_id", "meetings.id"),
            ("ticket_id", "tickets.id"),
            ("department_id", "departments.id"),
            ("done_by", "users.id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_tasks")),
    )
    op.create_index("ix_meeting_tasks_meeting_id", "meeting_tasks", ["meeting_id"])
    op.create_index(
        "uq_meeting_tasks_open",
        "meeting_tasks",
        ["ticket_id", "department_id"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL AND dropped_at IS NULL"),
    )


def _reports() -> None:
    op.create_table(
        "co_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('stage', 'delay', 'opinion', 'asked_again', 'proposal')",
            name=op.f("ck_co_reports_kind_known"),
        ),
        sa.CheckConstraint(
            "stage IN ('started', 'on_site', 'half_done', 'nearly_done')",
            name=op.f("ck_co_reports_stage_known"),
        ),
        *_references(
            "co_reports",
            ("ticket_id", "tickets.id"),
            ("assignment_id", "assignments.id"),
            ("department_id", "departments.id"),
            ("reported_by", "users.id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_reports")),
    )
    op.create_index("ix_co_reports_ticket_id", "co_reports", ["ticket_id"])


def _references(table: str, *pairs: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in pairs
    ]


def downgrade() -> None:
    for table in ("co_reports", "meeting_tasks", "meeting_units", "meetings"):
        op.drop_table(table)
    op.drop_column("feedbacks", "used_reports")
    op.drop_index("ix_assignments_defaulted", table_name="assignments")
    op.drop_column("assignments", "asked_again_at")
    op.drop_column("assignments", "defaulted_at")
    for table in ("sla_clocks", "escalations"):
        op.drop_constraint(f"ck_{table}_kind_known", table)
        op.create_check_constraint(op.f(f"ck_{table}_kind_known"), table, f"kind IN ({_KINDS})")
