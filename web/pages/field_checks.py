"""Field checks: what was drawn, what was found on the spot, and what a second person says of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.followup.field_checks import (
    FieldCheckNotFound,
    Finding,
    confirm_check,
    miss_check,
    record_check,
)
from hotline.followup.models import CheckState
from hotline.followup.queries import CheckFilter, CheckRow, find_check, list_checks, list_plans
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from web.errors import status_of
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, posted, see_other, speaker
from web.security.guards import requires
from web.views.fields import Field, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain
from web.views.visits import CONFIRMATION, FINDING, MISSED, check_view, plan_view

PAGE_SIZE = 50
ASKED = ("month", "state", "department")


class FieldCheckController(Controller):
    """Places that are looked at."""

    path = "/field-checks"
    guards = (requires(Permission.READ_VISITS),)
    include_in_schema = False

    @get()
    async def show_list(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the plan beside what was done, and every check."""
        t = speaker(request)
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        found = await find_checks(reader, asked, cursor=request.query_params.get("cursor"))
        filters = {name: text for name, text in asked.items() if text}
        plans = [plan_view(row) for row in await list_plans(reader)]
        states = [(one.value, t.text(label(one))) for one in CheckState]
        return page(
            request,
            "pages/field_checks.html",
            plans=plans,
            checks=[check_view(row, t) for row in found.items],
            filter=FormState(asked),
            is_narrowed=bool(filters),
            months=[(plan.month, plan.month) for plan in plans],
            states=[*states, (_UNCONFIRMED, t.text(N_("Found not done, to be confirmed")))],
            departments=department_options(await list_departments(reader), t),
            next_href=f"/field-checks?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/{check_id:uuid}")
    async def show_check(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        check_id: FromPath[UUID],
    ) -> Response[str]:
        """Show one check with what may be done about it."""
        return await _check_page(request, principal, reader, check_id)

    @post("/{check_id:uuid}/record", status_code=200, guards=[requires(Permission.CHECK_PLACES)])
    async def record(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        check_id: FromPath[UUID],
    ) -> Response[Any]:
        """Write what was found."""

        async def run(values: dict[str, Any]) -> object:
            return await record_check(tx, check_id, Finding(**values))

        return await _do(request, principal, tx, check_id, "record", run)

    @post("/{check_id:uuid}/miss", status_code=200, guards=[requires(Permission.CHECK_PLACES)])
    async def miss(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        check_id: FromPath[UUID],
    ) -> Response[Any]:
        """Write why it did not take place."""

        async def run(values: dict[str, Any]) -> object:
            return await miss_check(tx, check_id, **values)

        return await _do(request, principal, tx, check_id, "miss", run)

    @post("/{check_id:uuid}/confirm", status_code=200, guards=[requires(Permission.CONFIRM_CHECKS)])
    async def confirm(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        check_id: FromPath[UUID],
    ) -> Response[Any]:
        """Say as a second person whether the finding holds."""

        async def run(values: dict[str, Any]) -> object:
            return await confirm_check(tx, check_id, **values)

        return await _do(request, principal, tx, check_id, "confirm", run)


_UNCONFIRMED = "unconfirmed"
_FORMS: dict[str, Sequence[Field]] = {"record": FINDING, "miss": MISSED, "confirm": CONFIRMATION}


async def find_checks(
    reader: AsyncSession,
    asked: Mapping[str, str],
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[CheckRow]:
    """Return what the list shows for these filters, on its page and in its export."""
    wanted = CheckFilter(
        month=_month(asked["month"]),
        state=next((one for one in CheckState if one.value == asked["state"]), None),
        department=asked["department"] or None,
        unconfirmed=asked["state"] == _UNCONFIRMED,
    )
    return await list_checks(reader, wanted, cursor=cursor, limit=limit)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _place(values: dict[str, Any], form: FormState, wrong: str) -> FormState:
    """Read the two coordinates as numbers."""
    errors = dict(form.errors)
    for name, most in (("lat", 90), ("long", 180)):
        if values.get(name) is None:
            continue
        try:
            values[name] = float(values[name])
        except ValueError:
            errors[name] = wrong
            continue
        if not -most <= values[name] <= most:
            errors[name] = wrong
    return FormState(form.values, errors)


async def _do(
    request: PageRequest,
    principal: Principal,
    tx: Tx,
    check_id: UUID,
    what: str,
    run: Callable[[dict[str, Any]], Awaitable[object]],
) -> Response[Any]:
    t = speaker(request)
    values, form = read(_FORMS[what], await posted(request), t)
    if what == "record":
        form = _place(values, form, t.text(N_("This is not a coordinate")))
    if form.errors:
        return await _check_page(request, principal, tx.session, check_id, (what, form), 422)
    try:
        async with tx.session.begin_nested():
            await run(values)
    except FieldCheckNotFound:
        raise
    except DomainError as error:
        refused = FormState(form.values, refusal=explain(error, t.language))
        return await _check_page(
            request, principal, tx.session, check_id, (what, refused), status_of(error)
        )
    return see_other(f"/field-checks/{check_id}")


async def _check_page(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    check_id: UUID,
    answered: tuple[str, FormState] | None = None,
    status: int = 200,
) -> Response[str]:
    row = await find_check(reader, check_id)
    if row is None:
        raise FieldCheckNotFound
    view = check_view(row, speaker(request))
    open_ones = {
        "record": Permission.CHECK_PLACES in principal.permissions
        and view.state is CheckState.PLANNED,
        "miss": Permission.CHECK_PLACES in principal.permissions
        and view.state is CheckState.PLANNED,
        "confirm": Permission.CONFIRM_CHECKS in principal.permissions and view.waits_for_second,
    }
    words = {
        "record": N_("Record what was found"),
        "miss": N_("It did not take place"),
        "confirm": N_("Say whether the finding holds"),
    }
    return page(
        request,
        "pages/field_check.html",
        status=status,
        check=view,
        forms_open=[
            (
                what,
                words[what],
                _FORMS[what],
                answered[1] if answered and answered[0] == what else EMPTY,
            )
            for what, is_open in open_ones.items()
            if is_open or (answered and answered[0] == what)
        ],
        answered=answered[0] if answered else None,
    )
