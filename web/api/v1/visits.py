"""Return visits and field checks: who is to be asked, what was answered, what was found on the spot."""

import uuid
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.actions import skip_visit
from hotline.followup.comparison import Heard
from hotline.followup.field_checks import (
    FieldCheckNotFound,
    Finding,
    confirm_check,
    miss_check,
    record_check,
)
from hotline.followup.models import CheckState, MissedReason
from hotline.followup.queries import (
    AnswerFilter,
    CheckFilter,
    CheckRow,
    DeskRow,
    compare_units,
    find_check,
    list_answers,
    list_checks,
    list_desk,
    list_plans,
)
from hotline.followup.rules import VisitSkip, next_attempt, part_of
from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Unit, Words
from web.resources import Resources
from web.security.guards import requires


class RequesterAsked(Answer):
    """How far the asking of one requester is; `id` says who of several was asked."""

    id: uuid.UUID | None
    has_phone: bool
    tried: list[str]
    is_answered: bool
    can_be_tried_now: bool
    next_attempt_at: Instant | None


class VisitOut(Answer):
    """A ticket whose requesters are to be asked, personal data masked."""

    ticket: str
    title: str
    department: Unit | None
    due_at: Instant | None
    round: int
    version: int
    attempts: int
    is_waiting_for_link: bool
    requesters: list[RequesterAsked]


class VisitList(Answer):
    """A page of the visitors' desk, the one due first at the head."""

    part: str
    items: list[VisitOut]
    next_cursor: str | None = None


class SkipBody(Body):
    """Why a ticket is left for later."""

    reason: VisitSkip


class AnswerOut(Answer):
    """What was answered; words masked, a rating only where one was given."""

    at: Instant
    ticket: str
    department: Unit | None
    road: str | None
    solved: bool
    rating: int | None
    contacted: bool | None
    words: str | None
    excluded_reason: str | None


class AnswerList(Answer):
    """A page of answers, the newest first."""

    items: list[AnswerOut]
    next_cursor: str | None = None


class HeardOut(Answer):
    """What was answered; only who gave a rating counts as satisfied or not."""

    answers: int
    unsatisfied: int
    rated: int
    satisfied: int


class ComparedOut(Answer):
    """A department's own result beside the hotline's; the difference in percentage points."""

    department: Unit
    own: HeardOut
    hotline: HeardOut
    difference: float | None
    is_marked: bool


class ComparisonOut(Answer):
    """Every department about which somebody answered."""

    items: list[ComparedOut]


class FieldCheckOut(Answer):
    """A field check, personal data masked."""

    id: uuid.UUID
    month: str
    ticket: str
    department: Unit
    state: str
    checked_by: str | None
    checked_at: Instant | None
    is_done: bool | None
    words: str | None
    lat: float | None
    long: float | None
    photos: list[str]
    missed_reason: str | None
    is_confirmed: bool | None
    confirmed_at: Instant | None


class FieldCheckPlanOut(Answer):
    """A month's draw beside what was done of it."""

    month: str
    seed: str
    solved: int
    drawn: int
    done: int
    missed: int
    found_not_done: int


class FieldCheckList(Answer):
    """A page of field checks, the latest month first, and the latest months."""

    plans: list[FieldCheckPlanOut]
    items: list[FieldCheckOut]
    next_cursor: str | None = None


class FindingBody(Body):
    """What was found on the spot."""

    is_done: bool
    words: Annotated[Words, Field(max_length=2000)]
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    long: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    photos: tuple[Annotated[Words, Field(max_length=200)], ...] = Field(default=(), max_length=20)


class MissedBody(Body):
    """Why a field check did not take place."""

    reason: MissedReason
    words: Annotated[OptionalWords, Field(max_length=2000)] = None


class ConfirmationBody(Body):
    """Whether a finding of "not done" holds, said by a second person."""

    confirm: bool
    explanation: Annotated[Words, Field(max_length=2000)]
    reopen: bool = Field(default=False, description="Have the matter handled again")


def _unit(unit: Department | None) -> Unit | None:
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en) if unit else None


