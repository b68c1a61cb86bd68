"""Counting what a house is made of."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.founding.house import HouseFacts
from hotline.founding.known import newest_calendars
from hotline.kernel.settings import Settings
from hotline.people.models import Department, DutyHolder, User
from hotline.people.permissions import Role
from hotline.sla.queries import list_policies
from hotline.tickets.models import Category, CategoryQuestion, Ticket
from hotline.tickets.routing.queries import CATALOGUES
from hotline.workdays.definition import DayKind, definition_from_json
from hotline.workdays.official import WORKING

AREA_GROUPS = ("districts", "towns")
"""Peer groups whose units are named after the area they serve."""


async def read_house(session: AsyncSession, settings: Settings, now: datetime) -> HouseFacts:
    """Return what a house is made of, in a fixed number of statements."""
    facts = with_ports(HouseFacts(), settings)
    facts = await _with_units(session, facts)
    facts = await _with_people(session, facts)
    facts = await _with_categories(session, facts, now)
    facts = await _with_time(session, facts)
    tickets = (await session.exec(select(func.count()).select_from(Ticket))).one()
    return replace(facts, tickets=tickets)


def with_ports(facts: HouseFacts, settings: Settings) -> HouseFacts:
    """Return the facts with what the settings say of the ports."""
    return replace(
        facts,
        texts=settings.sms_url is not None,
        mails=settings.smtp_url is not None,
        letters=settings.mailbox is not None,
        exchange=bool(settings.exchange_secrets),
        public_address=settings.public_url is not None,
    )


async def _with_units(session: AsyncSession, facts: HouseFacts) -> HouseFacts:
    rows = (await session.exec(select(Department))).all()
    hotline = next((row for row in rows if row.is_hotline), None)
    units = [row for row in rows if row.is_active and not row.is_hotline]
    return replace(
        facts,
        hotline_name=hotline.name if hotline else "",
        hotline_phone=hotline.phone if hotline else None,
        areas=sum(1 for row in units if row.peer_group in AREA_GROUPS),
        units=len(units),
        units_without_phone=sum(1 for row in units if not row.phone),
        units_without_group=sum(1 for row in units if not row.peer_group),
    )


async def _with_people(session: AsyncSession, facts: HouseFacts) -> HouseFacts:
    users = (
        await session.exec(
            select(User.roles, User.department_id, col(User.password_hash).is_(None)).where(
                col(User.is_active)
            )
        )
    ).all()
    roles: dict[str, int] = {}
    for held, _, _ in users:
        for role in held:
            roles[role] = roles.get(role, 0) + 1
    staffed = {unit for held, unit, _ in users if Role.HANDLER.value in held}
    units = (
        await session.exec(
            select(Department.id, Department.code, col(DutyHolder.user_id).is_(None))
            .outerjoin(DutyHolder, col(DutyHolder.department_id) == Department.id)
            .where(col(Department.is_active), col(Department.is_hotline).is_(False))
            .order_by(col(Department.code))
        )
    ).all()
    return replace(
        facts,
        roles=roles,
        without_password=sum(1 for _, _, is_without in users if is_without),
        units_without_handler=tuple(code for unit, code, _ in units if unit not in staffed),
        units_without_duty=sum(1 for _, _, is_without in units if is_without),
    )


async def _with_categories(session: AsyncSession, facts: HouseFacts, now: datetime) -> HouseFacts:
    rows = (await session.exec(select(Category).where(col(Category.is_active)))).all()
    questions = (
        await session.exec(
            select(func.count())
            .select_from(CategoryQuestion)
            .where(col(CategoryQuestion.retired_at).is_(None))
        )
    ).one()
    catalogue = await CATALOGUES.in_force(session, now)
    entries = catalogue.entries if catalogue else ()
    spoken = {entry.category.split(".")[0] for entry in entries}
    return replace(
        facts,
        categories=len(rows),
        with_steps=sum(1 for row in rows if row.steps),
        questions=questions,
        catalogue=len(entries),
        uncovered=tuple(sorted(r.name for r in rows if r.parent is None and r.code not in spoken)),
    )


async def _with_time(session: AsyncSession, facts: HouseFacts) -> HouseFacts:
    calendars = await newest_calendars(session)
    active = [row for row in await list_policies(session) if row.is_active]
    counted = {
        rule.get("calendar", "natural")
        for row in active
        for rule in row.definition["clocks"].values()
    }
    official = next((row for row in calendars if row.code == WORKING), None)
    return replace(
        facts,
        policies=len(active),
        lost_calendars=tuple(sorted(counted - {"natural", *(row.code for row in calendars)})),
        covered_until=official.covered_until if official else None,
        makeup_days=_makeup_days(official.definition) if official else {},
    )


def _makeup_days(stored: Mapping[str, object]) -> dict[int, int]:
    found: dict[int, int] = {}
    for day, over in definition_from_json(stored).overrides.items():
        if over.kind is DayKind.WORKDAY:
            found[day.year] = found.get(day.year, 0) + 1
    return found


async def is_empty_house(session: AsyncSession) -> bool:
    """Tell whether nobody but the hotline itself is there, and no matter: the first day."""
    units = (
        select(sa.literal(1)).select_from(Department).where(col(Department.is_hotline).is_(False))
    )
    tickets = select(sa.literal(1)).select_from(Ticket)
    found = (await session.exec(select(units.exists() | tickets.exists()))).one()
    return not found
