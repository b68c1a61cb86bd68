"""Matters that several requesters told of, and putting tickets together."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.merging import merge_many
from hotline.tickets.grouping import MOST_AT_ONCE
from hotline.tickets.groups.queries import GroupFilter, GroupRow, list_groups, preview_merge
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant
from web.api.v1.bodies import Code
from web.security.guards import requires


class GroupOut(Answer):
    """A matter with everybody behind it, counted; never a name."""

    number: str
    title: str
    status: str
    hold: str | None
    category: str | None
    area: str | None
    owner: str | None
    level: str
    due_at: Instant | None
    ticket_count: int
    requester_count: int
    first_at: Instant
    last_at: Instant


class GroupList(Answer):
    """A page of groups, the newest matter first."""

    items: list[GroupOut]
    next_cursor: str | None = None


class MergeManyBody(Body):
    """The ticket to be followed, and those that are to follow it."""

    parent: Code
    children: tuple[Code, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)
    confirmed: bool = Field(
        default=False, description="They are one matter though type or area differ"
    )
    dry_run: bool = Field(default=False, description="Only say what would be done")


class MergeItemOut(Answer):
    """A ticket, and what would become or became of it: possible, impossible or merged."""

    ticket: str
    state: str
    problem: str | None
    differences: list[str]


class MergeManyOut(Answer):
    """What putting together would come to, or has come to; a number that is not listed is unknown."""

    parent: str
    items: list[MergeItemOut]


def group_out(row: GroupRow) -> GroupOut:
    """Return a group, personal data masked."""
    return GroupOut(
        number=row.number,
        title=mask_text(row.title),
        status=row.status.value,
        hold=row.hold.value if row.hold else None,
        category=row.category_code,
        area=row.area,
        owner=row.owner_code,
        level=row.level.value,
        due_at=row.due_at,
        ticket_count=row.size,
        requester_count=row.requester_count,
        first_at=row.first_at,
        last_at=row.last_at,
    )


class GroupController(Controller):
    """Group matters."""

    path = "/groups"
    tags = ("tickets",)
    guards = (requires(Permission.READ_GROUPS),)

    @get(
        operation_id="listGroups",
        operation_class=ApiOperation,
        summary="Matters that several requesters told of",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_all(
        self,
        reader: NamedDependency[AsyncSession],
        principal: NamedDependency[Principal],
        open_only: Annotated[bool | None, QueryParameter(name="open")] = None,
        category: Annotated[str | None, QueryParameter(max_length=96)] = None,
        area: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> GroupList:
        """List group matters: how many tickets and requesters, since when, and how far."""
        found = await list_groups(
            reader,
            principal,
            GroupFilter(is_open=open_only, category=category, area=area),
            cursor=cursor,
            limit=limit,
        )
        return GroupList(
            items=[group_out(row) for row in found.items], next_cursor=found.next_cursor
        )

    @post(
        "/merge",
        status_code=200,
        guards=[requires(Permission.MERGE_MANY)],
        operation_id="mergeTickets",
        operation_class=ApiOperation,
        summary="Put several tickets together",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def merge(self, tx: NamedDependency[Tx], data: JSONBody[MergeManyBody]) -> MergeManyOut:
        """Let several tickets follow one, all or none; a dry run says what stands against it."""
        if data.dry_run:
            preview = await preview_merge(tx.session, tx.actor, data.parent, data.children)
            items = [
                MergeItemOut(
                    ticket=item.ticket.number,
                    state="impossible" if item.problem else "possible",
                    problem=item.problem.value if item.problem else None,
                    differences=[one.value for one in item.differing],
                )
                for item in preview.candidates
            ]
            return MergeManyOut(parent=data.parent, items=items)
        done = await merge_many(tx, data.parent, data.children, is_confirmed=data.confirmed)
        return MergeManyOut(
            parent=data.parent,
            items=[
                MergeItemOut(ticket=ticket.number, state="merged", problem=None, differences=[])
                for ticket in done
            ],
        )
