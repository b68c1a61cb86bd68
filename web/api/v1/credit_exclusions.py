"""Exclusions: work that is not to count, by two persons' decision."""

import uuid
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.exclusions.actions import ask_exclusion, decide_exclusion, recheck_exclusion
from credit.exclusions.models import Exclusion
from credit.exclusions.queries import (
    ExclusionFilter,
    ExclusionRow,
    find_exclusion,
    list_by_facts,
    list_exclusions,
)
from credit.exclusions.rules import ExclusionCode, ExclusionState
from hotline.kernel.masking import mask_text
from hotline.people.models import Department, User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Unit, Words
from web.api.v1.credit_recalculations import RecalculationOut, recalculation_out
from web.security.guards import requires


class ExclusionOut(Answer):
    """One department's work on one ticket that is not to count. Words are masked."""

    id: uuid.UUID
    ticket: str
    department: Unit
    code: str
    reason: str
    evidence: list[str]
    state: str
    asked_by: str
    asked_at: Instant
    first_by: str | None
    first_at: Instant | None
    first_words: str | None
    second_by: str | None
    second_words: str | None
    decided_at: Instant | None
    is_sampled: bool
    rechecked_by: str | None
    rechecked_at: Instant | None
    recheck_words: str | None
    is_founded: bool | None
    recalculation: RecalculationOut | None


class ExclusionList(Answer):
    """A page of exclusions, the newest first."""

    items: list[ExclusionOut]
    next_cursor: str | None = None


class ExcludedByFactOut(Answer):
    """Work that does not count because of what happened to the ticket."""

    ticket: str
    department: Unit
    code: str
    finished_at: Instant


class ExcludedByFactList(Answer):
    """A page of it, the latest finished first."""

    items: list[ExcludedByFactOut]
    next_cursor: str | None = None


class ExclusionBody(Body):
    """Which work is not to count, and why. A department asks for its own."""

    ticket: Annotated[str, Field(max_length=13)]
    code: ExclusionCode
    reason: Words
    evidence: Annotated[list[Words], Field(min_length=1, max_length=20)]
    department: Annotated[str | None, Field(max_length=64)] = None


class ExclusionDecisionBody(Body):
    """What a person decides, and why."""

    approve: bool
    explanation: Words


class ExclusionRecheckBody(Body):
    """What a third person found."""

    founded: bool
    explanation: Words


def _name(user: User | None) -> str | None:
    return user.username if user else None


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else None


def _unit(row: Department) -> Unit:
    return Unit(code=row.code, name=row.name, name_en=row.name_en)


def _exclusion(row: ExclusionRow) -> ExclusionOut:
    one = row.exclusion
    return ExclusionOut(
        id=one.id,
        ticket=one.ticket_number,
        department=_unit(row.department),
        code=one.code.value,
        reason=mask_text(one.reason),
        evidence=[mask_text(line) for line in one.evidence],
        state=one.state.value,
        asked_by=row.asker.username,
        asked_at=one.asked_at,
        first_by=_name(row.first),
        first_at=one.first_at,
        first_words=_masked(one.first_words),
        second_by=_name(row.second),
        second_words=_masked(one.second_words),
        decided_at=one.decided_at,
        is_sampled=one.is_sampled,
        rechecked_by=_name(row.rechecker),
        rechecked_at=one.rechecked_at,
        recheck_words=_masked(one.recheck_words),
        is_founded=one.is_founded,
        recalculation=recalculation_out(row.recalculation),
    )


async def _kept(tx: Tx, row: Exclusion) -> ExclusionOut:
    await tx.session.flush()  # the answer reads back what was written
    return _exclusion(await find_exclusion(tx.session, tx.actor, row.id))


