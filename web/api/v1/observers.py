"""The register of observers, their cards and conflicts, and how much each has done."""

import uuid
from datetime import date
from typing import Annotated

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.access import observer_of
from credit.observers.actions.register import (
    declare_conflict,
    end_observer,
    lift_conflict,
    register_observer,
    renew_observer,
)
from credit.observers.queries import (
    ObserverRow,
    conflicts_of,
    list_observers,
    rank_activity,
    read_observer,
)
from credit.observers.rules import ConflictReason, ObserverCategory
from credit.observers.scores import observers_score
from hotline.kernel.clock import SHANGHAI
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import departments_by_id
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import ActionBody, Answer, Body, Instant, Unit, Words
from web.resources import Resources
from web.security.guards import requires

_REFUSALS = problem_responses(401, 403, 404, 409, 422, 503)


class ConflictOut(Answer):
    """A department that an observer keeps out of."""

    id: uuid.UUID
    department: Unit
    reason: str
    declared_at: Instant


class ObserverLine(Answer):
    """An observer on the register."""

    id: uuid.UUID
    number: str
    nickname: str
    category: str
    username: str
    valid_until: date
    is_valid: bool


class ObserverList(Answer):
    """A page of the register, the newest first."""

    items: list[ObserverLine]
    next_cursor: str | None = None


class ObserverOut(ObserverLine):
    """An observer with his card and what he keeps out of."""

    version: int
    card_code: str
    registered_at: Instant
    ended_at: Instant | None
    end_reason: str | None
    conflicts: list[ConflictOut]


class CardOut(Answer):
    """An observer's own card."""

    number: str
    nickname: str
    name: str
    category: str
    valid_until: date
    is_valid: bool
    card_code: str
    conflicts: list[ConflictOut]


class ActivityOut(Answer):
    """How much an observer has done in a year; counts only."""

    rank: int
    number: str
    nickname: str
    category: str
    answers: int
    visits: int
    findings: int
    snaps: int
    total: int


class ActivityList(Answer):
    """The ranking of observers by what they have done in a year."""

    year: int
    items: list[ActivityOut]


class ObserversScoreOut(Answer):
    """What observers think of a department in a year; no score when too few have answered."""

    department: Unit
    score: float | None
    n: int
    low: float | None
    high: float | None


class ObserversScores(Answer):
    """The observers' scores of a year."""

    year: int
    items: list[ObserversScoreOut]


class RegisterBody(Body):
    """Whom to put on the register."""

    username: Annotated[str, Field(min_length=1, max_length=64)]
    nickname: Annotated[Words, Field(max_length=20)]
    category: ObserverCategory
    valid_until: date


class RenewBody(ActionBody):
    """A card anew."""

    category: ObserverCategory
    valid_until: date


class ReasonBody(ActionBody):
    """Why."""

    reason: Words


class LiftBody(Body):
    """Why a conflict is over."""

    reason: Words


class DeclareBody(Body):
    """Which department an observer keeps out of, and why."""

    department: Annotated[str, Field(min_length=1, max_length=64)]
    reason: ConflictReason


Year = Annotated[int | None, QueryParameter(ge=2000, le=9998)]


def _line(row: ObserverRow) -> ObserverLine:
    return ObserverLine(
        id=row.observer.id,
        number=row.observer.number,
        nickname=row.observer.nickname,
        category=row.observer.category.value,
        username=row.username,
        valid_until=row.observer.valid_until,
        is_valid=row.is_valid,
    )


async def _conflicts(session: AsyncSession, observer_id: uuid.UUID) -> list[ConflictOut]:
    return [
        ConflictOut(
            id=conflict.id,
            department=Unit(code=unit.code, name=unit.name, name_en=unit.name_en),
            reason=conflict.reason.value,
            declared_at=conflict.declared_at,
        )
        for conflict, unit in await conflicts_of(session, observer_id)
    ]


async def _answer(tx: Tx, observer_id: uuid.UUID) -> ObserverOut:
    await tx.session.flush()  # the answer reads back what the action has written
    return await _full(tx.session, await read_observer(tx.session, observer_id, tx.now))


async def _full(session: AsyncSession, row: ObserverRow) -> ObserverOut:
    one = row.observer
    return ObserverOut(
        id=one.id,
        number=one.number,
        nickname=one.nickname,
        category=one.category.value,
        username=row.username,
        valid_until=one.valid_until,
        is_valid=row.is_valid,
        version=one.version,
        card_code=one.card_code,
        registered_at=one.registered_at,
        ended_at=one.ended_at,
        end_reason=one.end_reason,
        conflicts=await _conflicts(session, one.id),
    )


