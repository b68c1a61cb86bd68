"""Keep sums of closed days for the board, and screens on walls.

Revision: b3e0c1a31930
Revises: b3e0c1a31925
Created: 2026-11-30 19:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b3e0c1a31930"
down_revision = "b3e0c1a31925"
branch_labels = None
depends_on = None

_TOUCH = """
CREATE FUNCTION board_touch(at timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO board_marks (day) SELECT (at AT TIME ZONE 'Asia/Shanghai')::date FROM board_states
  WHERE settled_until >= (at AT TIME ZONE 'Asia/Shanghai')::date
$$
"""

# Nothing happens to a matter before it was submitted: of one of today no sum is kept yet.
_TICKET = """
CREATE FUNCTION board_mark_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM board_states WHERE settled_until >=
      (NEW.submitted_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RETURN NULL;
  END IF;
  PERFORM board_touch(NEW.submitted_at);
  PERFORM board_touch(NEW.closed_at);
  IF TG_OP = 'UPDATE' THEN
    PERFORM board_touch(OLD.submitted_at);
    PERFORM board_touch(OLD.closed_at);
    IF ROW(OLD.area, OLD.category_code, OLD.lead_department_id)
        IS DISTINCT FROM ROW(NEW.area, NEW.category_code, NEW.lead_department_id) THEN
      PERFORM board_touch(at) FROM (
        SELECT ended_at AS at FROM sla_clocks WHERE ticket_id = NEW.id AND ended_at IS NOT NULL
        UNION SELECT started_at FROM sla_clocks WHERE ticket_id = NEW.id
        UNION SELECT opened_at FROM procedures WHERE ticket_id = NEW.id
        UNION SELECT urged_at FROM urges WHERE ticket_id = NEW.id
        UNION SELECT v.at FROM visits v WHERE v.ticket_id = NEW.id
        UNION SELECT submitted_at FROM feedbacks WHERE ticket_id = NEW.id
      ) AS each;
    END IF;
  END IF;
  RETURN NULL;
END $$
"""

# The arguments are the columns that hold the instants.
_ROW = """
CREATE FUNCTION board_mark_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  one text;
BEGIN
  FOREACH one IN ARRAY TG_ARGV LOOP
    PERFORM board_touch((to_jsonb(NEW) ->> one)::timestamptz);
    IF TG_OP = 'UPDATE' THEN
      PERFORM board_touch((to_jsonb(OLD) ->> one)::timestamptz);
    END IF;
  END LOOP;
  RETURN NULL;
END $$
"""

_TRIGGERS = (
    (
        "tickets_in",
        "tickets",
        "AFTER INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION board_mark_ticket()",
    ),
    (
        "tickets",
        "tickets",
        (
            "AFTER UPDATE OF submitted_at, closed_at, lead_department_id, area, repeat_of_id, "
            "category_code ON tickets FOR EACH ROW WHEN (ROW(OLD.submitted_at, OLD.closed_at, "
            "OLD.lead_department_id, OLD.area, OLD.repeat_of_id, OLD.category_code) IS DISTINCT FROM "
            "ROW(NEW.submitted_at, NEW.closed_at, NEW.lead_department_id, NEW.area, NEW.repeat_of_id, "
            "NEW.category_code)) EXECUTE FUNCTION board_mark_ticket()"
        ),
    ),
    (
        "clocks_in",
        "sla_clocks",
        (
            "AFTER INSERT ON sla_clocks FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL OR NEW.kind IN "
            "('rework_complete', 'bad_rating_fix')) "
            "EXECUTE FUNCTION board_mark_row('started_at', 'ended_at')"
        ),
    ),
    (
        "clocks",
        "sla_clocks",
        (
            "AFTER UPDATE OF state, ended_at, department_id ON sla_clocks FOR EACH ROW WHEN "
            "((OLD.ended_at IS NOT NULL OR NEW.ended_at IS NOT NULL) AND ROW(OLD.state, OLD.ended_at, "
            "OLD.department_id) IS DISTINCT FROM ROW(NEW.state, NEW.ended_at, NEW.department_id)) "
            "EXECUTE FUNCTION board_mark_row('ended_at')"
        ),
    ),
    (
        "procedures",
        "procedures",
        (
            "AFTER INSERT ON procedures FOR EACH ROW WHEN (NEW.kind IN "
            "('return', 'arbitration', 'extension')) EXECUTE FUNCTION board_mark_row('opened_at')"
        ),
    ),
    (
        "urges",
        "urges",
        (
            "AFTER INSERT ON urges FOR EACH ROW WHEN (NEW.is_requester) "
            "EXECUTE FUNCTION board_mark_row('urged_at')"
        ),
    ),
    (
        "visits",
        "visits",
        (
            "AFTER INSERT OR UPDATE ON visits FOR EACH ROW WHEN (NEW.is_reached) "
            "EXECUTE FUNCTION board_mark_row('at')"
        ),
    ),
    (
        "feedbacks",
        "feedbacks",
        (
            "AFTER INSERT OR UPDATE OF is_passed ON feedbacks FOR EACH ROW "
            "WHEN (NEW.is_passed IS NOT NULL) EXECUTE FUNCTION board_mark_row('submitted_at')"
        ),
    ),
)


def upgrade() -> None:
    op.create_table(
        "board_days",
        sa.Column("department_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area", sa.String(64), nullable=False),
        sa.Column("category", sa.String(96), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "department_id", "area", "category", "day", "figure", name=op.f("pk_board_days")
        ),
    )
    op.create_index("ix_board_days_figure", "board_days", ["figure", "day"])
    op.create_table(
        "board_marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_marks")),
    )
    op.create_index("ix_board_marks_day", "board_marks", ["day"])
    op.create_table(
        "board_states",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("settled_until", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_board_states_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_states")),
    )
    op.create_table(
        "wall_screens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_wall_screens_revoked")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_wall_screens_made_by")),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["users.id"], name=op.f("fk_wall_screens_revoked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_screens")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_wall_screens_token_digest")),
    )
    op.create_index(
        "ix_sla_clocks_ended",
        "sla_clocks",
        ["ended_at"],
        postgresql_where=sa.text("state IN ('met', 'missed')"),
    )
    op.create_index(
        "ix_sla_clocks_again",
        "sla_clocks",
        ["started_at"],
        postgresql_where=sa.text("kind IN ('rework_complete', 'bad_rating_fix')"),
    )
    op.create_index(
        "ix_tickets_ended",
        "tickets",
        ["closed_at"],
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index("ix_urges_urged_at", "urges", ["urged_at"])
    for function in (_TOUCH, _TICKET, _ROW):
        op.execute(function)
    for name, _, what in _TRIGGERS:
        op.execute(f"CREATE TRIGGER board_marks_{name} {what}")


def downgrade() -> None:
    for name, table, _ in _TRIGGERS:
        op.execute(f"DROP TRIGGER board_marks_{name} ON {table}")
    for function in ("board_mark_row()", "board_mark_ticket()", "board_touch(timestamptz)"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("ix_urges_urged_at", "urges")
    op.drop_index("ix_tickets_ended", "tickets")
    op.drop_index("ix_sla_clocks_again", "sla_clocks")
    op.drop_index("ix_sla_clocks_ended", "sla_clocks")
    op.drop_table("wall_screens")
    op.drop_table("board_states")
    op.drop_table("board_marks")
    op.drop_table("board_days")
