"""Reading what is public: lists in a fixed number of statements, newest first."""

import math
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.open311.models import Open311Submission
from hotline.open311.parameters import Circle, Wanted, WantedUpdates
from hotline.open311.public import (
    ENDED,
    PUBLIC_REQUEST_TYPES,
    PublicTicket,
    PublicUpdate,
    coordinate,
    is_closed,
    nameless,
    rich_status,
    street,
    update_status,
)
from hotline.open311.receiving import TEST_PREFIX, TEST_WAIT
from hotline.tickets.lifecycle import ClosureCode, Hold, State, Status
from hotline.tickets.models import TicketRequester

_METRES_A_DEGREE = 111_320.0

_IN_ENDED = "(" + ", ".join(f"'{status.value}'" for status in ENDED) + ")"
_IN_TYPES = "(" + ", ".join(f"'{kind}'" for kind in PUBLIC_REQUEST_TYPES) + ")"
_CLOSED = (
    f"((t.status IN {_IN_ENDED} AND t.hold IS NULL) OR (t.status = 'merged' AND "
    f"(p.id IS NULL OR (p.status IN {_IN_ENDED} AND p.hold IS NULL))))"
)
_IS_PUBLIC = (
    "NOT t.is_secret AND {category} = ANY(:services) AND t.programme = 'general' "
    f"AND t.request_type IN {_IN_TYPES} AND NOT coalesce(p.is_secret, false)"
)
"""The first condition is that of the partial index, to the letter."""

_OF_ANY = _IS_PUBLIC.format(category="coalesce(t.category_code, '')")
_OF_SOME = _IS_PUBLIC.format(category="t.category_code")
"""All services are led by the instant: an index by category would have to sort everything."""

_FROM = (
    "tickets t LEFT JOIN tickets p ON p.id = t.parent_id AND t.status = 'merged' "
    "LEFT JOIN ticket_publications b ON b.ticket_id = t.id"
)
_LAT, _LONG = (
    f"CASE WHEN b.is_public_place THEN t.{name} ELSE round(t.{name}::numeric, 3)::float8 END"
    for name in ("lat", "long")
)
"""Places are compared as they are shown: else a small circle would find out where somebody lives."""

_IS_TOLD = "(e.audience = 'public' OR e.from_status <> e.to_status)"
"""Steps that the public may know of: those it may read, and those that brought a ticket elsewhere."""

_SHOWN = sa.text(
    "SELECT f.*, d.name AS department, d.name_en AS department_en, c.due_at AS promised_at, "
    f"(SELECT e.at FROM ticket_events e WHERE e.ticket_id = f.id AND {_IS_TOLD} "
    "ORDER BY e.seq DESC LIMIT 1) AS told_at "
    "FROM found f LEFT JOIN departments d ON d.id = f.lead_department_id "
    "LEFT JOIN commitments c ON c.ticket_id = f.id AND c.state = 'active' "
    "ORDER BY f.submitted_at DESC, f.id DESC"
).text

_FOUND = (
    "SELECT t.id, t.number, t.status, t.hold, t.closure_code, t.category_code, t.address, t.area, "
    "t.lat, t.long, t.lead_department_id, t.due_at, t.submitted_at, t.closed_at, "
    "p.status AS parent_status, p.hold AS parent_hold, p.closed_at AS parent_closed_at, "
    "b.text, b.is_public_place, b.media_url FROM {source} WHERE {conditions} "
    "ORDER BY t.submitted_at DESC, t.id DESC LIMIT :limit OFFSET :offset"
)


