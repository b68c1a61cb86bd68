"""Take letters in by e-mail, reach requesters by it, and hand desks over.

Revision: b2d0c1a30520
Revises: b2d0c1a30510
Created: 2026-11-30 15:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b2d0c1a30520"
down_revision = "b2d0c1a30510"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket_requesters", sa.Column("email", sa.LargeBinary(), nullable=True))
    op.create_table(
        "inbound_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sender", sa.LargeBinary(), nullable=True),
        sa.Column("sender_name", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=True),
        sa.Column("mentions", JSONB(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'dismissed')",
            name=op.f("ck_inbound_letters_state_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('automatic', 'spam', 'repetition', 'belongs_to_ticket', 'elsewhere', "
            "'unreadable')",
            name=op.f("ck_inbound_letters_reason_known"),
        ),
        sa.CheckConstraint(
            "(state = 'taken') = (ticket_id IS NOT NULL)",
            name=op.f("ck_inbound_letters_taken_has_ticket"),
        ),
        sa.CheckConstraint(
            "(state = 'dismissed') = (reason IS NOT NULL)",
            name=op.f("ck_inbound_letters_dismissed_says_why"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_inbound_letters_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["users.id"], name=op.f("fk_inbound_letters_opened_by")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["users.id"], name=op.f("fk_inbound_letters_settled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_letters")),
        sa.UniqueConstraint("digest", name=op.f("uq_inbound_letters_digest")),
    )
    op.create_index("ix_inbound_letters_listed", "inbound_letters", ["state", "received_at", "id"])
    op.create_table(
        "hand_overs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("desk", sa.String(16), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("figures", JSONB(), nullable=False),
        sa.Column("items", JSONB(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.String(), nullable=True),
        sa.CheckConstraint(
            "desk IN ('acceptance', 'dispatch', 'audit', 'visit', 'supervision')",
            name=op.f("ck_hand_overs_desk_known"),
        ),
        sa.CheckConstraint("taken_by <> given_by", name=op.f("ck_hand_overs_second_person")),
        sa.CheckConstraint(
            "(taken_by IS NULL) = (taken_at IS NULL)",
            name=op.f("ck_hand_overs_taken_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name=op.f("fk_hand_overs_given_by")),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name=op.f("fk_hand_overs_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_overs")),
    )
    op.create_index(
        "uq_hand_overs_waiting",
        "hand_overs",
        ["desk"],
        unique=True,
        postgresql_where=sa.text("taken_at IS NULL"),
    )
    op.create_index(
        "ix_hand_overs_listed", "hand_overs", [sa.text("given_at DESC"), sa.text("id DESC")]
    )


def downgrade() -> None:
    op.drop_table("hand_overs")
    op.drop_table("inbound_letters")
    op.drop_column("ticket_requesters", "email")
