"""What the house knows of each sheet, in the spelling of the sheets."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.dispatching.queries import newest_version
from hotline.founding.columns import NO, YES, Subject
from hotline.founding.planning import Key, Values
from hotline.founding.sheets import LIMITED
from hotline.people.models import Department, DutyHolder, PeerGroup, User
from hotline.people.queries import list_departments, list_peer_groups
from hotline.sla.models import PolicyVersion
from hotline.sla.queries import list_policies
from hotline.tickets.catalogue import list_categories
from hotline.tickets.models import CategoryQuestion
from hotline.tickets.questions import Choice
from hotline.tickets.routing.codec import entries_from_json
from hotline.tickets.routing.rules import Entry
from hotline.workdays.definition import definition_from_json
from hotline.workdays.models import CalendarVersion

Rows = Mapping[Key, Values]


def flag(value: object) -> str:
    """Return a truth as sheets spell it."""
    return YES if value else NO


async def _groups(session: AsyncSession) -> Rows:
    return {
        (row.code,): {"code": row.code, "name": row.name, "name_en": row.name_en}
        for row in await list_peer_groups(session)
    }


async def _departments(session: AsyncSession) -> Rows:
    rows = await list_departments(session)
    codes = {row.id: row.code for row in rows}
    return {
        (row.code,): {
            "code": row.code,
            "name": row.name,
            "name_en": row.name_en,
            "parent": codes.get(row.parent_id or 0, ""),
            "peer_group": row.peer_group or "",
            "phone": row.phone or "",
            "level": row.level.value,
            "is_active": flag(row.is_active),
        }
        for row in rows
    }


async def _people(session: AsyncSession) -> Rows:
    rows = await session.exec(
        select(User, Department.code, DutyHolder.user_id)
        .join(Department, col(Department.id) == User.department_id)
        .outerjoin(DutyHolder, col(DutyHolder.user_id) == User.id)
    )
    return {
        (user.username,): {
            "username": user.username,
            "display_name": user.display_name,
            "roles": " ".join(sorted(user.roles)),
            "department": department,
            "is_active": flag(user.is_active),
            "is_duty": flag(duty is not None),
        }
        for user, department, duty in rows
    }


async def _categories(session: AsyncSession) -> Rows:
    return {
        (row.code,): {
            "code": row.code,
            "name": row.name,
            "name_en": row.name_en,
            "steps": "\n".join(row.steps),
            "is_active": flag(row.is_active),
        }
        for row in await list_categories(session)
    }


def choice_text(choice: Choice) -> str:
    """Return one answer of a list as a part of a cell."""
    cells = [choice.key, choice.name, choice.name_en, choice.stop, choice.stop_en]
    while cells and not cells[-1]:
        cells.pop()
    return " | ".join(cells)


def choice_of(text: str) -> Choice:
    """Return the answer that a part of a cell describes."""
    cells = [cell.strip() for cell in text.replace("｜", "|").split("|")]
    key, name, name_en, stop, stop_en = (cells + [""] * 5)[:5]
    return Choice(key, name or key, name_en or name or key, stop, stop_en)


async def _questions(session: AsyncSession) -> Rows:
    rows = await session.exec(
        select(CategoryQuestion).where(col(CategoryQuestion.retired_at).is_(None))
    )
    return {
        (row.category_code, row.code): {
            "category": row.category_code,
            "code": row.code,
            "description": row.description,
            "description_en": row.description_en,
            "datatype": row.datatype.value,
            "choices": "\n".join(choice_text(Choice(**choice)) for choice in row.choices),
            "required": flag(row.is_required),
            "position": str(row.position),
            "hint": row.hint,
            "hint_en": row.hint_en,
        }
        for row in rows
    }


def entry_values(entry: Entry) -> Values:
    """Return a line of the dispatch catalogue in the spelling of the sheets."""
    return {
        "category": entry.category,
        "area": entry.area or "",
        "request_types": " ".join(sorted(entry.request_types)),
        "department": entry.department,
        "co_departments": " ".join(sorted(entry.co_departments)),
        "min_level": entry.min_level.value if entry.min_level else "",
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else "",
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else "",
        "is_sure": flag(entry.is_sure),
        "basis": entry.basis,
    }


def entry_key(values: Values) -> Key:
    """Return what names a line of the dispatch catalogue."""
    names = ("category", "area", "request_types", "valid_from", "valid_to")
    return tuple(values[name] for name in names)


async def _catalogue(session: AsyncSession) -> Rows:
    newest = await newest_version(session)
    lines = [entry_values(entry) for entry in entries_from_json(newest.entries if newest else ())]
    return {entry_key(values): values for values in lines}


def policy_values(row: PolicyVersion) -> Values:
    """Return a policy in the spelling of the sheets."""
    match, clocks = row.definition.get("match", {}), row.definition["clocks"]
    lists = ("urgency", "channel", "programme", "request_type", "category", "area")
    return {
        "code": row.code,
        "name": row.name,
        **{name: " ".join(sorted(match.get(name, ()))) for name in lists},
        "secret": flag(match.get("secret")),
        "calendar": clocks["complete"].get("calendar", "natural"),
        **{name: clocks[name]["limit"] if name in clocks else "" for name, _, _ in LIMITED},
        "is_active": flag(row.is_active),
    }


async def _policies(session: AsyncSession) -> Rows:
    return {(row.code,): policy_values(row) for row in await list_policies(session)}


async def newest_calendars(session: AsyncSession) -> Sequence[CalendarVersion]:
    """Return the newest version in force of every calendar."""
    rows = await session.exec(
        select(CalendarVersion)
        .where(col(CalendarVersion.is_active))
        .ext(distinct_on(col(CalendarVersion.code)))
        .order_by(col(CalendarVersion.code), col(CalendarVersion.version).desc())
    )
    return rows.all()


async def _calendars(session: AsyncSession) -> Rows:
    return {
        (row.code, day.isoformat()): {
            "calendar": row.code,
            "day": day.isoformat(),
            "kind": over.kind.value,
            "name": over.name,
            "hours": " ".join(str(span) for span in over.spans),
        }
        for row in await newest_calendars(session)
        for day, over in definition_from_json(row.definition).overrides.items()
    }


_ROWS: Mapping[Subject, Callable[[AsyncSession], Awaitable[Rows]]] = {
    Subject.GROUPS: _groups,
    Subject.DEPARTMENTS: _departments,
    Subject.PEOPLE: _people,
    Subject.CATEGORIES: _categories,
    Subject.QUESTIONS: _questions,
    Subject.CATALOGUE: _catalogue,
    Subject.POLICIES: _policies,
    Subject.CALENDARS: _calendars,
}


async def known_rows(session: AsyncSession, subject: Subject) -> Rows:
    """Return every line that the house has of a sheet."""
    return await _ROWS[subject](session)


async def known_names(session: AsyncSession) -> Mapping[Subject, Mapping[str, str]]:
    """Return what sheets may refer to: by sheet, code to name."""
    groups = await session.exec(select(PeerGroup.code, PeerGroup.name))
    units = await session.exec(select(Department.code, Department.name))
    return {
        Subject.GROUPS: dict(groups.all()),
        Subject.DEPARTMENTS: dict(units.all()),
        Subject.CATEGORIES: {row.code: row.name for row in await list_categories(session)},
    }
