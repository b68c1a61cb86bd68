"""Let observers look from outside.

Revision: b2d0c1a30250
Revises: b2d0c1a30240
Created: 2026-11-30 12:50:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30250"
down_revision = "b2d0c1a30240"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("observer_answers", "observer_survey_departments", "observer_finding_steps")


def upgrade() -> None:
    op.create_table(
        "observer_surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.SmallInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("least_answers", sa.Integer(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'quarter') = (quarter IS NOT NULL)", name=op.f("ck_observer_surveys_quarter")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_observer_surveys_closed")
        ),
        sa.CheckConstraint(
            "kind IN ('quarter', 'year', 'special')", name=op.f("ck_observer_surveys_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'closed')",
            name=op.f("ck_observer_surveys_state_known"),
        ),
        sa.CheckConstraint("least_answers > 0", name=op.f("ck_observer_surveys_least_answers")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_observer_surveys_opens_first")),
        sa.CheckConstraint(
            "quarter BETWEEN 1 AND 4", name=op.f("ck_observer_surveys_quarter_known")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["users.id"], name=op.f("fk_observer_surveys_closed_by")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_observer_surveys_drafted_by")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["users.id"], name=op.f("fk_observer_surveys_published_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observer_surveys")),
    )
    op.create_index(
        "ix_observer_surveys_due",
        "observer_surveys",
        ["closes_at"],
        unique=False,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "ix_observer_surveys_list", "observer_surveys", ["drafted_at", "id"], unique=False
    )
    op.create_index("ix_observer_surveys_year", "observer_surveys", ["year"], unique=False)
    op.create_table(
        "observers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("nickname", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("card_code", sa.String(length=16), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "category IN ('media', 'enterprise', 'citizen', 'deputy', 'expert')",
            name=op.f("ck_observers_category_known"),
        ),
        sa.CheckConstraint("is_active = (ended_at IS NULL)", name=op.f("ck_observers_ended")),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["users.id"], name=op.f("fk_observers_registered_by")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_observers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observers")),
        sa.UniqueConstraint("card_code", name=op.f("uq_observers_card_code")),
        sa.UniqueConstraint("nickname", name=op.f("uq_observers_nickname")),
        sa.UniqueConstraint("number", name=op.f("uq_observers_number")),
        sa.UniqueConstraint("user_id", name=op.f("uq_observers_user_id")),
    )
    op.create_table(
        "observer_answers",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_observer_answers_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["observer_id"], ["observers.id"], name=op.f("fk_observer_answers_observer_id")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["observer_surveys.id"], name=op.f("fk_observer_answers_survey_id")
        ),
        sa.PrimaryKeyConstraint(
            "survey_id", "department_id", "observer_id", "version", name=op.f("pk_observer_answers")
        ),
    )
    op.create_index(
        "ix_observer_answers_observer",
        "observer_answers",
        ["observer_id", "answered_at"],
        unique=False,
    )
    op.create_table(
        "observer_conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('employed', 'family', 'business', 'own_matter', 'other')",
            name=op.f("ck_observer_conflicts_reason_known"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_observer_conflicts_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["users.id"], name=op.f("fk_observer_conflicts_lifted_by")
        ),
        sa.ForeignKeyConstraint(
            ["observer_id"], ["observers.id"], name=op.f("fk_observer_conflicts_observer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observer_conflicts")),
    )
    op.create_index(
        "uq_observer_conflicts_standing",
        "observer_conflicts",
        ["observer_id", "department_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "observer_snaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["observer_id"], ["observers.id"], name=op.f("fk_observer_snaps_observer_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_observer_snaps_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observer_snaps")),
        sa.UniqueConstraint("observer_id", "key", name=op.f("uq_observer_snaps_observer_id_key")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_observer_snaps_ticket_id")),
    )
    op.create_index(
        "ix_observer_snaps_observer",
        "observer_snaps",
        ["observer_id", "sent_at", "id"],
        unique=False,
    )
    op.create_table(
        "observer_survey_departments",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_observer_survey_departments_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["observer_surveys.id"],
            name=op.f("fk_observer_survey_departments_survey_id"),
        ),
        sa.PrimaryKeyConstraint(
            "survey_id", "department_id", name=op.f("pk_observer_survey_departments")
        ),
    )
    op.create_table(
        "observer_survey_questions",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "kind IN ('scale', 'yes_no', 'words')",
            name=op.f("ck_observer_survey_questions_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["observer_surveys.id"],
            name=op.f("fk_observer_survey_questions_survey_id"),
        ),
        sa.PrimaryKeyConstraint("survey_id", "position", name=op.f("pk_observer_survey_questions")),
    )
    op.create_table(
        "observer_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned", sa.SmallInteger(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("long", sa.Float(), nullable=True),
        sa.Column("photos", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("(lat IS NULL) = (long IS NULL)", name=op.f("ck_observer_visits_place")),
        sa.CheckConstraint(
            "(visited_on IS NULL) = (checked_in_at IS NULL)",
            name=op.f("ck_observer_visits_recorded"),
        ),
        sa.CheckConstraint(
            "due_at IS NOT NULL OR checked_in_at IS NOT NULL",
            name=op.f("ck_observer_visits_asked_or_made"),
        ),
        sa.CheckConstraint("warned BETWEEN 0 AND 2", name=op.f("ck_observer_visits_warned_known")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_observer_visits_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["observer_id"], ["observers.id"], name=op.f("fk_observer_visits_observer_id")
        ),
        sa.ForeignKeyConstraint(
            ["planned_by"], ["users.id"], name=op.f("fk_observer_visits_planned_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observer_visits")),
        sa.UniqueConstraint("number", name=op.f("uq_observer_visits_number")),
    )
    op.create_index(
        "ix_observer_visits_due",
        "observer_visits",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("checked_in_at IS NULL"),
    )
    op.create_index(
        "ix_observer_visits_list", "observer_visits", ["created_at", "id"], unique=False
    )
    op.create_index(
        "ix_observer_visits_observer",
        "observer_visits",
        ["observer_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "observer_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned", sa.SmallInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(due_at IS NOT NULL) = (state IN ('open', 'answered'))",
            name=op.f("ck_observer_findings_due"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'confirmed', 'set_aside')",
            name=op.f("ck_observer_findings_state_known"),
        ),
        sa.CheckConstraint(
            "warned BETWEEN 0 AND 2", name=op.f("ck_observer_findings_warned_known")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_observer_findings_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["observer_visits.id"], name=op.f("fk_observer_findings_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observer_findings")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_observer_findings_visit_id")),
    )
    op.create_index(
        "ix_observer_findings_department",
        "observer_findings",
        ["department_id", "opened_at"],
        unique=False,
    )
    op.create_index(
        "ix_observer_findings_due",
        "observer_findings",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_observer_findings_list", "observer_findings", ["opened_at", "id"], unique=False
    )
    op.create_table(
        "observer_finding_steps",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("photos", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_user", sa.Uuid(), nullable=True),
        sa.Column("is_observer", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "step IN ('found', 'answered', 'sent_back', 'confirmed', 'set_aside')",
            name=op.f("ck_observer_finding_steps_step_known"),
        ),
        sa.ForeignKeyConstraint(
            ["by_user"], ["users.id"], name=op.f("fk_observer_finding_steps_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["observer_findings.id"],
            name=op.f("fk_observer_finding_steps_finding_id"),
        ),
        sa.PrimaryKeyConstraint("finding_id", "seq", name=op.f("pk_observer_finding_steps")),
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("observer_finding_steps")
    op.drop_index("ix_observer_findings_list", table_name="observer_findings")
    op.drop_index(
        "ix_observer_findings_due",
        table_name="observer_findings",
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_index("ix_observer_findings_department", table_name="observer_findings")
    op.drop_table("observer_findings")
    op.drop_index("ix_observer_visits_observer", table_name="observer_visits")
    op.drop_index("ix_observer_visits_list", table_name="observer_visits")
    op.drop_index(
        "ix_observer_visits_due",
        table_name="observer_visits",
        postgresql_where=sa.text("checked_in_at IS NULL"),
    )
    op.drop_table("observer_visits")
    op.drop_table("observer_survey_questions")
    op.drop_table("observer_survey_departments")
    op.drop_index("ix_observer_snaps_observer", table_name="observer_snaps")
    op.drop_table("observer_snaps")
    op.drop_index(
        "uq_observer_conflicts_standing",
        table_name="observer_conflicts",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_table("observer_conflicts")
    op.drop_index("ix_observer_answers_observer", table_name="observer_answers")
    op.drop_table("observer_answers")
    op.drop_table("observers")
    op.drop_index("ix_observer_surveys_year", table_name="observer_surveys")
    op.drop_index("ix_observer_surveys_list", table_name="observer_surveys")
    op.drop_index(
        "ix_observer_surveys_due",
        table_name="observer_surveys",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_table("observer_surveys")
