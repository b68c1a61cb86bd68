"""Visits of observers, what was found there and how it is put right, and their reports."""

import uuid
from datetime import date
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.access import observer_of
from credit.observers.actions.snaps import SnapReport, send_snap
from credit.observers.actions.visits import (
    answer_finding,
    confirm_finding,
    plan_visit,
    record_own_visit,
    record_planned_visit,
    send_finding_back,
    set_finding_aside,
)
from credit.observers.models import ObserverFindingStep
from credit.observers.queries import SnapLine, list_snaps, read_snap
from credit.observers.rules import CheckItem, FindingState, FindingStep, ItemVerdict, VisitRecord
from credit.observers.visit_queries import (
    FindingRow,
    VisitRow,
    VisitShown,
    list_findings,
    list_visits,
    read_finding,
    read_visit,
    tally_visits,
)
from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.intake import clean_phone
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody, Answer, Body, Instant, OptionalWords, Unit, Words
from web.resources import Resources
from web.security.guards import requires
from web.snaps import take_in_snap
from web.views.observers import snap_steps

_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)
Cursor = Annotated[str | None, QueryParameter(max_length=400)]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Photos = Annotated[list[Annotated[Words, Field(max_length=500)]], Field(max_length=20)]
Latitude = Annotated[float, Field(ge=-90, le=90)] | None
Longitude = Annotated[float, Field(ge=-180, le=180)] | None


class VisitOut(Answer):
    """A visit; the observer is named by his number and nickname."""

    id: uuid.UUID
    number: str
    observer: str
    department: Unit
    due_at: Instant | None
    is_overdue: bool
    checked_in_at: Instant | None
    visited_on: date | None
    place: str | None
    items: dict[str, str]
    words: str | None
    lat: float | None
    long: float | None
    photos: list[str]
    finding_id: uuid.UUID | None
    finding_state: str | None


class VisitTallyOut(Answer):
    """Visits asked for whose day has come, beside those made."""

    asked: int
    on_time: int
    late: int
    missing: int
    own: int
    rate: float | None


class VisitList(Answer):
    """A page of visits, the newest first, with how many were made as asked for."""

    tally: VisitTallyOut
    items: list[VisitOut]
    next_cursor: str | None = None


class FindingStepOut(Answer):
    """What was done about a finding."""

    step: str
    text: str
    photos: list[str]
    by: str
    at: Instant
    due_at: Instant | None


class FindingLine(Answer):
    """A finding in a list."""

    id: uuid.UUID
    visit: str
    department: Unit
    observer: str
    state: str
    text: str
    opened_at: Instant
    due_at: Instant | None
    is_overdue: bool


class FindingList(Answer):
    """A page of findings, the newest first."""

    items: list[FindingLine]
    next_cursor: str | None = None


class FindingOut(FindingLine):
    """A finding with what was done about it."""

    version: int
    steps: list[FindingStepOut]


class SnapLineOut(Answer):
    """A report and how far its ticket is."""

    number: str
    title: str
    status: str
    hold: str | None
    sent_at: Instant


class SnapList(Answer):
    """A page of your reports, the newest first."""

    items: list[SnapLineOut]
    next_cursor: str | None = None


class SnapStepOut(Answer):
    """A step that the public may know of: what was done, by which unit, when."""

    at: Instant
    step: str
    unit: str


class SnapOut(SnapLineOut):
    """A report with the public steps of its ticket."""

    steps: list[SnapStepOut]


class RecordBody(Body):
    """What an observer brings back from a visit."""

    visited_on: date
    place: Annotated[Words, Field(max_length=200)]
    items: Annotated[dict[CheckItem, ItemVerdict], Field(min_length=1)]
    words: OptionalWords = None
    finding: OptionalWords = None
    lat: Latitude = None
    long: Longitude = None
    photos: Photos = Field(default=[])

    def record(self) -> VisitRecord:
        """Return it as the field knows it."""
        return VisitRecord(
            visited_on=self.visited_on,
            place=self.place,
            items=self.items,
            words=self.words,
            finding=self.finding,
            lat=self.lat,
            long=self.long,
            photos=self.photos,
        )


class OwnVisitBody(RecordBody):
    """A visit that an observer made of his own accord."""

    department: Annotated[str, Field(min_length=1, max_length=64)]


