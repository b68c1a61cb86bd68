"""Lay the ground floor: every table, the numbering, the append-only rows.

Revision: f9f3abac740a
Revises:
Created: 2026-11-21 19:09:36.991884+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f9f3abac740a"
down_revision = None
branch_labels = None
depends_on = None


NEXT_TICKET_SEQUENCE = """
CREATE FUNCTION next_ticket_sequence(wanted date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    beginning bigint;
BEGIN
    -- One sequence for all days: a ticket's place in its day is its distance from where the day
    -- began. Nobody waits for anybody, but for the first tickets of a day.
    SELECT first_value INTO beginning FROM number_days WHERE day = wanted;
    IF beginning IS NULL THEN
        INSERT INTO number_days (day, first_value) VALUES (wanted, nextval('ticket_numbers'))
        ON CONFLICT (day) DO UPDATE
            SET first_value = coalesce(number_days.first_value, excluded.first_value)
        RETURNING first_value INTO beginning;
    END IF;
    RETURN nextval('ticket_numbers') - beginning;
END
$$
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""

APPEND_ONLY = ("ticket_events", "reveals", "sla_policies", "promise_records")


def upgrade() -> None:
    op.create_table(
        "attempt_windows",
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "subject", name=op.f("pk_attempt_windows")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "inbox_receipts",
        sa.Column("subscriber", sa.String(length=64), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "fact_id", name=op.f("pk_inbox_receipts")),
    )
    op.create_table(
        "number_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_value", sa.BigInteger(), nullable=True),
        sa.Column("imported_count", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_number_days")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("relayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("relayed_at IS NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "peer_groups",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_peer_groups")),
    )
    op.create_table(
        "sla_policies",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_sla_policies_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_sla_policies_code_version")),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("peer_group", sa.String(), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("is_hotline", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["departments.id"], name=op.f("fk_departments_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["peer_group"], ["peer_groups.code"], name=op.f("fk_departments_peer_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("code", name=op.f("uq_departments_code")),
    )
    op.create_index(
        "uq_departments_hotline",
        "departments",
        ["is_hotline"],
        unique=True,
        postgresql_where=sa.text("is_hotline"),
    )
    op.create_table(
        "categories",
        sa.Column("code", sa.String(length=96), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lead_department_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_department_id"],
            ["departments.id"],
            name=op.f("fk_categories_lead_department_id"),
        ),
        sa.ForeignKeyConstraint(["parent"], ["categories.code"], name=op.f("fk_categories_parent")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_categories")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_users_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_index(op.f("ix_users_department_id"), "users", ["department_id"], unique=False)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "duty_holders",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_duty_holders_department_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_duty_holders_user_id")),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_duty_holders")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ticket_number", sa.String(length=13), nullable=False),
        sa.Column("clock", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("user_id", "fact_id", name=op.f("uq_notices_user_id_fact_id")),
    )
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["user_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=13), nullable=False),
        sa.Column("query_code", sa.String(length=6), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("hold", sa.String(length=32), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("programme", sa.String(length=32), nullable=False),
        sa.Column("request_type", sa.String(length=32), nullable=False),
        sa.Column("category_code", sa.String(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("area", sa.String(length=64), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("long", sa.Float(), nullable=True),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("owner_department_id", sa.Integer(), nullable=True),
        sa.Column("holder_user_id", sa.Uuid(), nullable=True),
        sa.Column("holder_post", sa.String(length=32), nullable=True),
        sa.Column("lead_department_id", sa.Integer(), nullable=True),
        sa.Column("first_department_id", sa.Integer(), nullable=True),
        sa.Column("is_designated", sa.Boolean(), nullable=False),
        sa.Column("bounce_count", sa.Integer(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("closure_code", sa.String(length=32), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("history_count", sa.Integer(), nullable=False),
        sa.Column("history_head", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('submitted', 'accepted', 'dispatched', 'processing', 'feedback_submitted', 'pending_visit')) = (closure_code IS NULL)",
            name=op.f("ck_tickets_closed_has_code"),
        ),
        sa.CheckConstraint(
            "channel IN ('phone', 'web', 'app', 'wechat', 'wechat_group', 'sms', 'email', 'mayor_mailbox', 'upper_level', 'on_site', 'snap_report', 'meeting', 'enterprise', 'other')",
            name=op.f("ck_tickets_channel_known"),
        ),
        sa.CheckConstraint(
            "level IN ('green', 'yellow', 'orange', 'red')", name=op.f("ck_tickets_level_known")
        ),
        sa.CheckConstraint(
            "programme IN ('general', 'enterprise', 'business_environment')",
            name=op.f("ck_tickets_programme_known"),
        ),
        sa.CheckConstraint(
            "request_type IN ('consult', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other')",
            name=op.f("ck_tickets_request_type_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('submitted', 'accepted', 'dispatched', 'processing', 'feedback_submitted', 'pending_visit') OR (owner_department_id IS NOT NULL AND (holder_user_id IS NOT NULL OR holder_post IS NOT NULL))",
            name=op.f("ck_tickets_open_has_owner"),
        ),
        sa.CheckConstraint(
            "status || '/' || coalesce(hold, '') IN ('accepted/', 'accepted/arbitration', 'accepted/consultation', 'archived/', 'cancelled/', 'closed/', 'closed/rating_check', 'dispatched/', 'dispatched/return_review', 'feedback_submitted/', 'merged/', 'not_accepted/', 'pending_visit/', 'pending_visit/final_reply', 'pending_visit/rating_check', 'processing/', 'processing/final_reply', 'processing/rectification', 'processing/return_review', 'processing/supplement', 'processing/suspension', 'submitted/', 'submitted/supplement', 'transferred_out/')",
            name=op.f("ck_tickets_state_reachable"),
        ),
        sa.CheckConstraint(
            "urgency IN ('p0', 'p1', 'p2', 'p3')", name=op.f("ck_tickets_urgency_known")
        ),
        sa.CheckConstraint("round > 0", name=op.f("ck_tickets_round_positive")),
        sa.ForeignKeyConstraint(
            ["category_code"], ["categories.code"], name=op.f("fk_tickets_category_code")
        ),
        sa.ForeignKeyConstraint(
            ["first_department_id"], ["departments.id"], name=op.f("fk_tickets_first_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_user_id"], ["users.id"], name=op.f("fk_tickets_holder_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["lead_department_id"], ["departments.id"], name=op.f("fk_tickets_lead_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_department_id"], ["departments.id"], name=op.f("fk_tickets_owner_department_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["tickets.id"], name=op.f("fk_tickets_parent_id")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["sla_policies.id"], name=op.f("fk_tickets_policy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_tickets_source_external_id")),
    )
    op.create_index(
        "ix_tickets_created",
        "tickets",
        [sa.literal_column("submitted_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_tickets_lead", "tickets", ["lead_department_id", "status", "due_at", "id"], unique=False
    )
    op.create_index(
        "ix_tickets_open_due",
        "tickets",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('submitted', 'accepted', 'dispatched', 'processing', 'feedback_submitted', 'pending_visit')"
        ),
    )
    op.create_index(
        "ix_tickets_parent_id",
        "tickets",
        ["parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_tickets_queue",
        "tickets",
        ["owner_department_id", "status", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('submitted', 'accepted', 'dispatched', 'processing', 'feedback_submitted', 'pending_visit')"
        ),
    )
    op.create_table(
        "user_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_sessions")),
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('lead', 'co')", name=op.f("ck_assignments_role_known")),
        sa.CheckConstraint(
            "state IN ('pending_sign', 'signed', 'contacted', 'working', 'submitted', 'opinion_submitted', 'default_consent', 'rejected', 'returned', 'withdrawn', 'done')",
            name=op.f("ck_assignments_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_assignments_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["users.id"], name=op.f("fk_assignments_handler_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_assignments_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(
        "ix_assignments_department_id", "assignments", ["department_id", "ticket_id"], unique=False
    )
    op.create_index(op.f("ix_assignments_ticket_id"), "assignments", ["ticket_id"], unique=False)
    op.create_index(
        "uq_assignments_open_department",
        "assignments",
        ["ticket_id", "department_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_assignments_open_lead",
        "assignments",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("role = 'lead' AND ended_at IS NULL"),
    )
    op.create_table(
        "commitments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("promised_by", sa.Uuid(), nullable=True),
        sa.Column("handler_limit", sa.String(length=32), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'active') = (outcome_at IS NULL)", name=op.f("ck_commitments_outcome")
        ),
        sa.CheckConstraint(
            "state IN ('active', 'kept', 'broken', 'replaced', 'void')",
            name=op.f("ck_commitments_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_commitments_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["promised_by"], ["users.id"], name=op.f("fk_commitments_promised_by")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_commitments_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("number", name=op.f("uq_commitments_number")),
    )
    op.create_index(op.f("ix_commitments_ticket_id"), "commitments", ["ticket_id"], unique=False)
    op.create_index(
        "uq_commitments_active",
        "commitments",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "feedbacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("is_resolved", sa.Boolean(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=True),
        sa.Column("audited_by", sa.Uuid(), nullable=True),
        sa.Column("audited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("audit_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["audited_by"], ["users.id"], name=op.f("fk_feedbacks_audited_by")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_feedbacks_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["users.id"], name=op.f("fk_feedbacks_submitted_by")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_feedbacks_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedbacks")),
    )
    op.create_index(op.f("ix_feedbacks_ticket_id"), "feedbacks", ["ticket_id"], unique=False)
    op.create_table(
        "procedures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_department_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('refusal', 'supplement', 'consultation', 'return', 'arbitration', 'extension', 'suspension', 'rectification', 'final_reply', 'rating_check')",
            name=op.f("ck_procedures_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'granted', 'refused', 'ended', 'withdrawn')",
            name=op.f("ck_procedures_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_procedures_decided_by")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_procedures_opened_by")),
        sa.ForeignKeyConstraint(
            ["opened_department_id"],
            ["departments.id"],
            name=op.f("fk_procedures_opened_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_procedures_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedures")),
    )
    op.create_index(op.f("ix_procedures_ticket_id"), "procedures", ["ticket_id"], unique=False)
    op.create_index(
        "uq_procedures_live",
        "procedures",
        ["ticket_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_table(
        "reveals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_reveals_ticket_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reveals_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveals")),
    )
    op.create_index(op.f("ix_reveals_ticket_id"), "reveals", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_reveals_user_id"), "reveals", ["user_id"], unique=False)
    op.create_table(
        "service_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=200), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["done_by"], ["users.id"], name=op.f("fk_service_items_done_by")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_service_items_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_items")),
    )
    op.create_index(
        op.f("ix_service_items_ticket_id"), "service_items", ["ticket_id"], unique=False
    )
    op.create_table(
        "sla_clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(length=16), nullable=False),
        sa.Column("calendar_version", sa.String(length=32), nullable=False),
        sa.Column("limit_seconds", sa.Integer(), nullable=False),
        sa.Column("yellow", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("orange", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_microseconds", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.String(length=8), server_default="green", nullable=False),
        sa.Column("is_provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('met', 'missed', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_sla_clocks_ended"),
        ),
        sa.CheckConstraint(
            "kind IN ('accept', 'dispatch', 'sign', 'first_contact', 'complete', 'co_opinion', 'audit', 'visit', 'rework_complete', 'supplement', 'consultation', 'dispute_review', 'arbitration', 'milestone', 'suspension_review', 'final_reply', 'bad_rating_contact', 'bad_rating_fix')",
            name=op.f("ck_sla_clocks_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'submitted', 'met', 'missed', 'cancelled')",
            name=op.f("ck_sla_clocks_state_known"),
        ),
        sa.CheckConstraint("limit_seconds > 0", name=op.f("ck_sla_clocks_limit_positive")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_sla_clocks_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["sla_policies.id"], name=op.f("fk_sla_clocks_policy_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_sla_clocks_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clocks")),
    )
    op.create_index("ix_sla_clocks_ticket_id", "sla_clocks", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("from_status", sa.String(length=32), nullable=True),
        sa.Column("from_hold", sa.String(length=32), nullable=True),
        sa.Column("to_status", sa.String(length=32), nullable=False),
        sa.Column("to_hold", sa.String(length=32), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_ticket_events_actor_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_ticket_events_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_events_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
        sa.UniqueConstraint("ticket_id", "seq", name=op.f("uq_ticket_events_ticket_id_seq")),
    )
    op.create_table(
        "ticket_requesters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("on_behalf_of", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_requesters_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_requesters")),
    )
    op.create_index(
        op.f("ix_ticket_requesters_phone_index"), "ticket_requesters", ["phone_index"], unique=False
    )
    op.create_index(
        op.f("ix_ticket_requesters_ticket_id"), "ticket_requesters", ["ticket_id"], unique=False
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
        sa.Column("was_contacted", sa.Boolean(), nullable=True),
        sa.Column("is_solved", sa.Boolean(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "is_reached OR (rating IS NULL AND is_solved IS NULL)", name=op.f("ck_visits_reached")
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_visits_rating_known")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_visits_ticket_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["users.id"], name=op.f("fk_visits_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint(
            "ticket_id", "round", "attempt", name=op.f("uq_visits_ticket_id_round_attempt")
        ),
    )
    op.create_table(
        "sla_thresholds",
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_by_seconds", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(state = 'fired') = (fired_at IS NOT NULL)", name=op.f("ck_sla_thresholds_fired")
        ),
        sa.CheckConstraint(
            "state IN ('armed', 'fired', 'disarmed', 'skipped', 'parked')",
            name=op.f("ck_sla_thresholds_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["clock_id"], ["sla_clocks.id"], name=op.f("fk_sla_thresholds_clock_id")
        ),
        sa.PrimaryKeyConstraint("clock_id", "level", name=op.f("pk_sla_thresholds")),
    )
    op.create_index(
        "ix_sla_thresholds_armed",
        "sla_thresholds",
        ["due_at", "ticket_id"],
        unique=False,
        postgresql_where=sa.text("state = 'armed'"),
    )
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
        sa.CheckConstraint(
            "outcome IN ('kept', 'broken')", name=op.f("ck_promise_records_outcome_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_records")),
        sa.UniqueConstraint("commitment_id", name=op.f("uq_promise_records_commitment_id")),
    )
    op.create_index(
        "ix_promise_records_department", "promise_records", ["department_id", "recorded_at"]
    )
    op.execute("CREATE SEQUENCE ticket_numbers")
    op.execute(NEXT_TICKET_SEQUENCE)
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP FUNCTION next_ticket_sequence(date)")
    op.execute("DROP SEQUENCE ticket_numbers")
    op.drop_table("promise_records")
    op.drop_index(
        "ix_sla_thresholds_armed",
        table_name="sla_thresholds",
        postgresql_where=sa.text("state = 'armed'"),
    )
    op.drop_table("sla_thresholds")
    op.drop_table("visits")
    op.drop_index(op.f("ix_ticket_requesters_ticket_id"), table_name="ticket_requesters")
    op.drop_index(op.f("ix_ticket_requesters_phone_index"), table_name="ticket_requesters")
    op.drop_table("ticket_requesters")
    op.drop_table("ticket_events")
    op.drop_index("ix_sla_clocks_ticket_id", table_name="sla_clocks")
    op.drop_table("sla_clocks")
    op.drop_index(op.f("ix_service_items_ticket_id"), table_name="service_items")
    op.drop_table("service_items")
    op.drop_index(op.f("ix_reveals_user_id"), table_name="reveals")
    op.drop_index(op.f("ix_reveals_ticket_id"), table_name="reveals")
    op.drop_table("reveals")
    op.drop_index(
        "uq_procedures_live",
        table_name="procedures",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.drop_index(op.f("ix_procedures_ticket_id"), table_name="procedures")
    op.drop_table("procedures")
    op.drop_index(op.f("ix_feedbacks_ticket_id"), table_name="feedbacks")
    op.drop_table("feedbacks")
    op.drop_index(
        "uq_commitments_active",
        table_name="commitments",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_index(op.f("ix_commitments_ticket_id"), table_name="commitments")
    op.drop_table("commitments")
    op.drop_index(
        "uq_assignments_open_lead",
        table_name="assignments",
        postgresql_where=sa.text("role = 'lead' AND ended_at IS NULL"),
    )
    op.drop_index(
        "uq_assignments_open_department",
        table_name="assignments",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_assignments_ticket_id"), table_name="assignments")
    op.drop_index("ix_assignments_department_id", table_name="assignments")
    op.drop_table("assignments")
    op.drop_index(op.f("ix_user_sessions_user_id"), table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_index(
        "ix_tickets_queue",
        table_name="tickets",
        postgresql_where=sa.text(
            "status IN ('submitted', 'accepted', 'dispatched', 'processing', 'feedback_submitted', 'pending_visit')"
        ),
    )
    op.drop_index(
        "ix_tickets_parent_id",
        table_name="tickets",
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_tickets_open_due",
        table_name="tickets",
        postgresql_where=sa.text(
            "status IN ('submitted', 'accepted', 'dispatched', 'processing', 'feedback_submitted', 'pending_visit')"
        ),
    )
    op.drop_index("ix_tickets_lead", table_name="tickets")
    op.drop_index("ix_tickets_created", table_name="tickets")
    op.drop_table("tickets")
    op.drop_index(
        "ix_notices_unread", table_name="notices", postgresql_where=sa.text("read_at IS NULL")
    )
    op.drop_table("notices")
    op.drop_table("idempotency_keys")
    op.drop_table("duty_holders")
    op.drop_index(op.f("ix_api_tokens_user_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index(op.f("ix_users_department_id"), table_name="users")
    op.drop_table("users")
    op.drop_table("categories")
    op.drop_index(
        "uq_departments_hotline", table_name="departments", postgresql_where=sa.text("is_hotline")
    )
    op.drop_table("departments")
    op.drop_table("sla_policies")
    op.drop_table("peer_groups")
    op.drop_index(
        "ix_outbox_waiting",
        table_name="outbox",
        postgresql_where=sa.text("relayed_at IS NULL AND parked_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_table("number_days")
    op.drop_table("inbox_receipts")
    op.drop_table("heartbeats")
    op.drop_table("attempt_windows")
