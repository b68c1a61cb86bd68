"""Make rates from facts.

Revision: b2d0c1a30200
Revises: b2d0c1a30110
Created: 2026-11-30 12:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b2d0c1a30200"
down_revision = "b2d0c1a30110"
branch_labels = None
depends_on = None

_OUTCOMES = "'in_time', 'late', 'excused', 'not_asked'"

_JUDGE = """
UPDATE assignments a SET {column} = CASE c.state WHEN 'met' THEN 'in_time' ELSE 'late' END
FROM sla_clocks c
WHERE a.role = 'lead' AND a.ended_at IS NULL AND c.ticket_id = a.ticket_id AND c.hop = a.hop
  AND c.department_id = a.department_id AND c.kind = '{kind}' AND c.state IN ('met', 'missed')
"""
"""Tasks under way are judged by the clocks that have ended; what ended before is not counted."""

_FILL_IN = """
ALTER TABLE credit_facts ALTER COLUMN told_at TYPE timestamptz USING recorded_at,
  ALTER COLUMN ticket_id TYPE uuid USING CAST(payload->>'ticket_id' AS uuid)
"""
"""Rows may not be updated; a column may be made anew."""

_KEEP_FACTS = """
INSERT INTO credit_facts (id, topic, payload, ticket_id, told_at, recorded_at)
SELECT r.fact_id, 'promise_ended', jsonb_build_object(
    'commitment_id', r.commitment_id, 'ticket_id', k.id, 'ticket_number', r.ticket_number,
    'department_id', r.department_id, 'outcome', r.outcome, 'is_excused', r.is_excused,
    'due_at', to_char(r.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    'outcome_at', to_char(r.outcome_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    'hop', 0, 'round', c.round, 'category', coalesce(k.category_code, '')),
  k.id, r.recorded_at, r.recorded_at
FROM promise_records r JOIN tickets k ON k.number = r.ticket_number
JOIN commitments c ON c.id = r.commitment_id
ON CONFLICT DO NOTHING
"""
_COUNT_FACTS = """
INSERT INTO credit_observations (source_key, fact_id, department_id, ticket_id, ticket_number, hop,
  round, measure, category, k, n, cause, finished_at, recorded_at)
SELECT 'promise:' || r.commitment_id || '#1', r.fact_id, r.department_id, k.id, r.ticket_number, 0,
  c.round, 'promise', coalesce(k.category_code, ''),
  CASE WHEN r.outcome = 'kept' AND NOT r.is_excused THEN 1 ELSE 0 END,
  CASE WHEN r.is_excused THEN 0 ELSE 1 END, CASE WHEN r.is_excused THEN 'outage' END,
  r.recorded_at, r.recorded_at
FROM promise_records r JOIN tickets k ON k.number = r.ticket_number
JOIN commitments c ON c.id = r.commitment_id
ON CONFLICT DO NOTHING
"""
_GIVE_BACK = """
INSERT INTO promise_records (id, fact_id, commitment_id, department_id, ticket_number, outcome, due_at,
  outcome_at, is_excused, recorded_at)
SELECT id, id, (payload->>'commitment_id')::uuid, (payload->>'department_id')::int,
  payload->>'ticket_number', payload->>'outcome', (payload->>'due_at')::timestamptz,
  (payload->>'outcome_at')::timestamptz, (payload->>'is_excused')::boolean, recorded_at
FROM credit_facts WHERE topic = 'promise_ended'
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    for column, kind in (("sign_outcome", "sign"), ("contact_outcome", "first_contact")):
        op.add_column("assignments", sa.Column(column, sa.String(length=16), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_assignments_{column}_known"), "assignments", f"{column} IN ({_OUTCOMES})"
        )
        op.execute(_JUDGE.format(column=column, kind=kind))
    op.add_column("credit_facts", sa.Column("ticket_id", sa.Uuid(), nullable=True))
    op.add_column("credit_facts", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_FILL_IN)
    op.alter_column("credit_facts", "told_at", nullable=False)
    op.create_index(
        "ix_credit_facts_ticket", "credit_facts", ["ticket_id", "recorded_at"], unique=False
    )
    op.create_index(
        "ix_credit_observations_department",
        "credit_observations",
        ["department_id", "measure", sa.text("finished_at DESC"), sa.text("id DESC")],
        unique=False,
    )
    op.execute(_KEEP_FACTS)
    op.execute(_COUNT_FACTS)
    op.drop_table("promise_records")


def downgrade() -> None:
    op.create_table(
        "promise_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_excused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('kept', 'broken')", name=op.f("ck_promise_records_outcome_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_records")),
        sa.UniqueConstraint("commitment_id", name=op.f("uq_promise_records_commitment_id")),
    )
    op.create_index(
        "ix_promise_records_department", "promise_records", ["department_id", "recorded_at"]
    )
    op.execute(_GIVE_BACK)
    op.execute(
        "CREATE TRIGGER promise_records_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON promise_records FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.drop_index("ix_credit_observations_department", table_name="credit_observations")
    op.drop_index("ix_credit_facts_ticket", table_name="credit_facts")
    op.drop_column("credit_facts", "told_at")
    op.drop_column("credit_facts", "ticket_id")
    for column in ("contact_outcome", "sign_outcome"):
        op.drop_constraint(op.f(f"ck_assignments_{column}_known"), "assignments")
        op.drop_column("assignments", column)
