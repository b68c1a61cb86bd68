"""Second looks: results that passed their audit, drawn day by day, looked at by somebody else."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from hotline.followup.second_look_models import LookState, SecondLook, SecondLookPlan
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.kernel.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    decode_cursor,
    page_of,
)
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import SYSTEM, Tx
from hotline.people.treatments import DepartmentTreatment
from hotline.tickets.counted import WorkAudited
from hotline.tickets.errors import SecondPersonNeeded
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Feedback, Ticket

USUAL_SHARE = Decimal("0.10")
"""How much of a department's work is looked at again while no grade says otherwise."""

SECOND_LOOK = "second_look"
"""How facts call an audit that was a second look."""

_MOST_DAYS = 31
_LONGEST_AUDIT = timedelta(days=120)
_WHOLE = 1 << 64


SelectOfLook = Select[SecondLook, Ticket, Feedback, Department]
"""Second looks with what belongs to them."""


class SecondLookNotFound(DomainError):
    """There is no such second look."""

    kind = ErrorKind.NOT_FOUND
    code = "second-look-not-found"
    title = N_("There is no such second look")


class SecondLookOver(DomainError):
    """Somebody has looked already."""

    code = "second-look-over"
    title = N_("This result was looked at already")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What somebody found.

    Attributes:
        contact_shown: a contact with the requester is shown.
        answers_matter: the reply answers what was asked.
        evidence_shown: what was done is shown.
        words: what else there is to say.
    """

    contact_shown: bool
    answers_matter: bool
    evidence_shown: bool
    words: str | None = None


@dataclass(frozen=True, slots=True)
class LookRow:
    """A second look with its ticket, its result and its department."""

    look: SecondLook
    ticket: Ticket
    feedback: Feedback
    department: Department


def is_drawn(seed: str, feedback_id: uuid.UUID, share: Decimal) -> bool:
    """Tell whether a result is drawn: its digest lies below the share. Nobody chooses."""
    digest = hashlib.sha256(f"{seed}|{feedback_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * _WHOLE


async def draw_day(tx: Tx, day: date, seed: str) -> int | None:
    """Draw what is looked at again of a day's passed results; None when the day was drawn before."""
    begins = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)
    rows = (
        await tx.session.exec(
            select(Feedback, col(DepartmentTreatment.qa_share))
            .outerjoin(
                DepartmentTreatment,
                col(DepartmentTreatment.department_id) == col(Feedback.department_id),
            )
            .where(
                col(Feedback.is_passed).is_(True),
                col(Feedback.submitted_at) >= begins - _LONGEST_AUDIT,
                col(Feedback.audited_at) >= begins,
                col(Feedback.audited_at) < begins + timedelta(days=1),
            )
            .order_by(col(Feedback.id))
        )
    ).all()
    asked = [(one, USUAL_SHARE if share is None else share) for one, share in rows]
    drawn = [(one, share) for one, share in asked if is_drawn(seed, one.id, share)]
    claimed = await tx.session.exec(
        insert(SecondLookPlan)
        .values(
            day=day,
            seed=seed,
            passed_count=len(rows),
            drawn_count=len(drawn),
            planned_at=tx.now,
        )
        .on_conflict_do_nothing()
    )
    if claimed.rowcount == 0:
        return None
    tx.session.add_all(
        SecondLook(
            id=uuid7(tx.now),
            day=day,
            feedback_id=one.id,
            ticket_id=one.ticket_id,
            department_id=one.department_id,
            share=share,
            state=LookState.DRAWN,
        )
        for one, share in drawn
    )
    return len(drawn)


async def draw_due(
    session_maker: SessionMaker, cipher: FieldCipher, now: datetime, seed: str
) -> int:
    """Draw every day that is over and was not drawn, each in its transaction; return how many looks."""
    yesterday = now.astimezone(SHANGHAI).date() - timedelta(days=1)
    async with session_maker() as session:
        last = (await session.exec(select(sa.func.max(col(SecondLookPlan.day))))).one()
    earliest = yesterday - timedelta(days=_MOST_DAYS - 1)
    day = yesterday if last is None else max(earliest, last + timedelta(days=1))
    count = 0
    while day <= yesterday:
        async with session_maker() as session, session.begin():
            tx = Tx(session, now, cipher, f"second-looks:{day.isoformat()}", SYSTEM)
            count += await draw_day(tx, day, seed) or 0
        day += timedelta(days=1)
    return count


