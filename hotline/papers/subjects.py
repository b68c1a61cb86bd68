"""What on a ticket can be put on paper, with the words that each paper would say now."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher
from hotline.kernel.masking import mask_name
from hotline.papers.content import (
    CommitmentContent,
    FieldTaskContent,
    FinalReplyContent,
    Known,
    MilestoneLine,
    OrderContent,
    PaperContent,
    RectificationContent,
    RulingContent,
    ServiceListContent,
    StepLine,
    conceal,
)
from hotline.papers.kinds import PaperKind, Ruling
from hotline.people.models import Department
from hotline.people.principal import Principal
from hotline.procedures.models import Procedure
from hotline.procedures.queries import MilestoneRow, list_procedures, milestones_of
from hotline.procedures.rules import ProcedureKind, ProcedureState
from hotline.supervision.models import SupervisionOrder
from hotline.supervision.queries import OrderRow, orders_of_ticket
from hotline.tickets.lifecycle import Status
from hotline.tickets.models import Assignment, Commitment, Ticket, TicketRequester
from hotline.tickets.queries import TicketDetail, ticket_detail

_AT_WORK = (Status.DISPATCHED, Status.PROCESSING)
_NO_PLAN = (ProcedureState.PENDING, ProcedureState.REFUSED, ProcedureState.WITHDRAWN)
_RULINGS: Mapping[tuple[ProcedureKind, ProcedureState], Ruling] = {
    (ProcedureKind.RETURN, ProcedureState.GRANTED): Ruling.UPHELD,
    (ProcedureKind.RETURN, ProcedureState.REFUSED): Ruling.REJECTED,
    (ProcedureKind.ARBITRATION, ProcedureState.ENDED): Ruling.DESIGNATED,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be put on paper.

    Attributes:
        kind: of the paper.
        id: key of the row that the paper is about.
        reference: the number by which people know it, or how manieth it is.
        department_id: whose part of the ticket it is.
        content: what the paper would say now.
    """

    kind: PaperKind
    id: uuid.UUID
    reference: str
    department_id: int | None
    content: PaperContent


@dataclass(frozen=True, slots=True)
class _Sources:
    """Everything about a ticket that papers are written from.

    Attributes:
        milestones: of each plan among the procedures.
    """

    detail: TicketDetail
    orders: Sequence[OrderRow]
    procedures: Sequence[Procedure]
    departments: Sequence[Department]
    milestones: Mapping[uuid.UUID, Sequence[MilestoneRow]]
    known: Known

    def unit(self, department_id: int | None) -> str | None:
        """Return a unit's name."""
        return next((unit.name for unit in self.departments if unit.id == department_id), None)

    def of_code(self, code: str | None) -> Department | None:
        """Return the unit with this code."""
        return next((unit for unit in self.departments if unit.code == code), None)

    @property
    def hotline(self) -> str:
        """The hotline's own name."""
        return next(unit.name for unit in self.departments if unit.is_hotline)

    def say(self, text: str) -> str:
        """Return a text without the personal data of the ticket."""
        return conceal(text, self.known)

    def maybe(self, text: str | None) -> str | None:
        """Return the same, or nothing."""
        return self.say(text) if text else None

    @property
    def ticket(self) -> Ticket:
        """The ticket."""
        return self.detail.ticket

    @property
    def title(self) -> str:
        """The matter in one sentence."""
        return self.say(self.ticket.title)

    @property
    def category(self) -> str | None:
        """The matter's subject."""
        return self.detail.category.name if self.detail.category else None

    @property
    def steps(self) -> tuple[StepLine, ...]:
        """The service list."""
        return tuple(
            StepLine(item.position, self.say(item.step), item.done_at)
            for item in self.detail.services
        )


def personal_data(detail: TicketDetail, cipher: FieldCipher) -> Known:
    """Return the personal data of a ticket's people; it is never written down."""
    plain = [
        (cipher.decrypt(row.name), cipher.decrypt(row.on_behalf_of), cipher.decrypt(row.phone))
        for row in detail.requesters
    ]
    return Known(
        names=tuple(name for row in plain for name in row[:2] if name),
        phones=tuple(row[2] for row in plain if row[2]),
        address=detail.ticket.address,
        area=detail.ticket.area,
        is_secret=detail.ticket.is_secret,
    )


