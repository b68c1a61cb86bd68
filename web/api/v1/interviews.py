"""Interviews: called, recorded, followed up, closed."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import AwareDatetime, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.supervision.interviews.actions import (
    cancel_interview,
    close_interview,
    follow_up_interview,
    fulfil_promise,
    hold_interview,
    plan_interview,
)
from hotline.supervision.interviews.queries import (
    InterviewDetail,
    InterviewFilter,
    InterviewRow,
    list_interviews,
    read_interview,
    read_proposals,
)
from hotline.supervision.interviews.rules import (
    InterviewPromise,
    InterviewReason,
    InterviewState,
)
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody, Answer, Body, Instant, OptionalWords, Unit, Words
from web.resources import Resources
from web.security.guards import requires
from web.views.interviews import floors_of


class InterviewLine(Answer):
    """An interview in a list."""

    number: str
    department: Unit
    reason: str
    state: str
    planned_at: Instant
    due_at: Instant | None


class InterviewList(Answer):
    """A page of interviews, the latest first."""

    items: list[InterviewLine]
    next_cursor: str | None = None


class PromisedOut(Answer):
    """What was promised at an interview."""

    position: int
    text: str
    due_at: Instant
    done_at: Instant | None
    evidence: str | None


class InterviewOut(InterviewLine):
    """Everything about one interview, personal data masked."""

    version: int
    explanation: str
    interviewer: str
    called: str
    place: str
    tickets: list[str]
    held_at: Instant | None
    attendance: str | None
    minutes: str | None
    promises: list[PromisedOut]
    follow_up: str | None
    followed_up_at: Instant | None
    closing: str | None
    closed_at: Instant | None


class ProposalOut(Answer):
    """A unit that the last two months propose for an interview: shares and of how many, by month."""

    department: Unit
    reason: str
    shares: list[float]
    counts: list[int]


class ProposalList(Answer):
    """Whom the figures propose; people decide."""

    items: list[ProposalOut]


ShortWords = Annotated[Words, Field(max_length=200)]


class PlanBody(Body):
    """Who is called to an interview, when, and why."""

    department: Annotated[str, Field(max_length=64)]
    reason: InterviewReason
    explanation: Words
    interviewer: ShortWords
    called: ShortWords
    planned_at: AwareDatetime
    place: ShortWords
    tickets: list[Annotated[str, Field(max_length=20)]] = Field(default=[], max_length=50)


class PromiseBody(Body):
    """What was promised, and by when."""

    text: ShortWords
    due_at: AwareDatetime


class HoldBody(ActionBody):
    """The record of an interview that was held."""

    held_at: AwareDatetime
    attendance: Words
    minutes: Words
    promises: list[PromiseBody] = Field(default=[], max_length=20)
    follow_up_due_at: AwareDatetime


class FulfilBody(ActionBody):
    """Which promise is done, and what shows it."""

    position: int = Field(ge=1, le=20)
    evidence: Words


class FindingBody(ActionBody):
    """What was found on looking again."""

    finding: Words


class ClosingBody(ActionBody):
    """Why it is closed; needed where a promise is not done."""

    explanation: OptionalWords = None


class CancelBody(ActionBody):
    """Why it is called off."""

    reason: Words


def _unit(row: InterviewRow | InterviewDetail) -> Unit:
    unit = row.department
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en)


def _line(row: InterviewRow) -> InterviewLine:
    one = row.interview
    return InterviewLine(
        number=one.number,
        department=_unit(row),
        reason=one.reason.value,
        state=one.state.value,
        planned_at=one.planned_at,
        due_at=one.due_at,
    )


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else None


def interview_out(detail: InterviewDetail) -> InterviewOut:
    """Return an interview, personal data masked."""
    one = detail.interview
    return InterviewOut(
        number=one.number,
        department=_unit(detail),
        reason=one.reason.value,
        state=one.state.value,
        planned_at=one.planned_at,
        due_at=one.due_at,
        version=one.version,
        explanation=mask_text(one.explanation),
        interviewer=one.interviewer,
        called=one.called,
        place=one.place,
        tickets=[number for number, _ in detail.tickets],
        held_at=one.held_at,
        attendance=one.attendance,
        minutes=_masked(one.minutes),
        promises=[
            PromisedOut(
                position=promise.position,
                text=mask_text(promise.text),
                due_at=promise.due_at,
                done_at=promise.done_at,
                evidence=_masked(promise.evidence),
            )
            for promise in detail.promises
        ],
        follow_up=_masked(one.follow_up),
        followed_up_at=one.followed_up_at,
        closing=_masked(one.closing),
        closed_at=one.closed_at,
    )


async def _answer(tx: Tx, number: str) -> InterviewOut:
    await tx.session.flush()  # the answer reads back what the action has written
    return interview_out(await read_interview(tx.session, tx.actor, number))


_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)


class InterviewController(Controller):
    """Interviews: whoever supervises sees all, a leader those of his department."""

    path = "/interviews"
    tags = ("supervision",)
    guards = (requires(Permission.READ_INTERVIEWS),)

    @get(
        "/",
        operation_id="listInterviews",
        operation_class=ApiOperation,
        summary="List interviews",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def interviews(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        states: Annotated[list[InterviewState] | None, QueryParameter(name="state")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> InterviewList:
        """List the interviews you may see, the latest first."""
        page = await list_interviews(
            reader,
            principal,
            InterviewFilter(state=tuple(states or ()), department=department),
            cursor=cursor,
            limit=limit,
        )
        return InterviewList(items=[_line(row) for row in page.items], next_cursor=page.next_cursor)

    @get(
        "/proposals",
        guards=[requires(Permission.INTERVIEW)],
        operation_id="listInterviewProposals",
        operation_class=ApiOperation,
        summary="Whom the figures propose",
        responses=problem_responses(401, 403, 503),
    )
    async def proposals(
        self,
        request: Request[Any, Any, Any],
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> ProposalList:
        """Return the units below a floor in each of the last two whole months; nothing follows."""
        found = await read_proposals(
            reader, floors_of(request.app.state.settings), resources.clock.now()
        )
        return ProposalList(
            items=[
                ProposalOut(
                    department=Unit(code=unit.code, name=unit.name, name_en=unit.name_en),
                    reason=proposal.reason.value,
                    shares=[round(share, 4) for share in proposal.shares],
                    counts=list(proposal.counts),
                )
                for proposal, unit in found
            ]
        )

    @post(
        "/",
        status_code=201,
        guards=[requires(Permission.INTERVIEW)],
        operation_id="planInterview",
        operation_class=ApiOperation,
        summary="Call a department to an interview",
        responses=_REFUSALS,
    )
    async def plan(self, tx: NamedDependency[Tx], data: JSONBody[PlanBody]) -> InterviewOut:
        """Call the people of a department to an interview; its leaders are told."""
        interview = await plan_interview(tx, **dict(data))
        return await _answer(tx, interview.number)

    @get(
        "/{number:str}",
        operation_id="readInterview",
        operation_class=ApiOperation,
        summary="Read an interview",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def interview(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        number: FromPath[str],
    ) -> InterviewOut:
        """Return everything about an interview that you may see."""
        return interview_out(await read_interview(reader, principal, number))

    @post(
        "/{number:str}/hold",
        status_code=200,
        operation_id="holdInterview",
        operation_class=ApiOperation,
        summary="Record an interview that was held",
        responses=_REFUSALS,
    )
    async def hold(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[HoldBody]
    ) -> InterviewOut:
        """Record who came, what was said, what was promised, and when somebody looks again."""
        await hold_interview(
            tx,
            number,
            held_at=data.held_at,
            attendance=data.attendance,
            minutes=data.minutes,
            promises=[InterviewPromise(one.text, one.due_at) for one in data.promises],
            follow_up_due_at=data.follow_up_due_at,
            expected_version=data.expected_version,
        )
        return await _answer(tx, number)

    @post(
        "/{number:str}/fulfil",
        status_code=200,
        operation_id="fulfilInterviewPromise",
        operation_class=ApiOperation,
        summary="Show that a promise is done",
        responses=_REFUSALS,
    )
    async def fulfil(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[FulfilBody]
    ) -> InterviewOut:
        """Show that what was promised at an interview is done."""
        await fulfil_promise(tx, number, **dict(data))
        return await _answer(tx, number)

    @post(
        "/{number:str}/follow-up",
        status_code=200,
        operation_id="followUpInterview",
        operation_class=ApiOperation,
        summary="Record what became of it",
        responses=_REFUSALS,
    )
    async def follow_up(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[FindingBody]
    ) -> InterviewOut:
        """Record what became of an interview, after somebody looked."""
        await follow_up_interview(tx, number, **dict(data))
        return await _answer(tx, number)

    @post(
        "/{number:str}/close",
        status_code=200,
        operation_id="closeInterview",
        operation_class=ApiOperation,
        summary="Close an interview",
        responses=_REFUSALS,
    )
    async def close(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[ClosingBody]
    ) -> InterviewOut:
        """Close an interview that was followed up; a promise not done needs an explanation."""
        await close_interview(tx, number, **dict(data))
        return await _answer(tx, number)

    @post(
        "/{number:str}/cancel",
        status_code=200,
        operation_id="cancelInterview",
        operation_class=ApiOperation,
        summary="Call an interview off",
        responses=_REFUSALS,
    )
    async def cancel(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[CancelBody]
    ) -> InterviewOut:
        """Call off an interview that was planned."""
        await cancel_interview(tx, number, **dict(data))
        return await _answer(tx, number)
