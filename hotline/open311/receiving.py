"""What other systems report: taken down at once, or held until somebody has read it."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.ids import uuid7
from hotline.open311.dates import with_plus
from hotline.open311.faults import MISSING, Fault, RequestRefused, bad, refused
from hotline.open311.models import (
    Open311Key,
    Open311Submission,
    Open311Update,
    ServiceType,
    SubmissionState,
    UpdateState,
)
from hotline.open311.parameters import NewRequest, NewUpdate
from hotline.open311.services import Service
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.intake import NewTicket, create_ticket
from hotline.tickets.models import TITLE_MAX, Channel, Ticket
from hotline.tickets.questions import AnswerFault, Datatype, Question, check_answers, stop_of

TEST_PREFIX = "TEST"
TEST_WAIT = timedelta(seconds=10)
"""After so long a test report that is held gets its number: so both answers can be tried."""

PUBLIC_CLIENT = Principal(frozenset({Role.REQUESTER}), username="open311", display_name="Open311")
"""Whoever reports through another system: a requester without an account."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a client is told of its report.

    Attributes:
        number: None while it is held.
        token: None when the number is given.
        answer_by: until when it will have been looked at; None while it is held.
    """

    number: str | None
    token: str | None
    answer_by: datetime | None = None


def check_attributes(
    questions: Sequence[Question], given: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], list[Fault]]:
    """Return the answers that stand and what is wrong; attributes that nobody asked for are left."""
    asked = {question.code: question for question in questions if question.is_asked}
    known = {
        code: [
            with_plus(value) if asked[code].datatype is Datatype.DATETIME else value
            for value in values
        ]
        for code, values in given.items()
        if code in asked
    }
    answers, faults = check_answers(questions, known)
    said = [bad(f"attribute[{one.code}] {_SAID[one.fault]}") for one in faults]
    stop = None if said else stop_of(questions, answers)
    if stop is not None:
        said.append(bad(f"this is not taken in here: {stop.stop}"))
    return answers, said


_SAID: Mapping[AnswerFault, str] = {
    AnswerFault.MISSING: "is required",
    AnswerFault.NOT_A_NUMBER: "must be a number",
    AnswerFault.NOT_A_TIME: "must be a date with its zone",
    AnswerFault.NO_SUCH_CHOICE: "must be one of the keys of its values",
    AnswerFault.ONE_ONLY: "takes one value",
    AnswerFault.TOO_LONG: "is too long",
    AnswerFault.NO_SUCH_QUESTION: "is not asked for",
}


async def receive(
    tx: Tx, key: Open311Key, service: Service, new: NewRequest, *, own_key: str | None = None
) -> Received:
    """Take a report down or hold it; sent twice under the client's own key, it is one.

    Args:
        tx: the transaction.
        key: of the other system; a test key leaves nothing but the record of the test.
        service: what is reported.
        new: the report, its answers checked.
        own_key: the client's own name for it.

    Raises:
        RequestRefused: the client's key came before with another report.
    """
    is_batch = service.type is ServiceType.BATCH
    row = {
        "id": uuid7(tx.now),
        "key_id": key.id,
        "service_code": service.code,
        "is_test": key.is_test,
        "is_batch": is_batch,
        "token": secrets.token_hex(16),
        "state": SubmissionState.PENDING if is_batch else SubmissionState.TAKEN,
        "idempotency_key": own_key,
        "body_digest": _digest(service, new),
        "created_at": tx.now,
    }
    claimed = await tx.session.exec(
        insert_or_leave(Open311Submission).values(row).on_conflict_do_nothing()
    )
    if claimed.rowcount != 1:
        return await _earlier(tx, key, str(own_key), row["body_digest"])
    submission = await tx.session.get_one(Open311Submission, row["id"])
    if key.is_test:
        submission.number = f"{TEST_PREFIX}{secrets.token_hex(6)}"
    elif is_batch:
        submission.payload = tx.cipher.encrypt(json.dumps(asdict(new), ensure_ascii=False))
    else:
        created = await create_ticket(tx, as_ticket(service, new))
        submission.number = created.number
        submission.decided_at = tx.now
        return Received(created.number, None, created.due_at)
    return _told(submission)


async def _earlier(tx: Tx, key: Open311Key, own_key: str, digest: object) -> Received:
    row = (
        await tx.session.exec(
            select(Open311Submission).where(
                Open311Submission.key_id == key.id, Open311Submission.idempotency_key == own_key
            )
        )
    ).one()
    if row.body_digest != digest:
        raise refused(400, "this Idempotency-Key came before with another request")
    if row.number is None or row.is_test or row.is_batch:
        return _told(row)
    due = await tx.session.exec(select(Ticket.due_at).where(Ticket.number == row.number))
    return Received(row.number, None, due.first())


def _told(row: Open311Submission) -> Received:
    if row.is_batch:
        return Received(None, row.token)
    return Received(row.number, None, row.created_at + timedelta(minutes=30))


def _digest(service: Service, new: NewRequest) -> bytes:
    words = json.dumps([service.code, asdict(new)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode()).digest()


def as_ticket(service: Service, new: NewRequest) -> NewTicket:
    """Return a report as a ticket is taken down.

    What a ticket has no place for stands below the description, under the protocol's own names: it is
    masked and revealed with it.
    """
    more = {"media_url": new.media_url, "email": new.email, "address_id": new.address_id}
    lines = [f"{name}: {value}" for name, value in more.items() if value]
    words = new.description or service.name
    return NewTicket(
        channel=Channel.APP,
        request_type=service.request_type,
        title=words.split("\n")[0][:TITLE_MAX],
        content="\n".join([words, *(["", *lines] if lines else [])]),
        category=service.code,
        address=new.address,
        lat=new.lat,
        long=new.long,
        requester_name=new.name,
        requester_phone=new.phone,
        answers={code: list(values) for code, values in new.answers.items()},
    )


def with_answers(new: NewRequest, answers: Mapping[str, Sequence[str]]) -> NewRequest:
    """Return a report with the answers that stand."""
    return replace(new, answers=answers)


def unsealed(payload: str | None) -> NewRequest:
    """Return a report that was held."""
    return NewRequest(**json.loads(payload)) if payload else NewRequest()


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A token and the number that belongs to it, as soon as there is one."""

    token: str
    number: str | None


