"""Give requests their chain of approval, and plans milestones with clocks of their own.

Revision: b2d0c1a30040
Revises: b2d0c1a30030
Created: 2026-11-30 09:40:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30040"
down_revision = "b2d0c1a30030"
branch_labels = None
depends_on = None

_CLOCKS = (
    "'accept', 'dispatch', 'sign', 'first_contact', 'complete', 'co_opinion', 'audit', 'visit', "
    "'rework_complete', 'supplement', 'consultation', 'dispute_review', 'arbitration', 'milestone', "
    "'suspension_review', 'final_reply', 'bad_rating_contact', 'bad_rating_fix', "
    "'supervision_reply', 'report_in', 'meeting_task'"
)
_CLOSE_OUT_CLOCKS = "'close_out', 'close_out_review'"
_KINDS = (
    "'refusal', 'supplement', 'consultation', 'return', 'arbitration', 'extension', 'suspension', "
    "'rectification', 'final_reply', 'rating_check'"
)
_STATES = "'pending', 'running', 'granted', 'refused', 'ended', 'withdrawn'"


def upgrade() -> None:
    for table in ("sla_clocks", "escalations"):
        _check(table, "kind", f"{_CLOCKS}, {_CLOSE_OUT_CLOCKS}")
    _check("procedures", "kind", f"{_KINDS}, 'close_out'")
    _check("procedures", "state", f"{_STATES}, 'completed', 'failed', 'lapsed'")
    op.add_column("procedures", sa.Column("approver", sa.String(length=32), nullable=True))
    op.add_column("procedures", sa.Column("reviewed_by", sa.Uuid(), nullable=True))
    op.add_column("procedures", sa.Column("review_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_procedures_reviewed_by"), "procedures", "users", ["reviewed_by"], ["id"]
    )
    op.create_table(
        "procedure_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("procedure_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_procedure_steps_by")),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedures.id"], name=op.f("fk_procedure_steps_procedure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_steps")),
    )
    op.create_index(op.f("ix_procedure_steps_procedure_id"), "procedure_steps", ["procedure_id"])
    op.create_table(
        "plan_milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("procedure_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("told_how", sa.String(length=16), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("position > 0", name=op.f("ck_plan_milestones_position_positive")),
        sa.CheckConstraint(
            "(done_at IS NULL) = (told_at IS NULL)", name=op.f("ck_plan_milestones_told_when_done")
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_plan_milestones_{column}"))
            for column, target in (
                ("procedure_id", "procedures.id"),
                ("clock_id", "sla_clocks.id"),
                ("done_by", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_milestones")),
        sa.UniqueConstraint(
            "procedure_id", "position", name=op.f("uq_plan_milestones_procedure_id_position")
        ),
    )
    op.create_index(
        "ix_procedures_ledger",
        "procedures",
        ["kind", sa.text("opened_at DESC"), sa.text("id DESC"), "state"],
    )
    op.create_index(
        "ix_procedures_suspended",
        "procedures",
        ["review_at", "id"],
        postgresql_where=sa.text("kind = 'suspension' AND state = 'running'"),
    )
    _carry_over()


def _carry_over() -> None:
    """Bring what was asked before into the new shape."""
    op.execute(
        "INSERT INTO plan_milestones (id, procedure_id, position, text, person, due_at, clock_id) "
        "SELECT gen_random_uuid(), p.id, m.position, m.value ->> 'text', '–', "
        "CAST(m.value ->> 'due_at' AS timestamptz), "
        # A plan that runs has one clock, to its last milestone.
        "CASE WHEN m.position = jsonb_array_length(p.details -> 'milestones') "
        "AND p.state = 'running' THEN (SELECT c.id FROM sla_clocks c "
        "WHERE c.ticket_id = p.ticket_id AND c.kind = 'milestone' AND c.state = 'running' "
        "ORDER BY c.started_at DESC LIMIT 1) END "
        "FROM procedures p CROSS JOIN LATERAL jsonb_array_elements(p.details -> 'milestones') "
        "WITH ORDINALITY AS m(value, position) "
        "WHERE p.kind = 'rectification' AND jsonb_typeof(p.details -> 'milestones') = 'array'"
    )
    op.execute(
        "UPDATE procedures SET details = details - 'milestones' WHERE kind = 'rectification'"
    )
    op.execute(
        "UPDATE procedures p SET state = e.outcome FROM ticket_events e "
        "WHERE p.kind = 'rectification' AND p.state = 'ended' AND e.ticket_id = p.ticket_id "
        "AND e.action = 'end_rectification' AND e.at = p.ended_at "
        "AND e.outcome IN ('completed', 'failed')"
    )
    op.execute(
        "UPDATE procedures p SET review_at = coalesce((SELECT max(c.due_at) FROM sla_clocks c "
        "WHERE c.ticket_id = p.ticket_id AND c.kind = 'suspension_review' "
        "AND c.started_at = p.decided_at), p.ended_at, p.decided_at) "
        "WHERE p.kind = 'suspension' AND p.state IN ('running', 'ended')"
    )
    # What waited for the authority alone goes on waiting for it.
    op.execute(
        "UPDATE procedures SET approver = 'authority' "
        "WHERE kind = 'final_reply' AND state = 'pending'"
    )
    op.execute(
        "UPDATE procedures p SET state = 'lapsed', ended_at = now() FROM tickets t "
        "WHERE t.id = p.ticket_id AND p.state = 'pending' AND ("
        "p.kind IN ('extension', 'suspension', 'rectification') "
        "AND (t.status <> 'processing' OR t.hold IS NOT NULL) "
        "OR p.kind = 'refusal' AND (t.status <> 'submitted' OR t.hold IS NOT NULL))"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE procedures p SET details = p.details || jsonb_build_object('milestones', m.list) "
        "FROM (SELECT procedure_id, jsonb_agg(jsonb_build_object('text', text, "
        "'due_at', to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')) "
        "ORDER BY position) AS list FROM plan_milestones GROUP BY procedure_id) m "
        "WHERE m.procedure_id = p.id"
    )
    op.drop_index("ix_procedures_suspended", table_name="procedures")
    op.drop_index("ix_procedures_ledger", table_name="procedures")
    op.drop_table("plan_milestones")
    op.drop_table("procedure_steps")
    op.drop_constraint(op.f("fk_procedures_reviewed_by"), "procedures")
    for column in ("review_at", "reviewed_by", "approver"):
        op.drop_column("procedures", column)
    op.execute("DELETE FROM procedures WHERE kind = 'close_out'")
    op.execute("UPDATE procedures SET state = 'ended' WHERE state IN ('completed', 'failed')")
    op.execute("UPDATE procedures SET state = 'withdrawn' WHERE state = 'lapsed'")
    for table in ("sla_clocks", "escalations"):
        op.execute(f"UPDATE {table} SET kind = 'milestone' WHERE kind IN ({_CLOSE_OUT_CLOCKS})")
        _check(table, "kind", _CLOCKS)
    _check("procedures", "kind", _KINDS)
    _check("procedures", "state", _STATES)


def _check(table: str, column: str, known: str) -> None:
    name = op.f(f"ck_{table}_{column}_known")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({known})")