class ExclusionController(Controller):
    """The register of exclusions that people decided."""

    path = "/credit/exclusions"
    tags = ("credit",)

    @get(
        guards=[requires(Permission.READ_EXCLUSIONS)],
        operation_id="listExclusions",
        operation_class=ApiOperation,
        summary="Exclusions",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def exclusions(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        states: Annotated[list[ExclusionState] | None, QueryParameter(name="state")] = None,
        codes: Annotated[list[ExclusionCode] | None, QueryParameter(name="code")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        recheck: Annotated[bool, QueryParameter()] = False,  # a query parameter
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ExclusionList:
        """List exclusions: the hotline sees all, a department its own; `recheck` those drawn for one."""
        wanted = ExclusionFilter(
            state=tuple(states or ()),
            code=tuple(codes or ()),
            department=department,
            is_recheck_due=recheck,
        )
        page = await list_exclusions(reader, principal, wanted, cursor=cursor, limit=limit)
        return ExclusionList(
            items=[_exclusion(row) for row in page.items], next_cursor=page.next_cursor
        )

    @get(
        "/by-facts",
        guards=[requires(Permission.READ_EXCLUSIONS)],
        operation_id="listExcludedByFacts",
        operation_class=ApiOperation,
        summary="Work excluded by what happened to it",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def by_facts(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        codes: Annotated[list[ExclusionCode] | None, QueryParameter(name="code")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> ExcludedByFactList:
        """List work that nobody asked to exclude: merged, withdrawn, dispatched wrongly and the like."""
        wanted = ExclusionFilter(code=tuple(codes or ()), department=department)
        page = await list_by_facts(reader, principal, wanted, cursor=cursor, limit=limit)
        return ExcludedByFactList(
            items=[
                ExcludedByFactOut(
                    ticket=one.ticket_number,
                    department=_unit(one.department),
                    code=one.code.value,
                    finished_at=one.finished_at,
                )
                for one in page.items
            ],
            next_cursor=page.next_cursor,
        )

    @post(
        status_code=201,
        guards=[requires(Permission.ASK_EXCLUSION)],
        operation_id="askExclusion",
        operation_class=ApiOperation,
        summary="Ask for work not to count",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def ask(self, tx: NamedDependency[Tx], data: JSONBody[ExclusionBody]) -> ExclusionOut:
        """Ask for a department's work on a ticket not to count, with evidence."""
        row = await ask_exclusion(
            tx,
            data.ticket,
            code=data.code,
            reason=data.reason,
            evidence=data.evidence,
            department=data.department,
        )
        return await _kept(tx, row)

    @get(
        "/{exclusion_id:uuid}",
        guards=[requires(Permission.READ_EXCLUSIONS)],
        operation_id="readExclusion",
        operation_class=ApiOperation,
        summary="One exclusion",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        exclusion_id: FromPath[uuid.UUID],
    ) -> ExclusionOut:
        """Return an exclusion with everybody who had a part in it."""
        return _exclusion(await find_exclusion(reader, principal, exclusion_id))

    @post(
        "/{exclusion_id:uuid}/decide",
        status_code=200,
        guards=[requires(Permission.DECIDE_EXCLUSION)],
        operation_id="decideExclusion",
        operation_class=ApiOperation,
        summary="Approve or refuse an exclusion",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def decide(
        self,
        tx: NamedDependency[Tx],
        exclusion_id: FromPath[uuid.UUID],
        data: JSONBody[ExclusionDecisionBody],
    ) -> ExclusionOut:
        """Decide as the first or the second person, neither of whom had a part in the matter.

        Frozen periods follow an approval soon after: `recalculation.done_at` says when they did.
        """
        return await _kept(tx, await decide_exclusion(tx, exclusion_id, **dict(data)))

    @post(
        "/{exclusion_id:uuid}/recheck",
        status_code=200,
        guards=[requires(Permission.DECIDE_EXCLUSION)],
        operation_id="recheckExclusion",
        operation_class=ApiOperation,
        summary="Look at an exclusion again",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def recheck(
        self,
        tx: NamedDependency[Tx],
        exclusion_id: FromPath[uuid.UUID],
        data: JSONBody[ExclusionRecheckBody],
    ) -> ExclusionOut:
        """Say as a third person whether a drawn exclusion was right; what was not counts again."""
        return await _kept(tx, await recheck_exclusion(tx, exclusion_id, **dict(data)))
