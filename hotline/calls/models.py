"""Calls, what was said of them, who was missed, and who sits where."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hotline.calls.ports import CommandKind
from hotline.calls.rules import CallEventKind, CallState, Direction, MissState
from hotline.kernel.tables import TableModel, one_of, text_enum

NUMBER_MAX = 32
NAME_MAX = 64
EVENT_ID_MAX = 128
RECORDING_MAX = 500

_NAMELESS = "number_index IS NOT NULL OR number IS NULL"


class PhoneCall(TableModel, table=True):
    """A call, as all its events come to; nothing but the fold of them writes these columns.

    `agent` is what the exchange calls whoever has it, `agent_id` who sat there at that instant.
    `linked_at` is when the first ticket was made of it, `closed_at` when the operator said that he is
    done with it.
    """

    __tablename__ = "calls"
    __table_args__ = (
        one_of("state", CallState),
        one_of("direction", Direction),
        sa.CheckConstraint(_NAMELESS, name="number_can_be_found"),
        sa.UniqueConstraint("exchange", "external_id"),
        sa.Index("ix_calls_started_at", sa.text("started_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_calls_live",
            "state",
            "last_at",
            postgresql_where=sa.text("state IN ('ringing', 'talking')"),
        ),
        sa.Index("ix_calls_agent_id", "agent_id", sa.text("started_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_calls_number_index",
            "number_index",
            "answered_at",
            postgresql_where=sa.text("answered_at IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    exchange: str = Field(max_length=NAME_MAX)
    external_id: str = Field(max_length=EVENT_ID_MAX)
    direction: Direction = Field(sa_type=text_enum(Direction, 8))
    state: CallState = Field(sa_type=text_enum(CallState, 16))
    number: bytes | None = None
    number_index: bytes | None = None
    line: str | None = Field(default=None, max_length=NUMBER_MAX)
    agent: str | None = Field(default=None, max_length=NAME_MAX)
    agent_id: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    outside: bytes | None = None
    joined_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    is_held: bool = False
    recording: str | None = Field(default=None, max_length=RECORDING_MAX)
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    last_at: datetime
    linked_at: datetime | None = None
    closed_at: datetime | None = None


class TicketCall(TableModel, table=True):
    """That a ticket came of a call, or was spoken of in it."""

    __tablename__ = "ticket_calls"

    ticket_id: uuid.UUID = Field(primary_key=True, foreign_key="tickets.id")
    call_id: uuid.UUID = Field(primary_key=True, foreign_key="calls.id", index=True)
    linked_at: datetime
    linked_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")


class CallEventRow(TableModel, table=True):
    """One thing that an exchange said, as it said it: append-only, once for each of its ids."""

    __tablename__ = "call_events"
    __table_args__ = (
        one_of("kind", CallEventKind),
        one_of("direction", Direction),
        sa.UniqueConstraint("exchange", "event_id"),
        sa.Index("ix_call_events_call_id", "call_id", "at"),
    )

    id: int = Field(
        default=None,
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_args=(sa.Identity(always=True),),
    )
    exchange: str = Field(max_length=NAME_MAX)
    event_id: str = Field(max_length=EVENT_ID_MAX)
    call_id: uuid.UUID = Field(foreign_key="calls.id")
    kind: CallEventKind = Field(sa_type=text_enum(CallEventKind, 16))
    at: datetime
    received_at: datetime
    direction: Direction | None = Field(default=None, sa_type=text_enum(Direction, 8))
    number: bytes | None = None
    line: str | None = Field(default=None, max_length=NUMBER_MAX)
    agent: str | None = Field(default=None, max_length=NAME_MAX)
    target: bytes | None = None
    recording: str | None = Field(default=None, max_length=RECORDING_MAX)


class MissedCall(TableModel, table=True):
    """A caller whom nobody answered, until somebody has called him back."""

    __tablename__ = "missed_calls"
    __table_args__ = (
        one_of("state", MissState),
        sa.CheckConstraint(
            "(state IN ('open', 'taken')) = (closed_at IS NULL)", name="closed_or_open"
        ),
        sa.Index(
            "ix_missed_calls_due",
            "call_back_by",
            "call_id",
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index("ix_missed_calls_missed_at", sa.text("missed_at DESC"), sa.text("call_id DESC")),
        sa.Index(
            "ix_missed_calls_number_index",
            "number_index",
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )

    call_id: uuid.UUID = Field(primary_key=True, foreign_key="calls.id")
    number_index: bytes
    missed_at: datetime
    call_back_by: datetime
    state: MissState = Field(sa_type=text_enum(MissState, 16))
    taken_by: uuid.UUID | None = Field(default=None, foreign_key="users.id")
    taken_at: datetime | None = None
    attempt_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    closed_at: datetime | None = None


class CallBack(TableModel, table=True):
    """One attempt to call a missed caller back."""

    __tablename__ = "call_backs"
    __table_args__ = (sa.UniqueConstraint("call_id", "attempt"),)

    id: uuid.UUID = Field(primary_key=True)
    call_id: uuid.UUID = Field(foreign_key="missed_calls.call_id")
    attempt: int
    at: datetime
    user_id: uuid.UUID = Field(foreign_key="users.id")
    is_reached: bool
    note: str | None = Field(default=None, max_length=500)


class CallCommand(TableModel, table=True):
    """What an operator asked his exchange to do with a call, and how that ended.

    `target` holds an emergency number in plain words; any other stays encrypted in `other_target`.
    """

    __tablename__ = "call_commands"
    __table_args__ = (
        one_of("kind", CommandKind),
        sa.Index("ix_call_commands_call_id", "call_id", "at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    call_id: uuid.UUID = Field(foreign_key="calls.id")
    kind: CommandKind = Field(sa_type=text_enum(CommandKind, 16))
    target: str | None = Field(default=None, max_length=8)
    other_target: bytes | None = None
    user_id: uuid.UUID = Field(foreign_key="users.id")
    at: datetime
    is_done: bool | None = None
    failure: str | None = Field(default=None, max_length=200)


class CallLook(TableModel, table=True):
    """The record that somebody saw a caller's number in full, or heard what was recorded."""

    __tablename__ = "call_looks"
    __table_args__ = (
        sa.Index(
            "uq_call_looks_number",
            "call_id",
            "user_id",
            unique=True,
            postgresql_where=sa.text("NOT is_recording"),
        ),
        sa.Index("ix_call_looks_call_id", "call_id", "at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    call_id: uuid.UUID = Field(foreign_key="calls.id")
    user_id: uuid.UUID = Field(foreign_key="users.id")
    is_recording: bool
    at: datetime


class OperatorSeat(TableModel, table=True):
    """Who sat at which extension from when to when: late events find who answered then."""

    __tablename__ = "operator_seats"
    __table_args__ = (
        sa.Index("ix_operator_seats_extension", "extension", "taken_at"),
        sa.Index(
            "uq_operator_seats_extension",
            "extension",
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
        ),
        sa.Index(
            "uq_operator_seats_user_id",
            "user_id",
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id")
    extension: str = Field(max_length=16)
    taken_at: datetime
    left_at: datetime | None = None


class OperatorPresence(TableModel, table=True):
    """Whether an operator takes calls at present, as he says himself."""

    __tablename__ = "operator_presences"

    user_id: uuid.UUID = Field(primary_key=True, foreign_key="users.id")
    is_away: bool
    since: datetime
