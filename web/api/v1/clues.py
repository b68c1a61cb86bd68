"""Clues: handed to the discipline inspection, and from then on read by it alone."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.supervision.clues.actions import (
    acknowledge_clue,
    answer_about_clue,
    ask_about_clue,
    conclude_clue,
    read_clue,
    transfer_clue,
)
from hotline.supervision.clues.queries import ClueTicketDetail, list_clues, read_detail
from hotline.supervision.clues.rules import ClueGrounds, ClueOutcome, ClueState
from hotline.supervision.models import Clue
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Words
from web.api.ticket_schemas import EventOut, event_out
from web.api.v1.supervision import OrderOut, order_out
from web.resources import Resources
from web.security.guards import requires, signed_in


class ClueLine(Answer):
    """A clue in a list: who handed it over sees number, date and state, and an open question."""

    number: str
    state: str
    transferred_at: Instant
    grounds: str | None
    question: str | None


class ClueList(Answer):
    """A page of clues, the newest first."""

    items: list[ClueLine]
    next_cursor: str | None = None


class ClueKept(Answer):
    """What whoever hands a clue over keeps of it."""

    number: str
    state: str
    transferred_at: Instant


class ClueQuestionOut(Answer):
    """What was asked about a clue, and the answer."""

    question: str
    asked_at: Instant
    answer: str | None
    answered_at: Instant | None


class ClueTicketOut(Answer):
    """A ticket that goes with a clue, personal data masked."""

    number: str
    title: str
    content: str
    status: str
    department: str | None
    orders: list[OrderOut]
    timeline: list[EventOut]


class ClueReadOut(Answer):
    """That somebody read the clue."""

    name: str
    read_at: Instant


class ClueOut(ClueKept):
    """Everything about one clue."""

    grounds: str
    text: str
    transferred_by: str
    acknowledged_at: Instant | None
    questions: list[ClueQuestionOut]
    tickets: list[ClueTicketOut]
    outcome: str | None
    conclusion: str | None
    document: str | None
    concluded_at: Instant | None
    reads: list[ClueReadOut]


class TransferBody(Body):
    """What is handed over, on which grounds, with which tickets."""

    grounds: ClueGrounds
    text: Words
    tickets: list[Annotated[str, Field(max_length=20)]] = Field(default=[], max_length=50)


class QuestionBody(Body):
    """What is asked about a clue."""

    question: Words


class AnswerBody(Body):
    """The answer to what was asked about a clue."""

    answer: Words


class ConclusionBody(Body):
    """What a clue came to."""

    outcome: ClueOutcome
    conclusion: Words
    document: Annotated[OptionalWords, Field(max_length=200)] = None


def _kept(clue: Clue) -> ClueKept:
    return ClueKept(number=clue.number, state=clue.state.value, transferred_at=clue.transferred_at)


def _ticket(one: ClueTicketDetail) -> ClueTicketOut:
    return ClueTicketOut(
        number=one.ticket.number,
        title=mask_text(one.ticket.title),
        content=mask_text(one.ticket.content),
        status=one.ticket.status.value,
        department=one.department,
        orders=[order_out(row) for row in one.orders],
        timeline=[event_out(row) for row in one.timeline],
    )


async def _answer(tx: Tx, number: str) -> ClueOut:
    """Return a clue to the inspection; that it was read is written down."""
    clue = await read_clue(tx, number)
    detail = await read_detail(tx.session, tx.actor, clue)
    plain = tx.cipher.decrypt
    return ClueOut(
        number=clue.number,
        state=clue.state.value,
        transferred_at=clue.transferred_at,
        grounds=clue.grounds.value,
        text=plain(clue.text) or "",
        transferred_by=detail.sender.username,
        acknowledged_at=clue.acknowledged_at,
        questions=[
            ClueQuestionOut(
                question=plain(one.question) or "",
                asked_at=one.asked_at,
                answer=plain(one.answer),
                answered_at=one.answered_at,
            )
            for one in detail.questions
        ],
        tickets=[_ticket(one) for one in detail.tickets],
        outcome=clue.outcome.value if clue.outcome else None,
        conclusion=plain(clue.conclusion),
        document=plain(clue.document),
        concluded_at=clue.concluded_at,
        reads=[ClueReadOut(name=name, read_at=at) for name, at in detail.reads],
    )


_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)


class ClueController(Controller):
    """Clues of the discipline inspection; to everybody else a clue is not there."""

    path = "/clues"
    tags = ("supervision",)

    @get(
        "/",
        guards=[requires(Permission.READ_CLUES)],
        operation_id="listClues",
        operation_class=ApiOperation,
        summary="List clues",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def clues(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        states: Annotated[list[ClueState] | None, QueryParameter(name="state")] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ClueList:
        """List every clue, the newest first."""
        return await _list(reader, principal, resources, states, cursor, limit)

    @get(
        "/sent",
        guards=[requires(Permission.TRANSFER_CLUE)],
        operation_id="listSentClues",
        operation_class=ApiOperation,
        summary="The clues you handed over",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def sent(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ClueList:
        """List number, date and state of the clues you handed over, and what you are asked."""
        return await _list(reader, principal, resources, None, cursor, limit)

    @post(
        "/",
        status_code=201,
        guards=[requires(Permission.TRANSFER_CLUE)],
        operation_id="transferClue",
        operation_class=ApiOperation,
        summary="Hand a clue to the discipline inspection",
        responses=_REFUSALS,
    )
    async def transfer(self, tx: NamedDependency[Tx], data: JSONBody[TransferBody]) -> ClueKept:
        """Hand a clue over; from then on the discipline inspection alone reads it."""
        return _kept(await transfer_clue(tx, **dict(data)))

    @post(
        "/{number:str}/answer",
        status_code=200,
        guards=[requires(Permission.TRANSFER_CLUE)],
        operation_id="answerAboutClue",
        operation_class=ApiOperation,
        summary="Answer a question about a clue you handed over",
        responses=_REFUSALS,
    )
    async def answer(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[AnswerBody]
    ) -> ClueKept:
        """Answer what the discipline inspection asked about a clue that you handed over."""
        return _kept(await answer_about_clue(tx, number, answer=data.answer))

    @get(
        "/{number:str}",
        guards=[signed_in],
        operation_id="readClue",
        operation_class=ApiOperation,
        summary="Read a clue",
        responses=problem_responses(401, 404, 503),
    )
    async def clue(self, tx: NamedDependency[Tx], number: FromPath[str]) -> ClueOut:
        """Return a clue with the tickets that go with it; the reading leaves a record."""
        return await _answer(tx, number)

    @post(
        "/{number:str}/acknowledge",
        status_code=200,
        guards=[signed_in],
        operation_id="acknowledgeClue",
        operation_class=ApiOperation,
        summary="Take a clue up",
        responses=problem_responses(401, 404, 409, 503),
    )
    async def acknowledge(self, tx: NamedDependency[Tx], number: FromPath[str]) -> ClueOut:
        """Say that the discipline inspection has taken a clue up."""
        await acknowledge_clue(tx, number)
        return await _answer(tx, number)

    @post(
        "/{number:str}/ask",
        status_code=200,
        guards=[signed_in],
        operation_id="askAboutClue",
        operation_class=ApiOperation,
        summary="Ask whoever handed a clue over",
        responses=_REFUSALS,
    )
    async def ask(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[QuestionBody]
    ) -> ClueOut:
        """Ask whoever handed a clue over; he sees the question and answers it."""
        await ask_about_clue(tx, number, question=data.question)
        return await _answer(tx, number)

    @post(
        "/{number:str}/conclude",
        status_code=200,
        guards=[signed_in],
        operation_id="concludeClue",
        operation_class=ApiOperation,
        summary="Record what a clue came to",
        responses=_REFUSALS,
    )
    async def conclude(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[ConclusionBody]
    ) -> ClueOut:
        """Record the outcome, with the reference of the document on accountability."""
        await conclude_clue(tx, number, **dict(data))
        return await _answer(tx, number)


async def _list(
    reader: AsyncSession,
    principal: Principal,
    resources: Resources,
    states: list[ClueState] | None,
    cursor: str | None,
    limit: int,
) -> ClueList:
    page = await list_clues(
        reader, principal, state=tuple(states or ()), cursor=cursor, limit=limit
    )
    return ClueList(
        items=[
            ClueLine(
                number=row.number,
                state=row.state.value,
                transferred_at=row.transferred_at,
                grounds=row.grounds.value if row.grounds else None,
                question=resources.cipher.decrypt(row.question),
            )
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )
