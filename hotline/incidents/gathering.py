"""Tickets become incidents: one as it comes in, all of the window now and then.

Who gathers holds one lock, so that two tickets of one matter never begin two incidents.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.incidents.clusters import (
    FEWEST,
    QUIET_AFTER,
    WINDOW,
    Centre,
    Cluster,
    Item,
    cluster,
    name_of,
    warmed,
)
from hotline.incidents.events import IncidentChanged
from hotline.incidents.indexing import WEIGHTS, index_ticket
from hotline.incidents.models import (
    NAME_MAX,
    Incident,
    IncidentEvent,
    IncidentTicket,
)
from hotline.incidents.queries import candidates, items_between, items_by_id
from hotline.incidents.rules import GATHERING, LIVE, IncidentDeed, IncidentState, next_state
from hotline.incidents.words import Weights, vector_of
from hotline.kernel.ids import uuid7
from hotline.kernel.masking import mask_text
from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.tickets.models import Ticket

MOST_TICKETS = 20_000
"""So many of the latest tickets of the window are gathered anew; a city brings fewer in a week."""

_MOST_CANDIDATES = 60
_MOST_INCIDENTS = 40
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('incidents'))")


async def take_in_ticket(tx: Tx, ticket_id: uuid.UUID) -> Incident | None:
    """Index a ticket and put it to the incident it belongs to; begin one with like tickets.

    It may run twice. What is done is little however many are alike: incidents are looked at before
    tickets, and each by its middle alone.

    Returns:
        The incident that it belongs to now, if any.
    """
    portrait = await index_ticket(tx, ticket_id)
    if portrait is None:
        await drop_ticket(tx, ticket_id)
        return None
    if not (portrait.title or portrait.body) or tx.now - portrait.at > WINDOW:
        return None  # what is told of afterwards, as by an import, is no news
    item, weights = Item(ticket_id, portrait), await WEIGHTS.read(tx.session, tx.now)
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    kept = (
        await tx.session.exec(
            select(IncidentTicket).where(col(IncidentTicket.ticket_id) == ticket_id)
        )
    ).all()
    if any(row.left_at is None for row in kept):
        return None
    left = {row.incident_id for row in kept}
    incident = await _find_incident(tx, item, weights, left)
    if incident is not None:
        await attach(tx, incident, [item], weights)
        return incident
    return None if left else await _begin_with(tx, item, weights)


async def _find_incident(
    tx: Tx, item: Item, weights: Weights, left: Collection[uuid.UUID]
) -> Incident | None:
    vector = vector_of(item.portrait, weights)
    rows = await tx.session.exec(
        select(Incident)
        .where(
            col(Incident.state).in_(GATHERING),
            col(Incident.words).bool_op("&&")(sa.cast(sorted(vector), sa.ARRAY(sa.Integer))),
            col(Incident.last_seen_at) >= item.portrait.at - WINDOW,
            col(Incident.id).not_in(left),
        )
        .order_by(col(Incident.warmth).desc(), col(Incident.id))
        .limit(_MOST_INCIDENTS)
    )
    found = [
        (-spare, incident.id)
        for incident in rows.all()
        if (spare := centre_of(incident).takes(item.portrait, vector)) is not None
    ]
    return await _locked(tx, min(found)[1]) if found else None


async def _locked(tx: Tx, incident_id: uuid.UUID) -> Incident | None:
    """Lock an incident and read it afresh; None when people have ended it meanwhile."""
    return (
        await tx.session.exec(
            select(Incident)
            .where(Incident.id == incident_id, col(Incident.state).in_(GATHERING))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()


async def _begin_with(tx: Tx, item: Item, weights: Weights) -> Incident | None:
    """Begin an incident when a ticket and like ones that are of none are enough for one."""
    found = await candidates(
        tx.session,
        item.portrait,
        weights,
        since=item.portrait.at - WINDOW,
        most=_MOST_CANDIDATES,
    )
    taken = await _taken(tx, [one.id for one in found])
    free = [one for one in found if one.id not in taken and one.id != item.id]
    groups = cluster([*free, item], weights)
    own = next((group for group in groups if item in group.items), None)
    return await begin_incident(tx, own, weights) if own is not None else None


async def _taken(tx: Tx, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those that belong to an incident, or that somebody took out of one."""
    rows = await tx.session.exec(
        select(IncidentTicket.ticket_id).where(col(IncidentTicket.ticket_id).in_(ids))
    )
    return set(rows.all())