def visit_out(row: DeskRow, now: datetime) -> VisitOut:
    """Return a ticket of the desk, personal data masked."""
    return VisitOut(
        ticket=row.ticket.number,
        title=mask_text(row.ticket.title),
        department=_unit(row.lead),
        due_at=row.ticket.due_at,
        round=row.ticket.round,
        version=row.ticket.version,
        attempts=len(row.visits),
        is_waiting_for_link=row.is_waiting,
        requesters=[
            RequesterAsked(
                id=one.requester_id,
                has_phone=one.has_phone,
                tried=sorted(one.tried),
                is_answered=one.answer is not None,
                can_be_tried_now=one.is_open and part_of(now) not in one.tried,
                next_attempt_at=next_attempt(one.tried, now) if one.is_open else None,
            )
            for one in row.asked
        ],
    )


def check_out(row: CheckRow) -> FieldCheckOut:
    """Return a field check, personal data masked."""
    check = row.check
    return FieldCheckOut(
        id=check.id,
        month=f"{check.month:%Y-%m}",
        ticket=row.number,
        department=Unit(
            code=row.department.code, name=row.department.name, name_en=row.department.name_en
        ),
        state=check.state.value,
        checked_by=row.checker.username if row.checker else None,
        checked_at=check.checked_at,
        is_done=check.is_done,
        words=mask_text(check.words or "") or None,
        lat=check.lat,
        long=check.long,
        photos=list(check.photos),
        missed_reason=check.missed_reason.value if check.missed_reason else None,
        is_confirmed=check.is_confirmed,
        confirmed_at=check.confirmed_at,
    )


def _heard(heard: Heard) -> HeardOut:
    return HeardOut(
        answers=heard.answers,
        unsatisfied=heard.unsatisfied,
        rated=heard.rated,
        satisfied=heard.satisfied,
    )


_Since = Annotated[
    datetime | None, QueryParameter(name="from", description="Given at this instant or later")
]
_Until = Annotated[datetime | None, QueryParameter(name="to", description="Given before this one")]
_COMPARED = timedelta(days=90)


