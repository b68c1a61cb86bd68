"""Field checks: drawn once a month, recorded on the spot, confirmed by a second person."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.access import workers_of
from hotline.followup.models import CheckState, FieldCheck, FieldCheckPlan, MissedReason
from hotline.followup.sampling import Candidate, SamplingRule, draw
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission
from hotline.people.principal import SYSTEM, Tx
from hotline.tickets.actions.closing import reopen_ticket
from hotline.tickets.counted import PlaceChecked
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.lifecycle import Action, ClosureCode, Status
from hotline.tickets.models import Ticket

_SOLVED = (ClosureCode.SOLVED, ClosureCode.PLANNED_DONE)
_ENDED = (Status.CLOSED, Status.ARCHIVED)


class FieldCheckNotFound(DomainError):
    """There is no such field check."""

    kind = ErrorKind.NOT_FOUND
    code = "field-check-not-found"
    title = N_("There is no such field check")


class FieldCheckOver(DomainError):
    """It was recorded, or confirmed, already."""

    code = "field-check-over"
    title = N_("This field check does not wait for this any more")


class InvalidPlace(DomainError):
    """A check-in has both coordinates or none."""

    kind = ErrorKind.INVALID
    code = "invalid-place"
    title = N_("Latitude and longitude belong together")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found on the spot.

    Attributes:
        is_done: what was called done is done.
        words: what was seen.
        lat: where the checker was, when he checked in.
        long: likewise.
        photos: references of photographs.
    """

    is_done: bool
    words: str
    lat: float | None = None
    long: float | None = None
    photos: Sequence[str] = ()


def month_before(now: datetime) -> date:
    """Return the first day of the month before the present one, in Asia/Shanghai."""
    first = now.astimezone(SHANGHAI).date().replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)


def span_of(month: date) -> tuple[datetime, datetime]:
    """Return when a month begins and ends in Asia/Shanghai."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    begins, ends = (datetime(day.year, day.month, 1, tzinfo=SHANGHAI) for day in (month, following))
    return begins, ends


async def candidates(session: AsyncSession, month: date) -> Sequence[tuple[Candidate, uuid.UUID]]:
    """Return the solved tickets of a month, with their ids."""
    begins, ends = span_of(month)
    rows = await session.exec(
        select(Ticket.number, Ticket.lead_department_id, Ticket.id)
        .where(
            col(Ticket.closed_at) >= begins,
            col(Ticket.closed_at) < ends,
            col(Ticket.status).in_(_ENDED),
            col(Ticket.closure_code).in_(_SOLVED),
            col(Ticket.lead_department_id).is_not(None),
        )
        .order_by(col(Ticket.number))
    )
    return [(Candidate(number, unit), key) for number, unit, key in rows if unit is not None]


async def draw_month(
    session: AsyncSession, month: date, rule: SamplingRule
) -> tuple[Sequence[tuple[Candidate, uuid.UUID]], int]:
    """Return what a month's draw is, and from how many solved tickets; nothing is written."""
    solved = await candidates(session, month)
    ids = {candidate.number: key for candidate, key in solved}
    drawn = draw([candidate for candidate, _ in solved], rule, month)
    return [(candidate, ids[candidate.number]) for candidate in drawn], len(solved)


async def plan_month(tx: Tx, month: date, rule: SamplingRule) -> int | None:
    """Write a month's field checks and return how many; None when they were planned before."""
    drawn, solved = await draw_month(tx.session, month, rule)
    claimed = await tx.session.exec(
        insert(FieldCheckPlan)
        .values(
            month=month,
            seed=rule.seed,
            closed_count=solved,
            drawn_count=len(drawn),
            planned_at=tx.now,
        )
        .on_conflict_do_nothing()
        .returning(col(FieldCheckPlan.month))
    )
    if claimed.first() is None:
        return None
    tx.session.add_all(
        FieldCheck(
            id=uuid7(tx.now),
            month=month,
            ticket_id=ticket_id,
            department_id=candidate.department_id,
            state=CheckState.PLANNED,
        )
        for candidate, ticket_id in drawn
    )
    return len(drawn)


async def plan_due(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, rule: SamplingRule
) -> int:
    """Plan the month that has ended, once however often it is asked; return how many checks."""
    month = month_before(now)
    async with session_maker() as session, session.begin():
        if await session.get(FieldCheckPlan, month) is not None:
            return 0
        tx = Tx(session, now, cipher, f"field-checks:{month:%Y-%m}", SYSTEM)
        return await plan_month(tx, month, rule) or 0


