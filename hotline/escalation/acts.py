"""What is done by itself when a clock stays overdue: one ticket, one act, one transaction.

Each act is an ordinary action of the ticket, taken by the system. An act that the ticket's state no
longer allows is skipped and the reason written; an act that fails is set aside with an alarm.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.ladder import NEEDS_ACKNOWLEDGEMENT, acknowledge_by
from hotline.escalation.models import Escalation
from hotline.escalation.outages import outages_since
from hotline.escalation.receivers import Case, Roster, resolve
from hotline.escalation.roster import read_roster
from hotline.followup.actions import close_unreached
from hotline.kernel.alarms import AlarmKind, raise_alarm
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.ids import uuid7
from hotline.kernel.jobs import is_passing
from hotline.kernel.outbox import emit
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.principal import SYSTEM, Tx
from hotline.procedures.consultations import request_consultation
from hotline.procedures.rectification import fail_rectification
from hotline.procedures.supplements import cancel_unsupplemented
from hotline.procedures.suspensions import end_suspension
from hotline.sla.events import ClockWarned
from hotline.sla.policy import CalendarCode, ClockKind, Rung
from hotline.supervision.actions import issue_order, raise_order
from hotline.supervision.rules import OrderLevel, OrderReason
from hotline.tickets.actions.handling import sign_ticket
from hotline.tickets.actions.standing_in import (
    hand_to_duty_head,
    raise_return,
    take_silence_as_consent,
)
from hotline.tickets.models import Post, Urgency
from hotline.workdays.book import CALENDARS

log = structlog.get_logger(__name__)


class NothingDone(DomainError):
    """An act was due but there was nothing it could do, for the reason given."""

    code = "nothing-done"
    title = N_("Nothing was done by itself: {reason}")


@dataclass(frozen=True, slots=True)
class DueAct:
    """An act whose instant has come.

    Attributes:
        kind: the clock that is overdue.
        rung: which act.
        department_id: who is on the clock.
        roster: who works where.
    """

    number: str
    kind: ClockKind
    rung: Rung
    department_id: int | None
    roster: Roster


Act = Callable[[Tx, DueAct], Awaitable[object]]


async def _to_duty_head(tx: Tx, due: DueAct) -> object:
    head = due.roster.duty.get(due.roster.hotline_id)
    if head is None or head not in due.roster.active:
        raise NothingDone(reason="no_duty_holder")
    return await hand_to_duty_head(tx, due.number, user_id=head)


async def _force_consultation(tx: Tx, due: DueAct) -> object:
    return await request_consultation(tx, due.number, reason="交办超时三十分钟，系统转入会商")


async def _sign(tx: Tx, due: DueAct) -> object:
    return await sign_ticket(tx, due.number)


async def _consent(tx: Tx, due: DueAct) -> object:
    if due.department_id is None:
        raise NothingDone(reason="no_department")
    return await take_silence_as_consent(tx, due.number, department_id=due.department_id)


async def _to_authority(tx: Tx, due: DueAct) -> object:
    post = (
        await tx.session.exec(  # type: ignore[call-overload]
            sa.text("SELECT holder_post FROM tickets WHERE number = :number"),
            params={"number": due.number},
        )
    ).scalar_one()
    if post == Post.AUTHORITY.value:
        raise NothingDone(reason="already_with_authority")
    return await raise_return(tx, due.number)


async def _cancel(tx: Tx, due: DueAct) -> object:
    return await cancel_unsupplemented(
        tx, due.number, reason="两次告知后逾期未补充材料，按规定撤销"
    )


async def _close_unreached(tx: Tx, due: DueAct) -> object:
    return await close_unreached(tx, due.number)


async def _end_suspension(tx: Tx, due: DueAct) -> object:
    return await end_suspension(tx, due.number, note="挂起到期未复核，自动恢复办理")


async def _fail_plan(tx: Tx, due: DueAct) -> object:
    explanation = "两个时间节点逾期未完成，整改计划失败，恢复限期办理"
    if not await fail_rectification(tx, due.number, explanation=explanation):
        raise NothingDone(reason="one_milestone_missed")
    return None


async def _raise_order(tx: Tx, due: DueAct) -> object:
    return await raise_order(tx, due.number, reason="督办单逾期未回复")


_ORDER_REASONS: Mapping[ClockKind, OrderReason] = MappingProxyType(
    {
        ClockKind.REWORK_COMPLETE: OrderReason.REWORK,
        ClockKind.BAD_RATING_FIX: OrderReason.REWORK,
        ClockKind.MILESTONE: OrderReason.MILESTONE_MISSED,
        ClockKind.URGE_REPLY: OrderReason.URGE_UNANSWERED,
    }
)


async def _order(tx: Tx, due: DueAct) -> object:
    return await issue_order(
        tx,
        due.number,
        level=OrderLevel.ORDER,
        reason=_ORDER_REASONS.get(due.kind, OrderReason.OVERDUE_HALF),
        demand="立即办理并书面说明逾期原因和办结时间",
    )


async def _listing(tx: Tx, due: DueAct) -> object:
    return await issue_order(
        tx,
        due.number,
        level=OrderLevel.LISTING,
        reason=OrderReason.OVERDUE_DOUBLE,
        demand="挂牌督办：由单位主要负责人牵头办理并报告",
    )


ACTS: Mapping[ClockKind, Act] = MappingProxyType(
    {
        ClockKind.ACCEPT: _to_duty_head,
        ClockKind.DISPATCH: _force_consultation,
        ClockKind.SIGN: _sign,
        ClockKind.CO_OPINION: _consent,
        ClockKind.VISIT_LINK: _close_unreached,
        ClockKind.DISPUTE_REVIEW: _to_authority,
        ClockKind.SUPPLEMENT: _cancel,
        ClockKind.MILESTONE: _fail_plan,
        ClockKind.SUSPENSION_REVIEW: _end_suspension,
        ClockKind.SUPERVISION_REPLY: _raise_order,
    }
)
"""What is done by itself, by the clock that is overdue."""


def act_for(kind: ClockKind, rung: Rung) -> Act:
    """Return what a rung does."""
    if rung is Rung.ORDER:
        return _order
    if rung is Rung.LISTING:
        return _listing
    return ACTS[kind]


class _Row(NamedTuple):
    clock_id: uuid.UUID
    rung: str
    nth: int
    ticket_id: uuid.UUID
    due_at: datetime
    kind: str
    department_id: int | None
    number: str
    urgency: str
    holder_user_id: uuid.UUID | None
    owner_department_id: int | None


_DUE_ACTS = "t.state = 'armed' AND t.rung IN ('act', 'order', 'listing')"
_CLAIM = sa.text(
    "SELECT t.clock_id, t.rung, t.nth, t.ticket_id, t.due_at, c.kind, c.department_id, k.number, "
    "k.urgency, k.holder_user_id, k.owner_department_id "
    "FROM sla_thresholds t JOIN sla_clocks c ON c.id = t.clock_id "
    "JOIN tickets k ON k.id = t.ticket_id "
    f"WHERE {_DUE_ACTS} AND t.due_at <= :now "
    "ORDER BY t.due_at LIMIT 1 FOR UPDATE OF k SKIP LOCKED"
)
_STILL_DUE = sa.text(
    "SELECT 1 FROM sla_thresholds t WHERE t.clock_id = :clock AND t.rung = :rung "
    f"AND t.nth = :nth AND {_DUE_ACTS} AND t.due_at <= :now"
)
_MARK = sa.text(
    "UPDATE sla_thresholds SET state = CAST(:state AS text), reason = CAST(:reason AS text), "
    "fired_at = CASE WHEN CAST(:state AS text) = 'fired' THEN CAST(:now AS timestamptz) END, "
    "late_by_seconds = floor(extract(epoch FROM CAST(:now AS timestamptz) - due_at))::int "
    "WHERE clock_id = :clock AND rung = :rung AND nth = :nth"
)


async def act_once(session_maker: SessionMaker, cipher: FieldCipher, *, now: datetime) -> bool:
    """Do the oldest act that is due; return False when there is none.

    Any number may run at once: the ticket is claimed by locking its row.
    """
    row: _Row | None = None
    try:
        async with session_maker() as session, session.begin():
            row = await _claim(session, now)
            if row is None:
                return False
            if await _is_due(session, row, now):
                tx = Tx(session, now, cipher, f"sweep:{now.isoformat()}", SYSTEM)
                await _act(tx, row)
    except Exception as error:
        if row is None or is_passing(error):
            raise
        log.exception("act_parked", ticket=row.number, clock=row.kind, rung=row.rung)
        await _park(session_maker, row, type(error).__name__, now)
    return True


async def _claim(session: AsyncSession, now: datetime) -> _Row | None:
    found = (await session.exec(_CLAIM, params={"now": now})).first()  # type: ignore[call-overload]
    return _Row(*found) if found else None


async def _is_due(session: AsyncSession, row: _Row, now: datetime) -> bool:
    """Tell whether an act still is due now that its ticket is locked."""
    params = {"clock": row.clock_id, "rung": row.rung, "nth": row.nth, "now": now}
    return (await session.exec(_STILL_DUE, params=params)).first() is not None  # type: ignore[call-overload]


async def _act(tx: Tx, row: _Row) -> None:
    roster = await read_roster(tx.session)
    kind, rung = ClockKind(row.kind), Rung(row.rung)
    due = DueAct(row.number, kind, rung, row.department_id, roster)
    # Marked before it is done: what the act disarms must not be this very rung.
    await _mark(tx.session, row, "fired", None, tx.now)
    outcome = "done"
    try:
        async with tx.session.begin_nested():
            await act_for(kind, rung)(tx, due)
    except DomainError as error:
        outcome = str(error.params.get("reason", error.code))
        await _mark(tx.session, row, "skipped", outcome, tx.now)
    await _write(tx, row, roster, outcome)


async def _mark(
    session: AsyncSession, row: _Row, state: str, reason: str | None, now: datetime
) -> None:
    await session.exec(  # type: ignore[call-overload]
        _MARK,
        params={
            "state": state,
            "reason": reason,
            "now": now,
            "clock": row.clock_id,
            "rung": row.rung,
            "nth": row.nth,
        },
    )


async def _write(tx: Tx, row: _Row, roster: Roster, outcome: str) -> None:
    """Write the escalation and tell those concerned; what was skipped is told to nobody."""
    kind, rung = ClockKind(row.kind), Rung(row.rung)
    is_done = outcome == "done"
    holder = row.holder_user_id if row.owner_department_id == row.department_id else None
    told = resolve(Case(kind, rung, row.department_id, holder), roster)
    users = told.users if is_done else ()
    late = int((tx.now - row.due_at).total_seconds())
    outage = next(
        (o for o in await outages_since(tx.session, row.due_at) if o.began_at <= row.due_at), None
    )
    needs_ack = bool(users) and rung in NEEDS_ACKNOWLEDGEMENT
    is_urgent = row.urgency in {Urgency.P0, Urgency.P1}
    working = (await CALENDARS.in_force(tx.session))[CalendarCode.WORKING]
    escalation = Escalation(
        id=uuid7(tx.now),
        ticket_id=row.ticket_id,
        ticket_number=row.number,
        clock_id=row.clock_id,
        kind=kind,
        rung=rung,
        nth=row.nth,
        department_id=row.department_id,
        due_at=row.due_at,
        fired_at=tx.now,
        late_by_seconds=late,
        outage_id=outage.id if outage else None,
        told=list(users),
        skipped=[{"receiver": who.value, "reason": why.value} for who, why in told.skipped],
        outcome=outcome,
        ack_due_at=acknowledge_by(tx.now, is_urgent=is_urgent, working=working)
        if needs_ack
        else None,
    )
    tx.session.add(escalation)
    if not is_done:
        return
    await emit(
        tx,
        ClockWarned(
            ticket_id=str(row.ticket_id),
            ticket_number=row.number,
            clock_id=str(row.clock_id),
            clock=row.kind,
            level=row.rung,
            department_id=row.department_id,
            holder_user_id=str(holder) if holder else None,
            due_at=row.due_at.isoformat(),
            late_by_seconds=late,
        ),
    )
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=user_id,
                fact_id=escalation.id,
                kind=ClockWarned.topic,
                ticket_number=row.number,
                clock=row.kind,
                rung=row.rung,
                needs_ack=needs_ack,
                is_urgent=is_urgent,
                late_by_seconds=late,
                escalation_id=escalation.id,
            )
            for user_id in users
        ],
    )


async def _park(session_maker: SessionMaker, row: _Row, error: str, now: datetime) -> None:
    async with session_maker() as session, session.begin():
        await _mark(session, row, "parked", error, now)
        await raise_alarm(
            session,
            AlarmKind.TICKET_PARKED,
            row.number,
            {"error": error, "clock": row.kind, "rung": row.rung},
            now,
        )
