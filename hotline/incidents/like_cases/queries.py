"""What the desk is shown while a matter is taken down: the same by this caller, and by others."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.incidents.clusters import Item
from hotline.incidents.indexing import WEIGHTS
from hotline.incidents.likeness import SHOWN_FROM, Likeness, compare
from hotline.incidents.models import CallUrge, Incident, IncidentTicket
from hotline.incidents.queries import candidates, items_by_id
from hotline.incidents.rules import LIVE, IncidentState
from hotline.incidents.words import Portrait, Weights, cosine, portray, vector_of
from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.tickets.access import readable
from hotline.tickets.grouping import Difference, Side, differences, merge_problem
from hotline.tickets.lifecycle import OPEN_STATUSES, Hold, State, Status
from hotline.tickets.models import (
    Commitment,
    CommitmentState,
    RequestType,
    Ticket,
    TicketRequester,
    Urge,
)

LOOKED_BACK = timedelta(days=90)
"""What was told of longer ago is another matter, however alike."""

SHOWN_OF_OTHERS = 5
SHOWN_OF_OWN = 3
_OWN_AT_MOST = 20
_SCORED = 40
_OWN_FROM = 0.12
"""A caller is likelier to speak of what he has told before: less alike is worth a look."""

_SHORTEST_TEXT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of a matter so far.

    Attributes:
        phone_index: by what the caller's number is known; None when he left none.
        is_secret: whether the new ticket is to be secret: then nothing can be joined.
    """

    title: str
    content: str
    address: str | None = None
    area: str | None = None
    category: str | None = None
    request_type: RequestType | None = None
    phone_index: bytes | None = None
    is_secret: bool = False
    at: datetime

    def portrait(self, weights: Weights) -> Portrait:
        """Return it as it is compared; with no title yet, its first sentence stands for one."""
        return portray(
            title=self.title or self.content[:_HEAD],
            content=self.content,
            address=self.address,
            area=self.area,
            category=self.category,
            at=self.at,
            weights=weights,
        )


_HEAD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeCase:
    """A ticket that may be the same matter. Mask its texts before showing.

    Attributes:
        number: the ticket's own.
        matter: the number of the one that it follows, or its own: what is joined.
        status: of the matter, as `hold` and `due_at` are.
        promise: what was promised, while it is owed.
        urge_count: how often it was asked for speed on it.
        call_count: how many of them came from the desk.
        differing: in what the new ticket differs, so that somebody has to say that it is one.
    """

    id: uuid.UUID
    number: str
    matter: str
    title: str
    address: str | None
    area: str | None
    status: Status
    hold: Hold | None
    due_at: datetime | None
    submitted_at: datetime
    acting_name: str | None
    acting_name_en: str | None
    promise: str | None
    promised_due_at: datetime | None
    urge_count: int
    call_count: int
    likeness: Likeness
    may_join: bool
    differing: Sequence[Difference]

    @property
    def is_own(self) -> bool:
        """Tell whether this caller told of it."""
        return self.likeness.is_same_caller

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still works on it."""
        return self.status in OPEN_STATUSES


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """An incident that like cases belong to."""

    id: uuid.UUID
    name: str
    state: IncidentState
    ticket_count: int
    read_out: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The same matter by this caller and by others, open ones first, and the incident it may be of."""

    own: Sequence[LikeCase] = ()
    others: Sequence[LikeCase] = ()
    incident: KnownIncident | None = None

    def __bool__(self) -> bool:
        return bool(self.own or self.others or self.incident)


async def find_like(session: AsyncSession, principal: Principal, asked: Asked) -> Found:
    """Return what may be the same matter, in a fixed number of statements.

    Secret tickets are not in it, nor what the reader may not see.
    """
    weights = await WEIGHTS.read(session, asked.at)
    portrait = asked.portrait(weights)
    since = asked.at - LOOKED_BACK
    own = await _own_ids(session, asked, since)
    has_words = len((asked.title + asked.content).strip()) >= _SHORTEST_TEXT
    if not has_words and not own:
        return Found()
    items = await items_by_id(session, list(own)) if own else []
    if has_words:
        items += await candidates(session, portrait, weights, since=since)
    scored = _scored(portrait, items, own, weights, has_words=has_words)
    if not scored:
        return Found()
    cases = await _cases(session, principal, asked, scored)
    return Found(
        _first([case for case in cases if case.is_own], SHOWN_OF_OWN),
        _first(_of_others(cases), SHOWN_OF_OTHERS),
        await _incident(session, scored),
    )


async def _own_ids(session: AsyncSession, asked: Asked, since: datetime) -> set[uuid.UUID]:
    if asked.phone_index is None:
        return set()
    rows = await session.exec(
        select(Ticket.id)
        .join(TicketRequester, col(TicketRequester.ticket_id) == col(Ticket.id))
        .where(
            TicketRequester.phone_index == asked.phone_index,
            col(Ticket.is_secret).is_(False),
            col(Ticket.submitted_at) >= since,
        )
        .order_by(col(Ticket.submitted_at).desc())
        .limit(_OWN_AT_MOST)
    )
    return set(rows.all())


