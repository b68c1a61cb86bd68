"""The rules of credit: versions, drafts, what a draft would have changed, publishing."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import AwareDatetime, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import list_books
from credit.models import RuleBookVersion
from credit.recalculating import recalculations_of
from credit.recalculation_models import Recalculation
from credit.rules.actions import (
    begin_draft,
    carry_over_draft,
    checked,
    discard_draft,
    publish_draft,
    save_draft,
)
from credit.rules.fields import differences
from credit.rules.models import RetroactiveDecision, RuleDraft
from credit.rules.preview import Preview, Stand, preview_rules
from credit.rules.queries import (
    decisions,
    find_draft,
    find_version,
    in_force,
    newest_version,
    open_drafts,
)
from credit.rules.retroactive import decide_retroactive
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Unit, Words
from web.api.v1.credit_recalculations import RecalculationOut, recalculation_out
from web.resources import Resources
from web.security.guards import requires


class RetroactiveOut(Answer):
    """A decision that a version holds for the past."""

    since: Instant
    reason: str
    decided_at: Instant
    recalculation: RecalculationOut | None


class RuleVersionOut(Answer):
    """A version of the rules, without what it says."""

    version: int
    valid_from: Instant
    published_at: Instant
    note: str
    in_force: bool
    retroactive: list[RetroactiveOut]


class RuleVersionList(Answer):
    """Every version, the newest first."""

    items: list[RuleVersionOut]
    next_cursor: str | None = None


class RuleBookOut(Answer):
    """A version with what it says."""

    version: int
    valid_from: Instant
    note: str
    book: dict[str, Any]


class DifferenceOut(Answer):
    """One value that a draft changes."""

    field: str
    before: str | None
    after: str | None


class DraftOut(Answer):
    """A draft of the next version; `changes` are held against the newest version."""

    id: uuid.UUID
    based_on: int
    is_stale: bool
    version: int
    note: str
    changed_at: Instant
    book: dict[str, Any]
    changes: list[DifferenceOut]
    both_changed: list[str]


class DraftLine(Answer):
    """A draft without what it says."""

    id: uuid.UUID
    based_on: int
    version: int
    note: str
    changed_at: Instant


class DraftList(Answer):
    """The drafts that people work on."""

    items: list[DraftLine]
    next_cursor: str | None = None


class StandOut(Answer):
    """Where a department stands by one book; the grade is that of the score alone."""

    score: str | None
    grade: str | None
    rank: int | None


class EffectOut(Answer):
    """What a draft does to one department."""

    department: Unit
    n: int
    before: StandOut
    after: StandOut


class PreviewOut(Answer):
    """What a draft would have changed. `period` is None where the last days were looked at.

    `reweighed` events weigh what the draft says, for this preview only.
    """

    period: str | None
    since: Instant
    until: Instant
    as_of: Instant
    against: int
    reweighed: int
    changed: int
    grade_changed: int
    items: list[EffectOut]


Book = Annotated[dict[str, Any], Field(description="A whole book, in the shape of a version's")]


class DraftBody(Body):
    """A draft to begin; without a book it says what its base says."""

    book: Book | None = None
    note: str = Field(default="", max_length=2000)
    based_on: int | None = Field(default=None, ge=1)


class DraftChangeBody(Body):
    """What a draft says from now on."""

    book: Book
    note: str = Field(default="", max_length=2000)
    expected_version: int | None = Field(default=None, ge=1)


class DraftStepBody(Body):
    """The version of the draft that the caller has read."""

    expected_version: int | None = Field(default=None, ge=1)


class RulePublishBody(DraftStepBody):
    """From when the next version holds; at once when nothing is said."""

    valid_from: AwareDatetime | None = None


class RetroactiveBody(Body):
    """From which earlier instant a version holds, and why."""

    since: AwareDatetime
    reason: Words


def version_out(
    row: RuleBookVersion,
    holding: int | None,
    decided: Sequence[RetroactiveDecision],
    followed: Mapping[uuid.UUID, Recalculation],
) -> RuleVersionOut:
    """Return a version without what it says."""
    return RuleVersionOut(
        version=row.version,
        valid_from=row.valid_from,
        published_at=row.published_at,
        note=row.note,
        in_force=row.version == holding,
        retroactive=[_decision_out(one, followed.get(one.id)) for one in decided],
    )


def _decision_out(row: RetroactiveDecision, followed: Recalculation | None) -> RetroactiveOut:
    return RetroactiveOut(
        since=row.since,
        reason=row.reason,
        decided_at=row.decided_at,
        recalculation=recalculation_out(followed),
    )


async def _draft_out(
    session: AsyncSession, draft: RuleDraft, both: tuple[str, ...] = ()
) -> DraftOut:
    newest = await newest_version(session)
    return DraftOut(
        id=draft.id,
        based_on=draft.based_on,
        is_stale=draft.based_on != newest.version,
        version=draft.version,
        note=draft.note,
        changed_at=draft.changed_at,
        book=draft.book,
        changes=[
            DifferenceOut(field=one.field, before=one.before, after=one.after)
            for one in differences(newest.book, draft.book)
        ],
        both_changed=list(both),
    )


def _stand_out(stand: Stand) -> StandOut:
    return StandOut(
        score=None if stand.score is None else f"{stand.score:f}",
        grade=stand.grade.value if stand.grade else None,
        rank=stand.rank,
    )


def preview_out(preview: Preview) -> PreviewOut:
    """Return what a draft would have changed."""
    return PreviewOut(
        period=str(preview.period) if preview.period else None,
        since=preview.window.since,
        until=preview.window.until,
        as_of=preview.as_of,
        against=preview.against,
        reweighed=preview.reweighed,
        changed=preview.changed,
        grade_changed=preview.grade_changed,
        items=[
            EffectOut(
                department=Unit(
                    code=one.department.code,
                    name=one.department.name,
                    name_en=one.department.name_en,
                ),
                n=one.n,
                before=_stand_out(one.before),
                after=_stand_out(one.after),
            )
            for one in preview.effects
        ],
    )


class CreditRuleController(Controller):
    """The rules of credit."""

    path = "/credit/rules"
    tags = ("credit",)

    @get(
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="listCreditRules",
        operation_class=ApiOperation,
        summary="Versions of the rules of credit",
        responses=problem_responses(401, 403, 503),
    )
    async def list_all(
        self, reader: NamedDependency[AsyncSession], resources: NamedDependency[Resources]
    ) -> RuleVersionList:
        """List every version, the newest first."""
        rows = await list_books(reader)
        decided = await decisions(reader)
        holding = in_force(rows, resources.clock.now())
        made = {one.id for found in decided.values() for one in found}
        followed = await recalculations_of(reader, made)
        return RuleVersionList(
            items=[
                version_out(row, holding, decided.get(row.version, ()), followed) for row in rows
            ]
        )

    @get(
        "/{version:int}",
        guards=[requires(Permission.READ_CREDIT)],
        operation_id="readCreditRules",
        operation_class=ApiOperation,
        summary="One version of the rules of credit",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read(
        self, reader: NamedDependency[AsyncSession], version: FromPath[int]
    ) -> RuleBookOut:
        """Return what a version says."""
        row = await find_version(reader, version)
        return RuleBookOut(
            version=row.version, valid_from=row.valid_from, note=row.note, book=row.book
        )

    @post(
        "/{version:int}/retroactive",
        status_code=200,
        guards=[requires(Permission.DECIDE_RETROACTIVE)],
        operation_id="letCreditRulesHoldForThePast",
        operation_class=ApiOperation,
        summary="Let a version hold from an earlier instant",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def decide(
        self,
        tx: NamedDependency[Tx],
        version: FromPath[int],
        data: JSONBody[RetroactiveBody],
    ) -> RetroactiveOut:
        """Decide it for good; every frozen period since then is calculated again soon with this reason.

        The list of versions says when: `recalculation.done_at` of the decision.
        """
        made = await decide_retroactive(tx, version, since=data.since, reason=data.reason)
        await tx.session.flush()  # the answer reads back what was written
        return _decision_out(made, (await recalculations_of(tx.session, {made.id})).get(made.id))

    @post(
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="beginCreditDraft",
        operation_class=ApiOperation,
        summary="Begin a draft of the next version",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def begin(self, tx: NamedDependency[Tx], data: JSONBody[DraftBody]) -> DraftOut:
        """Begin a draft; nothing holds before it is published."""
        draft = await begin_draft(tx, data.book, note=data.note, based_on=data.based_on)
        return await _draft_out(tx.session, draft)

    @get(
        "/drafts",
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="listCreditDrafts",
        operation_class=ApiOperation,
        summary="Drafts of the rules of credit",
        responses=problem_responses(401, 403, 503),
    )
    async def list_drafts(self, reader: NamedDependency[AsyncSession]) -> DraftList:
        """List the drafts that people work on, the latest changed first."""
        return DraftList(
            items=[
                DraftLine(
                    id=one.id,
                    based_on=one.based_on,
                    version=one.version,
                    note=one.note,
                    changed_at=one.changed_at,
                )
                for one in await open_drafts(reader)
            ]
        )

    @get(
        "/drafts/{draft_id:uuid}",
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="readCreditDraft",
        operation_class=ApiOperation,
        summary="One draft",
        responses=problem_responses(401, 403, 404, 503),
    )
    async def read_draft(
        self, reader: NamedDependency[AsyncSession], draft_id: FromPath[uuid.UUID]
    ) -> DraftOut:
        """Return a draft with what it changes."""
        return await _draft_out(reader, await find_draft(reader, draft_id))

    @put(
        "/drafts/{draft_id:uuid}",
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="saveCreditDraft",
        operation_class=ApiOperation,
        summary="Keep what a draft says now",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def save(
        self,
        tx: NamedDependency[Tx],
        draft_id: FromPath[uuid.UUID],
        data: JSONBody[DraftChangeBody],
    ) -> DraftOut:
        """Keep a draft; 409 when somebody else has changed it since `expected_version`."""
        draft = await save_draft(
            tx, draft_id, data.book, note=data.note, expected_version=data.expected_version
        )
        return await _draft_out(tx.session, draft)

    @post(
        "/drafts/{draft_id:uuid}/preview",
        status_code=200,
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="previewCreditDraft",
        operation_class=ApiOperation,
        summary="What a draft would have changed in the last quarter",
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def preview(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        draft_id: FromPath[uuid.UUID],
    ) -> PreviewOut:
        """Score every department by the version in force and by the draft; nothing is written."""
        draft = await find_draft(reader, draft_id)
        base = await find_version(reader, draft.based_on)
        book = checked(draft.book, base.book)
        return preview_out(await preview_rules(reader, book, resources.clock.now()))

    @post(
        "/drafts/{draft_id:uuid}/carry-over",
        status_code=200,
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="carryOverCreditDraft",
        operation_class=ApiOperation,
        summary="Put what a draft changes upon the newest version",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def carry_over(
        self,
        tx: NamedDependency[Tx],
        draft_id: FromPath[uuid.UUID],
        data: JSONBody[DraftStepBody],
    ) -> DraftOut:
        """Carry a draft over; `both_changed` names what the newest version had changed as well."""
        draft, both = await carry_over_draft(tx, draft_id, expected_version=data.expected_version)
        return await _draft_out(tx.session, draft, tuple(both))

    @post(
        "/drafts/{draft_id:uuid}/discard",
        status_code=204,
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="discardCreditDraft",
        operation_class=ApiOperation,
        summary="Put a draft aside",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def discard(
        self,
        tx: NamedDependency[Tx],
        draft_id: FromPath[uuid.UUID],
        data: JSONBody[DraftStepBody],
    ) -> None:
        """Put a draft aside; it is kept."""
        await discard_draft(tx, draft_id, expected_version=data.expected_version)

    @post(
        "/drafts/{draft_id:uuid}/publish",
        guards=[requires(Permission.MANAGE_CREDIT_RULES)],
        operation_id="publishCreditDraft",
        operation_class=ApiOperation,
        summary="Publish a draft as the next version",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def publish(
        self,
        tx: NamedDependency[Tx],
        draft_id: FromPath[uuid.UUID],
        data: JSONBody[RulePublishBody],
    ) -> RuleBookOut:
        """Publish it from an instant on, never for the past; 409 when it was overtaken."""
        row = await publish_draft(
            tx, draft_id, valid_from=data.valid_from, expected_version=data.expected_version
        )
        return RuleBookOut(
            version=row.version, valid_from=row.valid_from, note=row.note, book=row.book
        )