async def read_subjects(
    session: AsyncSession,
    cipher: FieldCipher,
    principal: Principal,
    ticket: Ticket,
    *,
    detail: TicketDetail | None = None,
    orders: Sequence[OrderRow] | None = None,
    procedures: Sequence[Procedure] | None = None,
    milestones: Mapping[uuid.UUID, Sequence[MilestoneRow]] | None = None,
) -> Sequence[Subject]:
    """Return what of a ticket that this person may read can be put on paper, the latest last.

    Args:
        session: where to read.
        cipher: for what has to be concealed.
        principal: the reader.
        ticket: which he may read.
        detail: of the ticket, when the caller has it already.
        orders: likewise.
        procedures: likewise.
        milestones: of its plans, likewise.
    """
    detail = detail or await ticket_detail(session, ticket)
    if orders is None:
        orders = await orders_of_ticket(session, principal, ticket.id)
    if procedures is None:
        procedures = await list_procedures(session, ticket.id)
    if milestones is None:
        milestones = await milestones_of(session, [one.id for one in procedures])
    sources = _Sources(
        detail,
        orders,
        procedures,
        (await session.exec(select(Department))).all(),
        milestones,
        personal_data(detail, cipher),
    )
    return [
        *_promises(sources),
        *_service_list(sources),
        *_tasks(sources, principal),
        *[_order(sources, row.order) for row in reversed(orders)],
        *[subject for one in procedures if (subject := _of_procedure(sources, one))],
    ]


def _promises(sources: _Sources) -> list[Subject]:
    return [_promise(sources, commitment) for commitment in sources.detail.commitments]


def _promise(sources: _Sources, commitment: Commitment) -> Subject:
    lead = commitment.department_id or sources.ticket.lead_department_id
    return Subject(
        PaperKind.COMMITMENT,
        commitment.id,
        commitment.number,
        sources.ticket.lead_department_id,
        CommitmentContent(
            ticket=sources.ticket.number,
            title=sources.title,
            category=sources.category,
            issuer=sources.hotline,
            department=sources.unit(lead),
            reference=commitment.number,
            promise=sources.say(commitment.content),
            promised_at=commitment.promised_at,
            due_at=commitment.due_at,
            state=commitment.state.value,
        ),
    )


def _service_list(sources: _Sources) -> list[Subject]:
    ticket = sources.ticket
    if not sources.detail.services:
        return []
    content = ServiceListContent(
        ticket=ticket.number,
        title=sources.title,
        category=sources.category,
        issuer=sources.unit(ticket.lead_department_id) or sources.hotline,
        department=sources.unit(ticket.lead_department_id),
        steps=sources.steps,
    )
    return [
        Subject(
            PaperKind.SERVICE_LIST, ticket.id, ticket.number, ticket.lead_department_id, content
        )
    ]


def _tasks(sources: _Sources, principal: Principal) -> list[Subject]:
    """Return the open tasks of the reader's department; a person on the spot is sent by his own."""
    if sources.ticket.status not in _AT_WORK:
        return []
    return [
        _task(sources, row.assignment)
        for row in sources.detail.assignments
        if row.assignment.ended_at is None
        and row.assignment.department_id == principal.department_id
    ]


def _task(sources: _Sources, task: Assignment) -> Subject:
    ticket, unit = sources.ticket, sources.unit(task.department_id)
    # A secret requester's own account would tell who he is, whatever is struck out of it.
    matter = None if ticket.is_secret else sources.say(ticket.content)
    return Subject(
        PaperKind.FIELD_TASK,
        task.id,
        ticket.number,
        task.department_id,
        FieldTaskContent(
            ticket=ticket.number,
            title=sources.title,
            category=sources.category,
            issuer=unit or sources.hotline,
            department=unit,
            place=sources.known.place,
            matter=matter,
            note=sources.maybe(task.note),
            due_at=ticket.due_at,
            steps=sources.steps,
        ),
    )


