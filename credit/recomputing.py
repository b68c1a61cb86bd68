"""Frozen periods made again out of what was recorded, and held against what stands."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.books import book_of_version
from credit.freezing import unit_of
from credit.period_errors import PeriodNotFrozen
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore
from credit.periods import Period
from credit.published import scores_of
from credit.rulebook import Grade
from credit.snapshots import RESULTS, Pins, result_digest, snapshot


@dataclass(frozen=True, slots=True)
class RevisionCheck:
    """A revision made again.

    Attributes:
        faults: what differs, one line each; empty when every digit is the same.
    """

    period: str
    revision: int
    faults: Sequence[str]


async def recompute(session: AsyncSession, key: str) -> AsyncIterator[RevisionCheck]:
    """Make every revision of a period again; may be read-only.

    Raises:
        PeriodNotFrozen: there is no such period.
    """
    if await session.get(CreditPeriod, key) is None:
        raise PeriodNotFrozen(period=key)
    revisions = await session.exec(
        select(PeriodRevision)
        .where(PeriodRevision.period == key)
        .order_by(col(PeriodRevision.revision))
    )
    for revision in revisions.all():
        yield await _check(session, revision)


async def _check(session: AsyncSession, revision: PeriodRevision) -> RevisionCheck:
    stored = await scores_of(session, revision.period, revision.revision)
    pins = Pins(
        period=Period.parse(revision.period),
        as_of=revision.as_of,
        rules=await book_of_version(session, revision.rule_version),
        units=[unit_of(row) for row in stored],
        before=_known(stored, "grade_before"),
        leaning=_known(stored, "leaning"),
        quarters=_quarters(stored),
        surveys={row.department_id: _survey(row) for row in stored},
    )
    made = await snapshot(session, pins)
    standing = [{name: getattr(row, name) for name in RESULTS} for row in stored]
    faults = _differences({row["department_code"]: row for row in made.rows}, standing)
    if made.input_digest != revision.input_digest:
        faults.append("the inputs have another digest")
    if made.result_digest != revision.result_digest:
        faults.append("the result has another digest")
    if result_digest(standing) != revision.result_digest:
        faults.append("the rows that stand have another digest")
    return RevisionCheck(revision.period, revision.revision, faults)


def _known(stored: Sequence[PeriodScore], name: str) -> Mapping[int, Grade]:
    found = {row.department_id: getattr(row, name) for row in stored}
    return {unit: grade for unit, grade in found.items() if grade}


def _quarters(stored: Sequence[PeriodScore]) -> Sequence[tuple[str, int]]:
    pinned = stored[0].explanation.get("year", {}).get("revisions", ()) if stored else ()
    return [(key, revision) for key, revision in pinned]


def _survey(row: PeriodScore) -> Decimal | None:
    said = row.explanation.get("year", {}).get("survey")
    return None if said is None else Decimal(said)


def _differences(
    made: Mapping[str, Mapping[str, Any]], standing: Sequence[Mapping[str, Any]]
) -> list[str]:
    return [
        f"{row['department_code']}: {name} is {row[name]} and ought to be {again[name]}"
        for row in standing
        for again in (made.get(row["department_code"]),)
        if again is not None
        for name in RESULTS
        if name != "explanation" and row[name] != again[name]
    ]