def list_statement(wanted: Wanted, services: Collection[str]) -> tuple[str, dict[str, Any]]:
    """Return the one statement of a list of requests and its parameters.

    Args:
        wanted: which requests.
        services: codes of the categories whose matters are public.
    """
    conditions = [_OF_SOME if wanted.services else _OF_ANY]
    codes = [code for code in wanted.services if code in set(services)]
    params: dict[str, Any] = {
        "services": codes if wanted.services else list(services),
        "limit": wanted.page_size,
        "offset": (wanted.page - 1) * wanted.page_size,
    }
    if wanted.numbers is not None:
        conditions.append("t.number = ANY(:numbers)")
        params |= {"numbers": list(wanted.numbers)}
    elif wanted.span is not None:
        conditions.append("t.submitted_at >= :begins AND t.submitted_at < :ends")
        params |= {"begins": wanted.span.begins, "ends": wanted.span.ends}
    if wanted.is_open is not None:
        conditions.append(f"NOT {_CLOSED}" if wanted.is_open else _CLOSED)
    for more, values in (_changed(wanted), _around(wanted.circle), _worded(wanted.words)):
        conditions += more
        params |= values
    found = _FOUND.format(source=_FROM, conditions=" AND ".join(conditions))
    return f"WITH found AS MATERIALIZED ({found}) {_SHOWN}", params


More = tuple[list[str], dict[str, Any]]


def _changed(wanted: Wanted) -> More:
    """A closed matter changed when it was closed; any other with its last step that is public."""
    told = (
        "EXISTS (SELECT FROM ticket_events e WHERE e.ticket_id = t.id "
        f"AND {_IS_TOLD} AND e.at >= :{{name}})"
    )
    closed_at = "coalesce(p.closed_at, t.closed_at)"
    conditions, params = [], {}
    if wanted.updated_from is not None:
        name = "updated_from"
        conditions.append(
            f"CASE WHEN {_CLOSED} THEN {closed_at} >= :{name} ELSE {told.format(name=name)} END"
        )
        params[name] = wanted.updated_from
    if wanted.updated_to is not None:
        name = "updated_to"
        conditions.append(
            f"CASE WHEN {_CLOSED} THEN {closed_at} < :{name} ELSE NOT {told.format(name=name)} END"
        )
        params[name] = wanted.updated_to
    return conditions, params


def _around(circle: Circle | None) -> More:
    if circle is None:
        return [], {}
    high = circle.radius / _METRES_A_DEGREE
    wide = high / max(0.01, math.cos(math.radians(circle.lat)))
    box = f"({_LAT}) BETWEEN :south AND :north AND ({_LONG}) BETWEEN :west AND :east"
    distance = (
        f"(({_LAT} - :lat) * {_METRES_A_DEGREE}) ^ 2 + "
        f"(({_LONG} - :long) * {_METRES_A_DEGREE} * :narrow) ^ 2 <= :radius ^ 2"
    )
    return [box, distance], {
        "south": circle.lat - high,
        "north": circle.lat + high,
        "west": circle.long - wide,
        "east": circle.long + wide,
        "lat": circle.lat,
        "long": circle.long,
        "radius": circle.radius,
        "narrow": math.cos(math.radians(circle.lat)),
    }


def _worded(words: str | None) -> More:
    """Look for words in what is public, and in nothing else."""
    if not words:
        return [], {}
    escaped = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return ["b.text ILIKE :words"], {"words": f"%{escaped}%"}


async def list_public(
    session: AsyncSession, cipher: FieldCipher, wanted: Wanted, services: Collection[str]
) -> Sequence[PublicTicket]:
    """Return the requests that are asked for, as the public sees them, in two statements.

    Args:
        session: where to read.
        cipher: opens the requesters' names, so that they can be left out of addresses and texts.
        wanted: which requests.
        services: codes of the categories whose matters are public.
    """
    statement, params = list_statement(wanted, services)
    connection = await session.connection()
    rows = (await connection.execute(sa.text(statement), params)).all()
    names = await _names(session, cipher, [row.id for row in rows if row.address or row.text])
    return [_ticket(row, names.get(row.id, ())) for row in rows]


async def _names(
    session: AsyncSession, cipher: FieldCipher, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[str]]:
    rows = await session.exec(
        select(TicketRequester.ticket_id, TicketRequester.name, TicketRequester.on_behalf_of).where(
            col(TicketRequester.ticket_id) == sa.any_(sa.bindparam("ids", ids, sa.ARRAY(sa.Uuid)))
        )
    )
    found: dict[uuid.UUID, list[str]] = {}
    for ticket_id, *sealed in rows:
        found.setdefault(ticket_id, []).extend(filter(None, map(cipher.decrypt, sealed)))
    return found


