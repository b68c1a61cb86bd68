"""Reading what happened to clocks, and the calendars they were counted on."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.sla.explanation import Versions, versions_of
from hotline.sla.models import Clock, ClockChange
from hotline.workdays.book import CALENDARS, NATURAL, UnknownCalendar
from hotline.workdays.official import OFFICIAL_LABEL, WORKING

Log = Mapping[uuid.UUID, Sequence[ClockChange]]
"""The rows of each clock that has any, in order."""


async def read_changes(session: AsyncSession, clock_ids: Iterable[uuid.UUID]) -> Log:
    """Return the logs of some clocks, in one statement."""
    rows = await session.exec(
        select(ClockChange)
        .where(col(ClockChange.clock_id).in_(list(clock_ids)))
        .order_by(col(ClockChange.clock_id), col(ClockChange.id))
    )
    log: dict[uuid.UUID, list[ClockChange]] = {}
    for row in rows:
        log.setdefault(row.clock_id, []).append(row)
    return log


async def read_versions(
    session: AsyncSession, clocks: Iterable[Clock], log: Log
) -> Mapping[str, Versions]:
    """Return the calendar versions that clocks were counted on, by calendar and label.

    Versions never change, so each is read once in a process; one that is not kept is left out.
    """
    wanted: dict[str, set[str]] = {}
    for clock in clocks:
        wanted.setdefault(clock.calendar, set()).update(versions_of(clock, log.get(clock.id, ())))
    found = {}
    for code, labels in wanted.items():
        versions = {}
        for label in labels:
            try:
                versions[label] = await CALENDARS.version(session, _code_of(label, code), label)
            except UnknownCalendar:
                continue
        found[code] = versions
    return found


def _code_of(label: str, code: str) -> str:
    """Return the calendar that a label is of: a clock may have counted on others than its own.

    Args:
        label: what a calendar calls its version, such as `working-3`.
        code: the clock's calendar now.
    """
    if label.startswith(f"{code}-"):
        return code
    if label == NATURAL.version:
        return NATURAL.code
    head, _, number = label.rpartition("-")
    return WORKING if head == OFFICIAL_LABEL or not number.isdecimal() else head