def _scored(
    portrait: Portrait,
    items: Sequence[Item],
    own: set[uuid.UUID],
    weights: Weights,
    *,
    has_words: bool,
) -> dict[uuid.UUID, Likeness]:
    vector = vector_of(portrait, weights)
    found = {
        item.id: compare(
            portrait,
            item.portrait,
            cosine(vector, vector_of(item.portrait, weights)),
            is_same_caller=item.id in own,
        )
        for item in items
    }
    least = _OWN_FROM if has_words else 0.0
    kept = {
        key: like
        for key, like in found.items()
        if like.score >= (least if like.is_same_caller else SHOWN_FROM)
    }
    ranked = sorted(kept, key=lambda key: (not kept[key].is_same_caller, -kept[key].score, key))
    return {key: kept[key] for key in ranked[:_SCORED]}


def _of_others(cases: Sequence[LikeCase]) -> list[LikeCase]:
    """Return one case of each matter, its own told of by the caller left out."""
    seen = {case.matter for case in cases if case.is_own}
    others = []
    for case in cases:
        if not case.is_own and case.matter not in seen:
            seen.add(case.matter)
            others.append(case)
    return others


def _first(cases: Sequence[LikeCase], most: int) -> list[LikeCase]:
    ranked = sorted(cases, key=lambda case: (not case.is_open, -case.likeness.score, case.number))
    return ranked[:most]


_MATTER = aliased(Ticket, name="matter")
_ACTING = aliased(Department, name="acting")
_URGES = (
    sa.select(sa.func.count() + sa.func.coalesce(sa.func.sum(col(Urge.merged_count)), 0))
    .where(col(Urge.ticket_id) == col(_MATTER.id))
    .correlate(_MATTER)
    .scalar_subquery()
)
_CALLS = (
    sa.select(sa.func.count())
    .select_from(CallUrge)
    .where(col(CallUrge.ticket_id) == col(Ticket.id))
    .correlate(Ticket)
    .scalar_subquery()
)
_ROW = (
    sa.select(
        Ticket,
        _MATTER,
        col(_ACTING.name),
        col(_ACTING.name_en),
        col(Commitment.content),
        col(Commitment.due_at),
        _URGES,
        _CALLS,
    )
    .select_from(Ticket)
    .join(
        _MATTER,
        col(_MATTER.id)
        == sa.case(
            (col(Ticket.status) == Status.MERGED, col(Ticket.parent_id)), else_=col(Ticket.id)
        ),
    )
    .outerjoin(
        _ACTING,
        col(_ACTING.id)
        == sa.func.coalesce(col(_MATTER.lead_department_id), col(_MATTER.owner_department_id)),
    )
    .outerjoin(
        Commitment,
        sa.and_(
            col(Commitment.ticket_id) == col(_MATTER.id),
            col(Commitment.state) == CommitmentState.ACTIVE,
        ),
    )
)


async def _cases(
    session: AsyncSession,
    principal: Principal,
    asked: Asked,
    scored: Mapping[uuid.UUID, Likeness],
) -> list[LikeCase]:
    rows = await session.exec(  # type: ignore[call-overload]
        _ROW.where(
            readable(principal),
            col(Ticket.id).in_(list(scored)),
            col(Ticket.is_secret).is_(False),
            col(_MATTER.is_secret).is_(False),
        )
    )
    cases = {}
    for ticket, matter, name, name_en, promise, promised_due_at, urges, calls in rows:
        new, side = _new_side(asked, matter), _side(matter)
        cases[ticket.id] = LikeCase(
            id=ticket.id,
            number=ticket.number,
            matter=matter.number,
            title=ticket.title,
            address=ticket.address,
            area=ticket.area,
            status=matter.status,
            hold=matter.hold,
            due_at=matter.due_at,
            submitted_at=ticket.submitted_at,
            acting_name=name,
            acting_name_en=name_en,
            promise=promise,
            promised_due_at=promised_due_at,
            urge_count=urges,
            call_count=calls,
            likeness=scored[ticket.id],
            may_join=merge_problem(new, side) is None,
            differing=differences(new, side),
        )
    return [cases[key] for key in scored if key in cases]


def _side(ticket: Ticket) -> Side:
    return Side(
        ticket.number,
        State(ticket.status, ticket.hold),
        ticket.is_secret,
        ticket.request_type.value,
        ticket.area,
    )


def _new_side(asked: Asked, matter: Ticket) -> Side:
    """Return the ticket that would be written, as the rules of merging take it."""
    kind = asked.request_type or matter.request_type
    return Side("", State(Status.SUBMITTED), asked.is_secret, kind.value, asked.area)


async def _incident(
    session: AsyncSession, scored: Mapping[uuid.UUID, Likeness]
) -> KnownIncident | None:
    """Return the incident that most of the like cases belong to; one with words to read out first."""
    row = (
        await session.exec(  # type: ignore[call-overload]
            sa.select(
                col(Incident.id),
                col(Incident.name),
                col(Incident.state),
                col(Incident.ticket_count),
                col(Incident.read_out),
            )
            .join(IncidentTicket, col(IncidentTicket.incident_id) == col(Incident.id))
            .where(
                col(IncidentTicket.ticket_id).in_(
                    [key for key, like in scored.items() if like.score >= SHOWN_FROM]
                ),
                col(IncidentTicket.left_at).is_(None),
                col(Incident.state).in_(LIVE),
            )
            .group_by(col(Incident.id))
            .order_by(col(Incident.read_out).is_(None), sa.func.count().desc(), col(Incident.id))
            .limit(1)
        )
    ).first()
    return KnownIncident(*row) if row is not None else None


def without_join(found: Found) -> Found:
    """Return what was found for somebody who may not put tickets together."""
    return Found(
        [replace(case, may_join=False) for case in found.own],
        [replace(case, may_join=False) for case in found.others],
        found.incident,
    )