async def record_look(tx: Tx, look_id: uuid.UUID, look: Look) -> SecondLook:
    """Write what a second look has found.

    Raises:
        SecondLookNotFound: there is none.
        SecondLookOver: somebody has looked already.
        SecondPersonNeeded: the actor passed the result himself.
    """
    tx.actor.require(Permission.LOOK_AGAIN)
    row = (
        await tx.session.exec(select(SecondLook).where(SecondLook.id == look_id).with_for_update())
    ).first()
    if row is None:
        raise SecondLookNotFound
    if row.state is LookState.DONE:
        raise SecondLookOver
    feedback = await tx.session.get_one(Feedback, row.feedback_id)
    if feedback.audited_by == tx.actor.user_id:
        raise SecondPersonNeeded(action=Action.PASS_AUDIT)
    row.state = LookState.DONE
    row.contact_shown, row.answers_matter = look.contact_shown, look.answers_matter
    row.evidence_shown, row.words = look.evidence_shown, look.words
    row.looked_by, row.looked_at = tx.actor.user_id, tx.now
    await emit(tx, await _judged(tx, row, feedback))
    return row


async def _judged(tx: Tx, row: SecondLook, feedback: Feedback) -> WorkAudited:
    """Return what is to be told: a result that fails one audit of several has failed."""
    ticket = await tx.session.get_one(Ticket, row.ticket_id)
    return WorkAudited(
        ticket_id=str(ticket.id),
        ticket_number=ticket.number,
        feedback_id=str(feedback.id),
        department_id=feedback.department_id,
        hop=feedback.hop,
        round=feedback.round,
        category=ticket.category_code or "",
        passed=bool(row.has_passed),
        by=SECOND_LOOK,
    )


async def list_looks(
    session: AsyncSession,
    *,
    state: LookState | None = None,
    department: str | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[LookRow]:
    """Return second looks, the latest day first.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    limit = min(limit, MAX_LIMIT)
    query = _rows().order_by(col(SecondLook.day).desc(), col(SecondLook.id).desc())
    if state is not None:
        query = query.where(SecondLook.state == state)
    if department is not None:
        query = query.where(Department.code == department)
    if cursor:
        day, key = _after(cursor)
        query = query.where(
            sa.tuple_(col(SecondLook.day), col(SecondLook.id))
            < sa.tuple_(sa.literal(day), sa.literal(key))
        )
    rows = [LookRow(*row) for row in await session.exec(query.limit(limit + 1))]
    return page_of(rows, limit, lambda row: (row.look.day, row.look.id))


async def find_look(session: AsyncSession, look_id: uuid.UUID) -> LookRow:
    """Return one second look.

    Raises:
        SecondLookNotFound: there is none.
    """
    row = (await session.exec(_rows().where(SecondLook.id == look_id))).first()
    if row is None:
        raise SecondLookNotFound
    return LookRow(*row)


async def recent_plans(session: AsyncSession, limit: int = 7) -> Sequence[SecondLookPlan]:
    """Return the latest draws."""
    rows = await session.exec(
        select(SecondLookPlan).order_by(col(SecondLookPlan.day).desc()).limit(limit)
    )
    return rows.all()


def _rows() -> SelectOfLook:
    return (
        select(SecondLook, Ticket, Feedback, Department)
        .join(Ticket, col(Ticket.id) == col(SecondLook.ticket_id))
        .join(Feedback, col(Feedback.id) == col(SecondLook.feedback_id))
        .join(Department, col(Department.id) == col(SecondLook.department_id))
    )


def _after(cursor: str) -> tuple[date, uuid.UUID]:
    day, key = decode_cursor(cursor, 2)
    try:
        return date.fromisoformat(day), uuid.UUID(key)
    except ValueError as error:
        raise InvalidCursor from error
