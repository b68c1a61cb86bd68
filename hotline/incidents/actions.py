"""What people do to incidents and bursts: one function each, each a row of the incident's history."""

import uuid
from collections.abc import Sequence

from sqlmodel import col, select

from hotline.incidents.errors import (
    BurstNotFound,
    IncidentEnded,
    IncidentNotFound,
    SameIncident,
    SecretStaysOut,
    TicketElsewhere,
    TicketNotInIncident,
)
from hotline.incidents.gathering import absorb, attach, count_anew, write_down
from hotline.incidents.indexing import WEIGHTS, index_ticket
from hotline.incidents.models import Burst, Incident, IncidentTicket
from hotline.incidents.queries import items_by_id
from hotline.incidents.rules import IncidentDeed, next_state
from hotline.kernel.alarms import AlarmKind, clear_alarm
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.access import find_readable
from hotline.tickets.actions.merging import merge_many
from hotline.tickets.grouping import MOST_AT_ONCE
from hotline.tickets.lifecycle import TRANSITIONS, Action, State
from hotline.tickets.models import Ticket


async def lock_incident(tx: Tx, incident_id: uuid.UUID) -> Incident:
    """Return an incident, its row locked until the transaction ends.

    Raises:
        IncidentNotFound: there is none for the actor.
    """
    incident = (
        await tx.session.exec(
            select(Incident)
            .where(Incident.id == incident_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if incident is None or Permission.READ_INCIDENTS not in tx.actor.permissions:
        raise IncidentNotFound
    return incident


async def _moving(tx: Tx, incident_id: uuid.UUID, deed: IncidentDeed) -> Incident:
    """Lock an incident and bring it to the state that a deed leads to.

    Raises:
        IncidentNotFound: there is none for the actor.
        PermissionDenied: he may only read it.
        IncidentEnded: its state does not allow it.
    """
    incident = await lock_incident(tx, incident_id)
    tx.actor.require(Permission.MANAGE_INCIDENTS)
    state = next_state(incident.state, deed)
    if state is None:
        raise IncidentEnded(state=incident.state)
    incident.state = state
    return incident


async def confirm_incident(tx: Tx, incident_id: uuid.UUID) -> Incident:
    """Say that it is an incident; it is watched from now on and no longer put with others by itself."""
    incident = await _moving(tx, incident_id, IncidentDeed.CONFIRM)
    await write_down(tx, incident, IncidentDeed.CONFIRM)
    return incident


async def rename_incident(tx: Tx, incident_id: uuid.UUID, *, name: str) -> Incident:
    """Give an incident a name that people know it by."""
    incident = await _moving(tx, incident_id, IncidentDeed.RENAME)
    before = incident.name
    incident.name, incident.is_named = name, True
    await write_down(tx, incident, IncidentDeed.RENAME, details={"from": before, "to": name})
    return incident


async def set_words(tx: Tx, incident_id: uuid.UUID, *, words: str | None) -> Incident:
    """Write what operators read out to whoever tells of it; empty words take it back."""
    incident = await _moving(tx, incident_id, IncidentDeed.SET_WORDS)
    incident.read_out = words or None
    incident.read_out_by, incident.read_out_at = tx.actor.user_id, tx.now
    await write_down(tx, incident, IncidentDeed.SET_WORDS, words or None)
    return incident


async def dismiss_incident(tx: Tx, incident_id: uuid.UUID, *, reason: str) -> Incident:
    """Say that it is none. It keeps its tickets to itself, so that it is not found again."""
    incident = await _moving(tx, incident_id, IncidentDeed.DISMISS)
    incident.ended_at = tx.now
    await write_down(tx, incident, IncidentDeed.DISMISS, reason)
    return incident


async def end_incident(tx: Tx, incident_id: uuid.UUID, *, reason: str) -> Incident:
    """Say that it is over; whoever tells of it later begins another."""
    incident = await _moving(tx, incident_id, IncidentDeed.END)
    incident.ended_at = tx.now
    await write_down(tx, incident, IncidentDeed.END, reason)
    return incident


async def join_ticket(tx: Tx, incident_id: uuid.UUID, *, number: str) -> Incident:
    """Let a ticket belong to an incident; one that is of it already stays.

    Raises:
        TicketNotFound: there is none for the actor.
        TicketElsewhere: it belongs to another one.
        SecretStaysOut: it is secret.
    """
    ticket = await find_readable(tx.session, tx.actor, number)
    incident = await _moving(tx, incident_id, IncidentDeed.JOIN)
    if ticket.is_secret:
        raise SecretStaysOut
    rows = (
        await tx.session.exec(
            select(IncidentTicket).where(IncidentTicket.ticket_id == ticket.id).with_for_update()
        )
    ).all()
    at_home = next((row for row in rows if row.left_at is None), None)
    if at_home is not None and at_home.incident_id != incident.id:
        raise TicketElsewhere(number=number)
    if at_home is not None:
        return incident
    for row in rows:
        if row.incident_id == incident.id:
            await tx.session.delete(row)
    await tx.session.flush()  # the row that is written now has the same key
    await index_ticket(tx, ticket.id)
    items = await items_by_id(tx.session, [ticket.id])
    await attach(tx, incident, items, await WEIGHTS.read(tx.session, tx.now))
    await write_down(tx, incident, IncidentDeed.JOIN, details={"ticket": number})
    return incident


async def leave_incident(tx: Tx, incident_id: uuid.UUID, *, number: str) -> Incident:
    """Take a ticket out of an incident; it does not come back by itself.

    Raises:
        TicketNotFound: there is none for the actor.
        TicketNotInIncident: it is not of it.
    """
    ticket = await find_readable(tx.session, tx.actor, number)
    incident = await _moving(tx, incident_id, IncidentDeed.LEAVE)
    row = await tx.session.get(IncidentTicket, (incident.id, ticket.id))
    if row is None or row.left_at is not None:
        raise TicketNotInIncident(number=number)
    row.left_at = tx.now
    await count_anew(tx, incident)
    await write_down(tx, incident, IncidentDeed.LEAVE, details={"ticket": number})
    return incident


async def take_in_incident(tx: Tx, incident_id: uuid.UUID, *, other: uuid.UUID) -> Incident:
    """Let an incident take in another one with all its tickets.

    Raises:
        IncidentNotFound: one of them does not exist for the actor.
        SameIncident: they are one.
        IncidentEnded: one of them is over.
    """
    if other == incident_id:
        raise SameIncident
    for key in sorted((incident_id, other)):
        await lock_incident(tx, key)
    into = await _moving(tx, incident_id, IncidentDeed.TAKE_IN)
    taken = await lock_incident(tx, other)
    if next_state(taken.state, IncidentDeed.TAKEN_IN) is None:
        raise IncidentEnded(state=taken.state)
    await absorb(tx, into, taken, await WEIGHTS.read(tx.session, tx.now))
    return into


async def put_together(
    tx: Tx, incident_id: uuid.UUID, *, parent: str, is_confirmed: bool = False
) -> Sequence[Ticket]:
    """Let the tickets of an incident that still can follow one of them: as many as go at once.

    What cannot follow - because a department works on it already, because it has ended - stays as it is.

    Raises:
        IncidentNotFound: there is none for the actor.
        PermissionDenied: he may not put many tickets together.
        TicketNotInIncident: the parent is not of it.
        MergeImpossible: the parent has ended or follows another one.
        MergeUnconfirmed: they differ in type or area, and nobody says that it does not matter.
    """
    incident = await _gathering(tx, incident_id)
    first = await find_readable(tx.session, tx.actor, parent)
    rows = (
        await tx.session.exec(
            select(Ticket)
            .join(IncidentTicket, col(IncidentTicket.ticket_id) == col(Ticket.id))
            .where(IncidentTicket.incident_id == incident.id, col(IncidentTicket.left_at).is_(None))
            .order_by(col(Ticket.submitted_at), col(Ticket.id))
        )
    ).all()
    if first.id not in {ticket.id for ticket in rows}:
        raise TicketNotInIncident(number=parent)
    able = TRANSITIONS[Action.MERGE].sources
    followed = await _followed(tx, [ticket.id for ticket in rows])
    wanted = [
        ticket.number
        for ticket in rows
        if ticket.id != first.id
        and ticket.id not in followed
        and State(ticket.status, ticket.hold) in able
    ][:MOST_AT_ONCE]
    done = await merge_many(tx, parent, wanted, is_confirmed=is_confirmed)
    incident.parent_ticket_id = first.id
    await write_down(
        tx, incident, IncidentDeed.PUT_TOGETHER, details={"ticket": parent, "count": len(done)}
    )
    return done


async def _followed(tx: Tx, ids: Sequence[uuid.UUID]) -> set[uuid.UUID | None]:
    rows = await tx.session.exec(
        select(Ticket.parent_id).where(col(Ticket.parent_id).in_(ids)).distinct()
    )
    return set(rows.all())


async def _gathering(tx: Tx, incident_id: uuid.UUID) -> Incident:
    incident = await lock_incident(tx, incident_id)
    tx.actor.require(Permission.MERGE_MANY)
    if next_state(incident.state, IncidentDeed.PUT_TOGETHER) is None:
        raise IncidentEnded(state=incident.state)
    return incident


# -- bursts ----------------------------------------------------------------------------------------


async def acknowledge_burst(tx: Tx, burst_id: uuid.UUID) -> Burst:
    """Say that one has seen a burst; its alarm is taken down, and who was first stays.

    Raises:
        BurstNotFound: there is none for the actor.
        PermissionDenied: he may only read it.
    """
    burst = (
        await tx.session.exec(select(Burst).where(Burst.id == burst_id).with_for_update())
    ).first()
    if burst is None or Permission.READ_INCIDENTS not in tx.actor.permissions:
        raise BurstNotFound
    tx.actor.require(Permission.MANAGE_INCIDENTS)
    if burst.acknowledged_at is None:
        burst.acknowledged_by, burst.acknowledged_at = tx.actor.user_id, tx.now
        await clear_alarm(tx.session, AlarmKind.BURST, str(burst.id), tx.now)
    return burst