# -- an incident's middle --------------------------------------------------------------------------


def centre_of(incident: Incident) -> Centre:
    """Return the middle of an incident's tickets, as it is kept."""
    return Centre(
        dict(zip(incident.words, incident.weights, strict=True)),
        set(incident.places),
        set(incident.areas),
        incident.ticket_count,
        incident.last_seen_at,
    )


def keep_centre(incident: Incident, centre: Centre) -> None:
    """Keep the middle of an incident's tickets."""
    incident.words = sorted(centre.sums)
    incident.weights = [centre.sums[word] for word in incident.words]
    incident.places, incident.areas = sorted(centre.places), sorted(centre.areas)


async def begin_incident(tx: Tx, group: Cluster, weights: Weights) -> Incident:
    """Write an incident of like tickets."""
    first = group.items[0]
    titles = await _titles(tx, [item.id for item in group.items])
    categories = Counter(
        item.portrait.category for item in group.items if item.portrait.category is not None
    )
    incident = Incident(
        id=uuid7(tx.now),
        state=IncidentState.OPEN,
        name=name_of([mask_text(title) for title in titles])[:NAME_MAX],
        category_code=min(categories, key=lambda code: (-categories[code], code), default=None),
        first_ticket_id=first.id,
        first_seen_at=first.portrait.at,
        last_seen_at=first.portrait.at,
        warmth=warmed(None, first.portrait.at),
        ticket_count=0,
        words=[],
        weights=[],
        places=[],
        areas=[],
    )
    tx.session.add(incident)
    await tx.session.flush()  # the rows of its tickets name it
    await attach(tx, incident, group.items, weights)
    await write_down(tx, incident, IncidentDeed.FOUND)
    return incident


async def _titles(tx: Tx, ids: Sequence[uuid.UUID]) -> Sequence[str]:
    rows = await tx.session.exec(
        select(Ticket.title)
        .where(col(Ticket.id).in_(ids))
        .order_by(col(Ticket.submitted_at), col(Ticket.id))
    )
    return rows.all()


async def attach(tx: Tx, incident: Incident, items: Sequence[Item], weights: Weights) -> None:
    """Let tickets belong to an incident; they must not belong to another."""
    centre = centre_of(incident)
    for item in items:
        centre.add(item.portrait, vector_of(item.portrait, weights))
        _see(incident, item)
        tx.session.add(
            IncidentTicket(
                incident_id=incident.id,
                ticket_id=item.id,
                submitted_at=item.portrait.at,
                joined_at=tx.now,
                joined_by=tx.actor.user_id,
            )
        )
    keep_centre(incident, centre)
    await tx.session.flush()  # whoever looks for free tickets next has to see these taken


def _see(incident: Incident, item: Item) -> None:
    at = item.portrait.at
    is_only = incident.ticket_count == 0
    incident.warmth = warmed(None if is_only else incident.warmth, at)
    incident.ticket_count += 1
    if is_only or at < incident.first_seen_at:
        incident.first_seen_at, incident.first_ticket_id = at, item.id
    incident.last_seen_at = at if is_only else max(incident.last_seen_at, at)