async def find_token(
    session: AsyncSession, token: str, *, is_test: bool, now: datetime
) -> TokenAnswer:
    """Return what a token stands for.

    Raises:
        RequestRefused: nothing that the public may know of.
    """
    unknown = refused(MISSING, "token is not known")
    row = (
        await session.exec(
            select(Open311Submission).where(
                Open311Submission.token == token, col(Open311Submission.is_test).is_(is_test)
            )
        )
    ).first()
    if row is None or not row.is_batch:
        raise unknown
    if row.state in {SubmissionState.REFUSED, SubmissionState.SPAM}:
        raise refused(MISSING, "the request behind this token was not taken in")
    if row.is_test:
        return TokenAnswer(token, row.number if now - row.created_at >= TEST_WAIT else None)
    if row.number is not None:
        is_secret = await session.exec(select(Ticket.is_secret).where(Ticket.number == row.number))
        if is_secret.first() is not False:
            raise unknown
    return TokenAnswer(token, row.number)


async def receive_update(tx: Tx, key: Open311Key, new: NewUpdate) -> str:
    """Keep words that a client adds to a request of its own, until somebody has read them.

    Returns:
        the update's id.

    Raises:
        RequestRefused: there is no such request of this client.
    """
    row = (
        await tx.session.exec(
            select(Open311Submission, Ticket.id)
            .outerjoin(Ticket, col(Ticket.number) == col(Open311Submission.number))
            .where(
                Open311Submission.number == new.number,
                Open311Submission.key_id == key.id,
                col(Ticket.is_secret).is_not(True),
            )
        )
    ).first()
    if row is None:
        raise refused(MISSING, "service_request_id is no request that was posted with this key")
    update_id = uuid7(tx.now)
    submission, ticket_id = row
    if submission.is_test:
        return update_id.hex
    lines = [new.description, *([f"media_url: {new.media_url}"] if new.media_url else [])]
    kept = await tx.session.exec(
        insert_or_leave(Open311Update)
        .values(
            id=update_id,
            key_id=key.id,
            ticket_id=ticket_id,
            own_id=new.own_id,
            status=new.status,
            payload=tx.cipher.encrypt("\n".join(lines)),
            state=UpdateState.PENDING,
            created_at=tx.now,
        )
        .on_conflict_do_nothing()
    )
    if kept.rowcount == 1:
        return update_id.hex
    earlier = await tx.session.exec(
        select(Open311Update.id).where(
            Open311Update.key_id == key.id, Open311Update.own_id == new.own_id
        )
    )
    return earlier.one().hex


def require_sound(faults: Sequence[Fault]) -> None:
    """Pass when nothing is wrong.

    Raises:
        RequestRefused: something is.
    """
    if faults:
        raise RequestRefused(faults)
