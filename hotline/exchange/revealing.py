"""What stands in lists of tickets about persons: masked, or in full with a line in each one's log."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.models import Export
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.ids import uuid7
from hotline.kernel.masking import mask_address, mask_name, mask_phone, mask_text
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import OUT_OF_SIGHT
from hotline.tickets.actions.revealing import may_reveal
from hotline.tickets.lifecycle import State
from hotline.tickets.models import (
    PERSONAL_DATA_REVEALED,
    Assignment,
    Audience,
    Reveal,
    Ticket,
    TicketRequester,
)
from hotline.tickets.timeline import Entry, append


@dataclass(frozen=True, slots=True)
class TicketMatter:
    """Who told of a ticket, where it is and what was told, as its reader may see it."""

    name: str | None
    phone: str | None
    on_behalf_of: str | None
    address: str | None
    content: str


async def _told(
    session: AsyncSession, ticket_ids: Sequence[uuid.UUID], *, is_locked: bool
) -> tuple[Mapping[uuid.UUID, Ticket], Mapping[uuid.UUID, TicketRequester]]:
    wanted = select(Ticket).where(col(Ticket.id).in_(ticket_ids)).order_by(col(Ticket.id))
    if is_locked:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    tickets = {row.id: row for row in await session.exec(wanted)}
    requesters = await session.exec(
        select(TicketRequester)
        .where(col(TicketRequester.ticket_id).in_(ticket_ids))
        .order_by(col(TicketRequester.id).desc())
    )
    # The first of each ticket comes last and stays.
    return tickets, {row.ticket_id: row for row in requesters}


async def masked_matters(
    session: AsyncSession, cipher: FieldCipher, reader: Principal, ticket_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, TicketMatter]:
    """Return the matters of some tickets, masked; nobody of one that is secret, to a department."""
    tickets, requesters = await _told(session, ticket_ids, is_locked=False)
    return {
        key: _masked(cipher, ticket, requesters.get(key), hides=_hides(reader, ticket))
        for key, ticket in tickets.items()
    }


def _hides(reader: Principal, ticket: Ticket) -> bool:
    return ticket.is_secret and not reader.sees_every_ticket


def _masked(
    cipher: FieldCipher, ticket: Ticket, requester: TicketRequester | None, *, hides: bool
) -> TicketMatter:
    shown = None if hides else requester
    return TicketMatter(
        mask_name(cipher.decrypt(shown.name)) if shown else None,
        mask_phone(cipher.decrypt(shown.phone)) if shown else None,
        mask_name(cipher.decrypt(shown.on_behalf_of)) if shown else None,
        mask_address(ticket.address),
        mask_text(ticket.content),
    )


async def revealed_matters(
    tx: Tx, export: Export, ticket_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, TicketMatter]:
    """Return the matters in full where the actor may read them, each written down in its own log.

    An export that is written again after a crash writes nothing down twice. What the actor may not
    reveal one by one (a secret ticket, a meeting he was only called to) stays masked here too.
    """
    tickets, requesters = await _told(tx.session, ticket_ids, is_locked=True)
    own = await _with_task(tx, ticket_ids)
    reason = export.reason or ""
    logged = await _logged(tx, export, ticket_ids)
    shown = {}
    for key, ticket in tickets.items():
        requester = requesters.get(key)
        if not may_reveal(tx.actor, ticket, has_task=key in own):
            shown[key] = _masked(tx.cipher, ticket, requester, hides=_hides(tx.actor, ticket))
            continue
        if key not in logged:
            await _write_down(tx, ticket, reason)
        shown[key] = TicketMatter(
            tx.cipher.decrypt(requester.name) if requester else None,
            tx.cipher.decrypt(requester.phone) if requester else None,
            tx.cipher.decrypt(requester.on_behalf_of) if requester else None,
            ticket.address,
            ticket.content,
        )
    return shown


async def _with_task(tx: Tx, ticket_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    found = await tx.session.exec(
        select(Assignment.ticket_id).where(
            col(Assignment.ticket_id).in_(ticket_ids),
            Assignment.department_id == tx.actor.department_id,
            col(Assignment.state).not_in(OUT_OF_SIGHT),
        )
    )
    return set(found)


async def _logged(tx: Tx, export: Export, ticket_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    found = await tx.session.exec(
        select(Reveal.ticket_id).where(
            col(Reveal.ticket_id).in_(ticket_ids),
            Reveal.user_id == tx.actor.user_id,
            Reveal.reason == export.reason,
            Reveal.revealed_at >= export.requested_at,
        )
    )
    return set(found)


async def _write_down(tx: Tx, ticket: Ticket, reason: str) -> None:
    if tx.actor.user_id is None:
        raise AssertionError("nobody without an account reveals")
    tx.session.add(
        Reveal(
            id=uuid7(tx.now),
            ticket_id=ticket.id,
            user_id=tx.actor.user_id,
            reason=reason,
            revealed_at=tx.now,
        )
    )
    await append(
        tx,
        ticket,
        Entry(PERSONAL_DATA_REVEALED, text=reason, audience=Audience.HOTLINE),
        role=None,
        before=State(ticket.status, ticket.hold),
        changes={},
    )
