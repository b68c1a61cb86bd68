"""Time-limit policies: read, preview, publish, roll back, and re-apply to open tickets."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla.actions import Draft, UnknownPolicy
from hotline.sla.differences import Difference, differences
from hotline.sla.models import PolicyVersion
from hotline.sla.queries import PinnedPolicy, find_policy, list_policies, list_policy_versions
from hotline.tickets.actions.policies import (
    Failure,
    OpenTx,
    preview_draft,
    publish_policy,
    reapply_next,
    reapply_to,
    restore_preset,
    roll_back_policy,
    switch_policy,
)
from hotline.tickets.reapplication import (
    ClockMove,
    Preview,
    TicketMove,
    preview_reapplication,
)
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Words
from web.errors import UNAVAILABLE, language_of
from web.security.guards import requires
from web.views.policies import failure_words, whole

MOST_AT_ONCE = 500
"""So many tickets are put under a policy by one request; the answer says how to go on."""


class DifferenceOut(Answer):
    """A part of a policy that a version changed."""

    part: str
    before: Any
    after: Any


class PolicyOut(Answer):
    """One version of a policy."""

    code: str
    version: int
    name: str
    match: dict[str, Any]
    clocks: dict[str, Any]
    return_window: str | None
    is_default: bool
    is_active: bool
    created_at: Instant
    created_by: str
    changes: list[DifferenceOut] | None = None


class PolicyList(Answer):
    """Policies."""

    items: list[PolicyOut]
    next_cursor: str | None = None


class PolicyBody(Body):
    """The next version of a policy: which tickets it is for, and how its clocks run."""

    code: Annotated[str, Field(min_length=1, max_length=63)]
    name: Annotated[Words, Field(max_length=120)]
    match: dict[str, Any] = Field(
        default_factory=dict, examples=[{"urgency": ["p1"], "category": ["utilities"]}]
    )
    clocks: dict[str, Any] = Field(
        description=(
            "By clock: `limit`, `calendar`, `warnings` (shares, or lengths before the end such as "
            "`P1D`), `by_type` (limits by request type), `beyond` (what follows red: `urge`, `act`, "
            "`order`, `listing`, each with `after` and `times`)"
        ),
        examples=[{"accept": {"limit": "PT30M", "calendar": "natural", "warnings": [0.6, 0.8]}}],
    )
    return_window: str | None = Field(
        default=None,
        description="ISO 8601 duration; left out, a quarter of the limit, two hours at least",
        examples=["PT2H"],
    )
    is_active: bool = True

    def to_draft(self) -> Draft:
        """Return it as the field takes it."""
        definition: dict[str, Any] = {"match": self.match, "clocks": self.clocks}
        if self.return_window is not None:
            definition["return_window"] = self.return_window
        return Draft(
            code=self.code, name=self.name, definition=definition, is_active=self.is_active
        )


class RollBackBody(Body):
    """Which version to publish once more."""

    version: int = Field(ge=1)


class SwitchBody(Body):
    """Whether the policy is to be in force."""

    is_active: bool


class ReapplyBody(Body):
    """Which open tickets to put under the policy that they would get today, and why."""

    reason: Annotated[Words, Field(max_length=2000)]
    dry_run: bool = True
    tickets: tuple[Annotated[str, Field(max_length=13)], ...] | None = Field(
        default=None,
        max_length=MOST_AT_ONCE,
        description="Ticket numbers; left out, every open ticket that the policy would touch",
    )
    cursor: str | None = Field(default=None, max_length=13)
    limit: int = Field(default=100, ge=1, le=MOST_AT_ONCE)


class VersionOut(Answer):
    """A policy by code and version; version 0 of a draft that is not published."""

    code: str
    version: int


class ClockMoveOut(Answer):
    """What becomes of one live clock; limits in seconds of its calendar."""

    kind: str
    limit_seconds: int
    new_limit_seconds: int
    calendar: str
    new_calendar: str
    due_at: Instant
    new_due_at: Instant
    gained_seconds: int
    is_overdue_at_once: bool
    was_overdue: bool


class TicketMoveOut(Answer):
    """What becomes of one ticket. What has fired and what is broken stays so."""

    number: str
    policy: VersionOut
    new_policy: VersionOut
    clocks: list[ClockMoveOut]
    promise_due_at: Instant | None = None
    new_promise_due_at: Instant | None = None


class NewTicketsOut(Answer):
    """What the policy would have taken of the tickets of the last days."""

    days: int
    submitted: int
    under: int
    taken: int
    left: int


class PreviewOut(Answer):
    """What a policy would do: how many open tickets, and the first of them."""

    open_count: int
    items: list[TicketMoveOut]
    new_tickets: NewTicketsOut | None = None


class FailureOut(Answer):
    """A ticket that could not be put under the policy."""

    number: str
    code: str
    detail: str


class ReapplyOut(Answer):
    """What was done, or would be: `preview` of a dry run, figures of a real one."""

    dry_run: bool
    preview: PreviewOut | None = None
    changed: int = 0
    unchanged: int = 0
    failures: list[FailureOut] | None = None
    remaining: int = 0
    next_cursor: str | None = None


def policy_out(row: PolicyVersion, earlier: PolicyVersion | None = None) -> PolicyOut:
    """Return one version of a policy, with what it changed when the one before it is given."""
    return PolicyOut(
        code=row.code,
        version=row.version,
        name=row.name,
        match=row.definition["match"],
        clocks=row.definition["clocks"],
        return_window=row.definition.get("return_window"),
        is_default=row.is_default,
        is_active=row.is_active,
        created_at=row.created_at,
        created_by=row.created_by,
        changes=[_difference(found) for found in differences(whole(earlier), whole(row))]
        if earlier
        else None,
    )


def _difference(found: Difference) -> DifferenceOut:
    return DifferenceOut(part=found.part, before=found.before, after=found.after)


def _version(pinned: PinnedPolicy) -> VersionOut:
    return VersionOut(code=pinned.policy.code, version=pinned.version)


def _clock(move: ClockMove) -> ClockMoveOut:
    return ClockMoveOut(
        kind=move.kind.value,
        limit_seconds=move.limit_seconds,
        new_limit_seconds=move.new_limit_seconds,
        calendar=move.calendar,
        new_calendar=move.new_calendar,
        due_at=move.due_at,
        new_due_at=move.new_due_at,
        gained_seconds=move.gained_seconds,
        is_overdue_at_once=move.is_overdue_at_once,
        was_overdue=move.was_overdue,
    )


def _ticket(move: TicketMove) -> TicketMoveOut:
    return TicketMoveOut(
        number=move.number,
        policy=_version(move.before),
        new_policy=_version(move.after),
        clocks=[_clock(clock) for clock in move.clocks],
        promise_due_at=move.promise_due_at,
        new_promise_due_at=move.new_promise_due_at,
    )


def preview_out(preview: Preview) -> PreviewOut:
    """Return what a policy would do."""
    new = preview.new
    return PreviewOut(
        open_count=preview.open_count,
        items=[_ticket(move) for move in preview.tickets],
        new_tickets=NewTicketsOut(
            days=new.days,
            submitted=new.submitted,
            under=new.under,
            taken=new.taken,
            left=new.left,
        )
        if new
        else None,
    )


def _failures(failures: Sequence[Failure], language: str) -> list[FailureOut]:
    return [
        FailureOut(
            number=failure.number,
            code=failure.error.code if failure.error else UNAVAILABLE,
            detail=failure_words(failure, language),
        )
        for failure in failures
    ]


class PolicyController(Controller):
    """Policies in versions."""

    path = "/sla/policies"
    tags = ("sla",)

    @get(
        "/",
        guards=[requires(Permission.READ_POLICIES)],
        operation_id="listPolicies",
        operation_class=ApiOperation,
        summary="List policies",
        responses=problem_responses(401, 403),
    )
    async def list_(self, reader: NamedDependency[AsyncSession]) -> PolicyList:
        """Return the newest version of every policy, by code."""
        return PolicyList(items=[policy_out(row) for row in await list_policies(reader)])

    @get(
        "/{code:str}/versions",
        guards=[requires(Permission.READ_POLICIES)],
        operation_id="listPolicyVersions",
        operation_class=ApiOperation,
        summary="List a policy's versions",
        responses=problem_responses(401, 403),
    )
    async def versions(
        self, reader: NamedDependency[AsyncSession], code: FromPath[str]
    ) -> PolicyList:
        """Return every version of a policy, newest first, each with what it changed."""
        rows = await list_policy_versions(reader, code)
        earlier = [*rows[1:], *([None] if rows else [])]
        return PolicyList(
            items=[policy_out(row, before) for row, before in zip(rows, earlier, strict=True)]
        )

    @post(
        "/",
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="publishPolicy",
        operation_class=ApiOperation,
        summary="Publish the next version of a policy",
        responses=problem_responses(401, 403, 409, 422),
    )
    async def publish(self, tx: NamedDependency[Tx], data: JSONBody[PolicyBody]) -> PolicyOut:
        """Publish the next version of a policy; tickets that have a version keep it."""
        return policy_out(await publish_policy(tx, data.to_draft()))

    @post(
        "/preview",
        status_code=200,
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="previewPolicy",
        operation_class=ApiOperation,
        summary="Try a policy without publishing it",
        responses=problem_responses(401, 403, 409, 422),
    )
    async def preview(self, tx: NamedDependency[Tx], data: JSONBody[PolicyBody]) -> PreviewOut:
        """Say what publishing it means for new tickets, and re-applying it for open ones."""
        return preview_out(await preview_draft(tx, data.to_draft()))

    @post(
        "/{code:str}/rollback",
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="rollBackPolicy",
        operation_class=ApiOperation,
        summary="Publish an earlier version once more",
        responses=problem_responses(401, 403, 404, 409, 422),
    )
    async def roll_back(
        self, tx: NamedDependency[Tx], code: FromPath[str], data: JSONBody[RollBackBody]
    ) -> PolicyOut:
        """Publish an earlier version's definition as the next version."""
        return policy_out(await roll_back_policy(tx, code, data.version))

    @post(
        "/{code:str}/switch",
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="switchPolicy",
        operation_class=ApiOperation,
        summary="Switch a policy on or off",
        responses=problem_responses(401, 403, 404, 409, 422),
    )
    async def switch(
        self, tx: NamedDependency[Tx], code: FromPath[str], data: JSONBody[SwitchBody]
    ) -> PolicyOut:
        """Switch a policy on or off for tickets to come, as its next version."""
        return policy_out(await switch_policy(tx, code, is_active=data.is_active))

    @post(
        "/{code:str}/restore",
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="restorePreset",
        operation_class=ApiOperation,
        summary="Publish a preset as it came",
        responses=problem_responses(401, 403, 404, 409, 422),
    )
    async def restore(self, tx: NamedDependency[Tx], code: FromPath[str]) -> PolicyOut:
        """Publish a preset as it came with the program, as the next version."""
        return policy_out(await restore_preset(tx, code))

    @post(
        "/{code:str}/reapply",
        status_code=200,
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="reapplyPolicy",
        operation_class=ApiOperation,
        summary="Put open tickets under the policy that they would get today",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def reapply(
        self,
        request: Request[Any, Any, Any],
        open_tx: NamedDependency[OpenTx],
        code: FromPath[str],
        data: JSONBody[ReapplyBody],
    ) -> ReapplyOut:
        """Preview it, or do it: each ticket in a transaction of its own, at most `limit` at once.

        Repeat it with `next_cursor` until there is none. Tickets done already are not touched again.
        """
        async with open_tx() as tx:
            if await find_policy(tx.session, code) is None:
                raise UnknownPolicy(policy=code)
            if data.dry_run:
                preview = await preview_reapplication(tx.session, code, now=tx.now)
                return ReapplyOut(dry_run=True, preview=preview_out(preview))
        if data.tickets is not None:
            done = await reapply_to(open_tx, data.tickets, reason=data.reason)
        else:
            done = await reapply_next(
                open_tx, code, reason=data.reason, after=data.cursor or "", limit=data.limit
            )
        return ReapplyOut(
            dry_run=False,
            changed=done.changed,
            unchanged=done.unchanged,
            failures=_failures(done.failures, language_of(request)),
            remaining=done.remaining,
            next_cursor=done.last,
        )
