"""Issuing a paper: a number, a code, and a row of the ticket's timeline that vouches for it."""

import secrets
import uuid
from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.kernel.ids import QUERY_CODE_ALPHABET, uuid7
from hotline.kernel.outbox import emit
from hotline.papers.content import as_json, content_digest
from hotline.papers.errors import NothingToIssue, PaperForbidden
from hotline.papers.kinds import (
    CODE_LENGTH,
    ISSUERS,
    PaperKind,
    may_issue,
    paper_number,
    paper_year,
)
from hotline.papers.models import Paper, PaperCounter
from hotline.papers.setting import template_in_force
from hotline.papers.subjects import Subject, concerns, read_subjects
from hotline.people.principal import Principal, Tx
from hotline.tickets.access import lock_for_action
from hotline.tickets.events import TimelineGrew
from hotline.tickets.lifecycle import State
from hotline.tickets.models import PAPER_ISSUED, Ticket
from hotline.tickets.timeline import Entry, acting_role, append


async def issue_paper(
    tx: Tx, number: str, *, kind: PaperKind, subject_id: uuid.UUID | None = None
) -> Paper:
    """Put something of a ticket on paper, or return the paper that says it already.

    The same words give the same paper again; what has changed since gives a further revision.

    Args:
        tx: the transaction.
        number: the ticket.
        kind: of the paper.
        subject_id: what it is about; None for the latest that there is.

    Raises:
        TicketNotFound: there is none, or none for the actor.
        PaperForbidden: his roles do not include such papers.
        NothingToIssue: there is nothing yet that it could say, or nothing of his own.
    """
    ticket, _ = await lock_for_action(tx.session, tx.actor, number, None)
    if not tx.actor.roles & ISSUERS[kind]:
        raise PaperForbidden(kind=kind)
    subjects = await read_subjects(tx.session, tx.cipher, tx.actor, ticket)
    subject = _wanted(subjects, tx.actor, kind, subject_id)
    latest = await _latest(tx, subject)
    content = as_json(subject.content)
    digest = content_digest(kind, content)
    if latest is not None and latest.digest == digest:
        return latest
    paper = Paper(
        id=uuid7(tx.now),
        number=await _next_number(tx, kind),
        kind=kind,
        ticket_id=ticket.id,
        subject_id=subject.id,
        revision=latest.revision + 1 if latest else 1,
        department_id=subject.department_id,
        template_id=(await template_in_force(tx, kind)).id,
        code="".join(secrets.choice(QUERY_CODE_ALPHABET) for _ in range(CODE_LENGTH)),
        content=content,
        digest=digest,
        history_head=b"",
        history_count=0,
        issued_by=tx.actor.user_id,
        issued_at=tx.now,
    )
    await _vouch(tx, ticket, paper)
    tx.session.add(paper)
    return paper


def _wanted(
    subjects: Sequence[Subject], actor: Principal, kind: PaperKind, subject_id: uuid.UUID | None
) -> Subject:
    allowed = [
        subject
        for subject in subjects
        if subject.kind is kind
        and subject_id in {None, subject.id}
        and may_issue(kind, actor.roles, is_concerned=concerns(subject, actor))
    ]
    if not allowed:
        raise NothingToIssue(kind=kind)
    return allowed[-1]


async def _latest(tx: Tx, subject: Subject) -> Paper | None:
    return (
        await tx.session.exec(
            select(Paper)
            .where(Paper.kind == subject.kind, Paper.subject_id == subject.id)
            .order_by(col(Paper.revision).desc())
            .limit(1)
        )
    ).first()


async def _next_number(tx: Tx, kind: PaperKind) -> str:
    """Return the year's next number of a kind; whoever comes next waits, so that none is left out."""
    year = paper_year(tx.now)
    count = await tx.session.exec(
        insert(PaperCounter)
        .values(kind=kind, year=year, last=1)
        .on_conflict_do_update(
            index_elements=["kind", "year"], set_={"last": col(PaperCounter.last) + 1}
        )
        .returning(col(PaperCounter.last))
    )
    return paper_number(kind, year, count.scalar_one())


async def _vouch(tx: Tx, ticket: Ticket, paper: Paper) -> None:
    """Write the timeline row that names the paper and its words, and print its hash on the paper."""
    await append(
        tx,
        ticket,
        Entry(
            PAPER_ISSUED,
            details={
                "paper": paper.number,
                "kind": paper.kind.value,
                "revision": paper.revision,
                "digest": paper.digest.hex(),
            },
        ),
        role=acting_role(tx.actor, ISSUERS[paper.kind]),
        before=State(ticket.status, ticket.hold),
        changes={},
    )
    paper.history_head, paper.history_count = ticket.history_head, ticket.history_count
    await emit(tx, TimelineGrew(ticket_id=str(ticket.id), ticket_number=ticket.number))
