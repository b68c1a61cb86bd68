"""Asking for an exclusion, deciding it by two persons, looking at some of them again."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.exclusions.effect import counts_for, put_back, take_out
from credit.exclusions.errors import (
    ExclusionAsked,
    InvalidExclusion,
    NoRecheckDue,
    NothingToExclude,
)
from credit.exclusions.models import Exclusion
from credit.exclusions.queries import lock_exclusion
from credit.exclusions.rules import (
    ExclusionCode,
    ExclusionState,
    following,
    is_sampled,
    require_apart,
)
from credit.exclusions.watch import watch_exclusions
from credit.recalculating import outdate_frozen
from hotline.followup.access import workers_of
from hotline.kernel.ids import uuid7
from hotline.people.actions import DepartmentNotFound
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import find_department
from hotline.tickets.access import find_readable


async def ask_exclusion(
    tx: Tx,
    number: str,
    *,
    code: ExclusionCode,
    reason: str,
    evidence: Sequence[str],
    department: str | None = None,
) -> Exclusion:
    """Ask for a department's work on a ticket not to count.

    Args:
        tx: the transaction.
        number: the ticket's.
        code: why.
        reason: in words; never personal data.
        evidence: what it rests on, one thing each; at least one.
        department: whose work; a department asks for its own, and the hotline may leave it out where
            the ticket counts for one only.

    Raises:
        PermissionDenied: the actor may not ask.
        TicketNotFound: there is no such ticket for him.
        InvalidExclusion: there is no evidence, or it does not say whose work is meant.
        NothingToExclude: nothing of the ticket counts for the department.
        ExclusionAsked: it is asked for or approved already.
    """
    tx.actor.require(Permission.ASK_EXCLUSION)
    ticket = await find_readable(tx.session, tx.actor, number)
    shown = [one.strip() for one in evidence if one.strip()]
    if not shown or tx.actor.user_id is None:
        raise InvalidExclusion(problem="it needs evidence")
    unit = await _whose(tx, department, await counts_for(tx.session, ticket.id))
    if unit is None:
        raise NothingToExclude(number=number)
    row = Exclusion(
        id=uuid7(tx.now),
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        department_id=unit,
        code=code,
        reason=reason,
        evidence=shown,
        state=ExclusionState.ASKED,
        asked_by=tx.actor.user_id,
        asked_at=tx.now,
    )
    try:
        async with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError as error:
        raise ExclusionAsked(number=number) from error
    return row


async def _whose(tx: Tx, code: str | None, counted: Sequence[int]) -> int | None:
    """Return the department whose work is meant; None when nothing of it counts."""
    if tx.actor.is_department:
        own = tx.actor.department_id
        return own if own in counted else None
    if code is not None:
        unit = await find_department(tx.session, code)
        if unit is None:
            raise DepartmentNotFound(department=code)
        return unit.id if unit.id in counted else None
    if len(counted) > 1:
        raise InvalidExclusion(problem="the ticket counts for several departments: name one")
    return counted[0] if counted else None


async def decide_exclusion(
    tx: Tx, exclusion_id: uuid.UUID, *, approve: bool, explanation: str
) -> Exclusion:
    """Approve an exclusion as the first or the second person, or refuse it.

    With the second approval the work is taken out; every frozen period that it lies in gets another
    revision soon.

    Raises:
        PermissionDenied: the actor may not decide.
        ExclusionNotFound: there is none for him.
        ExclusionDecided: it is over.
        DeciderTookPart: he asked, decided before, worked on the ticket or works in the department.
    """
    tx.actor.require(Permission.DECIDE_EXCLUSION)
    row = await lock_exclusion(tx.session, tx.actor, exclusion_id)
    state = following(row.state, approve=approve)
    await require_decider(tx.session, tx.actor, row)
    if row.state is ExclusionState.ASKED:
        row.first_by, row.first_at, row.first_words = tx.actor.user_id, tx.now, explanation
    else:
        row.second_by, row.second_words = tx.actor.user_id, explanation
    row.state = state
    if state is not ExclusionState.SECONDED:
        row.decided_at = tx.now
    if state is ExclusionState.APPROVED:
        rules = await book_at(tx.session, tx.now)
        row.is_sampled = is_sampled(row.id, rules.book.recheck_share)
        await _follow(tx, row, await take_out(tx, row), "excluded")
    return row


async def recheck_exclusion(
    tx: Tx, exclusion_id: uuid.UUID, *, founded: bool, explanation: str
) -> Exclusion:
    """Look at an approved exclusion again as a third person; what was not right counts again.

    Raises:
        PermissionDenied: the actor may not decide.
        ExclusionNotFound: there is none for him.
        NoRecheckDue: it was not drawn, or was looked at.
        DeciderTookPart: he had a part in it.
    """
    tx.actor.require(Permission.DECIDE_EXCLUSION)
    row = await lock_exclusion(tx.session, tx.actor, exclusion_id)
    is_due = row.state is ExclusionState.APPROVED and row.is_sampled and row.is_founded is None
    if not is_due:
        raise NoRecheckDue
    await require_decider(tx.session, tx.actor, row)
    row.rechecked_by, row.rechecked_at = tx.actor.user_id, tx.now
    row.recheck_words, row.is_founded = explanation, founded
    if not founded:
        row.state = ExclusionState.REVOKED
        await _follow(tx, row, await put_back(tx, row), "exclusion revoked")
    return row


async def require_decider(session: AsyncSession, decider: Principal, row: Exclusion) -> None:
    """Pass in silence when somebody had no part in an exclusion.

    Raises:
        DeciderTookPart: he asked, decided before, worked on the ticket or works in the department.
    """
    workers = {worker for _, worker in await workers_of(session, row.ticket_id)}
    require_apart(
        decider.user_id,
        decider.department_id,
        of_department=row.department_id,
        took_part={row.asked_by, row.first_by, row.second_by, *workers} - {None},
    )


async def _follow(tx: Tx, row: Exclusion, since: datetime | None, what: str) -> None:
    """Let everything follow that rests on the rates."""
    if since is not None:
        reason = f"{row.ticket_number} {what}: {row.code.value}"
        await outdate_frozen(tx, row.id, since, reason=reason)
    await watch_exclusions(tx)
