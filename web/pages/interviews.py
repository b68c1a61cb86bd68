"""Interviews: the list with what the figures propose, one interview, calling to a new one."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.kernel.paging import Page
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import list_departments
from hotline.supervision.errors import InterviewNotFound
from hotline.supervision.interviews.actions import (
    cancel_interview,
    close_interview,
    follow_up_interview,
    fulfil_promise,
    hold_interview,
    plan_interview,
)
from hotline.supervision.interviews.proposals import dismiss_proposal, open_proposals
from hotline.supervision.interviews.queries import (
    InterviewFilter,
    InterviewRow,
    list_interviews,
    read_interview,
    read_proposals,
)
from hotline.supervision.interviews.rules import (
    InterviewPromise,
    InterviewReason,
    InterviewState,
)
from hotline.supervision.models import Interview
from web.labels import label
from web.pages.desk import department_options
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import RecordForm, Sent, form_views, send
from web.security.guards import requires
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.interviews import (
    floors_of,
    graded_line,
    interview_line,
    interview_view,
    proposal_line,
)

PAGE_SIZE = 50
ASKED = ("state", "department", "due")

PLAN = RecordForm(
    "plan",
    N_("Call to an interview"),
    plan_interview,
    (
        Field("department", N_("Department"), Kind.DEPARTMENT),
        Field("reason", N_("Reason"), Kind.CHOICE, of=InterviewReason),
        Field("explanation", N_("Explanation")),
        Field("interviewer", N_("Who interviews"), Kind.LINE, most=200),
        Field("called", N_("Who is called"), Kind.LINE, most=200),
        Field("planned_at", N_("When"), Kind.INSTANT),
        Field("place", N_("Where"), Kind.LINE, most=200),
        Field(
            "tickets",
            N_("Tickets it is about"),
            Kind.LINES,
            required=False,
            hint=N_("One number a line."),
        ),
    ),
    is_versioned=False,
)


async def _hold(
    tx: Tx,
    number: str,
    *,
    held_at: datetime,
    attendance: str,
    minutes: str,
    promises: Sequence[InterviewPromise],
    follow_up_due_at: datetime,
    expected_version: int | None,
) -> Interview:
    return await hold_interview(
        tx,
        number,
        held_at=held_at,
        attendance=attendance,
        minutes=minutes,
        promises=promises,
        follow_up_due_at=follow_up_due_at,
        expected_version=expected_version,
    )


HOLD = RecordForm(
    "hold",
    N_("Record the interview"),
    _hold,
    (
        Field("held_at", N_("Held on"), Kind.INSTANT),
        Field("attendance", N_("Who was there")),
        Field("minutes", N_("Minutes of the interview")),
        Field(
            "promises",
            N_("What was promised"),
            Kind.PROMISES,
            required=False,
            hint=N_("One a line: 2026-12-01 what is done by then"),
        ),
        Field("follow_up_due_at", N_("Follow-up until"), Kind.INSTANT),
    ),
)
FULFIL = RecordForm(
    "fulfil",
    N_("Show that a promise is done"),
    fulfil_promise,
    (
        Field("position", N_("Promise"), Kind.STEP),
        Field("evidence", N_("What shows it")),
    ),
)
FOLLOW_UP = RecordForm(
    "follow-up",
    N_("Record the follow-up"),
    follow_up_interview,
    (Field("finding", N_("What became of it")),),
)
CLOSE = RecordForm(
    "close",
    N_("Close the interview"),
    close_interview,
    (
        Field(
            "explanation",
            N_("Explanation"),
            required=False,
            hint=N_("Needed where a promise is not done."),
        ),
    ),
)
CANCEL = RecordForm("cancel", N_("Call it off"), cancel_interview, (Field("reason", N_("Reason")),))
DISMISS = RecordForm(
    "dismiss",
    N_("Do not call to an interview"),
    dismiss_proposal,
    (Field("reason", N_("Reason"), most=2000),),
    is_versioned=False,
)
FORMS = (HOLD, FULFIL, FOLLOW_UP, CLOSE, CANCEL)

_OPEN = {
    InterviewState.PLANNED: (HOLD, CANCEL),
    InterviewState.HELD: (FULFIL, FOLLOW_UP),
    InterviewState.FOLLOWED_UP: (FULFIL, CLOSE),
}


class InterviewController(Controller):
    """Interviews: whoever supervises sees all, a leader those of his department."""

    path = "/interviews"
    guards = (requires(Permission.READ_INTERVIEWS),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show the interviews, and to whoever supervises whom the figures propose."""
        t, now = speaker(request), shell_of(request).now
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        found = await find_interviews(
            reader, principal, asked, now, cursor=request.query_params.get("cursor")
        )
        may_plan = Permission.INTERVIEW in principal.permissions
        floors = floors_of(request.app.state.settings)
        proposals = await read_proposals(reader, floors, now) if may_plan else ()
        filters = {name: text for name, text in asked.items() if text}
        return page(
            request,
            "pages/interviews.html",
            interviews=[interview_line(row, t) for row in found.items],
            proposals=[proposal_line(*row, t) for row in proposals],
            by_credit=[graded_line(*row, t) for row in await open_proposals(reader)]
            if may_plan
            else (),
            dismissing=form_views((DISMISS,))[0],
            floors=floors,
            may_plan=may_plan,
            filter=FormState(asked),
            is_narrowed=bool(filters),
            states=[(one.value, t.text(label(one))) for one in InterviewState],
            departments=department_options(await list_departments(reader), t) if may_plan else (),
            next_href=f"/interviews?{urlencode({**filters, 'cursor': found.next_cursor})}"
            if found.next_cursor
            else None,
        )

    @get("/new", guards=[requires(Permission.INTERVIEW)])
    async def show_new(
        self, request: PageRequest, reader: NamedDependency[AsyncSession]
    ) -> Response[str]:
        """Show the empty form, or one that a proposal has filled in."""
        given = {
            name: request.query_params.get(name, "")
            for name in ("department", "reason", "tickets", "explanation")
        }
        return await _new(request, reader, Sent(PLAN.code, FormState(given)))

    @post("/new", status_code=200, guards=[requires(Permission.INTERVIEW)])
    async def plan(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Call to an interview."""
        sent = await send(request, tx, PLAN)
        if sent.form is not None:
            return await _new(request, tx.session, sent)
        return see_other(f"/interviews/{sent.result.number}")

    @post(
        "/proposals/{proposal_id:uuid}/dismiss",
        status_code=200,
        guards=[requires(Permission.INTERVIEW)],
    )
    async def dismiss(
        self, request: PageRequest, tx: NamedDependency[Tx], proposal_id: FromPath[uuid.UUID]
    ) -> Response[Any]:
        """Decide that a proposed interview is not called."""
        sent = await send(request, tx, DISMISS, proposal_id)
        if sent.form is not None:
            return page(
                request,
                "pages/record_new.html",
                status=sent.status,
                heading=DISMISS.text,
                back=("/interviews", N_("Interviews")),
                path=f"/interviews/proposals/{proposal_id}/dismiss",
                item=form_views((DISMISS,), sent)[0],
                departments=(),
            )
        return see_other("/interviews")

    @get("/{number:str}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        number: FromPath[str],
    ) -> Response[str]:
        """Show an interview."""
        return await _show(request, principal, reader, number)

    @post("/{number:str}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        number: FromPath[str],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of an interview asks for."""
        form = next((one for one in FORMS if one.code == action), None)
        if form is None:
            raise InterviewNotFound(number=number)
        sent = await send(request, tx, form, number)
        if sent.form is not None:
            return await _show(request, principal, tx.session, number, sent)
        return see_other(f"/interviews/{number}")


async def find_interviews(
    reader: AsyncSession,
    principal: Principal,
    asked: Mapping[str, str],
    now: datetime,
    *,
    cursor: str | None,
    limit: int = PAGE_SIZE,
) -> Page[InterviewRow]:
    """Return what the list shows for these filters, on its page and in its export."""
    wanted = InterviewFilter(
        state=tuple(one for one in InterviewState if one.value == asked["state"]),
        department=asked["department"] or None,
        due_before=now if asked["due"] == "late" else None,
        due_from=now if asked["due"] == "ahead" else None,
    )
    return await list_interviews(reader, principal, wanted, cursor=cursor, limit=limit)


async def _new(request: PageRequest, reader: AsyncSession, sent: Sent) -> Response[str]:
    return page(
        request,
        "pages/record_new.html",
        status=sent.status,
        heading=PLAN.text,
        back=("/interviews", N_("Interviews")),
        path="/interviews/new",
        item=form_views((PLAN,), sent)[0],
        departments=department_options(await list_departments(reader), speaker(request)),
    )


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    number: str,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    view = interview_view(await read_interview(reader, principal, number), t)
    forms = _OPEN.get(view.state, ())
    open_promises = [
        (str(promise.position), promise.text) for promise in view.promises if not promise.done_at
    ]
    supervises = Permission.INTERVIEW in principal.permissions
    return page(
        request,
        "pages/interview.html",
        status=sent.status if sent else 200,
        view=view,
        actions=form_views(
            [
                one
                for one in forms
                if (one is FULFIL and open_promises) or (one is not FULFIL and supervises)
            ],
            sent,
        ),
        open_promises=open_promises,
        may_read_tickets=Permission.READ_TICKETS in principal.permissions,
    )
