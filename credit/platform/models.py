"""The queue of what a platform outside is to be told."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from credit.platform.messages import PushKind, PushState
from hotline.kernel.tables import TableModel, one_of, text_enum


class CreditPush(TableModel, table=True):
    """One message to the platform. Its id is the key by which the platform tells a repetition.

    `source_key` names what it tells; the same thing is queued once and sent again under the same id.
    `position` is the order in which things are told.
    """

    __tablename__ = "credit_pushes"
    __table_args__ = (
        one_of("kind", PushKind),
        one_of("state", PushState),
        sa.UniqueConstraint("source_key"),
        sa.Index(
            "ix_credit_pushes_due",
            "next_try_at",
            "position",
            postgresql_where=sa.text("state IN ('waiting', 'sending')"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    position: int = Field(
        default=None,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
        sa_column_kwargs={"nullable": False},
    )
    kind: PushKind = Field(sa_type=text_enum(PushKind, 16))
    source_key: str = Field(max_length=160)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    state: PushState = Field(sa_type=text_enum(PushState, 16))
    attempts: int = 0
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = Field(default=None, max_length=300)
