"""Events of credit in the demo city that people entered; what the facts told is in the books already."""

import random
import uuid
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.entries.actions import (
    accept_entry,
    confirm_proposal,
    propose_entry,
    propose_reversal,
    tolerate_entry,
)
from credit.entries.models import Proposal
from credit.ledger import EntryState
from credit.models import CreditEntry, CreditEntryChange
from hotline.kernel.crypto import FieldCipher
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from web.run.demo.directory import Cast

_RUDE = "调取通话录音核实：承办人员态度生硬，两次挂断电话。"
_TAMPERED = "核查通话平台，所登记的三次联系均无通话记录。"
_FOUND = "另行调取平台日志复核，情况属实。"
_HARD = "十余年未解决的产权遗留问题，由该单位牵头办结，诉求人确认。"
_MISTAKEN = "单位提交的系统故障证明显示，当日回复因平台故障未能提交。"
_TOLERATED = "改革试点中的探索性失误，程序合规、未谋私利。"


async def enter_events(
    session: AsyncSession, cipher: FieldCipher, cast: Cast, rng: random.Random, now: datetime
) -> None:
    """Let people enter, confirm, accept and take back some events."""
    first = cast.staff(Role.SUPERVISOR, rng)
    second = cast.staff(Role.AUTHORITY, rng)

    def acting(by: Principal, hours_ago: float) -> Tx:
        return Tx(session, now - timedelta(hours=hours_ago), cipher, "demo:credit", by)

    units = await _units_with_events(session)
    if not units:
        return
    own = units[0]
    waiting = await propose_entry(
        acting(first, 20),
        code="data_tamper",
        department=own,
        finding=_TAMPERED,
        document="核查通报〔2026〕7号",
    )
    await propose_entry(
        acting(first, 30),
        code="rude_service",
        department=units[-1],
        finding=_RUDE,
        document="质检通报〔2026〕12号",
    )
    hard: Proposal = await propose_entry(
        acting(first, 50),
        code="hard_case_solved",
        department=units[-1],
        finding=_HARD,
        document="督查专报〔2026〕3号",
        evidence=["验收记录", "诉求人确认书"],
    )
    await session.flush()
    await confirm_proposal(acting(second, 28), hard.id, words=_FOUND)
    live = await _in_state(session, EntryState.IN_FORCE)
    if len(live) > 1:
        await propose_reversal(acting(first, 6), live[0], finding=_MISTAKEN)
        await tolerate_entry(
            acting(second, 4), live[1], reason=_TOLERATED, document="容错认定〔2026〕1号"
        )
    for entry_id, unit in await _provisional(session, 2):
        await accept_entry(acting(cast.leader(unit), 2), entry_id)
    if waiting.entry_id is not None:
        raise AssertionError("what is severe takes two persons")
    await session.flush()


async def _units_with_events(session: AsyncSession) -> list[str]:
    rows = await session.exec(
        select(Department.code)
        .join(CreditEntry, col(CreditEntry.department_id) == col(Department.id))
        .distinct()
        .order_by(col(Department.code))
    )
    return list(rows.all())


_NEWEST = (
    select(CreditEntryChange.state)
    .where(col(CreditEntryChange.entry_id) == col(CreditEntry.id))
    .order_by(col(CreditEntryChange.seq).desc())
    .limit(1)
    .correlate(CreditEntry)
    .scalar_subquery()
)


async def _in_state(session: AsyncSession, state: EntryState) -> list[uuid.UUID]:
    rows = await session.exec(
        select(CreditEntry.id)
        .where(state == _NEWEST, col(CreditEntry.reverses_id).is_(None))
        .order_by(col(CreditEntry.recorded_at), col(CreditEntry.id))
        .limit(2)
    )
    return list(rows.all())


async def _provisional(session: AsyncSession, most: int) -> list[tuple[uuid.UUID, str]]:
    rows = await session.exec(
        select(CreditEntry.id, Department.code)
        .join(Department, col(Department.id) == col(CreditEntry.department_id))
        .where(_NEWEST == EntryState.PROVISIONAL)
        .order_by(col(CreditEntry.recorded_at), col(CreditEntry.id))
        .limit(most)
    )
    return list(rows.all())
