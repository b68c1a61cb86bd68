"""What credit keeps so far: promises kept and broken, each with its ticket."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.queries import list_promises, tally_promises
from hotline.people.actions import DepartmentNotFound
from hotline.people.permissions import Permission
from hotline.people.queries import find_department
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Instant
from web.resources import Resources
from web.security.guards import requires

WINDOW_DAYS = 90


class PromiseRecordOut(Answer):
    """One promise and its outcome."""

    ticket: str
    outcome: str
    due_at: Instant
    outcome_at: Instant


class PromisesOut(Answer):
    """A department's promises."""

    department: str
    window_days: int
    kept: int
    broken: int
    items: list[PromiseRecordOut]
    next_cursor: str | None = None


class PromiseController(Controller):
    """Promises kept and broken."""

    path = "/credit/departments"
    tags = ("credit",)

    @get(
        "/{code:str}/promises",
        guards=[requires(Permission.READ_LIVE_CREDIT)],
        operation_id="listDepartmentPromises",
        operation_class=ApiOperation,
        summary="A department's promises and what became of them",
        responses=problem_responses(401, 403, 404, 422),
    )
    async def promises(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        code: FromPath[str],
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> PromisesOut:
        """Return the tally of the last 90 days and the latest promises that ended."""
        department = await find_department(reader, code)
        if department is None:
            raise DepartmentNotFound(department=code)
        since = resources.clock.now() - timedelta(days=WINDOW_DAYS)
        tally = await tally_promises(reader, department.id, since)
        return PromisesOut(
            department=code,
            window_days=WINDOW_DAYS,
            kept=tally.kept,
            broken=tally.broken,
            items=[
                PromiseRecordOut(
                    ticket=row.ticket_number,
                    outcome=row.outcome.value,
                    due_at=row.due_at,
                    outcome_at=row.outcome_at,
                )
                for row in await list_promises(reader, department.id, limit)
            ],
        )
