"""What the desks of appeals and repairs share: which cases are shown, and how a list is drawn."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from litestar import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.cases.access import find_visible_entry
from credit.cases.listing import CaseFilter
from credit.cases.outlook import outlook_of
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.people.queries import list_departments
from web.i18n import Translator
from web.pages.desk import department_options, midnight
from web.pages.frame import PageRequest, page, speaker
from web.views.credit_cases import CaseLine, Doing, doings_of
from web.views.forms import FormState

PAGE_SIZE = 40

MINE, WAITING, ALL = "mine", "waiting", "all"
SHOWN: Mapping[str, str] = {
    MINE: N_("What waits for me"),
    WAITING: N_("What waits for a decision"),
    ALL: N_("All"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks a desk for.

    Attributes:
        show: one of `SHOWN`.
        department: code of the department; empty for all.
        since: the first day on which the cases were opened; empty for any.
        until: the last such day.
        cursor: from which line on.
        filter: for the list.
    """

    show: str
    department: str
    since: str
    until: str
    cursor: str | None
    filter: CaseFilter


def wanted_by(request: PageRequest, mine: Sequence[str]) -> Wanted:
    """Return what a reader asks for; `mine` are the states in which a case waits for him."""
    given = request.query_params
    show = given.get("show", "")
    if show not in SHOWN:
        show = MINE if mine else ALL
    department = given.get("department", "")
    since, until = given.get("since", ""), given.get("until", "")
    return Wanted(
        show,
        department,
        since,
        until,
        given.get("cursor"),
        CaseFilter(
            waits=show != ALL,
            states=tuple(mine) if show == MINE else (),
            department=department or None,
            opened_from=midnight(since),
            opened_to=midnight(until, days=1),
        ),
    )


async def desk(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    wanted: Wanted,
    lines: Sequence[CaseLine],
    next_cursor: str | None,
    *,
    template: str,
    path: str,
    mine: Sequence[str],
) -> Response[str]:
    """Draw a desk."""
    t = speaker(request)
    asked = {"show": wanted.show, "department": wanted.department}
    span = {"since": wanted.since, "until": wanted.until} if wanted.since or wanted.until else {}
    sees_all = principal.sees_every_ticket
    shown = [(code, t.text(text)) for code, text in SHOWN.items() if mine or code != MINE]
    return page(
        request,
        template,
        cases=lines,
        path=path,
        filter=FormState(asked),
        is_narrowed=wanted.show == MINE or bool(wanted.department),
        shown=shown,
        sees_all=sees_all,
        departments=department_options(await list_departments(reader), t) if sees_all else (),
        next_href=f"{path}?{urlencode({**asked, **span, 'cursor': next_cursor})}"
        if next_cursor
        else None,
    )


async def event_doings(
    reader: AsyncSession, principal: Principal, entry_id: uuid.UUID, now: datetime, t: Translator
) -> Sequence[Doing]:
    """Return what a person can do about an event that he sees, beside accepting or taking it back."""
    entry = await find_visible_entry(reader, principal, entry_id)
    outlook = await outlook_of(reader, principal, entry, now)
    is_own = (
        Permission.APPEAL_CREDIT in principal.permissions
        and principal.department_id == entry.department_id
    )
    return doings_of(entry, outlook, t, is_own=is_own)