class VisitController(Controller):
    """Return visits."""

    path = "/visits"
    tags = ("visits",)

    @get(
        guards=[requires(Permission.READ_VISITS)],
        operation_id="listVisits",
        operation_class=ApiOperation,
        summary="Whom to ask",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def desk(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        only_now: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> VisitList:
        """List the tickets in visit with how far each requester's asking is, the one due first first.

        `only_now` leaves out whoever was tried in this part of the day already.
        """
        now = resources.clock.now()
        page = await list_desk(reader, now, only_now=only_now, cursor=cursor, limit=limit)
        return VisitList(
            part=part_of(now).value,
            items=[visit_out(row, now) for row in page.items],
            next_cursor=page.next_cursor,
        )

    @post(
        "/{number:str}/skip",
        status_code=204,
        guards=[requires(Permission.SKIP_VISITS)],
        operation_id="skipVisit",
        operation_class=ApiOperation,
        summary="Leave a visit for later",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def skip(
        self, tx: NamedDependency[Tx], number: FromPath[str], data: JSONBody[SkipBody]
    ) -> None:
        """Let others come first for an hour; the reason stands in the ticket's timeline."""
        await skip_visit(tx, number, reason=data.reason)

    @get(
        "/answers",
        guards=[requires(Permission.READ_VISITS)],
        operation_id="listAnswers",
        operation_class=ApiOperation,
        summary="What requesters answered",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def answers(
        self,
        reader: NamedDependency[AsyncSession],
        own: Annotated[bool, QueryParameter(description="To the departments themselves")] = False,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        unsatisfied: Annotated[bool, QueryParameter()] = False,
        rated: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> AnswerList:
        """List answers, the newest first; a rating stands only where one was given."""
        page = await list_answers(
            reader,
            AnswerFilter(own=own, department=department, unsatisfied=unsatisfied, rated=rated),
            cursor=cursor,
            limit=limit,
        )
        return AnswerList(
            items=[
                AnswerOut(
                    at=row.at,
                    ticket=row.number,
                    department=_unit(row.department),
                    road=row.road.value if row.road else None,
                    solved=row.is_solved,
                    rating=row.rating,
                    contacted=row.was_contacted,
                    words=mask_text(row.note or "") or None,
                    excluded_reason=row.excluded_reason.value if row.excluded_reason else None,
                )
                for row in page.items
            ],
            next_cursor=page.next_cursor,
        )

    @get(
        "/comparison",
        guards=[requires(Permission.READ_VISITS)],
        operation_id="compareVisits",
        operation_class=ApiOperation,
        summary="Departments' own visits beside the hotline's",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def comparison(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        since: _Since = None,
        until: _Until = None,
    ) -> ComparisonOut:
        """Compare what departments heard of their own requesters with what the hotline heard.

        Marked where a department heard of fewer unsatisfied by more than 5 points, from 20 answers on
        each side. Without instants: the last ninety days.
        """
        end = until or resources.clock.now()
        return ComparisonOut(
            items=[
                ComparedOut(
                    department=Unit(
                        code=row.department.code,
                        name=row.department.name,
                        name_en=row.department.name_en,
                    ),
                    own=_heard(row.heard.own),
                    hotline=_heard(row.heard.hotline),
                    difference=row.heard.difference,
                    is_marked=row.heard.is_marked,
                )
                for row in await compare_units(reader, since or end - _COMPARED, end)
            ]
        )


class FieldCheckController(Controller):
    """Places that are looked at."""

    path = "/field-checks"
    tags = ("visits",)

    @get(
        guards=[requires(Permission.READ_VISITS)],
        operation_id="listFieldChecks",
        operation_class=ApiOperation,
        summary="List field checks",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def checks(
        self,
        reader: NamedDependency[AsyncSession],
        month: Annotated[date | None, QueryParameter(description="Its first day")] = None,
        check_state: Annotated[CheckState | None, QueryParameter(name="state")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        unconfirmed: Annotated[bool, QueryParameter()] = False,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> FieldCheckList:
        """List field checks, the latest month first, with the latest months' plans."""
        page = await list_checks(
            reader,
            CheckFilter(
                month=month, state=check_state, department=department, unconfirmed=unconfirmed
            ),
            cursor=cursor,
            limit=limit,
        )
        return FieldCheckList(
            plans=[
                FieldCheckPlanOut(
                    month=f"{row.plan.month:%Y-%m}",
                    seed=row.plan.seed,
                    solved=row.plan.closed_count,
                    drawn=row.plan.drawn_count,
                    done=row.done,
                    missed=row.missed,
                    found_not_done=row.not_done,
                )
                for row in await list_plans(reader)
            ],
            items=[check_out(row) for row in page.items],
            next_cursor=page.next_cursor,
        )

    @post(
        "/{check_id:uuid}/record",
        status_code=200,
        guards=[requires(Permission.CHECK_PLACES)],
        operation_id="recordFieldCheck",
        operation_class=ApiOperation,
        summary="Record what was found on the spot",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def record(
        self, tx: NamedDependency[Tx], check_id: FromPath[uuid.UUID], data: JSONBody[FindingBody]
    ) -> FieldCheckOut:
        """Record what was found; that something is not done waits for a second person."""
        await record_check(tx, check_id, Finding(**dict(data)))
        return await _answer(tx, check_id)

    @post(
        "/{check_id:uuid}/miss",
        status_code=200,
        guards=[requires(Permission.CHECK_PLACES)],
        operation_id="missFieldCheck",
        operation_class=ApiOperation,
        summary="Say why a field check did not take place",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def miss(
        self, tx: NamedDependency[Tx], check_id: FromPath[uuid.UUID], data: JSONBody[MissedBody]
    ) -> FieldCheckOut:
        """Record that it did not take place, and why."""
        await miss_check(tx, check_id, reason=data.reason, words=data.words)
        return await _answer(tx, check_id)

    @post(
        "/{check_id:uuid}/confirm",
        status_code=200,
        guards=[requires(Permission.CONFIRM_CHECKS)],
        operation_id="confirmFieldCheck",
        operation_class=ApiOperation,
        summary="Confirm that something is not done",
        responses=problem_responses(401, 403, 404, 409, 410, 422, 503),
    )
    async def confirm(
        self,
        tx: NamedDependency[Tx],
        check_id: FromPath[uuid.UUID],
        data: JSONBody[ConfirmationBody],
    ) -> FieldCheckOut:
        """Confirm a finding as a second person, or set it aside; reopening goes with it if wanted."""
        given: dict[str, Any] = dict(data)
        await confirm_check(tx, check_id, **given)
        return await _answer(tx, check_id)


async def _answer(tx: Tx, check_id: uuid.UUID) -> FieldCheckOut:
    await tx.session.flush()  # the answer reads back what was written
    row = await find_check(tx.session, check_id)
    if row is None:
        raise FieldCheckNotFound
    return check_out(row)