def _order(sources: _Sources, order: SupervisionOrder) -> Subject:
    return Subject(
        PaperKind.ORDER,
        order.id,
        order.number,
        order.department_id,
        OrderContent(
            ticket=sources.ticket.number,
            title=sources.title,
            category=sources.category,
            issuer=sources.hotline,
            department=sources.unit(order.department_id),
            reference=order.number,
            level=order.level,
            reason=order.reason.value,
            demand=sources.say(order.demand),
            ordered_at=order.issued_at,
            due_at=order.due_at,
        ),
    )


def _of_procedure(sources: _Sources, procedure: Procedure) -> Subject | None:
    if procedure.decided_at is None:
        return None
    ruling = _RULINGS.get((procedure.kind, procedure.state))
    if ruling is not None:
        return _ruling(sources, procedure, ruling, procedure.decided_at)
    if procedure.kind is ProcedureKind.RECTIFICATION and procedure.state not in _NO_PLAN:
        return _plan(sources, procedure, procedure.decided_at)
    is_final = procedure.kind is ProcedureKind.FINAL_REPLY
    if is_final and procedure.state is ProcedureState.GRANTED:
        return _final_reply(sources, procedure, procedure.decided_at)
    return None


def _plan(sources: _Sources, procedure: Procedure, decided_at: datetime) -> Subject:
    return Subject(
        PaperKind.RECTIFICATION_NOTICE,
        procedure.id,
        str(procedure.nth),
        procedure.opened_department_id,
        RectificationContent(
            ticket=sources.ticket.number,
            title=sources.title,
            category=sources.category,
            issuer=sources.hotline,
            department=sources.unit(procedure.opened_department_id),
            grounds=sources.say(procedure.text),
            milestones=tuple(
                MilestoneLine(one.position, sources.say(one.text), one.due_at)
                for one in (row.milestone for row in sources.milestones.get(procedure.id, ()))
            ),
            decision=sources.maybe(procedure.decision),
            decided_at=decided_at,
        ),
    )


def _ruling(
    sources: _Sources, procedure: Procedure, ruling: Ruling, decided_at: datetime
) -> Subject:
    assigned = sources.of_code(procedure.details.get("next_department"))
    is_designated = ruling is Ruling.DESIGNATED
    concerned = procedure.opened_department_id
    if is_designated:
        concerned = assigned.id if assigned else None
    suggested = sources.of_code(procedure.details.get("suggested_department"))
    return Subject(
        PaperKind.RETURN_RULING,
        procedure.id,
        str(procedure.nth),
        concerned,
        RulingContent(
            ticket=sources.ticket.number,
            title=sources.title,
            category=sources.category,
            issuer=sources.hotline,
            department=sources.unit(concerned),
            ruling=ruling.value,
            reason=procedure.reason,
            grounds=sources.say(procedure.text),
            suggested=suggested.name if suggested else None,
            assigned=assigned.name if assigned else None,
            decision=sources.maybe(procedure.decision),
            decided_at=decided_at,
        ),
    )


def _final_reply(sources: _Sources, procedure: Procedure, decided_at: datetime) -> Subject:
    unit = sources.unit(procedure.opened_department_id)
    return Subject(
        PaperKind.FINAL_REPLY,
        procedure.id,
        str(procedure.nth),
        procedure.opened_department_id,
        FinalReplyContent(
            ticket=sources.ticket.number,
            title=sources.title,
            category=sources.category,
            issuer=unit or sources.hotline,
            department=unit,
            reply=sources.say(procedure.details.get("reply", "")),
            grounds=sources.say(procedure.text),
            decision=sources.maybe(procedure.decision),
            decided_at=decided_at,
        ),
    )


def concerns(subject: Subject, principal: Principal) -> bool:
    """Tell whether something is the part of a person's own department."""
    return principal.department_id is not None and subject.department_id == principal.department_id


async def masked_requester(
    session: AsyncSession, cipher: FieldCipher, ticket: Ticket
) -> str | None:
    """Return the requester's name as a paper to himself carries it; none of a secret requester."""
    if ticket.is_secret:
        return None
    first = (
        await session.exec(select(TicketRequester).where(TicketRequester.ticket_id == ticket.id))
    ).first()
    return mask_name(cipher.decrypt(first.name)) if first else None
