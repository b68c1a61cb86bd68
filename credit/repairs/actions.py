"""Repairs: asked for, checked, put off, decided; and what follows from a false statement."""

import uuid
from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.bookkeeping import (
    NewEntry,
    change_entry,
    find_entry,
    lock_ledger,
    record_entry,
    state_of,
)
from credit.books import book_at
from credit.cases.access import find_visible_entry, of_reader
from credit.cases.recording import (
    Case,
    note_step,
    open_deadline,
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
from credit.ledger import EntrySource, EntryState
from credit.models import CreditEntry
from credit.repairs.errors import (
    AlreadyPutOff,
    FalseStatementOpen,
    NothingReported,
    RepairMoveRefused,
    RepairNotFound,
    RepairOpen,
)
from credit.repairs.models import CreditRepair
from credit.repairs.rules import (
    FALSE_STATEMENT,
    OPEN,
    Proof,
    RepairState,
    require_following,
    require_grantable,
    require_may_ask,
)
from credit.repairs.standings import day_of, standing_of
from credit.rulebook import Severity
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx


async def request_repair(
    tx: Tx,
    entry_id: uuid.UUID,
    *,
    cure: str,
    evidence: Sequence[str] = (),
    pledge: str | None = None,
    training: str | None = None,
) -> CreditRepair:
    """Ask for the repair of an entry of the own department.

    A minor event repairs itself when its cure is told and enough clean days have passed; for a graver
    one people check and decide.

    Args:
        tx: the transaction.
        entry_id: which.
        cure: what was done about the cause.
        evidence: what shows it, one thing a line.
        pledge: the leader's promise that it does not happen again.
        training: record of the training that a severe event asks for.

    Raises:
        PermissionDenied: only leaders ask.
        EntryNotFound: it is not of the actor's department.
        RepairOpen: one is asked for already.
        NotRepairable: the entry is not in force against the department.
        RepairBanned: a false statement was found not long ago.
        RepairTooEarly: the least time of its class has not passed.
        NotClean: the same happened again lately.
        ProofMissing: something that the class asks for is missing.
    """
    tx.actor.require(Permission.APPEAL_CREDIT)
    entry = await find_visible_entry(tx.session, tx.actor, entry_id)
    await lock_ledger(tx, entry.department_id)
    if await open_repair(tx, entry.id) is not None:
        raise RepairOpen
    remedies = (await book_at(tx.session, tx.now)).book.remedies
    require_may_ask(
        await standing_of(tx.session, entry, await state_of(tx, entry)),
        Proof(cure, tuple(evidence), pledge, training),
        day_of(tx.now),
        remedies,
    )
    repair = CreditRepair(
        id=uuid7(tx.now),
        entry_id=entry.id,
        department_id=entry.department_id,
        severity=entry.severity,
        state=RepairState.ASKED,
        cure=cure,
        evidence=list(evidence),
        pledge=pledge,
        training=training,
        cured_at=tx.now,
        asked_by=tx.actor.user_id,
        asked_at=tx.now,
    )
    tx.session.add(repair)
    await tx.session.flush()  # deadlines and steps refer to it
    case = case_of(repair)
    owed = ""
    if entry.severity is not Severity.MINOR:
        await owe(tx, case, Duty.REPAIR_DECISION, remedies.repair_days)
        owed = "repair_check"
    await note_step(tx, case, CaseStep.REPAIR_ASKED, words=cure, by=tx.actor.user_id, owed=owed)
    return repair


async def check_repair(
    tx: Tx,
    repair_id: uuid.UUID,
    *,
    passed: bool,
    visit: str,
    finding: str,
    expected_version: int | None = None,
) -> CreditRepair:
    """Write down what a return visit or a look on the spot found; another person decides.

    A severe event is checked by a second team: by nobody who had a part in recording it.

    Raises:
        PermissionDenied: the actor checks no repairs.
        RepairNotFound: there is none for him.
        DeciderInvolved: he had a part in it, or is of the department.
        RepairMoveRefused: it is checked, decided, or repairs itself.
    """
    tx.actor.require(Permission.CHECK_REPAIRS)
    repair = await _lock(tx, repair_id, expected_version)
    if repair.severity is Severity.MINOR:
        raise RepairMoveRefused(state=repair.state)
    require_following(repair.state, RepairState.CHECKED)
    await require_checker(tx.session, tx.actor, repair, await find_entry(tx, repair.entry_id))
    repair.state = RepairState.CHECKED
    repair.checked_by, repair.checked_at = tx.actor.user_id, tx.now
    repair.is_good, repair.visit, repair.finding = passed, visit, finding
    await note_step(
        tx,
        case_of(repair),
        CaseStep.REPAIR_CHECKED,
        words=finding,
        by=tx.actor.user_id,
        owed=Duty.REPAIR_DECISION.value,
    )
    return repair


async def require_checker(
    session: AsyncSession, checker: Principal, repair: CreditRepair, entry: CreditEntry
) -> None:
    """Pass in silence when a person may check a repair.

    Raises:
        DeciderInvolved: he is of the department, or the event is severe and he had a part in it.
    """
    before: set[uuid.UUID | None] = {repair.asked_by}
    if repair.severity is Severity.SEVERE:
        before |= await people_behind(session, entry)
    require_uninvolved(
        Decider(checker.user_id, checker.department_id), repair.department_id, before
    )


async def put_off_repair(
    tx: Tx, repair_id: uuid.UUID, *, reason: str, expected_version: int | None = None
) -> CreditRepair:
    """Give the decision some more working days, once and with a reason.

    Raises:
        PermissionDenied: the actor decides no repairs.
        RepairMoveRefused: nothing is owed in it.
        AlreadyPutOff: it was put off before.
    """
    tx.actor.require(Permission.DECIDE_REPAIRS)
    repair = await _lock(tx, repair_id, expected_version)
    case = case_of(repair)
    deadline = await open_deadline(tx, case)
    if repair.state not in OPEN or deadline is None:
        raise RepairMoveRefused(state=repair.state)
    if repair.put_off_at is not None:
        raise AlreadyPutOff
    remedies = (await book_at(tx.session, tx.now)).book.remedies
    repair.put_off_reason, repair.put_off_at = reason, tx.now
    deadline.due_at = due_after(await working_days(tx), deadline.due_at, remedies.repair_more_days)
    deadline.told_at = None
    await note_step(tx, case, CaseStep.REPAIR_PUT_OFF, words=reason, by=tx.actor.user_id)
    return repair


async def decide_repair(
    tx: Tx,
    repair_id: uuid.UUID,
    *,
    approve: bool,
    explanation: str,
    expected_version: int | None = None,
) -> CreditRepair:
    """Grant or refuse a repair; granted, the entry weighs nothing and is hidden from the public at once.

    Raises:
        PermissionDenied: the actor decides no repairs.
        RepairNotFound: there is none for him.
        DeciderInvolved: he checked it, or is of the department.
        CheckMissing: nobody has checked it, or it did not pass.
        FalseStatementOpen: whether its statements are true is not settled.
        RepairMoveRefused: it is decided.
    """
    tx.actor.require(Permission.DECIDE_REPAIRS)
    repair = await _lock(tx, repair_id, expected_version)
    following = RepairState.GRANTED if approve else RepairState.REFUSED
    require_following(repair.state, following)
    _require_uninvolved(tx, repair, {repair.asked_by, repair.checked_by})
    if approve:
        require_grantable(
            repair.severity,
            repair.state,
            is_good=bool(repair.is_good),
            is_doubted=is_doubted(repair),
        )
        entry = await find_entry(tx, repair.entry_id)
        await change_entry(
            tx, entry, EntryState.REPAIRED, reason=RemedyReason.REPAIRED.value, by=tx.actor.user_id
        )
    repair.state = following
    repair.decided_by, repair.decided_at, repair.words = tx.actor.user_id, tx.now, explanation
    case = case_of(repair)
    await settle(tx, case)
    step = CaseStep.REPAIRED if approve else CaseStep.REPAIR_REFUSED
    await note_step(tx, case, step, words=explanation, by=tx.actor.user_id)
    return repair


async def withdraw_repair(
    tx: Tx, repair_id: uuid.UUID, *, expected_version: int | None = None
) -> CreditRepair:
    """Take a request back.

    Raises:
        PermissionDenied: only leaders do.
        RepairNotFound: it is not of the actor's department.
        RepairMoveRefused: it is decided.
        FalseStatementOpen: it was reported to be false; nobody takes that back.
    """
    tx.actor.require(Permission.APPEAL_CREDIT)
    repair = await _lock(tx, repair_id, expected_version)
    require_following(repair.state, RepairState.WITHDRAWN)
    if is_doubted(repair):
        raise FalseStatementOpen
    repair.state = RepairState.WITHDRAWN
    case = case_of(repair)
    await settle(tx, case)
    await note_step(tx, case, CaseStep.REPAIR_WITHDRAWN, by=tx.actor.user_id)
    return repair


async def report_false_statement(
    tx: Tx, repair_id: uuid.UUID, *, words: str, expected_version: int | None = None
) -> CreditRepair:
    """Report that a statement in a request is false; a second person decides whether it is.

    Raises:
        PermissionDenied: the actor checks no repairs.
        RepairNotFound: there is none for him.
        DeciderInvolved: he is of the department.
        FalseStatementOpen: that was reported already.
        RepairMoveRefused: it was withdrawn, or found to be false.
    """
    if Permission.DECIDE_REPAIRS not in tx.actor.permissions:
        tx.actor.require(Permission.CHECK_REPAIRS)
    repair = await _lock(tx, repair_id, expected_version)
    require_following(repair.state, RepairState.FALSE)
    _require_uninvolved(tx, repair, {repair.asked_by})
    if is_doubted(repair):
        raise FalseStatementOpen
    repair.doubted_by, repair.doubted_at, repair.doubt = tx.actor.user_id, tx.now, words
    repair.doubt_decided_by = repair.doubt_decided_at = repair.doubt_words = None
    await note_step(
        tx,
        case_of(repair),
        CaseStep.FALSE_REPORTED,
        words=words,
        by=tx.actor.user_id,
        owed="false_statement",
    )
    return repair


async def decide_false_statement(
    tx: Tx,
    repair_id: uuid.UUID,
    *,
    confirm: bool,
    explanation: str,
    expected_version: int | None = None,
) -> CreditRepair:
    """Find that a statement was false, or that it was not.

    False, it is a severe event of its own, by two persons, and no repair is heard for a year.

    Raises:
        PermissionDenied: the actor decides no repairs.
        RepairNotFound: there is none for him.
        NothingReported: nobody has reported it.
        DeciderInvolved: he reported it himself, or is of the department.
    """
    tx.actor.require(Permission.DECIDE_REPAIRS)
    repair = await _lock(tx, repair_id, expected_version)
    if not is_doubted(repair):
        raise NothingReported
    _require_uninvolved(tx, repair, {repair.asked_by, repair.doubted_by})
    repair.doubt_decided_by, repair.doubt_decided_at = tx.actor.user_id, tx.now
    repair.doubt_words = explanation
    case = case_of(repair)
    step = CaseStep.FALSE_DISMISSED
    if confirm:
        step, repair.state = CaseStep.FALSE_CONFIRMED, RepairState.FALSE
        repair.false_entry_id = await _record_false(tx, repair)
        await settle(tx, case)
    await note_step(tx, case, step, words=explanation, by=tx.actor.user_id)
    return repair


def case_of(repair: CreditRepair) -> Case:
    """Return a repair as a case with steps and deadlines."""
    return Case(
        kind=CaseKind.REPAIR,
        id=repair.id,
        department_id=repair.department_id,
        entry_id=repair.entry_id,
    )


def is_doubted(repair: CreditRepair) -> bool:
    """Tell whether a false statement was reported and not decided yet."""
    return repair.doubted_at is not None and repair.doubt_decided_at is None


async def open_repair(tx: Tx, entry_id: uuid.UUID) -> CreditRepair | None:
    """Return the request for an entry that is not over yet."""
    rows = await tx.session.exec(
        select(CreditRepair).where(
            CreditRepair.entry_id == entry_id, col(CreditRepair.state).in_(OPEN)
        )
    )
    return rows.first()


async def _record_false(tx: Tx, repair: CreditRepair) -> uuid.UUID:
    """Write the severe event that a false statement is; return its id."""
    about = await find_entry(tx, repair.entry_id)
    entry = await record_entry(
        tx,
        NewEntry(
            department_id=repair.department_id,
            code=FALSE_STATEMENT,
            source_key=f"false-repair:{repair.id}",
            occurred_at=repair.asked_at,
            source=EntrySource.PERSON,
            ticket_id=about.ticket_id,
            ticket_number=about.ticket_number,
            document=about.document,
            proof={"repair": str(repair.id), "entry": str(about.id)},
            recorded_by=repair.doubted_by,
            second_by=tx.actor.user_id,
        ),
        await book_at(tx.session, tx.now),
    )
    if entry is None:
        entry = await _recorded(tx, f"false-repair:{repair.id}")
    else:
        await change_entry(
            tx,
            entry,
            EntryState.IN_FORCE,
            reason=RemedyReason.FALSE_STATEMENT.value,
            by=tx.actor.user_id,
        )
    return entry.id


async def _recorded(tx: Tx, source_key: str) -> CreditEntry:
    rows = await tx.session.exec(select(CreditEntry).where(CreditEntry.source_key == source_key))
    return rows.one()


def _require_uninvolved(tx: Tx, repair: CreditRepair, before: set[uuid.UUID | None]) -> None:
    require_uninvolved(
        Decider(tx.actor.user_id, tx.actor.department_id), repair.department_id, before
    )


async def _lock(tx: Tx, repair_id: uuid.UUID, expected_version: int | None) -> CreditRepair:
    """Return a request to take further, locked, its version counted on."""
    repair = (
        await tx.session.exec(
            select(CreditRepair)
            .where(
                CreditRepair.id == repair_id,
                of_reader(tx.actor, col(CreditRepair.department_id)),
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if repair is None:
        raise RepairNotFound
    if expected_version is not None and expected_version != repair.version:
        raise StaleCase
    repair.version += 1
    return repair
