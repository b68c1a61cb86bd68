"""Repairs: the desk, one case, and the department's form."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.cases.access import find_visible_entry
from credit.cases.outlook import outlook_of
from credit.cases.queries import steps_of
from credit.errors import DeciderInvolved, EntryNotFound
from credit.repairs.actions import (
    check_repair,
    decide_false_statement,
    decide_repair,
    is_doubted,
    put_off_repair,
    report_false_statement,
    request_repair,
    require_checker,
    withdraw_repair,
)
from credit.repairs.errors import RepairNotFound
from credit.repairs.queries import RepairRow, list_repairs, read_repair
from credit.repairs.rules import OPEN, RepairState
from credit.rulebook import Severity
from hotline.kernel.errors import N_
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
from web.views.credit_cases import event_view, repair_case_line, step_line
from web.views.credit_words import event_words
from web.views.directory import unit_name
from web.views.fields import Field, Kind
from web.views.problems import explain

_CURE = Field(
    "cure",
    N_("What was done about the cause"),
    most=4000,
    hint=N_("It is checked. A false statement is a severe event of its own."),
)
_PROOF = (
    Field(
        "evidence",
        N_("Proof of the cure"),
        Kind.LINES,
        hint=N_("Photographs, minutes, documents: one reference a line."),
    ),
    Field("pledge", N_("The leader's pledge"), most=2000),
)
_TRAINING = Field("training", N_("Record of the training"), most=2000)

_FIELDS: dict[Severity, Sequence[Field]] = {
    Severity.GENERAL: (_CURE, *_PROOF),
    Severity.SEVERE: (_CURE, *_PROOF, _TRAINING),
}
CHECK = RecordForm(
    "check-repair",
    N_("Record the check"),
    check_repair,
    (
        Field(
            "passed",
            N_("Is it cured?"),
            Kind.YES_NO,
            words=(N_("Cured"), N_("Not cured")),
        ),
        Field(
            "visit",
            N_("Return visit or look on the spot"),
            Kind.LINE,
            most=500,
            hint=N_("Which one, and when; no names."),
        ),
        Field("finding", N_("What was found"), most=4000),
    ),
)
DECIDE = RecordForm(
    "decide-repair",
    N_("Decide the repair"),
    decide_repair,
    (
        Field(
            "approve",
            N_("Is the repair granted?"),
            Kind.YES_NO,
            words=(N_("Granted: it weighs nothing and is hidden at once"), N_("Refused")),
        ),
        Field("explanation", N_("Explanation"), most=4000, hint=N_("The department reads it.")),
    ),
)
PUT_OFF = RecordForm(
    "put-off-repair",
    N_("Put the decision off"),
    put_off_repair,
    (Field("reason", N_("Reason"), hint=N_("Three more working days, once."), most=2000),),
)
WITHDRAW = RecordForm(
    "withdraw-repair",
    N_("Take the request back"),
    withdraw_repair,
    question=N_("Take this request back?"),
)
REPORT_FALSE = RecordForm(
    "report-false-statement",
    N_("Report a false statement"),
    report_false_statement,
    (
        Field(
            "words",
            N_("Which statement is false, and how that shows"),
            most=4000,
            hint=N_("A second person decides."),
        ),
    ),
)
DECIDE_FALSE = RecordForm(
    "decide-false-statement",
    N_("Decide whether the statement is false"),
    decide_false_statement,
    (
        Field(
            "confirm",
            N_("Is the statement false?"),
            Kind.YES_NO,
            words=(N_("False: a severe event, and no repair for a year"), N_("True")),
        ),
        Field("explanation", N_("Explanation"), most=4000, hint=N_("The department reads it.")),
    ),
)
FORMS = (CHECK, DECIDE, PUT_OFF, WITHDRAW, REPORT_FALSE, DECIDE_FALSE)


def _request_form(severity: Severity) -> RecordForm:
    return RecordForm(
        "repair",
        N_("Ask for a repair"),
        request_repair,
        _FIELDS.get(severity, (_CURE,)),
        is_versioned=False,
    )


class CreditRepairFormController(Controller):
    """The department's form for a repair."""

    path = "/credit/events"
    guards = (requires(Permission.APPEAL_CREDIT),)
    include_in_schema = False

    @get("/{entry_id:uuid}/repair")
    async def show_repair(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        entry_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show the form of a request for a repair."""
        return await _new(request, principal, reader, entry_id)

    @post("/{entry_id:uuid}/repair", status_code=200)
    async def repair(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        entry_id: FromPath[uuid.UUID],
    ) -> Response[Any]:
        """Ask for a repair."""
        entry = await find_visible_entry(tx.session, principal, entry_id)
        sent = await send(request, tx, _request_form(entry.severity), entry_id)
        if sent.form is not None:
            return await _new(request, principal, tx.session, entry_id, sent)
        return see_other(f"/credit/repairs/{sent.result.id}?done=repair")


class CreditRepairPageController(Controller):
    """Repairs: the hotline sees all, a department its own."""

    path = "/credit/repairs"
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
        mine = [
            state.value
            for state, permission in (
                (RepairState.ASKED, Permission.CHECK_REPAIRS),
                (RepairState.CHECKED, Permission.DECIDE_REPAIRS),
            )
            if permission in principal.permissions
        ]
        wanted = wanted_by(request, mine)
        found = await list_repairs(
            reader, principal, wanted.filter, cursor=wanted.cursor, limit=PAGE_SIZE
        )
        return await desk(
            request,
            principal,
            reader,
            wanted,
            [repair_case_line(row, t) for row in found.items],
            found.next_cursor,
            template="pages/credit_repairs.html",
            path="/credit/repairs",
            mine=mine,
        )

    @get("/{repair_id:uuid}")
    async def show(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        reader: NamedDependency[AsyncSession],
        repair_id: FromPath[uuid.UUID],
    ) -> Response[str]:
        """Show one repair."""
        return await _show(request, principal, reader, repair_id)

    @post("/{repair_id:uuid}/{action:str}", status_code=200)
    async def act(
        self,
        request: PageRequest,
        principal: NamedDependency[Principal],
        tx: NamedDependency[Tx],
        repair_id: FromPath[uuid.UUID],
        action: FromPath[str],
    ) -> Response[Any]:
        """Do what a form of a repair asks for."""
        form = form_called(action, FORMS, absent=RepairNotFound)
        sent = await send(request, tx, form, repair_id)
        if sent.form is not None:
            return await _show(request, principal, tx.session, repair_id, sent)
        return see_other(f"/credit/repairs/{repair_id}?done={action}")


async def _new(
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
    form = _request_form(entry.severity)
    hint = (
        N_(
            "A minor event repairs itself once its cause is cured and thirty clean days have passed."
        )
        if entry.severity is Severity.MINOR
        else N_("Somebody of the hotline checks the cure, another person decides.")
    )
    return page(
        request,
        "pages/credit_remedy_new.html",
        status=sent.status if sent else 200,
        heading=form.text,
        event=event_view(entry, t),
        until=None,
        refusal=explain(outlook.no_repair, t.language) if outlook.no_repair and not sent else None,
        path=f"/credit/events/{entry_id}/repair",
        back=f"/credit/events/{entry_id}",
        item=form_views((form,), sent)[0],
        hint=t.text(hint),
    )


async def _may_check(reader: AsyncSession, principal: Principal, row: RepairRow) -> bool:
    one = row.repair
    if (
        Permission.CHECK_REPAIRS not in principal.permissions
        or one.state is not RepairState.ASKED
        or one.severity is Severity.MINOR
    ):
        return False
    try:
        await require_checker(reader, principal, one, row.entry)
    except DeciderInvolved:
        return False
    return True


def _may_decide(principal: Principal, row: RepairRow) -> bool:
    one = row.repair
    return (
        Permission.DECIDE_REPAIRS in principal.permissions
        and one.state in OPEN
        and one.severity is not Severity.MINOR
        and principal.user_id != one.checked_by
        and not is_doubted(one)
    )


async def _forms(
    principal: Principal, reader: AsyncSession, row: RepairRow
) -> Sequence[RecordForm]:
    """Return the forms of what the reader can do now; what he would be refused is not offered."""
    one, may = row.repair, principal.permissions
    looks = bool(may & {Permission.CHECK_REPAIRS, Permission.DECIDE_REPAIRS})
    decides = Permission.DECIDE_REPAIRS in may
    doubted = is_doubted(one)
    offered = (
        (CHECK, await _may_check(reader, principal, row)),
        (DECIDE, _may_decide(principal, row)),
        (DECIDE_FALSE, decides and doubted and principal.user_id != one.doubted_by),
        (PUT_OFF, decides and row.deadline is not None and one.put_off_at is None),
        (
            WITHDRAW,
            Permission.APPEAL_CREDIT in may and one.state in OPEN and not doubted,
        ),
        (
            REPORT_FALSE,
            looks
            and not doubted
            and one.asked_by is not None
            and one.state not in {RepairState.WITHDRAWN, RepairState.FALSE},
        ),
    )
    return [form for form, is_offered in offered if is_offered]


async def _show(
    request: PageRequest,
    principal: Principal,
    reader: AsyncSession,
    repair_id: uuid.UUID,
    sent: Sent | None = None,
) -> Response[str]:
    t = speaker(request)
    row = await read_repair(reader, principal, repair_id)
    one = row.repair
    actions = form_views(await _forms(principal, reader, row), sent)
    return page(
        request,
        "pages/credit_repair.html",
        status=sent.status if sent else 200,
        repair=one,
        about=event_words(row.entry.code, t),
        department=unit_name(row.department, t),
        code=row.department.code,
        parts=[
            (text, mask_text(words))
            for text, words in (
                (N_("What was done about the cause"), one.cure),
                (N_("Proof of the cure"), "\n".join(one.evidence)),
                (N_("The leader's pledge"), one.pledge),
                (N_("Record of the training"), one.training),
                (N_("Return visit or look on the spot"), one.visit),
                (N_("What was found"), one.finding),
            )
            if words
        ],
        event=event_view(row.entry, t),
        deadline=row.deadline,
        steps=[step_line(step, t) for step in await steps_of(reader, repair_id)],
        is_doubted=is_doubted(one),
        actions=actions,
        refusal=stray_refusal(actions, sent),
        done=done_words(request, t),
    )
