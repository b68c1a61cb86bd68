"""Reading groups: matters that several tickets told of, and tickets that may be about the same."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    page_of,
)
from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.sla.policy import Level
from hotline.tickets.access import find_readable, readable
from hotline.tickets.actions.merging import side_of
from hotline.tickets.grouping import (
    MOST_AT_ONCE,
    Difference,
    MergeProblem,
    differences,
    merge_problem,
)
from hotline.tickets.lifecycle import OPEN_STATUSES, TRANSITIONS, Action, Hold, Status
from hotline.tickets.models import Category, Ticket, TicketRequester

ALIKE_WITHIN = timedelta(days=30)
"""Beyond that two tickets are hardly about the same."""

_MERGEABLE = tuple(state.status for state in TRANSITIONS[Action.MERGE].sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFilter:
    """Which groups a list is to show; an empty part asks for nothing.

    Attributes:
        is_open: whether somebody still owes something on them.
        category: a category's code, with everything below it.
        area: the very area.
    """

    is_open: bool | None = None
    category: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A matter with everybody behind it; never a name. The title is to be masked before showing.

    Attributes:
        size: how many tickets, with the one that is followed.
        requester_count: how many different requesters.
        first_at: when the first of the tickets came.
        last_at: when the last of them came.
    """

    id: uuid.UUID
    number: str
    title: str
    status: Status
    hold: Hold | None
    level: Level
    due_at: datetime | None
    area: str | None
    submitted_at: datetime
    category_code: str | None
    category_name: str | None
    category_name_en: str | None
    owner_code: str | None
    owner_name: str | None
    owner_name_en: str | None
    size: int
    first_at: datetime
    last_at: datetime
    requester_count: int


_FOLLOWER = aliased(Ticket, name="follower")
_KIN = aliased(Ticket, name="kin")

_FOLLOWERS = (
    sa.select(
        col(_FOLLOWER.parent_id).label("parent_id"),
        sa.func.count().label("count"),
        sa.func.min(col(_FOLLOWER.submitted_at)).label("first_at"),
        sa.func.max(col(_FOLLOWER.submitted_at)).label("last_at"),
    )
    .where(col(_FOLLOWER.parent_id).is_not(None), col(_FOLLOWER.status) == Status.MERGED)
    .group_by(col(_FOLLOWER.parent_id))
    .subquery("followers")
)
_REQUESTERS = (
    sa.select(
        sa.func.count(
            sa.distinct(
                sa.func.coalesce(
                    sa.func.encode(col(TicketRequester.phone_index), "hex"),
                    sa.cast(col(TicketRequester.id), sa.Text),
                )
            )
        )
    )
    .select_from(TicketRequester)
    .join(_KIN, col(_KIN.id) == col(TicketRequester.ticket_id))
    .where(
        sa.or_(
            col(_KIN.id) == col(Ticket.id),
            sa.and_(col(_KIN.parent_id) == col(Ticket.id), col(_KIN.status) == Status.MERGED),
        )
    )
    .correlate(Ticket)
    .scalar_subquery()
)
"""Whoever left the same number is counted once; of whoever left none nothing is known."""

_GROUPS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Ticket.id),
        col(Ticket.number),
        col(Ticket.title),
        col(Ticket.status),
        col(Ticket.hold),
        col(Ticket.level),
        col(Ticket.due_at),
        col(Ticket.area),
        col(Ticket.submitted_at),
        col(Ticket.category_code),
        col(Category.name),
        col(Category.name_en),
        col(Department.code),
        col(Department.name),
        col(Department.name_en),
        _FOLLOWERS.c.count + 1,
        sa.func.least(col(Ticket.submitted_at), _FOLLOWERS.c.first_at),
        sa.func.greatest(col(Ticket.submitted_at), _FOLLOWERS.c.last_at),
        _REQUESTERS,
    )
    .select_from(Ticket)
    .join(_FOLLOWERS, _FOLLOWERS.c.parent_id == col(Ticket.id))
    .outerjoin(Category, col(Category.code) == col(Ticket.category_code))
    .outerjoin(Department, col(Department.id) == col(Ticket.owner_department_id))
)


