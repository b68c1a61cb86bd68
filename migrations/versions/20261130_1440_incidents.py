"""Find like matters, gather incidents, watch for bursts.

Revision: b2d0c1a30440
Revises: b2d0c1a30430
Created: 2026-11-30 14:40:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30440"
down_revision = "b2d0c1a30430"
branch_labels = None
depends_on = None

_ALARMS_BEFORE = (
    "sweeper_late",
    "calendar_horizon",
    "ticket_parked",
    "nobody_on_duty",
    "deadline_missing",
    "delivery_dead",
    "exclusions_unusual",
    "credit_push_dead",
)


def _recheck(*kinds: str) -> None:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_alarms_kind_known"), "alarms")
    op.create_check_constraint(op.f("ck_alarms_kind_known"), "alarms", f"kind IN ({values})")


def upgrade() -> None:
    op.create_table(
        "likeness_weights",
        sa.Column("word", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_total", sa.Boolean(), nullable=False),
        sa.Column("ticket_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", "is_total", name=op.f("pk_likeness_weights")),
    )
    op.create_table(
        "bursts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.String(length=96), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("peak_count", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["users.id"], name=op.f("fk_bursts_acknowledged_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bursts")),
    )
    op.create_index(
        "ix_bursts_since",
        "bursts",
        [sa.literal_column("since_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "uq_bursts_on",
        "bursts",
        ["category_code", "area"],
        unique=True,
        postgresql_where=sa.text("until_at IS NULL"),
    )
    op.create_table(
        "call_urges",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=True),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_call_urges_ticket_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_call_urges_user_id")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_call_urges")),
    )
    op.create_index(
        "ix_call_urges_ticket_id", "call_urges", ["ticket_id", "urged_at"], unique=False
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("category_code", sa.String(), nullable=True),
        sa.Column("first_ticket_id", sa.Uuid(), nullable=False),
        sa.Column("parent_ticket_id", sa.Uuid(), nullable=True),
        sa.Column("into_id", sa.Uuid(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warmth", sa.Float(), nullable=False),
        sa.Column("ticket_count", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.Column("places", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("areas", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("read_out", sa.String(length=1000), nullable=True),
        sa.Column("read_out_by", sa.Uuid(), nullable=True),
        sa.Column("read_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("history_count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('open', 'watched')) = (ended_at IS NULL)", name=op.f("ck_incidents_ended")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'watched', 'over', 'dismissed')",
            name=op.f("ck_incidents_state_known"),
        ),
        sa.CheckConstraint("ticket_count >= 0", name=op.f("ck_incidents_ticket_count")),
        sa.ForeignKeyConstraint(
            ["category_code"], ["categories.code"], name=op.f("fk_incidents_category_code")
        ),
        sa.ForeignKeyConstraint(
            ["first_ticket_id"], ["tickets.id"], name=op.f("fk_incidents_first_ticket_id")
        ),
        sa.ForeignKeyConstraint(["into_id"], ["incidents.id"], name=op.f("fk_incidents_into_id")),
        sa.ForeignKeyConstraint(
            ["parent_ticket_id"], ["tickets.id"], name=op.f("fk_incidents_parent_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["read_out_by"], ["users.id"], name=op.f("fk_incidents_read_out_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(
        "ix_incidents_live",
        "incidents",
        ["last_seen_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('dismissed', 'open', 'watched')"),
    )
    op.create_index(
        "ix_incidents_warmth",
        "incidents",
        [sa.literal_column("warmth DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_incidents_words",
        "incidents",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("state IN ('dismissed', 'open', 'watched')"),
    )
    op.create_table(
        "ticket_likenesses",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=True),
        sa.Column("category_code", sa.String(length=96), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title_words", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("body_words", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("places", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("spot", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("long", sa.Float(), nullable=True),
        sa.Column("keys", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_likenesses_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_likenesses")),
    )
    op.create_index(
        "ix_ticket_likenesses_came",
        "ticket_likenesses",
        ["submitted_at", "ticket_id"],
        unique=False,
    )
    op.create_index(
        "ix_ticket_likenesses_keys",
        "ticket_likenesses",
        ["keys"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_ticket_likenesses_kind",
        "ticket_likenesses",
        ["category_code", "area", "submitted_at"],
        unique=False,
    )
    op.create_table(
        "incident_events",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("deed", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "deed IN ('found', 'confirm', 'rename', 'set_words', 'join', 'leave', 'take_in', 'taken_in', 'put_together', 'dismiss', 'end', 'faded')",
            name=op.f("ck_incident_events_deed_known"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_incident_events_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_events_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "seq", name=op.f("pk_incident_events")),
    )
    op.create_table(
        "incident_tickets",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by", sa.Uuid(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_tickets_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["joined_by"], ["users.id"], name=op.f("fk_incident_tickets_joined_by")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_incident_tickets_ticket_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "ticket_id", name=op.f("pk_incident_tickets")),
    )
    op.create_index(
        "ix_incident_tickets_came",
        "incident_tickets",
        ["incident_id", "submitted_at"],
        unique=False,
    )
    op.create_index(
        "uq_incident_tickets_ticket",
        "incident_tickets",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.execute(
        "CREATE TRIGGER incident_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON incident_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    _recheck(*_ALARMS_BEFORE, "burst")


def downgrade() -> None:
    op.execute("DELETE FROM alarms WHERE kind = 'burst'")
    _recheck(*_ALARMS_BEFORE)
    op.execute("DROP TRIGGER incident_events_append_only ON incident_events")
    op.drop_index(
        "uq_incident_tickets_ticket",
        table_name="incident_tickets",
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.drop_index("ix_incident_tickets_came", table_name="incident_tickets")
    op.drop_table("incident_tickets")
    op.drop_table("incident_events")
    op.drop_index("ix_ticket_likenesses_kind", table_name="ticket_likenesses")
    op.drop_index(
        "ix_ticket_likenesses_keys", table_name="ticket_likenesses", postgresql_using="gin"
    )
    op.drop_index("ix_ticket_likenesses_came", table_name="ticket_likenesses")
    op.drop_table("ticket_likenesses")
    op.drop_index(
        "ix_incidents_words",
        table_name="incidents",
        postgresql_using="gin",
        postgresql_where=sa.text("state IN ('dismissed', 'open', 'watched')"),
    )
    op.drop_index("ix_incidents_warmth", table_name="incidents")
    op.drop_index(
        "ix_incidents_live",
        table_name="incidents",
        postgresql_where=sa.text("state IN ('dismissed', 'open', 'watched')"),
    )
    op.drop_table("incidents")
    op.drop_index("ix_call_urges_ticket_id", table_name="call_urges")
    op.drop_table("call_urges")
    op.drop_index("uq_bursts_on", table_name="bursts", postgresql_where=sa.text("until_at IS NULL"))
    op.drop_index("ix_bursts_since", table_name="bursts")
    op.drop_table("bursts")
    op.drop_table("likeness_weights")
