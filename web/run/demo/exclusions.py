"""Exclusions of the demo city: asked for, seconded by one person, approved by two."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.exclusions.actions import ask_exclusion, decide_exclusion
from credit.exclusions.rules import ExclusionCode
from credit.ledger import Measure
from credit.models import Observation
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import DomainError
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from web.run.demo.directory import Cast

_ASKED = (
    (ExclusionCode.FORCE_MAJEURE, "暴雨红色预警期间道路中断，无法到场处置。", "气象预警发布单"),
    (ExclusionCode.OUT_OF_DUTY, "所涉路段为上级管养，不在本单位职责范围。", "管养权属划分文件"),
    (ExclusionCode.PILOT, "属改革试点事项，试点期内不纳入考核。", "试点批复文件"),
)
_AGREED = "材料齐全，与工单记录一致，同意剔除。"


async def leave_out(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> None:
    """Let departments ask for work of this month not to count, and let some of it be decided."""
    deciders = [
        next(one for one in cast.people.values() if role in one.roles and not one.is_department)
        for role in (Role.SUPERVISOR, Role.AUTHORITY)
    ]

    def acting(by: Principal, hours_ago: float) -> Tx:
        return Tx(session, now - timedelta(hours=hours_ago), cipher, "demo:credit", by)

    works = await _works(session, now)
    for place, ((number, unit), (code, reason, shown)) in enumerate(
        zip(works, _ASKED, strict=False)
    ):
        try:
            async with session.begin_nested():
                row = await ask_exclusion(
                    acting(cast.leader(unit), 30 - place),
                    number,
                    code=code,
                    reason=reason,
                    evidence=[shown],
                )
            for by in deciders[:place]:
                async with session.begin_nested():
                    await decide_exclusion(
                        acting(by, 8 - place), row.id, approve=True, explanation=_AGREED
                    )
        except DomainError:  # taken out of the count meanwhile, or he had a part in the ticket
            continue


async def _works(session: AsyncSession, now: datetime) -> Sequence[tuple[str, str]]:
    """Return work of this month, of one department each: no frozen period is touched by it."""
    first = now.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = await session.exec(
        select(sa.func.min(col(Observation.ticket_number)), col(Department.code))
        .join(Department, col(Department.id) == col(Observation.department_id))
        .where(
            Observation.measure == Measure.BASE,
            col(Observation.finished_at) >= first,
            col(Observation.finished_at) < now - timedelta(days=2),
            Observation.n > 0,
        )
        .group_by(col(Department.code))
        .order_by(sa.desc(sa.func.count()), col(Department.code))
        .limit(len(_ASKED))
    )
    return rows.all()
