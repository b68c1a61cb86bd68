"""Appeals: the desk, one case with what changes if it is upheld, and the department's forms."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.actions import (
    decide_appeal,
    open_appeal,
    open_objection,
    open_second_level,
    require_decider,
    withdraw_appeal,
)
from credit.appeals.errors import AppealNotFound, NotInNotice
from credit.appeals.models import CreditAppeal
from credit.appeals.previewing import effects_of
from credit.appeals.queries import AppealRow, list_appeals, read_appeal
from credit.appeals.rules import LEVELS, OPEN, AppealGrounds, AppealState
from credit.cases.access import find_visible_entry
from credit.cases.outlook import outlook_of
from credit.cases.queries import steps_of
from credit.errors import EntryNotFound
from credit.figures import find_period
from credit.rulebook import Indicator
from hotline.kernel.errors import N_, DomainError
from hotline.kernel.masking import mask_text
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from web.pages.credit_case_desk import PAGE_SIZE, desk, wanted_by
from web.pages.frame import PageRequest, page, see_other, shell_of, speaker
from web.pages.record_forms import (
    RecordForm,
    Sent,
    done_words,
    form_called,
    form_views,
    send,
    stray_refusal,
)
from web.security.guards import requires
from web.views.credit_cases import (
    about_appeal,
    appeal_case_line,
    effect_line,
    event_view,
    step_line,
)
from web.views.credit_periods import until_of_notice
from web.views.directory import unit_name
from web.views.fields import Field, Kind
from web.views.problems import explain

_EVIDENCE = Field(
    "evidence",
    N_("Evidence"),
    Kind.LINES,
    required=False,
    hint=N_("Photographs, minutes, documents: one reference a line."),
)
_CASE = (
    Field("grounds", N_("Grounds"), Kind.CHOICE, of=AppealGrounds),
    Field(
        "text",
        N_("Your department's case"),
        most=4000,
        hint=N_("What happened, and why the record of it is wrong. Name no private persons."),
    ),
)
APPEAL = RecordForm(
    "appeal",
    N_("Appeal against this event"),
    open_appeal,
    (*_CASE, _EVIDENCE),
    is_versioned=False,
)
LATE_APPEAL = RecordForm(
    "appeal",
    N_("Appeal with new evidence"),
    open_appeal,
    (
        *_CASE,
        Field(
            "evidence",
            N_("New evidence"),
            Kind.LINES,
            hint=N_("What was not known in time: one reference a line. It is heard once."),
        ),
    ),
    is_versioned=False,
)
OBJECTION = RecordForm(
    "object",
    N_("Object to a figure"),
    open_objection,
    (
        Field("indicator", N_("Figure"), Kind.CHOICE, of=Indicator),
        Field(
            "tickets",
            N_("Tickets that do not belong in it"),
            Kind.LINES,
            hint=N_("One number a line."),
        ),
        *_CASE,
        _EVIDENCE,
    ),
    is_versioned=False,
)
DECIDE = RecordForm(
    "decide-appeal",
    N_("Decide the appeal"),
    decide_appeal,
    (
        Field(
            "uphold",
            N_("Is the appeal right?"),
            Kind.YES_NO,
            words=(
                N_("Upheld: it is taken back, and frozen periods are calculated again"),
                N_("Refused: it counts again"),
            ),
        ),
        Field(
            "explanation",
            N_("Explanation"),
            most=4000,
            hint=N_("The department reads it."),
        ),
    ),
    question=N_("Decide this appeal now? It cannot be taken back."),
)
SECOND = RecordForm(
    "second-level",
    N_("Take it to the second level"),
    open_second_level,
    (Field("text", N_("Why the first decision is wrong"), most=4000),),
)
WITHDRAW = RecordForm(
    "withdraw-appeal",
    N_("Take the appeal back"),
    withdraw_appeal,
    question=N_("Take this appeal back? The event counts again."),
)
FORMS = (DECIDE, SECOND, WITHDRAW)


class CreditRemedyFormController(Controller):
    """The department's forms against an event, and against a figure."""

    path = "/credit"
    guards = (requires(Permission.APPEAL_CREDIT),)
    include_in_schema = False

    @get("/events/{entry_id:uuid}/appeal")
    async def show_appeal(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        entry_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show the form of an appeal against an event."""
        return await _new_appeal(request, principal, reader, entry_id)

    @post("/events/{entry_id:uuid}/appeal", status_code=200)
    async def appeal(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        entry_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Appeal against an event."""
        entry = await find_visible_entry(tx.session, principal, entry_id)
        outlook = await outlook_of(tx.session, principal, entry, tx.now)
        form = LATE_APPEAL if outlook.is_late else APPEAL
        sent = await send(
            request, tx, form, entry_id, also={"new_evidence": True} if outlook.is_late else None
        )
        if sent.form is not None:
            return await _new_appeal(request, principal, tx.session, entry_id, sent)
        return see_other(f"/credit/appeals/{sent.result.id}?done=appeal")

    @get("/periods/{period:str}/object")
    async def show_objection(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        period: FromPath[str],
    ) -> Response[str]:
        """Show the form of an objection to a figure."""
        return await _new_objection(request, principal, reader, period)

    @post("/periods/{period:str}/object", status_code=200)
    async def objection(
        self, request: PageRequest, tx: NamedDependency[Tx], period: FromPath[str]
    ) -> Response[Any]:
        """Object to a figure that is shown for notice."""
        sent = await send(request, tx, OBJECTION, period)
        if sent.form is not None:
            return await _new_objection(request, tx.actor, tx.session, period, sent)
        return see_other(f"/credit/appeals/{sent.result.id}?done=object")


class CreditAppealPageController(Controller):
    """Appeals: the hotline sees all, a department its own."""

    path = "/credit/appeals"
    guards = (requires(Permission.READ_CREDIT_CASES),)
    include_in_schema = False

    @get()
    async def show_list(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
    ) -> Response[str]:
        """Show what waits for the reader by deadline, or everything that he may see."""
        t = speaker(request)
        mine = [state.value for state, roles in LEVELS.items() if roles & principal.roles]
        wanted = wanted_by(request, mine)
        found = await list_appeals(
            reader, principal, wanted.filter, cursor=wanted.cursor, limit=PAGE_SIZE
        )
        return await desk(
            request,
            principal,
            reader,
            wanted,
            [appeal_case_line(row, t) for row in found.items],
            found.next_cursor,
            template="pages/credit_appeals.html",
            path="/credit/appeals",
            mine=mine,
        )

    @get("/{appeal_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        appeal_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one appeal."""
        return await _show(request, principal, reader, appeal_id)

    @post("/{appeal_id:uuid}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        appeal_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of an appeal asks for."""
        form = form_called(action, FORMS, absent=AppealNotFound)
        sent = await send(request, tx, form, appeal_id)
        if sent.form is not None:
            return await _show(request, principal, tx.session, appeal_id, sent)
        return see_other(f"/credit/appeals/{appeal_id}?done={action}")


async def _new_appeal(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    entry_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    entry = await find_visible_entry(reader, principal, entry_id)
    if entry.department_id != principal.department_id:
        raise EntryNotFound
    outlook = await outlook_of(reader, principal, entry, now)
    form = LATE_APPEAL if outlook.is_late else APPEAL
    return page(
        request,
        "pages/credit_remedy_new.html",
        status=sent.status if sent else 200,
        heading=form.text,
        event=event_view(entry, t),
        until=outlook.appeal_until if outlook.may_appeal else None,
        refusal=explain(outlook.no_appeal, t.language) if outlook.no_appeal and not sent else None,
        path=f"/credit/events/{entry_id}/appeal",
        back=f"/credit/events/{entry_id}",
        item=form_views((form,), sent)[0],
        hint=t.text(
            N_("The event is marked at once and does not count until the appeal is decided.")
        ),
    )


async def _new_objection(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    period: str,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    key, until, refusal = period, None, None
    try:
        shown = await find_period(reader, principal, period)
        key = shown.key
        until = until_of_notice(shown, now)
        if until is None:
            raise NotInNotice(period=key)
    except DomainError as error:
        refusal = explain(error, t.language)
    return page(
        request,
        "pages/credit_remedy_new.html",
        status=sent.status if sent else 200,
        heading=OBJECTION.text,
        event=None,
        until=until,
        # What was written stays in the form, which says itself why it is refused.
        refusal=refusal if sent is None else None,
        path=f"/credit/periods/{key}/object",
        back=f"/credit/periods/{key}",
        item=form_views((OBJECTION,), sent)[0],
        hint=t.text(
            N_("Figures of {period}: it is not published before the objection is decided."),
            period=key,
        ),
    )


def may_ask_second(appeal: CreditAppeal, now: datetime) -> bool:
    """Tell whether the department may still take a refused appeal to the second level."""
    is_in_time = appeal.second_until is not None and now <= appeal.second_until
    return appeal.state is AppealState.REFUSED and is_in_time


async def _may_decide(reader: AsyncSession, principal: Principal, row: AppealRow) -> bool:
    if Permission.DECIDE_APPEALS not in principal.permissions:
        return False
    try:
        await require_decider(reader, principal, row.appeal, row.entry)
    except DomainError:
        return False
    return True


async def _forms(
    request: PageRequest, principal: Principal, reader: AsyncSession, row: AppealRow
) -> Sequence[RecordForm]:
    """Return the forms of what the reader can do now; what he would be refused is not offered."""
    one, now = row.appeal, shell_of(request).now
    found = [DECIDE] if await _may_decide(reader, principal, row) else []
    if Permission.APPEAL_CREDIT in principal.permissions:
        if may_ask_second(one, now):
            found.append(SECOND)
        if one.state in OPEN:
            found.append(WITHDRAW)
    return found


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    appeal_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t, now = speaker(request), shell_of(request).now
    row = await read_appeal(reader, principal, appeal_id)
    one = row.appeal
    is_undecided = one.state in OPEN or may_ask_second(one, now)
    actions = form_views(await _forms(request, principal, reader, row), sent)
    return page(
        request,
        "pages/credit_appeal.html",
        status=sent.status if sent else 200,
        appeal=one,
        about=about_appeal(row, t),
        department=unit_name(row.department, t),
        code=row.department.code,
        text=mask_text(one.text),
        second_text=mask_text(one.second_text) if one.second_text else None,
        evidence=[mask_text(line) for line in one.evidence],
        event=event_view(row.entry, t) if row.entry else None,
        deadline=row.deadline,
        steps=[step_line(step, t) for step in await steps_of(reader, appeal_id)],
        is_undecided=is_undecided,
        effects=[effect_line(effect, t) for effect in await effects_of(reader, one, now)]
        if is_undecided
        else (),
        may_ask_second=may_ask_second(one, now),
        actions=actions,
        refusal=stray_refusal(actions, sent),
        done=done_words(request, t),
    )
