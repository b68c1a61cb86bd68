"""The formula in the open, with a calculator."""

from datetime import date
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.dossier import Shown, newest_score
from credit.rulebook import Indicator
from credit.visibility import find_inside
from hotline.kernel.clock import SHANGHAI
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from web.pages.frame import PageRequest, page, shell_of, speaker
from web.security.guards import requires
from web.views.credit_formula import calculator_view, formula_view
from web.views.directory import unit_name

_FIELDS = (*(f"{one.value}_{part}" for one in Indicator for part in ("k", "n")), "ledger")


class CreditFormulaController(Controller):
    """How a score comes about, for everybody who has one or reads one."""

    path = "/credit/formula"
    guards = (requires(Permission.READ_CREDIT),)
    include_in_schema = False

    @get()
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the rules in force, and what a score would be with other figures."""
        t, now = speaker(request), shell_of(request).now
        rules = await book_at(reader, now)
        asked: dict[str, Any] = {name: request.query_params.get(name, "") for name in _FIELDS}
        unit, shown = await _begun_with(
            reader, principal, request.query_params.get("department", "")
        )
        day: date = shown.day if shown else now.astimezone(SHANGHAI).date()
        explanation = shown.explanation if shown and shown.score is not None else None
        return page(
            request,
            "pages/credit_formula.html",
            rules=formula_view(rules.book, t),
            version=rules.version,
            formula=rules.book.formula,
            department=unit.code if unit else None,
            calculator=calculator_view(
                explanation,
                asked,
                day,
                rules.book,
                unit_name(unit, t) if unit and explanation else None,
                t,
            ),
        )


async def _begun_with(
    reader: AsyncSession, principal: Principal, code: str
) -> tuple[Department | None, Shown | None]:
    """Return the department whose figures the calculator begins with, and its score.

    A department's people begin with their own; who reads what is published, with made-up ones.

    Raises:
        DepartmentNotFound: there is none of this code, or not for this person.
    """
    if not code and principal.is_department:
        code = principal.department_code or ""
    if not code:
        return None, None
    unit = await find_inside(reader, principal, code)
    return unit, await newest_score(reader, unit.id)