class ObserverController(Controller):
    """Observers: a supervisor keeps the register, an observer has his own card."""

    path = "/observers"
    tags = ("observers",)

    @get(
        "/",
        guards=[requires(Permission.READ_OBSERVERS)],
        operation_id="listObservers",
        operation_class=ApiOperation,
        summary="The register of observers",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def observers(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ObserverList:
        """List the observers on the register, the newest first."""
        found = await list_observers(reader, resources.clock.now(), cursor=cursor, limit=limit)
        return ObserverList(
            items=[_line(row) for row in found.items], next_cursor=found.next_cursor
        )

    @post(
        "/",
        status_code=201,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="registerObserver",
        operation_class=ApiOperation,
        summary="Put an account on the register",
        responses=_REFUSALS,
    )
    async def register(self, tx: NamedDependency[Tx], data: JSONBody[RegisterBody]) -> ObserverOut:
        """Put an account with the role of an observer on the register, and give it a card."""
        observer = await register_observer(tx, **dict(data))
        return await _answer(tx, observer.id)

    @get(
        "/me",
        guards=[requires(Permission.OBSERVE)],
        operation_id="readOwnCard",
        operation_class=ApiOperation,
        summary="Your own observer's card",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def me(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        resources: NamedDependency[Resources],
    ) -> CardOut:
        """Return your card and the departments that you keep out of."""
        one = await observer_of(reader, principal)
        row = await read_observer(reader, one.id, resources.clock.now())
        return CardOut(
            number=one.number,
            nickname=one.nickname,
            name=principal.display_name,
            category=one.category.value,
            valid_until=one.valid_until,
            is_valid=row.is_valid,
            card_code=one.card_code,
            conflicts=await _conflicts(reader, one.id),
        )

    @post(
        "/me/conflicts",
        status_code=201,
        guards=[requires(Permission.OBSERVE)],
        operation_id="declareConflict",
        operation_class=ApiOperation,
        summary="Keep out of a department's matters",
        responses=_REFUSALS,
    )
    async def declare(self, tx: NamedDependency[Tx], data: JSONBody[DeclareBody]) -> ConflictOut:
        """Say that you keep out of a department's matters; only a supervisor lifts it."""
        conflict = await declare_conflict(tx, **dict(data))
        await tx.session.flush()  # the answer reads back what the action has written
        found = await _conflicts(tx.session, conflict.observer_id)
        return next(one for one in found if one.id == conflict.id)

    @post(
        "/conflicts/{conflict_id:uuid}/lift",
        status_code=204,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="liftConflict",
        operation_class=ApiOperation,
        summary="Let an observer speak about a department again",
        responses=_REFUSALS,
    )
    async def lift(
        self, tx: NamedDependency[Tx], conflict_id: FromPath[uuid.UUID], data: JSONBody[LiftBody]
    ) -> None:
        """End a conflict; what is closed is not counted anew."""
        await lift_conflict(tx, conflict_id, reason=data.reason)

    @get(
        "/activity",
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="rankObservers",
        operation_class=ApiOperation,
        summary="What observers have done in a year",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def activity(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        year: Year = None,
    ) -> ActivityList:
        """Rank observers by what they have done, under their nicknames; counts only."""
        wanted = year or resources.clock.now().astimezone(SHANGHAI).year
        return ActivityList(
            year=wanted,
            items=[
                ActivityOut(
                    rank=row.rank,
                    number=row.number,
                    nickname=row.nickname,
                    category=row.category,
                    answers=row.answers,
                    visits=row.visits,
                    findings=row.findings,
                    snaps=row.snaps,
                    total=row.total,
                )
                for row in await rank_activity(reader, wanted)
            ],
        )

    @get(
        "/scores",
        guards=[requires(Permission.READ_OBSERVERS)],
        operation_id="observersScores",
        operation_class=ApiOperation,
        summary="The observers' scores of a year",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def scores(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        year: Year = None,
    ) -> ObserversScores:
        """Return what the surveys of a year that are closed come to, department by department."""
        wanted = year or resources.clock.now().astimezone(SHANGHAI).year
        found = await observers_score(reader, wanted)
        units = await departments_by_id(reader, set(found))
        return ObserversScores(
            year=wanted,
            items=[
                ObserversScoreOut(
                    department=Unit(code=unit.code, name=unit.name, name_en=unit.name_en),
                    score=None if one.score is None else float(one.score),
                    n=one.n,
                    low=None if one.low is None else float(one.low),
                    high=None if one.high is None else float(one.high),
                )
                for unit_id, one in found.items()
                if (unit := units.get(unit_id)) is not None
            ],
        )

    @get(
        "/{observer_id:uuid}",
        guards=[requires(Permission.READ_OBSERVERS)],
        operation_id="readObserver",
        operation_class=ApiOperation,
        summary="Read an observer",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def observer(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        observer_id: FromPath[uuid.UUID],
    ) -> ObserverOut:
        """Return an observer on the register."""
        return await _full(reader, await read_observer(reader, observer_id, resources.clock.now()))

    @put(
        "/{observer_id:uuid}",
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="renewObserver",
        operation_class=ApiOperation,
        summary="Renew an observer's card",
        responses=_REFUSALS,
    )
    async def renew(
        self, tx: NamedDependency[Tx], observer_id: FromPath[uuid.UUID], data: JSONBody[RenewBody]
    ) -> ObserverOut:
        """Renew a card; whoever had been taken off the register is on it again."""
        await renew_observer(tx, observer_id, **dict(data))
        return await _answer(tx, observer_id)

    @post(
        "/{observer_id:uuid}/end",
        status_code=200,
        guards=[requires(Permission.MANAGE_OBSERVERS)],
        operation_id="endObserver",
        operation_class=ApiOperation,
        summary="Take an observer off the register",
        responses=_REFUSALS,
    )
    async def end(
        self, tx: NamedDependency[Tx], observer_id: FromPath[uuid.UUID], data: JSONBody[ReasonBody]
    ) -> ObserverOut:
        """Take an observer off the register; what he did stays."""
        await end_observer(tx, observer_id, **dict(data))
        return await _answer(tx, observer_id)
