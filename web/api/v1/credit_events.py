"""The ledger of credit: events, what became of them, and what people propose."""

import uuid
from datetime import date
from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.entries.actions import (
    accept_entry,
    confirm_proposal,
    propose_entry,
    propose_reversal,
    refuse_proposal,
    tolerate_entry,
)
from credit.entries.queries import (
    EntryCourse,
    EntryFilter,
    EntryRow,
    ProposalRow,
    ledger_of,
    list_proposals,
    read_entry,
    read_proposal,
)
from credit.entries.rules import ProposalState
from credit.ledger import EntryState
from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Unit, Words
from web.security.guards import requires

Code = Annotated[str, Field(min_length=1, max_length=64)]
Document = Annotated[OptionalWords, Field(max_length=120)]
References = Annotated[list[Words], Field(max_length=20)]


class EventOut(Answer):
    """One entry of a department's ledger, by the rule that it was weighed with."""

    id: uuid.UUID
    seq: int
    department: Unit
    code: str
    severity: str
    points: str
    cap: str | None
    cap_days: int | None
    rule_version: int
    source: str
    state: str
    state_since: Instant
    confirm_by: Instant | None
    ticket: str | None
    document: str | None
    proof: dict[str, Any]
    reverses: uuid.UUID | None
    occurred_at: Instant
    recorded_at: Instant


class EventChangeOut(Answer):
    """A state that an entry came to; `reason` is a code or a person's words."""

    seq: int
    state: str
    reason: str
    at: Instant
    by: str | None
    hash: str


class EventCourseOut(EventOut):
    """An entry with all that became of it, and its place in the chain."""

    recorded_by: str | None
    second_by: str | None
    previous_hash: str
    hash: str
    reversed_by: uuid.UUID | None
    changes: list[EventChangeOut]


class EventList(Answer):
    """A page of a ledger, the newest first."""

    items: list[EventOut]
    next_cursor: str | None = None


class CreditProposalOut(Answer):
    """What a person proposed; `event` is the entry it came to, or the one that is to be taken back."""

    id: uuid.UUID
    kind: str
    state: str
    department: Unit
    code: str
    ticket: str | None
    document: str | None
    finding: str
    evidence: list[str]
    happened_on: str
    event: uuid.UUID | None
    proposed_by: str | None
    proposed_at: Instant
    decided_by: str | None
    decision: str | None
    ended_at: Instant | None


class CreditProposalList(Answer):
    """A page of proposals, the newest first."""

    items: list[CreditProposalOut]
    next_cursor: str | None = None


class EventProposalBody(Body):
    """An event: what, whose, what was found, and on what it rests."""

    code: Code
    department: Code
    finding: Words
    ticket: OptionalWords = None
    document: Document = None
    evidence: References = Field(default_factory=list)
    happened_on: date | None = None
    anomaly: uuid.UUID | None = None


class EventReversalBody(Body):
    """Why an entry was a mistake."""

    finding: Words
    evidence: References = Field(default_factory=list)


class ProposalConfirmationBody(Body):
    """What the second person found."""

    words: Words


class ProposalRefusalBody(Body):
    """Why it is set aside."""

    reason: Words


class ToleranceBody(Body):
    """Why a named event does not count, and by which decision."""

    reason: Words
    document: Document = None


def _fields(row: EntryRow) -> dict[str, Any]:
    entry, unit = row.entry, row.department
    return {
        "id": entry.id,
        "seq": entry.seq,
        "department": Unit(code=unit.code, name=unit.name, name_en=unit.name_en),
        "code": entry.code,
        "severity": entry.severity.value,
        "points": str(entry.points),
        "cap": str(entry.cap) if entry.cap is not None else None,
        "cap_days": entry.cap_days,
        "rule_version": entry.rule_version,
        "source": entry.source.value,
        "state": row.state.value,
        "state_since": row.changed_at,
        "confirm_by": row.confirm_by,
        "ticket": entry.ticket_number,
        "document": entry.document,
        "proof": entry.proof,
        "reverses": entry.reverses_id,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
    }


def event_out(row: EntryRow) -> EventOut:
    """Return an entry as a line of a ledger."""
    return EventOut(**_fields(row))


