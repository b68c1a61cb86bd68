"""One action on many tickets: tried out, started, followed."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.tickets.actions.naming import find_colleague
from hotline.tickets.bulk.actions import request_bulk, require_picks
from hotline.tickets.bulk.queries import BulkProgress, Pick, preview_bulk, read_bulk
from hotline.tickets.bulk.rules import MOST, BulkDoing, BulkState
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, OptionalWords
from web.security.guards import requires


class PickBody(Body):
    """A ticket, with the version that was read, if that is to be held to."""

    number: Annotated[str, Field(min_length=1, max_length=13)]
    version: int | None = None


class BulkBody(Body):
    """What is to be done to which tickets. `run_id` names it: sent again, it is done once."""

    run_id: uuid.UUID | None = None
    doing: BulkDoing
    tickets: list[PickBody] = Field(min_length=1, max_length=MOST)
    colleague: Annotated[str | None, Field(max_length=64)] = None
    note: Annotated[OptionalWords, Field(max_length=20_000)] = None
    reply: Annotated[OptionalWords, Field(max_length=20_000)] = None
    dry_run: bool = False


class BulkLineOut(Answer):
    """A ticket of a run: what became of it, or will; `reason` is the code of a refusal."""

    number: str
    state: BulkState
    reason: str | None = None
    done_at: datetime | None = None


class BulkOut(Answer):
    """A run, or with `dry_run` what one would come to."""

    run_id: uuid.UUID | None
    doing: BulkDoing
    lines: Sequence[BulkLineOut]
    waiting: int
    finished_at: datetime | None


class BulkController(Controller):
    """One action on many tickets."""

    path = "/bulk"
    tags = ("Tickets",)
    guards = (requires(Permission.READ_TICKETS),)

    @post(
        status_code=200,
        operation_id="startBulk",
        operation_class=ApiOperation,
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def start(self, tx: NamedDependency[Tx], data: JSONBody[BulkBody]) -> BulkOut:
        """Have one action done to many tickets, each in its own transaction, or see what it would do."""
        picks = [Pick(one.number, one.version) for one in data.tickets]
        words = {"colleague": data.colleague, "note": data.note, "reply": data.reply}
        if data.dry_run:
            require_picks(picks)
            return await _foretold(tx, data, picks)
        run = await request_bulk(
            tx, data.run_id or uuid.uuid4(), data.doing, picks, words, back="/today"
        )
        return _out(await read_bulk(tx.session, tx.actor, run.id))

    @get(
        "/{run_id:uuid}",
        operation_id="followBulk",
        operation_class=ApiOperation,
        responses=problem_responses(401, 403, 404, 503),
    )
    async def follow(
        self,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        run_id: FromPath[uuid.UUID],
    ) -> BulkOut:
        """See how far a run of one's own is, ticket by ticket."""
        return _out(await read_bulk(reader, principal, run_id))


async def _foretold(tx: Tx, data: BulkBody, picks: Sequence[Pick]) -> BulkOut:
    colleague = await find_colleague(tx, data.colleague) if data.colleague else None
    told = await preview_bulk(tx.session, tx.actor, data.doing, picks, colleague)
    return BulkOut(
        run_id=None,
        doing=data.doing,
        lines=[
            BulkLineOut(
                number=one.ticket.number,
                state=BulkState.REFUSED if one.refusal else BulkState.WAITING,
                reason=_code(one.refusal),
            )
            for one in told
        ],
        waiting=sum(one.refusal is None for one in told),
        finished_at=None,
    )


def _code(refusal: DomainError | None) -> str | None:
    return refusal.code if refusal else None


def _out(progress: BulkProgress) -> BulkOut:
    return BulkOut(
        run_id=progress.run.id,
        doing=progress.run.doing,
        lines=[
            BulkLineOut(
                number=line.item.ticket_number,
                state=line.item.state,
                reason=line.item.reason,
                done_at=line.item.done_at,
            )
            for line in progress.lines
        ],
        waiting=progress.waiting,
        finished_at=progress.run.finished_at,
    )
