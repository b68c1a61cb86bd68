"""The words that a policy may use: those that tickets know."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.errors import N_
from hotline.sla.policy import InvalidPolicy, Policy
from hotline.tickets.models import Category, Channel, Programme, RequestType, Ticket, Urgency
from hotline.workdays.book import CALENDARS

_KNOWN_AREAS = 30
"""So many areas are named when one is unknown: those that most tickets carry."""


async def require_known_words(session: AsyncSession, policy: Policy) -> None:
    """Pass in silence when tickets know every word of a policy.

    There is no list of areas: one is known when a ticket carries it. Where no ticket carries any yet,
    every area is taken.

    Raises:
        InvalidPolicy: an urgency, channel, programme, request type, category, area or calendar that
            nothing goes by; the problem names what is known.
    """
    match = policy.match
    _require(N_("there is no urgency {word}; known: {known}"), match.urgency, Urgency)
    _require(N_("there is no channel {word}; known: {known}"), match.channel, Channel)
    _require(N_("there is no line of work {word}; known: {known}"), match.programme, Programme)
    types = [*match.request_type, *(t for rule in policy.clocks.values() for t in rule.by_type)]
    _require(N_("there is no request type {word}; known: {known}"), types, RequestType)
    calendars = await CALENDARS.in_force(session)
    used = [rule.calendar for rule in policy.clocks.values()]
    _require(N_("there is no calendar {word}; known: {known}"), used, sorted(calendars))
    if match.category:
        await _require_categories(session, match.category)
    if match.area:
        await _require_areas(session, match.area)


def _require(message: str, words: Iterable[str], known: Iterable[str]) -> None:
    listed = [str(word) for word in known]
    for word in words:
        if word not in listed:
            raise InvalidPolicy(message, word=repr(str(word)), known=listed)


async def _require_categories(session: AsyncSession, codes: Collection[str]) -> None:
    found = set(await session.exec(select(Category.code).where(col(Category.code).in_(codes))))
    missing = [code for code in codes if code not in found]
    if not missing:
        return
    roots = await session.exec(
        select(Category.code).where(col(Category.parent).is_(None)).order_by(col(Category.code))
    )
    message = N_("there is no category {word}; those at the top are: {known}")
    raise InvalidPolicy(message, word=repr(missing[0]), known=list(roots))


async def _require_areas(session: AsyncSession, areas: Collection[str]) -> None:
    found = set(
        await session.exec(select(Ticket.area).where(col(Ticket.area).in_(areas)).distinct())
    )
    missing = [area for area in areas if area not in found]
    if not missing:
        return
    known = (
        await session.exec(
            select(Ticket.area)
            .where(col(Ticket.area).is_not(None))
            .group_by(col(Ticket.area))
            .order_by(sa.func.count().desc(), col(Ticket.area))
            .limit(_KNOWN_AREAS)
        )
    ).all()
    if known:
        message = N_("no ticket is in the area {word}; known: {known}")
        raise InvalidPolicy(message, word=repr(missing[0]), known=list(known))
