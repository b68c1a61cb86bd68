"""The page on which a policy is tried on the tickets of a period."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError
from hotline.people.permissions import Permission
from hotline.people.queries import departments_by_id
from hotline.sla.actions import Draft
from hotline.sla.models import PolicyVersion
from hotline.sla.queries import list_policies
from hotline.tickets.simulating import propose, simulate
from web.errors import status_of
from web.i18n import Translator
from web.pages.frame import PageRequest, page, posted, shell_of, speaker
from web.security.guards import requires, signed_in
from web.views.fields import typed_values
from web.views.forms import FormState
from web.views.problems import explain
from web.views.simulations import (
    EARLIEST,
    LATEST,
    MOST_TICKETS,
    SHOWN_NUMBERS,
    SimulationView,
    draft_of,
    month_before,
    period,
    simulation_view,
)

LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a sent form asks for."""

    draft: Draft
    first: date
    last: date


class SimulationController(Controller):
    """Trying a policy on what has been."""

    path = "/admin/policies/simulate"
    guards = (signed_in, requires(Permission.READ_POLICIES))
    include_in_schema = False

    @get()
    async def show(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the form, with the policy that was chosen as text."""
        rows = await list_policies(reader)
        wanted = request.query_params.get("policy", "")
        chosen = next((row for row in rows if row.code == wanted), None) or next(
            (row for row in rows if row.is_default), None
        )
        first, last = month_before(shell_of(request).now)
        form = FormState(
            {
                "definition": _as_text(chosen) if chosen else "",
                "from": first.isoformat(),
                "to": last.isoformat(),
            }
        )
        return await _page(request, reader, form)

    @post(status_code=200)
    async def run(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show what would have been; nothing is written."""
        t = speaker(request)
        values = typed_values(await posted(request))
        asked, errors = _read(values, t)
        if asked is None:
            return await _page(request, reader, FormState(values, errors), status=422)
        since, until = period(asked.first, asked.last)
        try:
            proposal = await propose(reader, asked.draft)
            simulation = await simulate(
                reader, proposal, since, until, now=shell_of(request).now, most=MOST_TICKETS
            )
        except DomainError as error:
            refused = FormState(values, refusal=explain(error, t.language))
            return await _page(request, reader, refused, status=status_of(error))
        units = await departments_by_id(reader, {unit for unit, _ in simulation.tallies})
        return await _page(
            request, reader, FormState(values), simulation_view(simulation, units, t)
        )


async def _page(
    request: PageRequest,
    reader: AsyncSession,
    form: FormState,
    result: SimulationView | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    rows = await list_policies(reader)
    return page(
        request,
        "pages/simulate.html",
        status=status,
        form=form,
        policies=[(row.code, f"{row.name} ({row.code})") for row in rows],
        wanted=_code_of(form.values.get("definition", "")),
        result=result,
        most=MOST_TICKETS,
        shown=SHOWN_NUMBERS,
    )


def _as_text(row: PolicyVersion) -> str:
    whole = {"code": row.code, "name": row.name, **row.definition}
    if not row.is_active:
        whole["is_active"] = False
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _code_of(text: str) -> str:
    try:
        given = json.loads(text)
    except ValueError:
        return ""
    return str(given.get("code", "")) if isinstance(given, dict) else ""


def _read(values: Mapping[str, str], t: Translator) -> tuple[_Asked | None, dict[str, str]]:
    errors: dict[str, str] = {}
    days = {name: _day(values.get(name, "")) for name in ("from", "to")}
    for name, day in days.items():
        if day is None:
            errors[name] = t.text(N_("Give a day"))
    first, last = days["from"], days["to"]
    if first and last and last < first:
        errors["to"] = t.text(N_("The period must not end before it begins"))
    draft = _draft(values.get("definition", ""))
    if draft is None:
        errors["definition"] = t.text(
            N_("This is not a policy as JSON: an object with code, name, match and clocks")
        )
    if errors or draft is None or first is None or last is None:
        return None, errors
    return _Asked(draft, first, last), errors


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _draft(text: str) -> Draft | None:
    try:
        given: Any = json.loads(text) if len(text) <= LONGEST_TEXT else None
    except (ValueError, RecursionError):
        return None
    return draft_of(given)
