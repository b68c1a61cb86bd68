"""Reading who works where, for the receivers of escalations."""

import uuid
from collections import defaultdict

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.escalation.receivers import Roster

_PEOPLE = sa.text("SELECT id, roles, department_id FROM users WHERE is_active ORDER BY username")
_DUTY = sa.text("SELECT department_id, user_id FROM duty_holders")
_HOTLINE = sa.text("SELECT id FROM departments WHERE is_hotline")


async def read_roster(session: AsyncSession) -> Roster:
    """Return who works where as of now."""
    by_role: defaultdict[tuple[str, int], list[uuid.UUID]] = defaultdict(list)
    anywhere: defaultdict[str, list[uuid.UUID]] = defaultdict(list)
    active = set()
    for user_id, roles, department_id in await session.exec(_PEOPLE):  # type: ignore[call-overload]
        active.add(user_id)
        for role in roles:
            by_role[role, department_id].append(user_id)
            anywhere[role].append(user_id)
    duty = dict((await session.exec(_DUTY)).all())  # type: ignore[call-overload]
    hotline = (await session.exec(_HOTLINE)).scalar_one()  # type: ignore[call-overload]
    return Roster(dict(by_role), dict(anywhere), duty, frozenset(active), hotline)
