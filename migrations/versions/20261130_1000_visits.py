"""Visit every requester, in parts of the day and by link; look at places; keep departments' own visits.

Revision: b2d0c1a30060
Revises: b2d0c1a30050
Created: 2026-11-30 10:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b2d0c1a30060"
down_revision = "b2d0c1a30050"
branch_labels = None
depends_on = None

_OLD_KINDS = (
    "'accept', 'dispatch', 'sign', 'first_contact', 'complete', 'co_opinion', 'audit', 'visit', "
    "'rework_complete', 'supplement', 'consultation', 'dispute_review', 'arbitration', "
    "'milestone', 'suspension_review', 'final_reply', 'bad_rating_contact', 'bad_rating_fix', "
    "'supervision_reply', 'report_in', 'meeting_task', 'close_out', 'close_out_review'"
)
_KINDS = f"{_OLD_KINDS}, 'visit_link', 'bad_rating_decision'"
_CLOCKED = ("sla_clocks", "escalations")
_HOUR = "extract(hour FROM at AT TIME ZONE 'Asia/Shanghai')"


def _allow(kinds: str) -> None:
    for table in _CLOCKED:
        name = f"ck_{table}_kind_known"
        op.drop_constraint(name, table)
        op.create_check_constraint(op.f(name), table, f"kind IN ({kinds})")


def _foreign(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in targets.items()
    ]


def upgrade() -> None:
    _allow(_KINDS)
    _upgrade_visits()
    _create_links()
    _create_field_checks()
    _create_department_visits()


def _upgrade_visits() -> None:
    for column in (
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column("part", sa.String(length=16), nullable=True),
        sa.Column("road", sa.String(length=8), nullable=True),
        sa.Column("is_counted", sa.Boolean(), nullable=True),
        sa.Column("is_anonymous", sa.Boolean(), nullable=True),
        sa.Column("source_digest", sa.LargeBinary(), nullable=True),
        sa.Column("excluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("excluded_reason", sa.String(length=32), nullable=True),
    ):
        op.add_column("visits", column)
    op.execute(
        f"UPDATE visits SET part = CASE WHEN {_HOUR} BETWEEN 6 AND 11 THEN 'morning' "
        f"WHEN {_HOUR} BETWEEN 12 AND 17 THEN 'afternoon' ELSE 'evening' END, "
        "road = CASE WHEN visitor_id IS NULL THEN 'page' ELSE 'phone' END, is_anonymous = false, "
        "requester_id = (SELECT r.id FROM ticket_requesters r WHERE r.ticket_id = visits.ticket_id "
        "ORDER BY r.id LIMIT 1)"
    )
    # One attempt in each part of the day counts.
    op.execute(
        "UPDATE visits SET is_counted = is_reached OR NOT EXISTS (SELECT FROM visits v WHERE "
        "v.ticket_id = visits.ticket_id AND v.round = visits.round AND v.part = visits.part "
        "AND v.attempt < visits.attempt AND NOT v.is_reached)"
    )
    for name in ("part", "road", "is_counted", "is_anonymous"):
        op.alter_column("visits", name, nullable=False)
    op.create_foreign_key(
        op.f("fk_visits_requester_id"), "visits", "ticket_requesters", ["requester_id"], ["id"]
    )
    for name, condition in (
        ("excluded", "(excluded_at IS NULL) = (excluded_reason IS NULL)"),
        ("part_known", "part IN ('morning', 'afternoon', 'evening')"),
        ("road_known", "road IN ('phone', 'link', 'page')"),
        (
            "excluded_reason_known",
            "excluded_reason IN ('mistaken', 'malicious', 'not_about_unit')",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_visits_{name}"), "visits", condition)
    op.create_index(
        "uq_visits_answer",
        "visits",
        ["ticket_id", "round", "requester_id"],
        unique=True,
        postgresql_where=sa.text("is_reached"),
    )
    op.create_index("ix_visits_at", "visits", [sa.text("at DESC"), sa.text("id DESC")])
    op.create_index(
        "ix_visits_source_digest",
        "visits",
        ["source_digest", "at"],
        postgresql_where=sa.text("source_digest IS NOT NULL"),
    )


def _create_links() -> None:
    op.create_table(
        "rating_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        *_foreign("rating_links", ticket_id="tickets.id", requester_id="ticket_requesters.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_links")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_rating_links_token_digest")),
        sa.UniqueConstraint(
            "requester_id", "round", name=op.f("uq_rating_links_requester_id_round")
        ),
    )
    op.create_index(op.f("ix_rating_links_ticket_id"), "rating_links", ["ticket_id"])


def _create_field_checks() -> None:
    op.create_table(
        "field_check_plans",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("closed_count", sa.Integer(), nullable=False),
        sa.Column("drawn_count", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_field_check_plans")),
    )
    op.create_table(
        "field_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("long", sa.Float(), nullable=True),
        sa.Column("photos", postgresql.JSONB(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("missed_reason", sa.String(length=32), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.Column("confirmation", sa.String(), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_field_checks_{name}"))
            for name, condition in (
                ("state_known", "state IN ('planned', 'done', 'missed')"),
                (
                    "missed_reason_known",
                    "missed_reason IN ('no_access', 'place_unknown', 'nothing_to_see', 'no_time')",
                ),
                ("finding", "(state = 'done') = (is_done IS NOT NULL)"),
                ("missed", "(state = 'missed') = (missed_reason IS NOT NULL)"),
                ("place", "(lat IS NULL) = (long IS NULL)"),
                ("second_person", "confirmed_by IS NULL OR confirmed_by <> checked_by"),
            )
        ),
        *_foreign(
            "field_checks",
            month="field_check_plans.month",
            ticket_id="tickets.id",
            department_id="departments.id",
            checked_by="users.id",
            confirmed_by="users.id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_checks")),
        sa.UniqueConstraint("month", "ticket_id", name=op.f("uq_field_checks_month_ticket_id")),
    )
    op.create_index(op.f("ix_field_checks_ticket_id"), "field_checks", ["ticket_id"])
    op.create_index(
        "ix_field_checks_month", "field_checks", [sa.text("month DESC"), sa.text("id DESC")]
    )
    op.create_index("ix_field_checks_department_id", "field_checks", ["department_id", "month"])


def _create_department_visits() -> None:
    op.create_table(
        "department_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("is_solved", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint(
            "rating BETWEEN 1 AND 5", name=op.f("ck_department_visits_rating_known")
        ),
        *_foreign(
            "department_visits",
            ticket_id="tickets.id",
            department_id="departments.id",
            visitor_id="users.id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_visits")),
    )
    op.create_index(
        "ix_department_visits_at", "department_visits", [sa.text("at DESC"), sa.text("id DESC")]
    )
    op.create_index("ix_department_visits_ticket_id", "department_visits", ["ticket_id"])


def downgrade() -> None:
    for table in ("department_visits", "field_checks", "field_check_plans", "rating_links"):
        op.drop_table(table)
    for name in ("ix_visits_source_digest", "ix_visits_at", "uq_visits_answer"):
        op.drop_index(name, "visits")
    for name in ("excluded_reason_known", "road_known", "part_known", "excluded"):
        op.drop_constraint(f"ck_visits_{name}", "visits")
    op.drop_constraint("fk_visits_requester_id", "visits")
    for name in (
        *("excluded_reason", "excluded_at", "source_digest", "is_anonymous", "is_counted"),
        *("road", "part", "requester_id"),
    ):
        op.drop_column("visits", name)
    _allow(_OLD_KINDS)