def course_out(course: EntryCourse) -> EventCourseOut:
    """Return an entry with its history."""

    def name(user_id: uuid.UUID | None) -> str | None:
        user = course.people.get(user_id) if user_id else None
        return user.username if user else None

    entry = course.row.entry
    return EventCourseOut(
        **_fields(course.row),
        recorded_by=name(entry.recorded_by),
        second_by=name(entry.second_by),
        previous_hash=entry.previous_hash.hex(),
        hash=entry.hash.hex(),
        reversed_by=course.reversal.id if course.reversal else None,
        changes=[
            EventChangeOut(
                seq=change.seq,
                state=change.state.value,
                reason=mask_text(change.reason),
                at=change.changed_at,
                by=name(change.changed_by),
                hash=change.hash.hex(),
            )
            for change in course.changes
        ],
    )


def proposal_out(row: ProposalRow) -> CreditProposalOut:
    """Return a proposal."""
    one, unit = row.proposal, row.department
    return CreditProposalOut(
        id=one.id,
        kind=one.kind.value,
        state=one.state.value,
        department=Unit(code=unit.code, name=unit.name, name_en=unit.name_en),
        code=one.code,
        ticket=one.ticket_number,
        document=one.document,
        finding=mask_text(one.finding),
        evidence=[mask_text(text) for text in one.evidence],
        happened_on=one.happened_on.isoformat(),
        event=one.entry_id,
        proposed_by=row.proposer.username if row.proposer else None,
        proposed_at=one.proposed_at,
        decided_by=row.decider.username if row.decider else None,
        decision=mask_text(one.decision) if one.decision else None,
        ended_at=one.ended_at,
    )


