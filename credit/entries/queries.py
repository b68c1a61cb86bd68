"""Reading the ledger and the proposals: a fixed number of statements, by cursor."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import PublishedBook, book_at
from credit.entries.access import readable
from credit.entries.errors import ProposalNotFound
from credit.entries.models import EntryTerm, Proposal
from credit.entries.rules import ProposalState
from credit.errors import EntryNotFound
from credit.ledger import EntryState
from credit.models import CreditEntry, CreditEntryChange
from hotline.anomalies.cards import find_card
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_place,
    page_of,
)
from hotline.people.actions import DepartmentNotFound
from hotline.people.models import Department, User
from hotline.people.principal import Principal
from hotline.people.queries import find_department, users_by_id
from hotline.tickets.access import find_readable
from hotline.tickets.queries import ticket_detail


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries a list is to show; an empty part asks for nothing.

    Attributes:
        department: code of whose ledger.
        ticket: number of the ticket that it is about.
    """

    department: str | None = None
    ticket: str | None = None
    state: tuple[EntryState, ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry and where it stands.

    Attributes:
        state: the newest.
        changed_at: since when.
        confirm_by: when it comes into force by itself, while it waits for that.
    """

    entry: CreditEntry
    department: Department
    state: EntryState
    changed_at: datetime
    confirm_by: datetime | None


@dataclass(frozen=True, slots=True)
class EntryCourse:
    """An entry with its whole history.

    Attributes:
        changes: every state it came to, oldest first.
        people: who is named in it, by id.
        reversal: the entry that takes it back.
        reverses: the entry that it takes back.
        proposals: what people proposed about it, oldest first.
    """

    row: EntryRow
    changes: Sequence[CreditEntryChange]
    people: Mapping[uuid.UUID, User]
    reversal: CreditEntry | None
    reverses: CreditEntry | None
    proposals: Sequence[Proposal]


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal with whom it names."""

    proposal: Proposal
    department: Department
    proposer: User | None
    decider: User | None


@dataclass(frozen=True, slots=True)
class TicketUnits:
    """A ticket and the departments that have or had a task on it."""

    number: str
    departments: Sequence[Department]


_NEWEST = (
    select(CreditEntryChange)
    .where(col(CreditEntryChange.entry_id) == col(CreditEntry.id))
    .order_by(col(CreditEntryChange.seq).desc())
    .limit(1)
    .correlate(CreditEntry)
    .lateral("newest")
)
_LAST = aliased(CreditEntryChange, _NEWEST)


async def ledger_of(
    session: AsyncSession,
    principal: Principal,
    code: str,
    wanted: EntryFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[EntryRow]:
    """Return a page of one department's ledger.

    Raises:
        DepartmentNotFound: there is none, or not for this person.
    """
    unit = await find_department(session, code)
    is_own = unit is not None and unit.id == principal.department_id and principal.is_department
    if unit is None or not (principal.sees_every_ticket or is_own):
        raise DepartmentNotFound(department=code)
    wanted = EntryFilter(department=code, state=wanted.state, code=wanted.code)
    return await list_entries(session, principal, wanted, cursor=cursor, limit=limit)


async def list_entries(
    session: AsyncSession,
    principal: Principal,
    wanted: EntryFilter,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[EntryRow]:
    """Return a page of the entries that this person may see, newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    conditions = [readable(principal), *_conditions(wanted)]
    if cursor:
        conditions.append(_after(cursor, CreditEntry.recorded_at, CreditEntry.id))
    rows = await _rows(session, conditions, limit + 1)
    return page_of(rows, limit, lambda row: (row.entry.recorded_at, row.entry.id))


async def read_entry(
    session: AsyncSession, principal: Principal, entry_id: uuid.UUID
) -> EntryCourse:
    """Return an entry with its whole history.

    Raises:
        EntryNotFound: there is none, or none for this person.
    """
    rows = await _rows(session, [readable(principal), col(CreditEntry.id) == entry_id], 1)
    if not rows:
        raise EntryNotFound
    row = rows[0]
    changes = (
        await session.exec(
            select(CreditEntryChange)
            .where(CreditEntryChange.entry_id == entry_id)
            .order_by(col(CreditEntryChange.seq))
        )
    ).all()
    proposals = (
        await session.exec(
            select(Proposal)
            .where(Proposal.entry_id == entry_id)
            .order_by(col(Proposal.proposed_at), col(Proposal.id))
        )
    ).all()
    reversal = (
        await session.exec(select(CreditEntry).where(CreditEntry.reverses_id == entry_id))
    ).first()
    reverses = (
        await session.get(CreditEntry, row.entry.reverses_id) if row.entry.reverses_id else None
    )
    named = {
        row.entry.recorded_by,
        row.entry.second_by,
        *(change.changed_by for change in changes),
        *(proposal.proposed_by for proposal in proposals),
        *(proposal.decided_by for proposal in proposals),
    }
    people = await users_by_id(session, named)
    return EntryCourse(row, changes, people, reversal, reverses, proposals)


_PROPOSER, _DECIDER = aliased(User, name="proposer"), aliased(User, name="decider")


async def list_proposals(
    session: AsyncSession,
    states: Sequence[ProposalState] = (),
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ProposalRow]:
    """Return a page of proposals, the newest first, in one statement.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    conditions: list[sa.ColumnElement[bool]] = []
    if states:
        conditions.append(col(Proposal.state).in_(states))
    if cursor:
        conditions.append(_after(cursor, Proposal.proposed_at, Proposal.id))
    rows = await _proposals(session, conditions, limit + 1)
    return page_of(rows, limit, lambda row: (row.proposal.proposed_at, row.proposal.id))


async def read_proposal(session: AsyncSession, proposal_id: uuid.UUID) -> ProposalRow:
    """Return a proposal.

    Raises:
        ProposalNotFound: there is none.
    """
    rows = await _proposals(session, [col(Proposal.id) == proposal_id], 1)
    if not rows:
        raise ProposalNotFound
    return rows[0]


async def rules_now(session: AsyncSession, now: datetime) -> PublishedBook:
    """Return the rules by which an event would be entered now."""
    return await book_at(session, now)


async def units_on_ticket(session: AsyncSession, principal: Principal, number: str) -> TicketUnits:
    """Return who has or had a task on a ticket, the first first.

    Raises:
        TicketNotFound: there is none for this person.
    """
    ticket = await find_readable(session, principal, number)
    detail = await ticket_detail(session, ticket)
    units = {row.department.id: row.department for row in detail.assignments}
    return TicketUnits(ticket.number, list(units.values()))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A founded anomaly, as far as it says what an event might be about.

    Attributes:
        kind: what looked odd.
        department: code of the unit.
        number: the first ticket behind it.
    """

    kind: str
    department: str | None
    number: str | None


async def read_suspicion(
    session: AsyncSession, principal: Principal, card_id: uuid.UUID
) -> Suspicion:
    """Return what an anomaly card says; it enters nothing.

    Raises:
        CardNotFound: there is none for this person.
    """
    row = await find_card(session, principal, card_id)
    return Suspicion(
        row.card.kind.value,
        row.department.code if row.department else None,
        row.tickets[0] if row.tickets else None,
    )


async def _rows(
    session: AsyncSession, conditions: Sequence[sa.ColumnElement[bool]], limit: int
) -> list[EntryRow]:
    found = await session.exec(
        select(CreditEntry, Department, _LAST, EntryTerm)
        .join(Department, col(Department.id) == col(CreditEntry.department_id))
        .join(_NEWEST, sa.true())
        .outerjoin(
            EntryTerm,
            sa.and_(
                col(EntryTerm.entry_id) == col(CreditEntry.id), col(EntryTerm.settled_at).is_(None)
            ),
        )
        .where(*conditions)
        .order_by(col(CreditEntry.recorded_at).desc(), col(CreditEntry.id).desc())
        .limit(limit)
    )
    return [
        EntryRow(entry, unit, last.state, last.changed_at, _term(term, last.state))
        for entry, unit, last, term in found
    ]


def _term(term: EntryTerm | None, state: EntryState) -> datetime | None:
    """Return when an entry comes into force by itself; what was objected to or revoked does not."""
    return term.confirm_by if term is not None and state is EntryState.PROVISIONAL else None


async def _proposals(
    session: AsyncSession, conditions: Sequence[sa.ColumnElement[bool]], limit: int
) -> list[ProposalRow]:
    found = await session.exec(
        select(Proposal, Department, _PROPOSER, _DECIDER)
        .join(Department, col(Department.id) == col(Proposal.department_id))
        .outerjoin(_PROPOSER, col(_PROPOSER.id) == col(Proposal.proposed_by))
        .outerjoin(_DECIDER, col(_DECIDER.id) == col(Proposal.decided_by))
        .where(*conditions)
        .order_by(col(Proposal.proposed_at).desc(), col(Proposal.id).desc())
        .limit(limit)
    )
    return [ProposalRow(*row) for row in found]


def _conditions(wanted: EntryFilter) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if wanted.department:
        unit = select(Department.id).where(Department.code == wanted.department)
        asked.append(col(CreditEntry.department_id) == unit.scalar_subquery())
    if wanted.state:
        asked.append(col(_LAST.state).in_(wanted.state))
    if wanted.ticket:
        asked.append(col(CreditEntry.ticket_number) == wanted.ticket)
    if wanted.code:
        asked.append(col(CreditEntry.code).in_(wanted.code))
    return asked


def _after(cursor: str, at: Any, key: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401  # columns
    instant, last = decode_place(cursor)
    return sa.tuple_(col(at), col(key)) < sa.tuple_(sa.literal(instant), sa.literal(last))