def _state(status: str, hold: str | None) -> State:
    return State(Status(status), Hold(hold) if hold else None)


def _ticket(row: Any, names: Collection[str]) -> PublicTicket:  # noqa: ANN401  # a row of text
    state = _state(row.status, row.hold)
    followed = _state(row.parent_status, row.parent_hold) if row.parent_status else None
    ended = is_closed(state, followed)
    closed_at = row.closed_at if followed is None else (row.parent_closed_at or row.closed_at)
    is_exact = bool(row.is_public_place)
    return PublicTicket(
        number=row.number,
        is_open=not ended,
        state=state,
        rich=rich_status(state, ClosureCode(row.closure_code) if row.closure_code else None),
        service_code=row.category_code,
        description=nameless(row.text, names) if row.text else None,
        department=row.department,
        department_en=row.department_en,
        promised_at=row.promised_at,
        submitted_at=row.submitted_at,
        updated_at=(closed_at if ended else row.told_at) or row.submitted_at,
        expected_at=None if ended else row.promised_at or row.due_at,
        address=nameless(row.address, names)
        if is_exact and row.address
        else street(row.address, names),
        lat=coordinate(row.lat, is_exact=is_exact),
        long=coordinate(row.long, is_exact=is_exact),
        media_url=row.media_url,
        area=row.area,
    )


_UPDATES = sa.text(
    "SELECT e.id, t.number, e.action, e.outcome, e.to_status, e.to_hold, e.at "
    f"FROM ticket_events e JOIN {_FROM.replace('tickets t', 'tickets t ON t.id = e.ticket_id', 1)} "
    "WHERE e.from_status <> e.to_status AND e.at >= :begins AND e.at < :ends "
    f"AND {_OF_ANY} ORDER BY e.at, e.id LIMIT :limit OFFSET :offset"
)


async def list_updates(
    session: AsyncSession, wanted: WantedUpdates, services: Collection[str]
) -> Sequence[PublicUpdate]:
    """Return the steps of public requests in a span, the oldest first, in one statement."""
    connection = await session.connection()
    rows = await connection.execute(
        _UPDATES,
        {
            "begins": wanted.span.begins,
            "ends": wanted.span.ends,
            "services": list(services),
            "limit": wanted.page_size,
            "offset": (wanted.page - 1) * wanted.page_size,
        },
    )
    return [
        PublicUpdate(
            id=str(row.id),
            number=row.number,
            status=update_status(row.action, row.outcome, _state(row.to_status, row.to_hold)),
            state=_state(row.to_status, row.to_hold),
            at=row.at,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class TestRequest:
    """A report of the test endpoint: nothing of it but its number is kept."""

    number: str
    service_code: str
    submitted_at: datetime


async def list_tests(
    session: AsyncSession, wanted: Wanted, services: Iterable[str], now: datetime
) -> Sequence[TestRequest]:
    """Return the reports that were made to the test endpoint; all of them are open."""
    if wanted.numbers is None and (wanted.is_open is False or wanted.words or wanted.circle):
        return []
    asked = set(wanted.services) if wanted.numbers is None else set()
    statement = select(Open311Submission).where(
        col(Open311Submission.is_test).is_(True),
        col(Open311Submission.number).startswith(TEST_PREFIX),
        col(Open311Submission.service_code).in_([c for c in services if not asked or c in asked]),
        ~col(Open311Submission.is_batch) | (col(Open311Submission.created_at) <= now - TEST_WAIT),
    )
    if wanted.numbers is not None:
        statement = statement.where(col(Open311Submission.number).in_(wanted.numbers))
    elif wanted.span is not None:
        statement = statement.where(
            col(Open311Submission.created_at)
            >= max(wanted.span.begins, wanted.updated_from or wanted.span.begins),
            col(Open311Submission.created_at)
            < min(wanted.span.ends, wanted.updated_to or wanted.span.ends),
        )
    rows = await session.exec(
        statement.order_by(
            col(Open311Submission.created_at).desc(), col(Open311Submission.id).desc()
        )
        .limit(wanted.page_size)
        .offset((wanted.page - 1) * wanted.page_size)
    )
    return [TestRequest(row.number or "", row.service_code, row.created_at) for row in rows]
