"""Appeals against credit and repairs in the demo city: waiting, refused, upheld, asked for."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.appeals.actions import decide_appeal, open_appeal
from credit.appeals.rules import AppealGrounds
from credit.ledger import EntryState
from credit.models import CreditEntry, CreditEntryChange
from credit.repairs.actions import check_repair, request_repair
from credit.rulebook import Severity
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import DomainError
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from web.run.demo.directory import Cast

_CASE = "系统记录与实际不符：当日已按时处理，回复时间见附件。"
_PROOF = ("平台操作日志", "现场照片两张")
_UPHELD = "经核对平台日志，单位所述属实，原记录有误。"
_REFUSED = "经核对平台日志，原记录无误，理由不能成立。"
_PLEDGE = "本单位承诺：督办事项一律按期回复，分管领导逐件签批。"
_VISITED = "电话回访督办事项经办科室并抽查台账，2026年第4季度"
_SEEN = "抽查督办台账，近三个月均按期回复，整改属实。"
_LONG = timedelta(days=95)
_CHECKED = 2
_CURED = "已对承办科室提醒谈话，完善交接制度，此后未再发生。"


async def dispute_events(
    session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime
) -> None:
    """Let departments appeal against some of their events, and ask for a repair."""
    disputed = await _recent(session)
    deciders = [one for one in cast.people.values() if Role.AUDITOR in one.roles]
    if not disputed or not deciders:
        return

    def acting(by: Principal, hours_ago: float) -> Tx:
        return Tx(session, now - timedelta(hours=hours_ago), cipher, "demo:credit", by)

    verdicts = (None, False, True)
    for place, (entry_id, unit) in enumerate(disputed[: len(verdicts)]):
        appeal = await open_appeal(
            acting(cast.leader(unit), 9 - place),
            entry_id,
            grounds=AppealGrounds.FACTS_WRONG,
            text=_CASE,
            evidence=_PROOF,
        )
        await session.flush()
        verdict = verdicts[place]
        if verdict is not None:
            words = _UPHELD if verdict else _REFUSED
            await decide_appeal(
                acting(deciders[0], 3 - place), appeal.id, uphold=verdict, explanation=words
            )
            await session.flush()
    for entry_id, unit in await _minor(session):
        # Now: what came into force just after midnight could not be repaired the day before.
        await request_repair(acting(cast.leader(unit), 0), entry_id, cure=_CURED)
    await session.flush()
    await _repair_general(session, cast, acting, deciders[0], now)


async def _repair_general(
    session: AsyncSession,
    cast: Cast,
    acting: Callable[[Principal, float], Tx],
    checker: Principal,
    now: datetime,
) -> None:
    """Let what is long past and clean since be repaired: one waits for the check, one for a decision."""
    asked = 0
    for entry_id, unit in await _general(session, now):
        try:
            async with session.begin_nested():
                repair = await request_repair(
                    acting(cast.leader(unit), 7 - asked),
                    entry_id,
                    cure=_CURED,
                    evidence=_PROOF,
                    pledge=_PLEDGE,
                )
        except DomainError:  # the same happened again meanwhile
            continue
        asked += 1
        if asked == _CHECKED:
            await check_repair(
                acting(checker, 2), repair.id, passed=True, visit=_VISITED, finding=_SEEN
            )
            await session.flush()
            return


_STATE = (
    select(CreditEntryChange.state)
    .where(col(CreditEntryChange.entry_id) == col(CreditEntry.id))
    .order_by(col(CreditEntryChange.seq).desc())
    .limit(1)
    .correlate(CreditEntry)
    .scalar_subquery()
)


async def _recent(session: AsyncSession) -> Sequence[tuple[uuid.UUID, str]]:
    rows = await session.exec(
        select(CreditEntry.id, Department.code)
        .join(Department, col(Department.id) == col(CreditEntry.department_id))
        .where(
            _STATE == EntryState.PROVISIONAL,
            col(CreditEntry.severity).in_((Severity.MINOR, Severity.GENERAL)),
        )
        .order_by(col(CreditEntry.recorded_at), col(CreditEntry.id))
        .limit(3)
    )
    return rows.all()


async def _general(session: AsyncSession, now: datetime) -> Sequence[tuple[uuid.UUID, str]]:
    rows = await session.exec(
        select(CreditEntry.id, Department.code)
        .join(Department, col(Department.id) == col(CreditEntry.department_id))
        .where(
            _STATE == EntryState.IN_FORCE,
            col(CreditEntry.reverses_id).is_(None),
            CreditEntry.severity == Severity.GENERAL,
            col(CreditEntry.recorded_at) < now - _LONG,
        )
        .order_by(col(CreditEntry.recorded_at), col(CreditEntry.id))
    )
    return rows.all()


async def _minor(session: AsyncSession) -> Sequence[tuple[uuid.UUID, str]]:
    rows = await session.exec(
        select(CreditEntry.id, Department.code)
        .join(Department, col(Department.id) == col(CreditEntry.department_id))
        .where(
            _STATE == EntryState.IN_FORCE,
            col(CreditEntry.reverses_id).is_(None),
            CreditEntry.severity == Severity.MINOR,
        )
        .order_by(sa.desc(col(CreditEntry.recorded_at)), col(CreditEntry.id))
        .limit(1)
    )
    return rows.all()