class CreditLedgerController(Controller):
    """The ledger of one department."""

    path = "/credit/departments"
    tags = ("credit",)

    @get(
        "/{code:str}/events",
        guards=[requires(Permission.READ_LIVE_CREDIT)],
        operation_id="listCreditEvents",
        operation_class=ApiOperation,
        summary="A department's ledger",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def list_all(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        code: FromPath[str],
        states: Annotated[list[EntryState] | None, QueryParameter(name="state")] = None,
        events: Annotated[list[str] | None, QueryParameter(name="event")] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> EventList:
        """List the events of a department: its own people and the hotline see it, nobody else."""
        found = await ledger_of(
            reader,
            principal,
            code,
            EntryFilter(state=tuple(states or ()), code=tuple(events or ())),
            cursor=cursor,
            limit=limit,
        )
        return EventList(
            items=[event_out(row) for row in found.items], next_cursor=found.next_cursor
        )


class CreditEventController(Controller):
    """One event, and what people do about it."""

    path = "/credit/events"
    tags = ("credit",)

    @get(
        "/{entry_id:uuid}",
        guards=[requires(Permission.READ_LIVE_CREDIT)],
        operation_id="readCreditEvent",
        operation_class=ApiOperation,
        summary="One event with its history",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        entry_id: FromPath[uuid.UUID],
    ) -> EventCourseOut:
        """Return an event, every state it came to, and its place in the chain."""
        return course_out(await read_entry(reader, principal, entry_id))

    @post(
        "/{entry_id:uuid}/accept",
        status_code=200,
        guards=[requires(Permission.ACCEPT_CREDIT)],
        operation_id="acceptCreditEvent",
        operation_class=ApiOperation,
        summary="Accept an event of your department",
        responses=problem_responses(401, 403, 404, 409, 503),
    )
    async def accept(
        self, tx: NamedDependency[Tx], entry_id: FromPath[uuid.UUID]
    ) -> EventCourseOut:
        """Let a provisional event count from now on."""
        await accept_entry(tx, entry_id)
        return await _course(tx, entry_id)

    @post(
        "/{entry_id:uuid}/reverse",
        guards=[requires(Permission.ENTER_CREDIT)],
        operation_id="reverseCreditEvent",
        operation_class=ApiOperation,
        summary="Propose that an event is taken back",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def reverse(
        self,
        tx: NamedDependency[Tx],
        entry_id: FromPath[uuid.UUID],
        data: JSONBody[EventReversalBody],
    ) -> CreditProposalOut:
        """Propose a correction; a second person confirms it as any other proposal."""
        proposal = await propose_reversal(
            tx, entry_id, finding=data.finding, evidence=data.evidence
        )
        return await _proposal(tx, proposal.id)

    @post(
        "/{entry_id:uuid}/tolerate",
        status_code=200,
        guards=[requires(Permission.TOLERATE_CREDIT)],
        operation_id="tolerateCreditEvent",
        operation_class=ApiOperation,
        summary="Decide that an event does not count",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def tolerate(
        self, tx: NamedDependency[Tx], entry_id: FromPath[uuid.UUID], data: JSONBody[ToleranceBody]
    ) -> EventCourseOut:
        """Cancel a named event: a fault in good faith is excused."""
        await tolerate_entry(tx, entry_id, reason=data.reason, document=data.document)
        return await _course(tx, entry_id)


class CreditProposalController(Controller):
    """What people propose for the ledger."""

    path = "/credit/proposals"
    tags = ("credit",)
    guards = (requires(Permission.ENTER_CREDIT),)

    @get(
        operation_id="listCreditProposals",
        operation_class=ApiOperation,
        summary="Proposals for the ledger",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_all(
        self,
        reader: NamedDependency[AsyncSession],
        states: Annotated[list[ProposalState] | None, QueryParameter(name="state")] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> CreditProposalList:
        """List proposals; with `state=waiting` those that wait for a second person."""
        found = await list_proposals(reader, states or (), cursor=cursor, limit=limit)
        return CreditProposalList(
            items=[proposal_out(row) for row in found.items], next_cursor=found.next_cursor
        )

    @get(
        "/{proposal_id:uuid}",
        operation_id="readCreditProposal",
        operation_class=ApiOperation,
        summary="One proposal",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self, reader: NamedDependency[AsyncSession], proposal_id: FromPath[uuid.UUID]
    ) -> CreditProposalOut:
        """Return a proposal and what became of it."""
        return proposal_out(await read_proposal(reader, proposal_id))

    @post(
        operation_id="proposeCreditEvent",
        operation_class=ApiOperation,
        summary="Propose an event",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def propose(
        self, tx: NamedDependency[Tx], data: JSONBody[EventProposalBody]
    ) -> CreditProposalOut:
        """Propose an event; what one person may enter is entered at once, the rest waits."""
        proposal = await propose_entry(
            tx,
            code=data.code,
            department=data.department,
            finding=data.finding,
            ticket=data.ticket,
            document=data.document,
            evidence=data.evidence,
            happened_on=data.happened_on,
            card_id=data.anomaly,
        )
        return await _proposal(tx, proposal.id)

    @post(
        "/{proposal_id:uuid}/confirm",
        status_code=200,
        operation_id="confirmCreditProposal",
        operation_class=ApiOperation,
        summary="Confirm a proposal as the second person",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def confirm(
        self,
        tx: NamedDependency[Tx],
        proposal_id: FromPath[uuid.UUID],
        data: JSONBody[ProposalConfirmationBody],
    ) -> CreditProposalOut:
        """Confirm what another has proposed; never what is one's own, or one's department's."""
        await confirm_proposal(tx, proposal_id, words=data.words)
        return await _proposal(tx, proposal_id)

    @post(
        "/{proposal_id:uuid}/refuse",
        status_code=200,
        operation_id="refuseCreditProposal",
        operation_class=ApiOperation,
        summary="Set a proposal aside",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def refuse(
        self,
        tx: NamedDependency[Tx],
        proposal_id: FromPath[uuid.UUID],
        data: JSONBody[ProposalRefusalBody],
    ) -> CreditProposalOut:
        """Set a proposal aside; whoever made it takes it back in the same way."""
        await refuse_proposal(tx, proposal_id, reason=data.reason)
        return await _proposal(tx, proposal_id)


async def _course(tx: Tx, entry_id: uuid.UUID) -> EventCourseOut:
    await tx.session.flush()  # the answer reads back what was written
    return course_out(await read_entry(tx.session, tx.actor, entry_id))


async def _proposal(tx: Tx, proposal_id: uuid.UUID) -> CreditProposalOut:
    await tx.session.flush()  # the answer reads back what was written
    return proposal_out(await read_proposal(tx.session, proposal_id))