class PlanBody(Body):
    """Who is asked to visit whom, by when."""

    observer: uuid.UUID
    department: Annotated[str, Field(min_length=1, max_length=64)]
    due_on: date


class FindingAnswerBody(ActionBody):
    """What a department has done."""

    text: Words
    photos: Photos = Field(default=[])


class ExplanationBody(ActionBody):
    """What was seen."""

    explanation: Words


class WhyBody(ActionBody):
    """Why."""

    reason: Words


class SnapBody(Body):
    """What an observer has seen; `key` is your own name for it, so that it comes once."""

    key: uuid.UUID
    title: Annotated[Words, Field(max_length=200)]
    content: Annotated[Words, Field(max_length=5000)]
    address: Annotated[Words, Field(max_length=300)]
    is_suggestion: bool = False
    phone: Annotated[str, Field(max_length=32)] | None = None
    lat: Latitude = None
    long: Longitude = None


def _unit(unit: Department) -> Unit:
    return Unit(code=unit.code, name=unit.name, name_en=unit.name_en)


def _visit(row: VisitRow, resources: Resources) -> VisitOut:
    one = row.visit
    return VisitOut(
        id=one.id,
        number=one.number,
        observer=f"{row.observer.number} {row.observer.nickname}",
        department=_unit(row.department),
        due_at=one.due_at,
        is_overdue=row.is_overdue(resources.clock.now()),
        checked_in_at=one.checked_in_at,
        visited_on=one.visited_on,
        place=one.place and mask_text(one.place),
        items=one.items,
        words=one.words and mask_text(one.words),
        lat=one.lat,
        long=one.long,
        photos=list(one.photos),
        finding_id=row.finding.id if row.finding else None,
        finding_state=row.finding.state.value if row.finding else None,
    )


def _finding(row: FindingRow, resources: Resources) -> FindingLine:
    one = row.finding
    return FindingLine(
        id=one.id,
        visit=row.visit.number,
        department=_unit(row.department),
        observer=f"{row.observer.number} {row.observer.nickname}",
        state=one.state.value,
        text=mask_text(one.text),
        opened_at=one.opened_at,
        due_at=one.due_at,
        is_overdue=row.is_overdue(resources.clock.now()),
    )


def _by(one: ObserverFindingStep, line: FindingLine) -> str:
    if one.is_observer:
        return line.observer
    return line.department.code if one.step is FindingStep.ANSWERED else "supervisor"


async def _whole_finding(
    session: AsyncSession, principal: Principal, resources: Resources, finding_id: uuid.UUID
) -> FindingOut:
    detail = await read_finding(session, principal, finding_id)
    line = _finding(detail.row, resources)
    return FindingOut(
        id=line.id,
        visit=line.visit,
        department=line.department,
        observer=line.observer,
        state=line.state,
        text=line.text,
        opened_at=line.opened_at,
        due_at=line.due_at,
        is_overdue=line.is_overdue,
        version=detail.row.finding.version,
        steps=[
            FindingStepOut(
                step=one.step.value,
                text=mask_text(one.text),
                photos=list(one.photos),
                by=_by(one, line),
                at=one.at,
                due_at=one.due_at,
            )
            for one in detail.steps
        ],
    )