async def write_down(
    tx: Tx,
    incident: Incident,
    deed: IncidentDeed,
    text: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write a row of an incident's history, and tell who wants to know."""
    incident.history_count += 1
    tx.session.add(
        IncidentEvent(
            incident_id=incident.id,
            seq=incident.history_count,
            at=tx.now,
            actor_id=tx.actor.user_id,
            deed=deed,
            text=text,
            details=dict(details or {}),
        )
    )
    await emit(
        tx,
        IncidentChanged(
            incident_id=str(incident.id),
            deed=deed.value,
            state=incident.state.value,
            ticket_count=incident.ticket_count,
            by_user_id=str(tx.actor.user_id) if tx.actor.user_id else None,
        ),
    )


async def drop_ticket(tx: Tx, ticket_id: uuid.UUID) -> None:
    """Take a ticket that has become secret out of its incident, if it is of one."""
    row = (
        await tx.session.exec(
            select(IncidentTicket)
            .where(IncidentTicket.ticket_id == ticket_id, col(IncidentTicket.left_at).is_(None))
            .with_for_update()
        )
    ).first()
    if row is None:
        return
    incident = (
        await tx.session.exec(
            select(Incident).where(Incident.id == row.incident_id).with_for_update()
        )
    ).one()
    row.left_at = tx.now
    await count_anew(tx, incident)


async def count_anew(tx: Tx, incident: Incident) -> None:
    """Count the tickets of a locked incident after one has left."""
    await tx.session.flush()  # what is counted is what stays
    rows = (
        await tx.session.exec(
            select(IncidentTicket.ticket_id, IncidentTicket.submitted_at)
            .where(IncidentTicket.incident_id == incident.id, col(IncidentTicket.left_at).is_(None))
            .order_by(col(IncidentTicket.submitted_at), col(IncidentTicket.ticket_id))
        )
    ).all()
    incident.ticket_count = len(rows)
    if not rows:
        return
    warmth: float | None = None
    for _, at in rows:
        warmth = warmed(warmth, at)
    incident.warmth = warmth or incident.warmth
    incident.first_ticket_id, incident.first_seen_at = rows[0]
    incident.last_seen_at = rows[-1][1]
    weights = await WEIGHTS.read(tx.session, tx.now)
    centre = Centre()
    for item in await items_by_id(tx.session, [ticket for ticket, _ in rows]):
        centre.add(item.portrait, vector_of(item.portrait, weights))
    keep_centre(incident, centre)


# -- all of the window -----------------------------------------------------------------------------


async def gather_anew(tx: Tx) -> tuple[int, int]:
    """Cluster the whole window again and make good what came in one by one; end what is quiet.

    The same tickets give the same clusters. What people have decided stands: a ticket they put
    somewhere stays there, one they took out stays out, an incident they confirmed is not taken in.

    Returns:
        How many incidents are new, and how many have ended.
    """
    await tx.session.exec(_LOCK)  # type: ignore[call-overload]
    weights = await WEIGHTS.read(tx.session, tx.now)
    items = await items_between(tx.session, tx.now - WINDOW, tx.now, MOST_TICKETS)
    groups = await asyncio.to_thread(cluster, items, weights)
    kept = (
        await tx.session.exec(
            select(IncidentTicket.ticket_id, IncidentTicket.incident_id, IncidentTicket.left_at)
            .where(col(IncidentTicket.submitted_at) >= tx.now - WINDOW)
            .order_by(col(IncidentTicket.incident_id), col(IncidentTicket.ticket_id))
        )
    ).all()
    found = 0
    for group in groups:
        found += await _settle(tx, group, kept, weights)
    return found, await _end_quiet(tx)


async def _settle(
    tx: Tx,
    group: Cluster,
    kept: Sequence[tuple[uuid.UUID, uuid.UUID, datetime | None]],
    weights: Weights,
) -> int:
    """Bring a cluster and the incidents of its tickets into agreement; return how many are new."""
    own = {item.id for item in group.items}
    at_home = {ticket: incident for ticket, incident, left in kept if left is None}
    parted = {ticket for ticket, _, left in kept if left is not None}
    free = [item for item in group.items if item.id not in at_home and item.id not in parted]
    counts = Counter(at_home[ticket] for ticket in own if ticket in at_home)
    incidents = await _live(tx, counts)
    if not incidents:
        if counts or len(free) < FEWEST:
            return 0
        await begin_incident(tx, Cluster(free, group.centre), weights)
        return 1
    first, *others = sorted(incidents, key=lambda one: (-counts[one.id], one.first_seen_at, one.id))
    for other in others:
        if other.state is IncidentState.OPEN and counts[other.id] * 2 >= other.ticket_count:
            await absorb(tx, first, other, weights)
    if free:
        await attach(tx, first, free, weights)
    return 0


async def _live(tx: Tx, ids: Collection[uuid.UUID]) -> Sequence[Incident]:
    if not ids:
        return ()
    rows = await tx.session.exec(
        select(Incident)
        .where(col(Incident.id).in_(list(ids)), col(Incident.state).in_(LIVE))
        .order_by(col(Incident.id))
        .with_for_update()
    )
    return rows.all()


async def absorb(tx: Tx, into: Incident, other: Incident, weights: Weights) -> None:
    """Let one incident take in another with all its tickets; both are locked."""
    rows = (
        await tx.session.exec(
            select(IncidentTicket)
            .where(
                col(IncidentTicket.incident_id) == other.id, col(IncidentTicket.left_at).is_(None)
            )
            .order_by(col(IncidentTicket.submitted_at), col(IncidentTicket.ticket_id))
        )
    ).all()
    for row in rows:
        row.left_at = tx.now
    await tx.session.flush()  # a ticket is of one incident at a time
    count = other.ticket_count
    known = await _rows_of(tx, into.id, [row.ticket_id for row in rows])
    for row in rows:
        await _move(tx, into, row, known)
    await _recentre(tx, into, [row.ticket_id for row in rows], weights)
    other.state, other.ended_at, other.into_id = IncidentState.OVER, tx.now, into.id
    other.ticket_count = 0
    await write_down(tx, into, IncidentDeed.TAKE_IN, details={"name": other.name, "count": count})
    await write_down(tx, other, IncidentDeed.TAKEN_IN, details={"name": into.name})


async def _rows_of(
    tx: Tx, incident_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, IncidentTicket]:
    rows = await tx.session.exec(
        select(IncidentTicket).where(
            col(IncidentTicket.incident_id) == incident_id, col(IncidentTicket.ticket_id).in_(ids)
        )
    )
    return {row.ticket_id: row for row in rows.all()}


async def _move(
    tx: Tx, into: Incident, row: IncidentTicket, known: Mapping[uuid.UUID, IncidentTicket]
) -> None:
    earlier = known.get(row.ticket_id)
    if earlier is not None:
        earlier.left_at = None
        return
    tx.session.add(
        IncidentTicket(
            incident_id=into.id,
            ticket_id=row.ticket_id,
            submitted_at=row.submitted_at,
            joined_at=tx.now,
            joined_by=tx.actor.user_id,
        )
    )


async def _recentre(tx: Tx, incident: Incident, ids: Sequence[uuid.UUID], weights: Weights) -> None:
    """Count tickets that have come to an incident, without writing their rows again."""
    centre = centre_of(incident)
    for item in await items_by_id(tx.session, ids):
        centre.add(item.portrait, vector_of(item.portrait, weights))
        _see(incident, item)
    keep_centre(incident, centre)


async def _end_quiet(tx: Tx) -> int:
    rows = await tx.session.exec(
        select(Incident)
        .where(col(Incident.state).in_(LIVE), col(Incident.last_seen_at) < tx.now - QUIET_AFTER)
        .order_by(col(Incident.id))
        .with_for_update(skip_locked=True)
    )
    quiet = rows.all()
    for incident in quiet:
        incident.state = next_state(incident.state, IncidentDeed.FADED) or incident.state
        incident.ended_at = tx.now
        await write_down(tx, incident, IncidentDeed.FADED, details={"hours": _hours(QUIET_AFTER)})
    return len(quiet)


def _hours(span: timedelta) -> int:
    return int(span / timedelta(hours=1))
