"""What of tickets can be searched: their texts as far as each may be read, and keyed digests."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from hotline.kernel.tables import TableModel, one_of, text_enum


class TextTier(enum.StrEnum):
    """Who searches a row: a ticket with words for the hotline alone has one row for each side."""

    BOTH = "both"
    DEPARTMENTS = "departments"
    HOTLINE = "hotline"


class KeyKind(enum.StrEnum):
    """What a keyed digest was made of."""

    NAME = "name"
    PHONE = "phone"
    TAIL = "tail"
    ADDRESS = "address"


class TicketText(TableModel, table=True):
    """The words of a ticket that can be found, folded and masked as they are shown.

    `is_sample` picks one row of 256, by which the number of hits is told beforehand. `seen_count` is the
    length of the ticket's history when the row was filled, `rules` how texts were cut then.
    """

    __tablename__ = "ticket_texts"
    __table_args__ = (
        one_of("tier", TextTier),
        sa.Index(
            "ix_ticket_texts_grams",
            "grams",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        sa.Index(
            "ix_ticket_texts_sample",
            "grams",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=sa.text("is_sample"),
        ),
        sa.Index(
            "ix_ticket_texts_hotline",
            sa.text("submitted_at DESC"),
            sa.text("ticket_id DESC"),
            postgresql_where=sa.text("tier <> 'departments'"),
        ),
        sa.Index(
            "ix_ticket_texts_departments",
            sa.text("submitted_at DESC"),
            sa.text("ticket_id DESC"),
            postgresql_where=sa.text("tier <> 'hotline'"),
        ),
    )

    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    tier: TextTier = Field(primary_key=True, sa_type=text_enum(TextTier, 16))
    submitted_at: datetime
    is_sample: bool
    grams: list[int] = Field(sa_type=ARRAY(sa.Integer))
    text: str
    digest: bytes
    seen_count: int
    rules: int = Field(sa_type=sa.SmallInteger)
    filled_at: datetime


class TicketKey(TableModel, table=True):
    """A keyed digest by which a ticket is found to whom a name, a number or an address belongs."""

    __tablename__ = "ticket_keys"
    __table_args__ = (
        one_of("kind", KeyKind),
        sa.Index("ix_ticket_keys_key", "key", "ticket_id"),
    )

    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    kind: KeyKind = Field(primary_key=True, sa_type=text_enum(KeyKind, 8))
    key: bytes = Field(primary_key=True)