async def record_check(tx: Tx, check_id: uuid.UUID, finding: Finding) -> FieldCheck:
    """Write what was found on the spot; "not done" waits for a second person.

    Raises:
        FieldCheckNotFound: there is none.
        FieldCheckOver: it was recorded already.
        SecondPersonNeeded: the checker worked on the ticket himself.
        InvalidPlace: half a place.
    """
    tx.actor.require(Permission.CHECK_PLACES)
    check = await _planned(tx, check_id)
    if (finding.lat is None) != (finding.long is None):
        raise InvalidPlace
    check.state = CheckState.DONE
    check.is_done, check.words = finding.is_done, finding.words
    check.lat, check.long, check.photos = finding.lat, finding.long, list(finding.photos)
    check.checked_by, check.checked_at = tx.actor.user_id, tx.now
    if finding.is_done:
        await _tell_checked(tx, check, is_done=True)
    return check


async def _tell_checked(tx: Tx, check: FieldCheck, *, is_done: bool) -> None:
    """Tell what was found, of the round that had been closed when the check was drawn."""
    ticket = await tx.session.get_one(Ticket, check.ticket_id)
    await emit(
        tx,
        PlaceChecked(
            ticket_id=str(ticket.id),
            ticket_number=ticket.number,
            check_id=str(check.id),
            department_id=check.department_id,
            hop=ticket.hop,
            round=ticket.round if ticket.status in _ENDED else max(1, ticket.round - 1),
            category=ticket.category_code or "",
            is_done=is_done,
        ),
    )


async def miss_check(
    tx: Tx, check_id: uuid.UUID, *, reason: MissedReason, words: str | None = None
) -> FieldCheck:
    """Write that a field check did not take place, and why.

    Raises:
        FieldCheckNotFound: there is none.
        FieldCheckOver: it was recorded already.
        SecondPersonNeeded: the checker worked on the ticket himself.
    """
    tx.actor.require(Permission.CHECK_PLACES)
    check = await _planned(tx, check_id)
    check.state, check.missed_reason, check.words = CheckState.MISSED, reason, words
    check.checked_by, check.checked_at = tx.actor.user_id, tx.now
    return check


async def confirm_check(
    tx: Tx, check_id: uuid.UUID, *, confirm: bool, explanation: str, reopen: bool = False
) -> FieldCheck:
    """Confirm as a second person that what was called done is not, or set the finding aside.

    Args:
        tx: the transaction.
        check_id: which field check.
        confirm: the finding holds.
        explanation: why.
        reopen: have the matter handled again; while it is closed, and not for too long.

    Raises:
        FieldCheckNotFound: there is none.
        FieldCheckOver: nothing waits to be confirmed.
        SecondPersonNeeded: the actor made the finding himself.
        ReopenWindowClosed: it cannot be reopened any more.
    """
    tx.actor.require(Permission.CONFIRM_CHECKS)
    check = await _locked(tx, check_id)
    if check.is_done is not False or check.confirmed_at is not None:
        raise FieldCheckOver
    if check.checked_by == tx.actor.user_id:
        raise SecondPersonNeeded(action=Action.REOPEN)
    check.is_confirmed, check.confirmation = confirm, explanation
    check.confirmed_by, check.confirmed_at = tx.actor.user_id, tx.now
    if confirm:
        await _tell_checked(tx, check, is_done=False)
    if confirm and reopen:
        ticket = await tx.session.get_one(Ticket, check.ticket_id)
        await reopen_ticket(tx, ticket.number, reason=explanation)
    return check


async def _locked(tx: Tx, check_id: uuid.UUID) -> FieldCheck:
    check = (
        await tx.session.exec(select(FieldCheck).where(FieldCheck.id == check_id).with_for_update())
    ).first()
    if check is None:
        raise FieldCheckNotFound
    return check


async def _planned(tx: Tx, check_id: uuid.UUID) -> FieldCheck:
    check = await _locked(tx, check_id)
    if check.state is not CheckState.PLANNED:
        raise FieldCheckOver
    workers = {worker for _, worker in await workers_of(tx.session, check.ticket_id)}
    if tx.actor.user_id in workers:
        raise SecondPersonNeeded(action=Action.RECORD_VISIT)
    return check
