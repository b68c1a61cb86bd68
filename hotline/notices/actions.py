"""Who is told of a warning; reading and acknowledging what one was told."""

import uuid
from collections.abc import Collection, Sequence

from sqlmodel import col, update

from hotline.kernel.tx import Transaction
from hotline.notices.models import Notice
from hotline.notices.rules import Recipient, recipients_of
from hotline.notices.writing import NewNotice, write_notices
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.people.queries import duty_holder, hotline_department_id, user_ids_with_role
from hotline.sla.events import ClockWarned
from hotline.sla.policy import ClockKind, Level

_ROLE_ON_CLOCK = {
    ClockKind.ACCEPT: Role.OPERATOR,
    ClockKind.DISPATCH: Role.DISPATCHER,
    ClockKind.CONSULTATION: Role.DISPATCHER,
    ClockKind.DISPUTE_REVIEW: Role.DISPATCHER,
    ClockKind.AUDIT: Role.AUDITOR,
    ClockKind.BAD_RATING_CONTACT: Role.AUDITOR,
    ClockKind.VISIT: Role.VISITOR,
    ClockKind.ARBITRATION: Role.AUTHORITY,
    ClockKind.FINAL_REPLY: Role.AUTHORITY,
}
"""Who is on the hotline's own clocks; every other clock is a department's."""


async def notify_warning(tx: Transaction, fact_id: uuid.UUID, fact: ClockWarned) -> int:
    """Tell whoever must know that a clock warns, each once; return how many were told."""
    told: dict[uuid.UUID, None] = {}
    for recipient in recipients_of(Level(fact.level), has_holder=fact.holder_user_id is not None):
        told.update(dict.fromkeys(await _resolve(tx, recipient, fact)))
    if not told:
        return 0
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=user_id,
                fact_id=fact_id,
                kind=fact.topic,
                ticket_number=fact.ticket_number,
                clock=fact.clock,
                rung=fact.level,
                late_by_seconds=fact.late_by_seconds,
            )
            for user_id in told
        ],
    )
    return len(told)


async def _resolve(tx: Transaction, recipient: Recipient, fact: ClockWarned) -> Sequence[uuid.UUID]:
    session = tx.session
    unit = fact.department_id
    match recipient:
        case Recipient.HOLDER:
            return [uuid.UUID(fact.holder_user_id)] if fact.holder_user_id else []
        case Recipient.UNIT_HANDLERS:
            role = _ROLE_ON_CLOCK.get(ClockKind(fact.clock), Role.HANDLER)
            return await user_ids_with_role(session, role, unit)
        case Recipient.UNIT_LEADERS:
            return await user_ids_with_role(session, Role.LEADER, unit)
        case Recipient.UNIT_DUTY:
            holder = await duty_holder(session, unit) if unit is not None else None
            return [holder] if holder else []
        case Recipient.SUPERVISORS:
            return await user_ids_with_role(session, Role.SUPERVISOR)
        case Recipient.HOTLINE_DUTY:
            head = await duty_holder(session, await hotline_department_id(session))
            return [head] if head else []


async def mark_read(tx: Tx) -> None:
    """Mark every notice of the actor as read."""
    await tx.session.exec(
        update(Notice)
        .where(col(Notice.user_id) == tx.actor.user_id, col(Notice.read_at).is_(None))
        .values(read_at=tx.now)
    )


async def acknowledge(tx: Tx, ids: Collection[uuid.UUID]) -> int:
    """Say that the actor has seen these notices of his; return how many had not been said so.

    What asks for no acknowledgement is marked as read. Ids of other people's notices do nothing.
    """
    own = (col(Notice.user_id) == tx.actor.user_id, col(Notice.id).in_(ids))
    await tx.session.exec(
        update(Notice).where(*own, col(Notice.read_at).is_(None)).values(read_at=tx.now)
    )
    done = await tx.session.exec(
        update(Notice)
        .where(*own, col(Notice.needs_ack).is_(True), col(Notice.acknowledged_at).is_(None))
        .values(acknowledged_at=tx.now)
    )
    return done.rowcount
