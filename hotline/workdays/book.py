"""The calendars in force, and any version of them that a clock is pinned to."""

from collections.abc import Sequence
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.workdays.definition import definition_from_json
from hotline.workdays.models import CalendarVersion
from hotline.workdays.official import official_calendars
from hotline.workdays.workcalendar import Calendar, Calendars, NaturalTime


class UnknownCalendar(DomainError):
    """No calendar, or no version of it, goes by this name."""

    kind = ErrorKind.NOT_FOUND
    code = "unknown-calendar"
    title = N_("There is no calendar {calendar}")


NATURAL = NaturalTime()


class CalendarBook:
    """Versions of calendars, remembered: a version never changes, so it is read once.

    The newest id of the table says whether the remembered set in force still is the present one.
    Where no calendar is kept yet, those that come with the program hold.
    """

    def __init__(self) -> None:
        self._by_label: dict[tuple[str, str], Calendar] = {}
        self._in_force: tuple[int, Calendars] = (0, official_calendars())

    def forget(self) -> None:
        """Remember nothing any more, for a process that turns to another database."""
        self._by_label.clear()
        self._in_force = (0, official_calendars())

    @property
    def latest(self) -> Calendars:
        """The calendars in force as this process knows them: for showing, not for counting."""
        return self._in_force[1]

    def remembered(self, code: str, version: str) -> Calendar:
        """Return a version that was asked for before."""
        return (
            NATURAL
            if code == NATURAL.code
            else self._by_label.get((code, version), self.latest[code])
        )

    async def in_force(self, session: AsyncSession) -> Calendars:
        """Return the newest active version of every calendar, by code; one tiny query."""
        return await self.in_force_as_of(session, await newest_calendar_id(session))

    async def in_force_as_of(self, session: AsyncSession, newest_id: int) -> Calendars:
        """Return the calendars in force as of the newest version `newest_id`.

        Asks the database nothing when that is what is remembered.
        """
        if newest_id == 0:
            return official_calendars()
        if self._in_force[0] != newest_id:
            rows = (
                await session.exec(
                    select(CalendarVersion)
                    .where(col(CalendarVersion.is_active), col(CalendarVersion.id) <= newest_id)
                    .ext(distinct_on(col(CalendarVersion.code)))
                    .order_by(col(CalendarVersion.code), col(CalendarVersion.version).desc())
                )
            ).all()
            self._in_force = (newest_id, self._merged(rows))
        return self._in_force[1]

    def _merged(self, rows: Sequence[CalendarVersion]) -> Calendars:
        # Built anew even where a label is remembered: it may have been read in a transaction that
        # was taken back, and been given to another version since.
        self._by_label = {
            key: kept
            for key, kept in self._by_label.items()
            if key[1] not in {r.label for r in rows}
        }
        present = {row.code: self._built(row) for row in rows}
        return MappingProxyType({**official_calendars(), **present, NATURAL.code: NATURAL})

    def _built(self, row: CalendarVersion) -> Calendar:
        key = (row.code, row.label)
        if key not in self._by_label:
            self._by_label[key] = definition_from_json(row.definition).calendar(*key)
        return self._by_label[key]

    async def version(self, session: AsyncSession, code: str, version: str) -> Calendar:
        """Return the version of a calendar that a clock is pinned to.

        Args:
            session: reads a version that is not remembered.
            code: the calendar.
            version: what the calendar calls its version, such as `working-3`.

        Raises:
            UnknownCalendar: there is no such version.
        """
        if code == NATURAL.code:
            return NATURAL
        if (code, version) in self._by_label:
            return self._by_label[code, version]
        number = version.removeprefix(f"{code}-")
        if number != version and number.isdecimal() and len(number) < len("1000000000"):
            row = (
                await session.exec(
                    select(CalendarVersion).where(
                        col(CalendarVersion.code) == code,
                        col(CalendarVersion.version) == int(number),
                    )
                )
            ).first()
            if row is not None:
                return self._built(row)
        elif code in official_calendars():
            # Clocks of the time before calendars were kept count by what came with the program.
            return official_calendars()[code]
        raise UnknownCalendar(calendar=version)


CALENDARS = CalendarBook()
"""One memory serves the whole process."""


async def newest_calendar_id(session: AsyncSession) -> int:
    """Return the id of the newest version of any calendar, 0 when there is none."""
    return (await session.exec(select(sa.func.coalesce(sa.func.max(CalendarVersion.id), 0)))).one()


async def list_calendars(session: AsyncSession) -> Sequence[CalendarVersion]:
    """Return the newest version of every calendar, by code."""
    rows = await session.exec(
        select(CalendarVersion)
        .ext(distinct_on(col(CalendarVersion.code)))
        .order_by(col(CalendarVersion.code), col(CalendarVersion.version).desc())
    )
    return rows.all()


async def list_calendar_versions(session: AsyncSession, code: str) -> Sequence[CalendarVersion]:
    """Return every version of a calendar, newest first; empty when there is no such calendar."""
    rows = await session.exec(
        select(CalendarVersion)
        .where(CalendarVersion.code == code)
        .order_by(col(CalendarVersion.version).desc())
    )
    return rows.all()
