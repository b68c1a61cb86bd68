"""Snap reports: what an observer sees on his way becomes a ticket like everybody else's.

Credit takes no tickets in: the hotline's own intake is handed over from outside.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlmodel import select

from credit.observers.access import acting_observer
from credit.observers.models import Observer, ObserverSnap
from hotline.kernel.ids import uuid7
from hotline.kernel.masking import mask_text
from hotline.people.principal import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapReport:
    """What an observer has seen.

    Attributes:
        is_suggestion: something to be better, not something wrong.
        phone: where he can be reached about it, if he wants to be; encrypted as it comes in.
        sender: the number and nickname that stand for his name.
    """

    title: str
    content: str
    address: str
    lat: float | None = None
    long: float | None = None
    phone: str | None = None
    is_suggestion: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True)
class SnapTicket:
    """The ticket that a report became."""

    id: uuid.UUID
    number: str


TakeIn = Callable[[Tx, SnapReport], Awaitable[SnapTicket]]
"""The hotline's intake: makes a ticket of a report in the same transaction."""


async def send_snap(tx: Tx, *, report: SnapReport, key: uuid.UUID, take_in: TakeIn) -> ObserverSnap:
    """Make a ticket of a report; the same report sent again is the same ticket.

    Args:
        tx: the transaction.
        report: what was seen.
        key: the sender's own name for the report.
        take_in: the hotline's intake.

    Raises:
        NotOnRegister: the actor is no observer.
        CardNotValid: his card is not valid.
    """
    observer = await acting_observer(tx)
    earlier = await _sent_before(tx, observer, key)
    if earlier is not None:
        return earlier
    ticket = await take_in(
        tx,
        replace(report, sender=f"{observer.number} {observer.nickname}"),
    )
    snap = ObserverSnap(
        id=uuid7(tx.now),
        observer_id=observer.id,
        key=key,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        title=mask_text(report.title),
        sent_at=tx.now,
    )
    tx.session.add(snap)
    return snap


async def _sent_before(tx: Tx, observer: Observer, key: uuid.UUID) -> ObserverSnap | None:
    return (
        await tx.session.exec(
            select(ObserverSnap).where(
                ObserverSnap.observer_id == observer.id, ObserverSnap.key == key
            )
        )
    ).first()
