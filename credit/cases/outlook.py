"""What a department can do about an entry now, and until or from when."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.models import CreditAppeal
from credit.appeals.rules import (
    OPEN as OPEN_APPEALS,
    Earlier,
    appeal_until,
    late_until,
    require_appealable,
    require_in_time,
)
from credit.books import book_at
from credit.ledger import EntryState
from credit.models import CreditEntry, CreditEntryChange
from credit.repairs.models import CreditRepair
from credit.repairs.rules import OPEN as OPEN_REPAIRS, Proof, require_may_ask
from credit.repairs.standings import day_of, standing_of
from hotline.kernel.errors import DomainError
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.sla.policy import CalendarCode
from hotline.workdays.book import CALENDARS


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be done about an entry.

    Attributes:
        state: where it stands.
        may_appeal: an appeal may be made now.
        is_late: only with new evidence.
        appeal_until: until when.
        no_appeal: why not, if not.
        may_repair: a repair may be asked for now.
        no_repair: why not, if not.
        appeal_id: of the appeal that is open, else of the last one.
        repair_id: of the request that is open, else of the last one.
    """

    state: EntryState
    may_appeal: bool
    is_late: bool
    appeal_until: datetime
    no_appeal: DomainError | None
    may_repair: bool
    no_repair: DomainError | None
    appeal_id: uuid.UUID | None
    repair_id: uuid.UUID | None


async def outlook_of(
    session: AsyncSession, principal: Principal, entry: CreditEntry, now: datetime
) -> Outlook:
    """Return what a person can do about an entry that he sees; only leaders of its department can."""
    state = EntryState(
        (
            await session.exec(
                select(CreditEntryChange.state)
                .where(CreditEntryChange.entry_id == entry.id)
                .order_by(col(CreditEntryChange.seq).desc())
                .limit(1)
            )
        ).one()
    )
    is_own = (
        Permission.APPEAL_CREDIT in principal.permissions
        and principal.department_id == entry.department_id
    )
    appeals = (
        await session.exec(
            select(CreditAppeal)
            .where(CreditAppeal.entry_id == entry.id)
            .order_by(col(CreditAppeal.opened_at).desc())
        )
    ).all()
    repairs = (
        await session.exec(
            select(CreditRepair)
            .where(CreditRepair.entry_id == entry.id)
            .order_by(col(CreditRepair.asked_at).desc())
        )
    ).all()
    is_late, until, no_appeal = await _appeal(session, entry, state, appeals, now)
    no_repair = await _no_repair(session, entry, state, now)
    open_appeal = next((one.id for one in appeals if one.state in OPEN_APPEALS), None)
    open_repair = next((one.id for one in repairs if one.state in OPEN_REPAIRS), None)
    return Outlook(
        state=state,
        may_appeal=is_own and no_appeal is None,
        is_late=is_late,
        appeal_until=until,
        no_appeal=no_appeal,
        may_repair=is_own and no_repair is None and open_repair is None,
        no_repair=no_repair,
        appeal_id=open_appeal or next((one.id for one in appeals), None),
        repair_id=open_repair or next((one.id for one in repairs), None),
    )


async def _appeal(
    session: AsyncSession,
    entry: CreditEntry,
    state: EntryState,
    appeals: Sequence[CreditAppeal],
    now: datetime,
) -> tuple[bool, datetime, DomainError | None]:
    """Return whether an appeal is late, until when it may be made, and why it may not."""
    remedies = (await book_at(session, now)).book.remedies
    working = (await CALENDARS.in_force(session))[CalendarCode.WORKING]
    in_time = appeal_until(working, entry.recorded_at, remedies)
    earlier = [Earlier(one.state, one.is_late) for one in appeals]
    try:
        require_appealable(entry.severity, state, is_reversal=entry.reverses_id is not None)
        is_late = require_in_time(
            now, entry.recorded_at, earlier, working, remedies, has_new_evidence=True
        )
    except DomainError as refusal:
        return False, in_time, refusal
    return is_late, late_until(entry.recorded_at, remedies) if is_late else in_time, None


async def _no_repair(
    session: AsyncSession, entry: CreditEntry, state: EntryState, now: datetime
) -> DomainError | None:
    """Return why no repair may be asked for, whatever is brought for it; None when one may be."""
    remedies = (await book_at(session, now)).book.remedies
    try:
        require_may_ask(
            await standing_of(session, entry, state),
            Proof("-", ("-",), "-", "-"),
            day_of(now),
            remedies,
        )
    except DomainError as refusal:
        return refusal
    return None