class ObserverVisitController(Controller):
    """Visits: a supervisor asks for them, observers record them."""

    path = "/observer-visits"
    tags = ("observers",)

    @get(
        "/",
        guards=[requires(Permission.READ_SURVEYS)],
        operation_id="listObserverVisits",
        operation_class=ApiOperation,
        summary="List visits of observers",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def visits(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        shown: FromQuery[VisitShown | None] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> VisitList:
        """List the visits that you may see, an observer his own, with how many were made in time."""
        now = resources.clock.now()
        observes = Permission.OBSERVE in principal.permissions
        own = (await observer_of(reader, principal)).id if observes else None
        found = await list_visits(
            reader,
            principal,
            now,
            shown=shown,
            department=department,
            cursor=cursor,
            limit=limit,
        )
        tally = await tally_visits(reader, now, own)
        return VisitList(
            tally=VisitTallyOut(
                asked=tally.asked,
                on_time=tally.on_time,
                late=tally.late,
                missing=tally.missing,
                own=tally.own,
                rate=tally.rate,
            ),
            items=[_visit(row, resources) for row in found.items],
            next_cursor=found.next_cursor,
        )

    @post(
        "/",
        status_code=201,
        guards=[requires(Permission.OBSERVE)],
        operation_id="recordObserverVisit",
        operation_class=ApiOperation,
        summary="Record a visit of your own accord",
        responses=_REFUSALS,
    )
    async def record_own(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        data: JSONBody[OwnVisitBody],
    ) -> VisitOut:
        """Record a visit; what has to be put right becomes a task of the department."""
        visit = await record_own_visit(tx, department=data.department, record=data.record())
        await tx.session.flush()  # the answer reads back what the action has written
        return _visit(await read_visit(tx.session, tx.actor, visit.id), resources)

    @post(
        "/plan",
        status_code=201,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="planObserverVisit",
        operation_class=ApiOperation,
        summary="Ask an observer for a visit",
        responses=_REFUSALS,
    )
    async def plan(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        data: JSONBody[PlanBody],
    ) -> VisitOut:
        """Ask an observer to visit a department by a day."""
        visit = await plan_visit(tx, data.observer, department=data.department, due_on=data.due_on)
        await tx.session.flush()  # the answer reads back what the action has written
        return _visit(await read_visit(tx.session, tx.actor, visit.id), resources)

    @get(
        "/{visit_id:uuid}",
        guards=[requires(Permission.READ_SURVEYS)],
        operation_id="readObserverVisit",
        operation_class=ApiOperation,
        summary="Read a visit",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def visit(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        visit_id: FromPath[uuid.UUID],
    ) -> VisitOut:
        """Return a visit that you may see."""
        return _visit(await read_visit(reader, principal, visit_id), resources)

    @post(
        "/{visit_id:uuid}/record",
        status_code=200,
        guards=[requires(Permission.OBSERVE)],
        operation_id="recordPlannedVisit",
        operation_class=ApiOperation,
        summary="Record a visit that you were asked for",
        responses=_REFUSALS,
    )
    async def record(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        visit_id: FromPath[uuid.UUID],
        data: JSONBody[RecordBody],
    ) -> VisitOut:
        """Record a visit that you were asked for; after its day it counts as late."""
        await record_planned_visit(tx, visit_id, record=data.record())
        await tx.session.flush()  # the answer reads back what the action has written
        return _visit(await read_visit(tx.session, tx.actor, visit_id), resources)


class FindingController(Controller):
    """Findings: a department puts them right, the observer or a supervisor confirms it."""

    path = "/observer-findings"
    tags = ("observers",)
    guards = (requires(Permission.READ_FINDINGS),)

    @get(
        "/",
        operation_id="listFindings",
        operation_class=ApiOperation,
        summary="List findings",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def findings(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        states: Annotated[list[FindingState] | None, QueryParameter(name="state")] = None,
        overdue: FromQuery[bool] = False,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> FindingList:
        """List the findings that you may see, the newest first."""
        found = await list_findings(
            reader,
            principal,
            resources.clock.now(),
            states=tuple(states or ()),
            overdue=overdue,
            cursor=cursor,
            limit=limit,
        )
        return FindingList(
            items=[_finding(row, resources) for row in found.items],
            next_cursor=found.next_cursor,
        )

    @get(
        "/{finding_id:uuid}",
        operation_id="readFinding",
        operation_class=ApiOperation,
        summary="Read a finding",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def finding(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
        finding_id: FromPath[uuid.UUID],
    ) -> FindingOut:
        """Return a finding with what was done about it."""
        return await _whole_finding(reader, principal, resources, finding_id)

    @post(
        "/{finding_id:uuid}/answer",
        status_code=200,
        guards=[requires(Permission.ANSWER_FINDINGS)],
        operation_id="answerFinding",
        operation_class=ApiOperation,
        summary="Answer a finding",
        responses=_REFUSALS,
    )
    async def answer(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        finding_id: FromPath[uuid.UUID],
        data: JSONBody[FindingAnswerBody],
    ) -> FindingOut:
        """Say what your department has done."""
        await answer_finding(tx, finding_id, **dict(data))
        return await _done(tx, resources, finding_id)

    @post(
        "/{finding_id:uuid}/confirm",
        status_code=200,
        guards=[requires(Permission.CONFIRM_FINDINGS)],
        operation_id="confirmFinding",
        operation_class=ApiOperation,
        summary="Confirm that a finding is put right",
        responses=_REFUSALS,
    )
    async def confirm(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        finding_id: FromPath[uuid.UUID],
        data: JSONBody[ExplanationBody],
    ) -> FindingOut:
        """Confirm it as the observer who found it, or as a supervisor."""
        await confirm_finding(tx, finding_id, **dict(data))
        return await _done(tx, resources, finding_id)

    @post(
        "/{finding_id:uuid}/send-back",
        status_code=200,
        guards=[requires(Permission.CONFIRM_FINDINGS)],
        operation_id="sendFindingBack",
        operation_class=ApiOperation,
        summary="Send an answer back",
        responses=_REFUSALS,
    )
    async def send_back(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        finding_id: FromPath[uuid.UUID],
        data: JSONBody[WhyBody],
    ) -> FindingOut:
        """Send an answer back because it is not put right; a new time begins."""
        await send_finding_back(tx, finding_id, **dict(data))
        return await _done(tx, resources, finding_id)

    @post(
        "/{finding_id:uuid}/set-aside",
        status_code=200,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="setFindingAside",
        operation_class=ApiOperation,
        summary="Set a finding aside",
        responses=_REFUSALS,
    )
    async def set_aside(
        self,
        tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
        finding_id: FromPath[uuid.UUID],
        data: JSONBody[WhyBody],
    ) -> FindingOut:
        """Set a finding aside that does not hold."""
        await set_finding_aside(tx, finding_id, **dict(data))
        return await _done(tx, resources, finding_id)


async def _done(tx: Tx, resources: Resources, finding_id: uuid.UUID) -> FindingOut:
    await tx.session.flush()  # the answer reads back what the action has written
    return await _whole_finding(tx.session, tx.actor, resources, finding_id)


def _snap(row: SnapLine) -> SnapLineOut:
    return SnapLineOut(
        number=row.snap.ticket_number,
        title=row.snap.title,
        status=row.standing.status.value,
        hold=row.standing.hold.value if row.standing.hold else None,
        sent_at=row.snap.sent_at,
    )


class SnapController(Controller):
    """Snap reports: each becomes a ticket, and its sender follows how far it is."""

    path = "/observer-snaps"
    tags = ("observers",)
    guards = (requires(Permission.OBSERVE),)

    @get(
        "/",
        operation_id="listSnaps",
        operation_class=ApiOperation,
        summary="List your reports",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def snaps(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> SnapList:
        """List your own reports with how far they are, the newest first."""
        observer = await observer_of(reader, principal)
        found = await list_snaps(reader, observer.id, cursor=cursor, limit=limit)
        return SnapList(items=[_snap(row) for row in found.items], next_cursor=found.next_cursor)

    @post(
        "/",
        status_code=201,
        operation_id="sendSnap",
        operation_class=ApiOperation,
        summary="Report what you have seen",
        responses=_REFUSALS,
    )
    async def send(self, tx: NamedDependency[Tx], data: JSONBody[SnapBody]) -> SnapOut:
        """Make a ticket of a report; the same key again gives the same ticket."""
        given = dict(data)
        key = given.pop("key")
        report = SnapReport(**{**given, "phone": clean_phone(data.phone)})
        snap = await send_snap(tx, report=report, key=key, take_in=take_in_snap)
        await tx.session.flush()  # the answer reads back what the action has written
        return await _whole_snap(tx.session, tx.actor, snap.ticket_number)

    @get(
        "/{number:str}",
        operation_id="readSnap",
        operation_class=ApiOperation,
        summary="Follow one of your reports",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def snap(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        number: FromPath[str],
    ) -> SnapOut:
        """Return how far one of your reports is, and the public steps of its ticket."""
        return await _whole_snap(reader, principal, number)


async def _whole_snap(session: AsyncSession, principal: Principal, number: str) -> SnapOut:
    observer = await observer_of(session, principal)
    detail = await read_snap(session, observer.id, number)
    line = _snap(detail.line)
    return SnapOut(
        number=line.number,
        title=line.title,
        status=line.status,
        hold=line.hold,
        sent_at=line.sent_at,
        steps=[
            SnapStepOut(at=one.at, step=one.action, unit=one.unit)
            for one in snap_steps(detail.steps)
        ],
    )
