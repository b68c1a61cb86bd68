"""Appeals: opened, decided, taken to the second level, withdrawn. Each is one action under a lock."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.errors import (
    AppealNotFound,
    AppealOpen,
    NotInNotice,
    OtherLevelDecides,
)
from credit.appeals.figures import require_counted, take_back
from credit.appeals.models import CreditAppeal
from credit.appeals.rules import (
    OPEN,
    AppealGrounds,
    AppealState,
    AppealSubject,
    Earlier,
    require_appealable,
    require_following,
    require_in_time,
    require_level,
    require_second_in_time,
)
from credit.bookkeeping import (
    Undoing,
    change_entry,
    find_entry,
    lock_ledger,
    reverse_entry,
    state_of,
)
from credit.books import PublishedBook, book_at
from credit.cases.access import find_visible_entry, of_reader
from credit.cases.events import CreditCorrected
from credit.cases.recording import (
    Case,
    note_step,
    owe,
    people_behind,
    settle,
    working_days,
)
from credit.cases.rules import (
    CaseKind,
    CaseStep,
    Decider,
    Duty,
    RemedyReason,
    due_after,
    require_uninvolved,
)
from credit.errors import StaleCase
from credit.ledger import EntryState
from credit.models import CreditEntry, CreditEntryChange
from credit.period_models import CreditPeriod, PeriodScore, PeriodState
from credit.periods import Period
from credit.rulebook import Indicator
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx

_STANDS: Mapping[AppealState, RemedyReason] = MappingProxyType(
    {
        AppealState.REFUSED: RemedyReason.APPEAL_REFUSED,
        AppealState.WITHDRAWN: RemedyReason.APPEAL_WITHDRAWN,
    }
)
"""Why an entry is in force again."""


async def open_appeal(
    tx: Tx,
    entry_id: uuid.UUID,
    *,
    grounds: AppealGrounds,
    text: str,
    evidence: Sequence[str] = (),
    new_evidence: bool = False,
) -> CreditAppeal:
    """Appeal against an entry of the own department; it is marked at once and counts no more.

    Args:
        tx: the transaction.
        entry_id: against which.
        grounds: why, as a code.
        text: the department's case.
        evidence: what shows it, one thing a line.
        new_evidence: the time is over, and this was not known before; heard once.

    Raises:
        PermissionDenied: only leaders appeal.
        EntryNotFound: it is not of the actor's department.
        NotAppealable: it weighs on nobody, or no more.
        AppealOpen: one is open already.
        AppealTooLate: the time is over.
        NothingNew: the time is over and nothing is new.
        AlreadyHeard: it was heard as often as it may be.
    """
    tx.actor.require(Permission.APPEAL_CREDIT)
    entry = await find_visible_entry(tx.session, tx.actor, entry_id)
    await lock_ledger(tx, entry.department_id)
    rules = await book_at(tx.session, tx.now)
    state = await state_of(tx, entry)
    require_appealable(entry.severity, state, is_reversal=entry.reverses_id is not None)
    is_late = require_in_time(
        tx.now,
        entry.recorded_at,
        await earlier_appeals(tx, entry.id),
        await working_days(tx),
        rules.book.remedies,
        has_new_evidence=new_evidence and bool(evidence),
    )
    appeal = _new(
        tx,
        AppealSubject.ENTRY,
        entry.department_id,
        grounds,
        text,
        evidence,
    )
    appeal.entry_id, appeal.is_late = entry.id, is_late
    tx.session.add(appeal)
    await tx.session.flush()  # deadlines and steps refer to it
    await change_entry(
        tx, entry, EntryState.OBJECTED, reason=RemedyReason.APPEAL.value, by=tx.actor.user_id
    )
    await _begin(tx, appeal, rules)
    return appeal


async def open_objection(
    tx: Tx,
    period: str,
    *,
    indicator: Indicator,
    tickets: Sequence[str],
    grounds: AppealGrounds,
    text: str,
    evidence: Sequence[str] = (),
) -> CreditAppeal:
    """Object to a figure of the own department in a period that is shown for notice.

    Until it is decided the period is not published.

    Raises:
        PermissionDenied: only leaders object.
        NotInNotice: the period is not shown for notice, or no longer.
        TicketNotCounted: a ticket is no part of the figure.
        AppealOpen: one is open against this figure.
    """
    tx.actor.require(Permission.APPEAL_CREDIT)
    key = str(Period.parse(period))
    shown = await _lock_period(tx, key)
    department_id = tx.actor.department_id
    if (
        shown is None
        or department_id is None
        or shown.state is not PeriodState.NOTICE
        or shown.notice_until is None
        or tx.now > shown.notice_until
        or await tx.session.get(PeriodScore, (key, shown.revision, department_id)) is None
    ):
        raise NotInNotice(period=key)
    numbers = list(dict.fromkeys(tickets))
    await require_counted(tx.session, shown, department_id, indicator, numbers)
    open_one = await tx.session.exec(
        select(CreditAppeal.id).where(
            CreditAppeal.period == key,
            CreditAppeal.department_id == department_id,
            CreditAppeal.indicator == indicator,
            col(CreditAppeal.state).in_(OPEN),
        )
    )
    if open_one.first() is not None:
        raise AppealOpen
    appeal = _new(tx, AppealSubject.FIGURE, department_id, grounds, text, evidence)
    appeal.period, appeal.revision = key, shown.revision
    appeal.indicator, appeal.tickets = indicator, numbers
    tx.session.add(appeal)
    await tx.session.flush()  # deadlines and steps refer to it
    await _begin(tx, appeal, await book_at(tx.session, tx.now))
    return appeal


async def decide_appeal(
    tx: Tx,
    appeal_id: uuid.UUID,
    *,
    uphold: bool,
    explanation: str,
    expected_version: int | None = None,
) -> CreditAppeal:
    """Decide an appeal at the level at which it is.

    Upheld, the entry is revoked by one that takes it back, or the tickets are taken out of the figure,
    and every period that it touches is made again. Refused, the entry is in force again.

    Raises:
        AppealNotFound: there is none for the actor.
        PermissionDenied: the actor decides no appeals.
        OtherLevelDecides: it is at the other level.
        DeciderInvolved: he recorded, confirmed or decided before, or is of the department.
        AppealMoveRefused: it is decided.
        StaleCase: it has changed since he read it.
    """
    tx.actor.require(Permission.DECIDE_APPEALS)
    appeal = await _lock(tx, appeal_id, expected_version)
    entry = await find_entry(tx, appeal.entry_id) if appeal.entry_id else None
    await require_decider(tx.session, tx.actor, appeal, entry)
    following = AppealState.UPHELD if uphold else AppealState.REFUSED
    require_following(appeal.state, following)
    rules = await book_at(tx.session, tx.now)
    if appeal.state is AppealState.FIRST:
        appeal.first_by, appeal.first_at = tx.actor.user_id, tx.now
        appeal.first_words = explanation
        if not uphold:
            appeal.second_until = due_after(
                await working_days(tx), tx.now, rules.book.remedies.second_ask_days
            )
    else:
        appeal.second_by, appeal.second_at = tx.actor.user_id, tx.now
        appeal.second_words, appeal.second_until = explanation, None
    appeal.state = following
    case = case_of(appeal)
    await settle(tx, case)
    step = CaseStep.UPHELD if uphold else CaseStep.REFUSED
    await note_step(tx, case, step, words=explanation, by=tx.actor.user_id)
    await _carry_out(tx, appeal, entry, rules)
    return appeal


async def open_second_level(
    tx: Tx, appeal_id: uuid.UUID, *, text: str, expected_version: int | None = None
) -> CreditAppeal:
    """Take a refused appeal to the second level; the entry is under objection again.

    Raises:
        PermissionDenied: only leaders appeal.
        AppealNotFound: it is not of the actor's department.
        AppealMoveRefused: it was not refused.
        AlreadyHeard: the second level has spoken.
        AppealTooLate: the time is over.
    """
    tx.actor.require(Permission.APPEAL_CREDIT)
    appeal = await _lock(tx, appeal_id, expected_version)
    require_following(appeal.state, AppealState.SECOND)
    require_second_in_time(tx.now, appeal.second_until)
    if appeal.entry_id is not None:
        entry = await find_entry(tx, appeal.entry_id)
        await change_entry(
            tx, entry, EntryState.OBJECTED, reason=RemedyReason.APPEAL.value, by=tx.actor.user_id
        )
    appeal.state = AppealState.SECOND
    appeal.second_text, appeal.second_asked_at = text, tx.now
    rules = await book_at(tx.session, tx.now)
    case = case_of(appeal)
    await owe(tx, case, Duty.SECOND_DECISION, rules.book.remedies.second_days)
    await note_step(
        tx,
        case,
        CaseStep.WENT_ON,
        words=text,
        by=tx.actor.user_id,
        owed=Duty.SECOND_DECISION.value,
    )
    return appeal


async def withdraw_appeal(
    tx: Tx, appeal_id: uuid.UUID, *, expected_version: int | None = None
) -> CreditAppeal:
    """Take an appeal back; the entry is in force again.

    Raises:
        PermissionDenied: only leaders do.
        AppealNotFound: it is not of the actor's department.
        AppealMoveRefused: it is decided.
    """
    tx.actor.require(Permission.APPEAL_CREDIT)
    appeal = await _lock(tx, appeal_id, expected_version)
    require_following(appeal.state, AppealState.WITHDRAWN)
    appeal.state, appeal.withdrawn_at = AppealState.WITHDRAWN, tx.now
    case = case_of(appeal)
    await settle(tx, case)
    await note_step(tx, case, CaseStep.WITHDRAWN, by=tx.actor.user_id)
    entry = await find_entry(tx, appeal.entry_id) if appeal.entry_id else None
    await _carry_out(tx, appeal, entry, await book_at(tx.session, tx.now))
    return appeal


def case_of(appeal: CreditAppeal) -> Case:
    """Return an appeal as a case with steps and deadlines."""
    return Case(
        kind=CaseKind.APPEAL,
        id=appeal.id,
        department_id=appeal.department_id,
        entry_id=appeal.entry_id,
    )


async def earlier_appeals(tx: Tx, entry_id: uuid.UUID) -> list[Earlier]:
    """Return the appeals made against an entry so far."""
    rows = await tx.session.exec(
        select(CreditAppeal.state, CreditAppeal.is_late).where(CreditAppeal.entry_id == entry_id)
    )
    return [Earlier(AppealState(state), is_late) for state, is_late in rows.all()]


def _new(
    tx: Tx,
    subject: AppealSubject,
    department_id: int,
    grounds: AppealGrounds,
    text: str,
    evidence: Sequence[str],
) -> CreditAppeal:
    if tx.actor.user_id is None:
        raise OtherLevelDecides  # only people appeal
    return CreditAppeal(
        id=uuid7(tx.now),
        subject=subject,
        department_id=department_id,
        tickets=[],
        grounds=grounds,
        text=text,
        evidence=list(evidence),
        state=AppealState.FIRST,
        opened_by=tx.actor.user_id,
        opened_at=tx.now,
        marked_at=tx.now,  # at once, and so within the working day that it may take
    )


async def _begin(tx: Tx, appeal: CreditAppeal, rules: PublishedBook) -> None:
    case = case_of(appeal)
    await owe(tx, case, Duty.FIRST_DECISION, rules.book.remedies.first_days)
    await note_step(
        tx,
        case,
        CaseStep.APPEALED,
        words=appeal.text,
        by=tx.actor.user_id,
        owed=Duty.FIRST_DECISION.value,
    )
    await note_step(tx, case, CaseStep.MARKED, is_told=False)


async def require_decider(
    session: AsyncSession, decider: Principal, appeal: CreditAppeal, entry: CreditEntry | None
) -> None:
    """Pass in silence when a person may decide an appeal now.

    Raises:
        OtherLevelDecides: it is at the other level.
        DeciderInvolved: he recorded, confirmed or decided before, or is of the department.
        AppealMoveRefused: it is decided.
    """
    require_level(appeal.state, decider.roles)
    before: set[uuid.UUID | None] = {appeal.opened_by, appeal.first_by}
    if entry is not None:
        before |= await people_behind(session, entry)
    require_uninvolved(
        Decider(decider.user_id, decider.department_id), appeal.department_id, before
    )


async def _carry_out(
    tx: Tx, appeal: CreditAppeal, entry: CreditEntry | None, rules: PublishedBook
) -> None:
    """Let the ledger follow what became of an appeal, and the frozen periods with it."""
    since = appeal.second_asked_at or appeal.opened_at
    if entry is not None and await state_of(tx, entry) is not EntryState.OBJECTED:
        return  # taken back by others meanwhile: nothing of it counts any more
    if entry is not None and appeal.state is AppealState.UPHELD:
        since = await _in_force_since(tx, entry) or since
        why = RemedyReason.APPEAL_UPHELD.value
        await reverse_entry(tx, entry, rules, Undoing(reason=why, by=tx.actor.user_id))
    elif entry is not None:
        why = _STANDS[appeal.state].value
        await change_entry(tx, entry, EntryState.IN_FORCE, reason=why, by=tx.actor.user_id)
    elif appeal.state is AppealState.UPHELD:
        since = await take_back(tx, appeal)
    else:
        return
    await emit(
        tx,
        CreditCorrected(
            since=since.isoformat(),
            reason=f"appeal {appeal.id}: {appeal.state.value}",
            appeal_id=str(appeal.id),
        ),
    )


async def _in_force_since(tx: Tx, entry: CreditEntry) -> datetime | None:
    rows = await tx.session.exec(
        select(CreditEntryChange.changed_at)
        .where(
            CreditEntryChange.entry_id == entry.id,
            CreditEntryChange.state == EntryState.IN_FORCE,
        )
        .order_by(col(CreditEntryChange.seq))
        .limit(1)
    )
    return rows.first()


async def _lock(tx: Tx, appeal_id: uuid.UUID, expected_version: int | None) -> CreditAppeal:
    """Return an appeal to take further, locked, its version counted on."""
    appeal = (
        await tx.session.exec(
            select(CreditAppeal)
            .where(
                CreditAppeal.id == appeal_id,
                of_reader(tx.actor, col(CreditAppeal.department_id)),
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if appeal is None:
        raise AppealNotFound
    if expected_version is not None and expected_version != appeal.version:
        raise StaleCase
    appeal.version += 1
    return appeal


async def _lock_period(tx: Tx, key: str) -> CreditPeriod | None:
    """Return a period, kept from being published until this transaction ends."""
    rows = await tx.session.exec(
        select(CreditPeriod)
        .where(CreditPeriod.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.first()
