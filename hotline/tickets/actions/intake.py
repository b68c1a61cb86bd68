"""A matter comes in: the ticket with all that belongs to it, in one statement.

This is the path a storm goes through, so its rows are written by hand in one round trip.
"""

import hashlib
import json
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from hotline.kernel.db import run_in_driver
from hotline.kernel.ids import query_code, uuid7
from hotline.kernel.outbox import outbox_values
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Tx
from hotline.sla.clocks import ClockState
from hotline.sla.policy import ClockKind, Level, TicketTraits, choose_policy
from hotline.sla.queries import PinnedPolicy
from hotline.sla.timers import Start, Subject, new_clock
from hotline.tickets import policy
from hotline.tickets.answers import answer_rows
from hotline.tickets.catalogue import require_category
from hotline.tickets.errors import IdempotencyConflict
from hotline.tickets.events import TicketMoved
from hotline.tickets.history import GENESIS, REBUILT, text_digest
from hotline.tickets.lifecycle import Action, Outcome, State, Status
from hotline.tickets.models import (
    Audience,
    Channel,
    IdempotencyKey,
    Post,
    Programme,
    RequestType,
    Ticket,
    TicketAnswer,
    Urgency,
)
from hotline.tickets.numbering import number_day, ticket_number
from hotline.tickets.questions import Given
from hotline.tickets.step import POLICIES
from hotline.tickets.timeline import Entry, acting_role, event_values
from hotline.workdays.book import CALENDARS
from hotline.workdays.workcalendar import Calendars


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What is asked for and by whom, as it was taken down.

    Attributes:
        requester_name: encrypted at once, never in a fact or a log.
        requester_phone: likewise.
        requester_email: likewise; he is told by it when he left no number.
        on_behalf_of: whom the caller speaks for (委托), likewise.
        answers: to the questions of the category, by their codes; None where nobody was asked.
    """

    channel: Channel
    request_type: RequestType
    title: str
    content: str
    category: str | None = None
    urgency: Urgency = Urgency.P2
    programme: Programme = Programme.GENERAL
    address: str | None = None
    area: str | None = None
    lat: float | None = None
    long: float | None = None
    requester_name: str | None = None
    requester_phone: str | None = None
    requester_email: str | None = None
    on_behalf_of: str | None = None
    secret: bool = False
    answers: Given | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The new ticket, as its requester is told of it."""

    id: uuid.UUID
    number: str
    query_code: str
    status: Status
    due_at: datetime
    submitted_at: datetime
    is_replay: bool = False


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean_text(text: str) -> str:
    """Return typed text without control characters, with plain line ends, composed, trimmed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()


def clean_phone(phone: str | None) -> str | None:
    """Return a telephone number as digits, with a leading + if it has one."""
    if not phone:
        return None
    digits = re.sub(r"[^\d+]", "", unicodedata.normalize("NFKC", phone))
    return re.sub(r"^(?:\+?86)(?=1\d{10}$)", "", digits) or None


async def create_ticket(tx: Tx, new: NewTicket, *, idempotency_key: str | None = None) -> Created:
    """Take down a matter: ticket, requester, first timeline row, accept clock, fact.

    Args:
        tx: the transaction.
        new: what was taken down.
        idempotency_key: the caller's own name for this request.

    Raises:
        ActionForbidden: the actor may not submit tickets.
        UnknownCode: there is no such category.
        AnswersRefused: a question of the category is not answered as it must be.
        IdempotencyConflict: the key came before with another body.
    """
    policy.require(policy.Standing(tx.actor.roles), Action.SUBMIT)
    if Role.REQUESTER not in tx.actor.roles:
        tx.actor.require(Permission.CREATE_TICKETS)
    if idempotency_key is not None and tx.actor.user_id is not None:
        ticket_id, earlier = await _claim_key(tx, tx.actor.user_id, idempotency_key, new)
        if earlier is not None:
            return earlier
    else:
        ticket_id = uuid7(tx.now)
    if new.category is not None:
        await require_category(tx.session, new.category)
    sequence, newest_policy, newest_calendar, hotline_id = await _day_sequence(tx)
    pinned = await _choose(tx, new, newest_policy)
    calendars = await CALENDARS.in_force_as_of(tx.session, newest_calendar)
    rows = _rows(tx, new, ticket_id, sequence, pinned, calendars, hotline_id)
    await run_in_driver(tx.session, _INSERT, _values(rows))
    if new.answers is not None:
        await _keep_answers(tx, ticket_id, new.category, new.answers)
    ticket = rows["tickets"][0]
    return Created(
        id=ticket_id,
        number=ticket["number"],
        query_code=ticket["query_code"],
        status=Status.SUBMITTED,
        due_at=ticket["due_at"],
        submitted_at=tx.now,
    )


async def _keep_answers(tx: Tx, ticket_id: uuid.UUID, category: str | None, given: Given) -> None:
    rows = await answer_rows(tx.session, ticket_id, category, given)
    if rows:
        await tx.session.exec(sa.insert(TicketAnswer).values(rows))


def body_digest(new: NewTicket) -> bytes:
    """Return the digest by which a repeated request is recognised."""
    # A key may have been used before there were questions and addresses of mail.
    later = {"answers", "requester_email"}
    body = {name: value for name, value in asdict(new).items() if value or name not in later}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).digest()


async def _claim_key(
    tx: Tx, user_id: uuid.UUID, key: str, new: NewTicket
) -> tuple[uuid.UUID, Created | None]:
    ticket_id, digest = uuid7(tx.now), body_digest(new)
    claimed = await tx.session.exec(
        insert_or_leave(IdempotencyKey)
        .values(
            user_id=user_id,
            key=key,
            body_digest=digest,
            ticket_id=ticket_id,
            created_at=tx.now,
        )
        .on_conflict_do_nothing()
    )
    if claimed.rowcount == 1:
        return ticket_id, None
    stored = await tx.session.get_one(IdempotencyKey, (user_id, key))
    if stored.body_digest != digest:
        raise IdempotencyConflict(key=key)
    ticket = await tx.session.get_one(Ticket, stored.ticket_id)
    return stored.ticket_id, Created(
        id=ticket.id,
        number=ticket.number,
        query_code=ticket.query_code,
        status=ticket.status,
        due_at=ticket.due_at or tx.now,
        submitted_at=ticket.submitted_at,
        is_replay=True,
    )


_DAY_SEQUENCE = (
    "SELECT next_ticket_sequence($1), (SELECT max(id) FROM sla_policies), "
    "(SELECT max(id) FROM calendars), (SELECT id FROM departments WHERE is_hotline)"
)


async def _day_sequence(tx: Tx) -> tuple[int, int, int, int]:
    connection = await tx.session.connection()
    row: Row[*tuple[Any, ...]] = (
        await connection.exec_driver_sql(_DAY_SEQUENCE, (number_day(tx.now),))
    ).one()
    return row[0], row[1] or 0, row[2] or 0, row[3]


async def _choose(tx: Tx, new: NewTicket, newest_policy: int) -> PinnedPolicy:
    active = await POLICIES.active(tx.session, newest_policy)
    traits = TicketTraits(
        urgency=new.urgency,
        channel=new.channel,
        programme=new.programme,
        request_type=new.request_type,
        category=new.category,
        area=new.area,
        secret=new.secret,
    )
    chosen = choose_policy(traits, [pinned.policy for pinned in active])
    return next(pinned for pinned in active if pinned.policy is chosen)


Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def _rows(
    tx: Tx,
    new: NewTicket,
    ticket_id: uuid.UUID,
    sequence: int,
    pinned: PinnedPolicy,
    calendars: Calendars,
    hotline_id: int,
) -> Rows:
    subject = Subject(ticket_id, new.request_type.value, 1, 0, pinned, calendars)
    clock = new_clock(subject, Start(ClockKind.ACCEPT, hotline_id), now=tx.now)
    if clock is None:
        raise AssertionError("every policy has an accept clock")
    clock_id = uuid7(tx.now)
    number = ticket_number(number_day(tx.now), sequence)
    state = State(Status.SUBMITTED)
    changes: dict[str, object] = dict.fromkeys(REBUILT)
    changes |= {
        "request_type": new.request_type.value,
        "urgency": new.urgency.value,
        "category_code": new.category,
        "is_secret": new.secret,
        "owner_department_id": hotline_id,
        "holder_post": Post.ACCEPTANCE_DESK.value,
        "is_designated": False,
        "bounce_count": 0,
        "hop": 0,
        "policy_id": pinned.id,
        "submitted_at": tx.now.isoformat(timespec="microseconds"),
    }
    event = event_values(
        ticket_id=ticket_id,
        seq=1,
        previous_hash=GENESIS,
        at=tx.now,
        actor=tx.actor,
        acting_role=acting_role(tx.actor, frozenset({Role.OPERATOR, Role.REQUESTER})),
        entry=Entry(
            Action.SUBMIT,
            Outcome.DONE,
            audience=Audience.PUBLIC,
            details={
                "number": number,
                "channel": new.channel.value,
                "words": text_digest(new.title, new.content),
            },
        ),
        before=None,
        after=state,
        round_=1,
        policy_id=pinned.id,
        changes={column: value for column, value in changes.items() if value is not None},
    )
    event |= {"changes": _json(event["changes"]), "details": _json(event["details"])}
    ticket = {
        "id": ticket_id,
        "number": number,
        "query_code": query_code(),
        "status": Status.SUBMITTED.value,
        "round": 1,
        "version": 1,
        "urgency": new.urgency.value,
        "channel": new.channel.value,
        "programme": new.programme.value,
        "request_type": new.request_type.value,
        "category_code": new.category,
        "title": new.title,
        "content": new.content,
        "address": new.address,
        "area": new.area,
        "lat": new.lat,
        "long": new.long,
        "is_secret": new.secret,
        "owner_department_id": hotline_id,
        "holder_post": Post.ACCEPTANCE_DESK.value,
        "is_designated": False,
        "bounce_count": 0,
        "hop": 0,
        "policy_id": pinned.id,
        "due_at": clock.due_at,
        "level": Level.GREEN.value,
        "submitted_at": tx.now,
        "history_count": 1,
        "history_head": event["hash"],
    }
    fact = outbox_values(
        tx,
        TicketMoved(
            ticket_id=str(ticket_id),
            ticket_number=number,
            action=Action.SUBMIT.value,
            outcome=Outcome.DONE.value,
            from_state="",
            to_state=str(state),
            round=1,
            version=1,
            owner_department_id=hotline_id,
            lead_department_id=None,
            holder_user_id=None,
            at=tx.now.isoformat(),
        ),
    )
    fact["payload"] = _json(fact["payload"])
    return {
        "tickets": [ticket],
        "ticket_requesters": [
            {
                "id": uuid7(tx.now),
                "ticket_id": ticket_id,
                "name": tx.cipher.encrypt(new.requester_name),
                "phone": tx.cipher.encrypt(new.requester_phone),
                "phone_index": tx.cipher.blind_index(clean_phone(new.requester_phone)),
                "email": tx.cipher.encrypt(new.requester_email),
                "on_behalf_of": tx.cipher.encrypt(new.on_behalf_of),
            }
        ],
        "ticket_events": [event],
        "sla_clocks": [
            {
                "id": clock_id,
                "ticket_id": ticket_id,
                "kind": clock.kind.value,
                "hop": 0,
                "round": 1,
                "department_id": hotline_id,
                "policy_id": pinned.id,
                "calendar": clock.calendar.code,
                "calendar_version": clock.calendar.version,
                "limit_seconds": clock.setting.limit_seconds,
                "yellow": clock.setting.yellow,
                "orange": clock.setting.orange,
                "state": ClockState.RUNNING.value,
                "started_at": tx.now,
                "since": tx.now,
                "due_at": clock.due_at,
                "is_provisional": clock.is_provisional,
            }
        ],
        "sla_thresholds": [
            {
                "clock_id": clock_id,
                "rung": level.rung.value,
                "ticket_id": ticket_id,
                "due_at": level.due_at,
                "target_microseconds": level.target,
                "state": level.state.value,
                "reason": level.reason,
            }
            for level in clock.levels
        ],
        "outbox": [fact],
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_COLUMNS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "tickets": (
        1,
        (
            *("id", "number", "query_code", "status", "round", "version", "urgency", "channel"),
            *("programme", "request_type", "category_code", "title", "content", "address"),
            *("area", "lat", "long", "is_secret", "owner_department_id", "holder_post"),
            *("is_designated", "bounce_count", "hop", "policy_id", "due_at", "level"),
            *("submitted_at", "history_count", "history_head"),
        ),
    ),
    "ticket_requesters": (
        1,
        ("id", "ticket_id", "name", "phone", "phone_index", "email", "on_behalf_of"),
    ),
    "ticket_events": (
        1,
        (
            *("ticket_id", "seq", "at", "actor_id", "actor", "role", "department_id", "action"),
            *("outcome", "from_status", "from_hold", "to_status", "to_hold", "round", "reason"),
            *("text", "audience", "policy_id", "changes", "details", "previous_hash", "hash"),
        ),
    ),
    "sla_clocks": (
        1,
        (
            *("id", "ticket_id", "kind", "hop", "round", "department_id", "policy_id"),
            *("calendar", "calendar_version", "limit_seconds", "yellow", "orange", "state"),
            *("started_at", "since", "due_at", "is_provisional"),
        ),
    ),
    "sla_thresholds": (
        3,
        ("clock_id", "rung", "ticket_id", "due_at", "target_microseconds", "state", "reason"),
    ),
    "outbox": (1, ("id", "topic", "payload", "trace_id", "created_at")),
}
"""The tables of a new ticket, how many rows of each, and the columns written."""


def _statement() -> str:
    inserts, place = [], 0
    for table, (count, columns) in _COLUMNS.items():
        rows = []
        for _ in range(count):
            rows.append(", ".join(f"${place + n}" for n in range(1, len(columns) + 1)))
            place += len(columns)
        values = ", ".join(f"({row})" for row in rows)
        inserts.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}")
    parts = ", ".join(f"part_{n} AS ({insert})" for n, insert in enumerate(inserts[:-1]))
    return f"WITH {parts} {inserts[-1]}"


_INSERT = _statement()
"""Goes to the driver as it is: compiling some hundred parameters anew costs more than the rows."""


def _values(rows: Rows) -> tuple[Any, ...]:
    return tuple(
        rows[table][place][column]
        for table, (count, columns) in _COLUMNS.items()
        for place in range(count)
        for column in columns
    )
