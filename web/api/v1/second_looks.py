"""Second looks at results that passed their audit."""

import uuid
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.second_look_models import LookState
from hotline.followup.second_looks import Look, LookRow, find_look, list_looks, record_look
from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, OptionalWords, Unit
from web.security.guards import requires


class SecondLookOut(Answer):
    """A result that is looked at again; `has_passed` is None before anybody looked."""

    id: uuid.UUID
    day: str
    ticket: str
    department: Unit
    share: str
    state: str
    has_passed: bool | None
    contact_shown: bool | None
    answers_matter: bool | None
    evidence_shown: bool | None
    words: str | None
    looked_at: Instant | None


class SecondLookList(Answer):
    """A page of second looks, the latest day first."""

    items: list[SecondLookOut]
    next_cursor: str | None = None


class SecondLookBody(Body):
    """What a second look has found."""

    contact_shown: bool
    answers_matter: bool
    evidence_shown: bool
    words: OptionalWords = None


def look_out(row: LookRow) -> SecondLookOut:
    """Return a second look."""
    look = row.look
    return SecondLookOut(
        id=look.id,
        day=look.day.isoformat(),
        ticket=row.ticket.number,
        department=Unit(
            code=row.department.code, name=row.department.name, name_en=row.department.name_en
        ),
        share=f"{look.share.normalize():f}",
        state=look.state.value,
        has_passed=look.has_passed,
        contact_shown=look.contact_shown,
        answers_matter=look.answers_matter,
        evidence_shown=look.evidence_shown,
        words=mask_text(look.words) if look.words else None,
        looked_at=look.looked_at,
    )


class SecondLookController(Controller):
    """Results that are looked at again."""

    path = "/second-looks"
    tags = ("visits",)

    @get(
        guards=[requires(Permission.READ_VISITS)],
        operation_id="listSecondLooks",
        operation_class=ApiOperation,
        summary="Second looks at results that passed",
        responses=problem_responses(401, 403, 422, 503),
    )
    async def list_all(
        self,
        reader: NamedDependency[AsyncSession],
        look_state: Annotated[LookState | None, QueryParameter(name="state")] = None,
        department: Annotated[str | None, QueryParameter(max_length=64)] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> SecondLookList:
        """List what was drawn, and what was found."""
        found = await list_looks(
            reader, state=look_state, department=department, cursor=cursor, limit=limit
        )
        return SecondLookList(
            items=[look_out(row) for row in found.items], next_cursor=found.next_cursor
        )

    @post(
        "/{look_id:uuid}/record",
        status_code=200,
        guards=[requires(Permission.LOOK_AGAIN)],
        operation_id="recordSecondLook",
        operation_class=ApiOperation,
        summary="Record what a second look has found",
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def record(
        self,
        tx: NamedDependency[Tx],
        look_id: FromPath[uuid.UUID],
        data: JSONBody[SecondLookBody],
    ) -> SecondLookOut:
        """Record it, once; whoever passed the result does not look again."""
        await record_look(
            tx,
            look_id,
            Look(
                contact_shown=data.contact_shown,
                answers_matter=data.answers_matter,
                evidence_shown=data.evidence_shown,
                words=data.words,
            ),
        )
        await tx.session.flush()  # the answer reads back what was written
        return look_out(await find_look(tx.session, look_id))
