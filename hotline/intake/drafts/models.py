"""The drafts of the intake screen."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.kernel.tables import TableModel


class IntakeDraft(TableModel, table=True):
    """A matter that somebody has begun to take down; it ends with the ticket, or by and by.

    Its id is the name under which the browser will send it, so that a draft and the ticket made of
    it know each other. What was typed is encrypted: it is full of personal data.
    """

    __tablename__ = "intake_drafts"
    __table_args__ = (sa.Index("ix_intake_drafts_own", "user_id", "saved_at"),)

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id")
    words: bytes
    created_at: datetime
    saved_at: datetime
