"""Let periods be published and revised, and work be excluded.

Revision: b2d0c1a30220
Revises: b2d0c1a30110
Created: 2026-11-30 12:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30220"
down_revision = "b2d0c1a30110"
branch_labels = None
depends_on = None

_ALARMS = "'sweeper_late', 'calendar_horizon', 'ticket_parked', 'nobody_on_duty', 'deadline_missing', 'delivery_dead'"


def _known_alarms(values: str) -> None:
    op.drop_constraint(op.f("ck_alarms_kind_known"), "alarms")
    op.create_check_constraint(op.f("ck_alarms_kind_known"), "alarms", f"kind IN ({values})")


def upgrade() -> None:
    op.create_table(
        "credit_known_until",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_credit_known_until_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_known_until")),
    )
    op.create_table(
        "department_versions",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("peer_group", sa.String(length=32), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_versions_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_versions")),
    )
    op.create_index(
        "ix_department_versions_department",
        "department_versions",
        ["department_id", "since", "id"],
        unique=False,
    )
    # What they were called before this was written down is what they are called now.
    op.execute(
        "INSERT INTO department_versions (department_id, name, name_en, peer_group, is_active, since) "
        "SELECT id, name, name_en, peer_group, is_active, '2000-01-01T00:00:00Z' FROM departments"
    )
    op.execute(
        "CREATE TRIGGER department_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON department_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.add_column(
        "credit_period_scores",
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column("credit_period_scores", sa.Column("leaning", sa.String(length=1), nullable=True))
    op.create_table(
        "credit_exclusions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_by", sa.Uuid(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_words", sa.String(), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("second_words", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sampled", sa.Boolean(), nullable=False),
        sa.Column("rechecked_by", sa.Uuid(), nullable=True),
        sa.Column("rechecked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recheck_words", sa.String(), nullable=True),
        sa.Column("is_founded", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "code IN ('out_of_duty', 'unreasonable', 'malicious', 'duplicate_child', 'withdrawn', "
            "'misdispatch', 'force_majeure', 'pilot')",
            name=op.f("ck_credit_exclusions_code_known"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'seconded', 'approved', 'refused', 'revoked')",
            name=op.f("ck_credit_exclusions_state_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('approved', 'refused', 'revoked')) = (decided_at IS NOT NULL)",
            name=op.f("ck_credit_exclusions_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_credit_exclusions_department_id")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["users.id"], name=op.f(f"fk_credit_exclusions_{name}"))
            for name in ("asked_by", "first_by", "second_by", "rechecked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_exclusions")),
    )
    op.create_index(
        "uq_credit_exclusions_standing",
        "credit_exclusions",
        ["ticket_id", "department_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'seconded', 'approved')"),
    )
    op.create_index(
        "ix_credit_exclusions_asked",
        "credit_exclusions",
        [sa.text("asked_at DESC"), sa.text("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_credit_exclusions_department",
        "credit_exclusions",
        ["department_id", sa.text("asked_at DESC"), sa.text("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_credit_observations_behind",
        "credit_observations",
        ["department_id", "measure", "finished_at", "ticket_id", "hop", "round"],
        unique=False,
    )
    op.create_index(
        "ix_credit_observations_cause",
        "credit_observations",
        ["finished_at", "id"],
        unique=False,
        postgresql_where=sa.text("cause IS NOT NULL"),
    )
    _known_alarms(f"{_ALARMS}, 'exclusions_unusual'")


def downgrade() -> None:
    op.execute("DELETE FROM alarms WHERE kind = 'exclusions_unusual'")
    _known_alarms(_ALARMS)
    op.drop_index(
        "ix_credit_observations_cause",
        table_name="credit_observations",
        postgresql_where=sa.text("cause IS NOT NULL"),
    )
    op.drop_index("ix_credit_observations_behind", table_name="credit_observations")
    op.drop_table("credit_exclusions")
    op.drop_column("credit_period_scores", "leaning")
    op.drop_column("credit_period_scores", "is_active")
    op.drop_table("department_versions")
    op.drop_table("credit_known_until")