async def list_groups(
    session: AsyncSession,
    principal: Principal,
    wanted: GroupFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[GroupRow]:
    """Return a page of the groups that this person may see, newest matter first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    statement = _GROUPS.where(readable(principal), *_conditions(wanted))
    if cursor:
        at, key = decode_place(cursor)
        statement = statement.where(
            sa.tuple_(col(Ticket.submitted_at), col(Ticket.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = [
        GroupRow(*row)
        for row in await session.exec(  # type: ignore[call-overload]
            statement.order_by(col(Ticket.submitted_at).desc(), col(Ticket.id).desc()).limit(
                limit + 1
            )
        )
    ]
    return page_of(rows, limit, lambda row: (row.submitted_at, row.id))


def _conditions(wanted: GroupFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.is_open is not None:
        is_open = col(Ticket.status).in_(OPEN_STATUSES)
        asked.append(is_open if wanted.is_open else ~is_open)
    if wanted.category:
        asked.append(_under(wanted.category))
    if wanted.area:
        asked.append(col(Ticket.area) == wanted.area)
    return asked


def _under(category: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        col(Ticket.category_code) == category,
        col(Ticket.category_code).startswith(f"{category}.", autoescape=True),
    )


# -- what may be put together ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that may follow another one, or why it cannot. Mask its title before showing.

    Attributes:
        problem: why it cannot; None when it can.
        differing: what somebody has to confirm.
    """

    ticket: Ticket
    problem: MergeProblem | None
    differing: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class MergePreview:
    """A ticket to be followed, and those that may follow it."""

    parent: Ticket
    candidates: Sequence[Candidate]

    def of(self, numbers: Collection[str]) -> "MergePreview":
        """Return it with these candidates only."""
        chosen = [item for item in self.candidates if item.ticket.number in numbers]
        return MergePreview(self.parent, chosen)

    @property
    def is_possible(self) -> bool:
        """Tell whether every one of them can follow."""
        return bool(self.candidates) and not any(item.problem for item in self.candidates)


async def preview_merge(
    session: AsyncSession,
    principal: Principal,
    parent: str,
    numbers: Collection[str] | None = None,
) -> MergePreview:
    """Return what putting tickets together would come to; nothing is done.

    Args:
        session: where to read.
        principal: the reader.
        parent: number of the ticket to be followed.
        numbers: of those that would follow; None for what may be about the same: at the desk, of
            the last weeks, of the same subject or the same area, the likeliest first.

    Raises:
        TicketNotFound: the parent does not exist for the reader. Other numbers that do not are left
            out.
    """
    first = await find_readable(session, principal, parent)
    statement = select(Ticket).where(readable(principal), col(Ticket.id) != first.id)
    if numbers is not None:
        statement = statement.where(col(Ticket.number).in_(list(numbers)[:MOST_AT_ONCE]))
        statement = statement.order_by(col(Ticket.number))
    else:
        same_subject = col(Ticket.category_code) == first.category_code
        same_area = col(Ticket.area) == first.area
        statement = statement.where(
            col(Ticket.status).in_(_MERGEABLE),
            col(Ticket.hold).is_(None),
            col(Ticket.is_secret) == first.is_secret,
            col(Ticket.submitted_at) >= first.submitted_at - ALIKE_WITHIN,
            col(Ticket.submitted_at) <= first.submitted_at + ALIKE_WITHIN,
            sa.or_(same_subject, same_area),
        ).order_by(
            sa.func.coalesce(same_subject, sa.false()).desc(),
            sa.func.coalesce(same_area, sa.false()).desc(),
            col(Ticket.submitted_at).desc(),
            col(Ticket.number).desc(),
        )
    tickets = (await session.exec(statement.limit(MOST_AT_ONCE))).all()
    followed = await _followers(session, [ticket.id for ticket in tickets])
    side = side_of(first)
    return MergePreview(
        first,
        [
            Candidate(
                ticket,
                merge_problem(side_of(ticket, followed.get(ticket.id, 0)), side),
                differences(side_of(ticket), side),
            )
            for ticket in tickets
        ],
    )


async def _followers(
    session: AsyncSession, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID | None, int]:
    rows = await session.exec(
        select(Ticket.parent_id, sa.func.count())
        .where(col(Ticket.parent_id).in_(ids))
        .group_by(col(Ticket.parent_id))
    )
    return dict(rows.all())


async def who_came_when(
    session: AsyncSession, parent_id: uuid.UUID
) -> Sequence[tuple[object, datetime]]:
    """Return who is behind a matter, by what his number is known by, and when he came."""
    rows = await session.exec(
        select(TicketRequester.phone_index, TicketRequester.id, Ticket.submitted_at)
        .join(Ticket, col(Ticket.id) == col(TicketRequester.ticket_id))
        .where(
            sa.or_(
                col(Ticket.id) == parent_id,
                sa.and_(col(Ticket.parent_id) == parent_id, col(Ticket.status) == Status.MERGED),
            )
        )
    )
    return [(index or key, at) for index, key, at in rows]
