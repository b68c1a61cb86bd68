"""How much of each department's work is excluded, and the alarm where it is unusual."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_at
from credit.exclusions.rules import ExclusionCode, is_unusual, share_of
from credit.rulebook import RuleBook
from credit.units import units_as_of
from hotline.kernel.alarms import AlarmKind, clear_alarm, raise_alarm
from hotline.kernel.tx import Transaction

_SHARES = sa.text(
    "SELECT department_id, count(*) FILTER (WHERE net > 0), "
    "count(*) FILTER (WHERE net <= 0 AND is_excluded) FROM ("
    "SELECT department_id, ticket_id, sum(n) AS net, "
    "bool_or(cause = ANY(:codes)) AS is_excluded FROM credit_observations "
    "WHERE measure = 'base' AND finished_at >= :since AND finished_at < :until "
    "GROUP BY department_id, ticket_id) AS work GROUP BY department_id"
)


@dataclass(frozen=True, slots=True)
class ExclusionShare:
    """How much of a department's work of the last months does not count."""

    excluded: int
    counted: int
    is_unusual: bool = False
    name: str = ""
    name_en: str = ""

    @property
    def share(self) -> Decimal:
        """Of all its work."""
        return share_of(self.excluded, self.counted)


async def exclusion_shares(
    session: AsyncSession, now: datetime, book: RuleBook
) -> Mapping[str, ExclusionShare]:
    """Return the shares of all departments at work, by code, over the window of the live score."""
    rows = await session.exec(  # type: ignore[call-overload]
        _SHARES,
        params={
            "codes": [code.value for code in ExclusionCode],
            "since": now - timedelta(days=book.window_days),
            "until": now,
        },
    )
    known = {unit: ExclusionShare(excluded, counted) for unit, counted, excluded in rows}
    units = [one for one in await units_as_of(session, now) if one.is_active]
    nothing = ExclusionShare(0, 0)
    groups: defaultdict[str, dict[str, ExclusionShare]] = defaultdict(dict)
    for unit in units:
        groups[unit.peer_group or unit.code][unit.code] = replace(
            known.get(unit.id, nothing), name=unit.name, name_en=unit.name_en
        )
    return {
        code: replace(
            one,
            is_unusual=is_unusual(
                one.excluded,
                one.counted,
                [other.share for name, other in group.items() if name != code],
                book,
            ),
        )
        for group in groups.values()
        for code, one in group.items()
    }


async def watch_exclusions(tx: Transaction) -> int:
    """Raise an alarm for every department whose share is unusual, take down the others' alarms."""
    rules = await book_at(tx.session, tx.now)
    unusual = 0
    for code, one in (await exclusion_shares(tx.session, tx.now, rules.book)).items():
        if one.is_unusual:
            unusual += 1
            details = {
                "department": code,
                "name": one.name,
                "name_en": one.name_en,
                "share": f"{one.share:.1%}",
                "count": one.excluded,
            }
            await raise_alarm(tx.session, AlarmKind.EXCLUSIONS_UNUSUAL, code, details, tx.now)
        else:
            await clear_alarm(tx.session, AlarmKind.EXCLUSIONS_UNUSUAL, code, tx.now)
    return unusual
