"""Lists of cases, of either kind: what is asked for, in which order, from where on."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import col

from credit.cases.models import CreditDeadline
from hotline.kernel.paging import (
    MAX_LIMIT,
    decode_place,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list is to show; an empty part asks for nothing.

    Attributes:
        waits: only those in which a decision is owed, the most urgent first; else the newest first.
        states: any of these.
        department: code of the department.
        opened_from: opened at this instant or later.
        opened_to: opened before this instant.
    """

    waits: bool = False
    states: tuple[str, ...] = ()
    department: str | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None


def paged(
    statement: sa.Select[Any],
    wanted: CaseFilter,
    newest: Mapped[datetime],
    key: Mapped[uuid.UUID],
    *,
    cursor: str | None,
    limit: int,
) -> tuple[sa.Select[Any], int]:
    """Return a list's statement in its order from a cursor on, one row longer than its limit."""
    limit = min(limit, MAX_LIMIT)
    order = col(CreditDeadline.due_at) if wanted.waits else newest
    if wanted.waits:
        statement = statement.where(order.is_not(None))
    if wanted.opened_from:
        statement = statement.where(newest >= wanted.opened_from)
    if wanted.opened_to:
        statement = statement.where(newest < wanted.opened_to)
    if cursor:
        at, remedy_id = decode_place(cursor)
        here, there = sa.tuple_(order, key), sa.tuple_(sa.literal(at), sa.literal(remedy_id))
        statement = statement.where(here > there if wanted.waits else here < there)
    ordered = (order, key) if wanted.waits else (order.desc(), key.desc())
    return statement.order_by(*ordered).limit(limit + 1), limit


def placed_by(wanted: CaseFilter, deadline: CreditDeadline | None, newest: datetime) -> datetime:
    """Return the instant by which a case is placed: that of what is owed in it, or of its beginning."""
    return deadline.due_at if wanted.waits and deadline else newest
