"""How the lines of each sheet are done: through the actions that a page would use."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hotline.dispatching.actions import check_entries, publish_catalogue
from hotline.dispatching.queries import newest_version
from hotline.founding.cells import CellFault
from hotline.founding.columns import YES, Subject
from hotline.founding.known import choice_of, entry_key, entry_values, newest_calendars
from hotline.founding.planning import Fault, LineVerdict, PlannedRow, Values, refused
from hotline.founding.sheets import LIMITED
from hotline.people.actions import (
    add_user,
    change_user,
    save_department,
    save_peer_group,
    set_duty_holder,
)
from hotline.people.levels import DepartmentLevel
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.people.queries import find_user
from hotline.sla.actions import Draft, drafted, publish_policy
from hotline.sla.calendars import publish_calendar
from hotline.sla.models import PolicyVersion
from hotline.sla.policy import ClockKind, InvalidPolicy
from hotline.sla.queries import find_policy, list_policies
from hotline.tickets.actions.categories import save_category
from hotline.tickets.answers import save_question
from hotline.tickets.questions import Datatype, Question
from hotline.tickets.routing.codec import entries_from_json
from hotline.tickets.routing.rules import Entry
from hotline.workdays.definition import (
    Definition,
    InvalidCalendar,
    definition_from_json,
    make_override,
)
from hotline.workdays.models import CalendarVersion

Do = Callable[[Tx, PlannedRow], Awaitable[None]]

NATURAL_CLOCKS = frozenset({"accept", "dispatch", "audit"})
"""Clocks of the hotline's own desks, which keep the calendar they have when a sheet names one."""


# -- line by line ----------------------------------------------------------------------------------


async def _group(tx: Tx, row: PlannedRow) -> None:
    name = row.values["name"]
    await save_peer_group(tx, code=row.key[0], name=name, name_en=row.values["name_en"] or name)


async def _department(tx: Tx, row: PlannedRow) -> None:
    level = row.values["level"]
    await save_department(
        tx,
        code=row.key[0],
        name=row.values["name"],
        name_en=row.values["name_en"],
        parent=row.values["parent"] or None,
        peer_group=row.values["peer_group"] or None,
        phone=row.values["phone"] or None,
        level=DepartmentLevel(level) if level else None,
        is_active=row.values["is_active"] == YES,
    )


async def _person(tx: Tx, row: PlannedRow) -> None:
    username, is_active = row.key[0], row.values["is_active"] == YES
    common: dict[str, Any] = {
        "username": username,
        "display_name": row.values["display_name"],
        "roles": [Role(word) for word in row.values["roles"].split()],
        "department": row.values["department"],
    }
    if await find_user(tx.session, username) is None:
        user = await add_user(tx, **common)
        user.is_active = is_active
        await tx.session.flush()  # a duty holder refers to his account
    elif set(row.changed) != {"is_duty"}:
        # A change ends the account's sessions: who only takes over a duty stays signed in.
        await change_user(tx, is_active=is_active, **common)
    if row.values["is_duty"] == YES and "is_duty" in row.changed:
        await set_duty_holder(tx, department=row.values["department"], username=username)


async def _category(tx: Tx, row: PlannedRow) -> None:
    await save_category(
        tx,
        code=row.key[0],
        name=row.values["name"],
        name_en=row.values["name_en"],
        steps=row.values["steps"].split("\n"),
        is_active=row.values["is_active"] == YES,
    )


async def _question(tx: Tx, row: PlannedRow) -> None:
    values = row.values
    await save_question(
        tx,
        values["category"],
        Question(
            code=values["code"],
            datatype=Datatype(values["datatype"]),
            required=values["required"] == YES,
            order=int(values["position"] or 1),
            description=values["description"],
            description_en=values["description_en"] or values["description"],
            hint=values["hint"],
            hint_en=values["hint_en"],
            choices=tuple(choice_of(part) for part in values["choices"].split("\n") if part),
        ),
    )


def policy_draft(values: Values, newest: PolicyVersion | None) -> Draft:
    """Return what a line makes of a policy; what a sheet has no column for stays as it is."""
    definition: dict[str, Any] = dict(newest.definition) if newest else {}
    match: dict[str, Any] = {
        name: values[name].split()
        for name in ("urgency", "channel", "programme", "request_type", "category", "area")
        if values[name]
    }
    if values["secret"] == YES:
        match["secret"] = True
    clocks: dict[str, Any] = {
        name: dict(rule) for name, rule in definition.get("clocks", {}).items()
    }
    for name, _, _ in LIMITED:
        limit = values[name]
        if not limit:
            clocks.pop(name, None)
            continue
        rule = clocks.setdefault(name, {"calendar": _calendar_of(name, values["calendar"])})
        rule["limit"] = limit
        if name not in NATURAL_CLOCKS:
            rule["calendar"] = values["calendar"]
    definition |= {"match": match, "clocks": clocks}
    return Draft(
        code=values["code"],
        name=values["name"],
        definition=definition,
        is_active=values["is_active"] == YES,
    )


def _calendar_of(clock: str, calendar: str) -> str:
    if clock == ClockKind.AUDIT.value:
        return "working"
    return "natural" if clock in NATURAL_CLOCKS else calendar


async def _policy(tx: Tx, row: PlannedRow) -> None:
    newest = await find_policy(tx.session, row.key[0])
    await publish_policy(tx, policy_draft(row.values, newest))


LINE_BY_LINE: Mapping[Subject, Do] = {
    Subject.GROUPS: _group,
    Subject.DEPARTMENTS: _department,
    Subject.PEOPLE: _person,
    Subject.CATEGORIES: _category,
    Subject.QUESTIONS: _question,
    Subject.POLICIES: _policy,
}
"""What does one line of a sheet."""


# -- sheets that take effect as a whole ------------------------------------------------------------


def entry_of(values: Values) -> Entry:
    """Return a line as one of the dispatch catalogue."""
    level = values["min_level"]
    return Entry(
        category=values["category"],
        department=values["department"],
        area=values["area"] or None,
        request_types=tuple(values["request_types"].split()),
        co_departments=tuple(values["co_departments"].split()),
        min_level=DepartmentLevel(level) if level else None,
        valid_from=_day(values["valid_from"]),
        valid_to=_day(values["valid_to"]),
        basis=values["basis"],
        is_sure=values["is_sure"] == YES,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


async def _merged_catalogue(tx: Tx, rows: Sequence[PlannedRow]) -> list[Entry]:
    """Return the catalogue with lines put in, new ones at its end."""
    newest = await newest_version(tx.session)
    entries = list(entries_from_json(newest.entries)) if newest else []
    places = {entry_key(entry_values(entry)): place for place, entry in enumerate(entries)}
    for row in rows:
        if row.key in places:
            entries[places[row.key]] = entry_of(row.values)
        else:
            entries.append(entry_of(row.values))
    return entries


async def _do_catalogue(tx: Tx, rows: Sequence[PlannedRow], note: str) -> None:
    entries = await _merged_catalogue(tx, rows)
    newest = await newest_version(tx.session)
    await publish_catalogue(tx, entries, is_direct=newest.is_direct if newest else False, note=note)


async def _do_calendars(tx: Tx, rows: Sequence[PlannedRow], note: str) -> None:
    kept = {row.code: row for row in await newest_calendars(tx.session)}
    for code in dict.fromkeys(row.key[0] for row in rows):
        version = kept[code]
        await publish_calendar(
            tx,
            code=code,
            name=version.name,
            definition=_with_days(version, [row for row in rows if row.key[0] == code]),
            note=note,
        )


def _with_days(version: CalendarVersion, rows: Sequence[PlannedRow]) -> Definition:
    """Return a calendar with the days of some lines.

    Raises:
        InvalidCalendar: a year before them is missing, or the outcome cannot be kept.
    """
    definition = definition_from_json(version.definition)
    for year in sorted({date.fromisoformat(row.key[1]).year for row in rows}):
        days = {day: over for day, over in definition.overrides.items() if day.year == year}
        for row in rows:
            day = date.fromisoformat(row.key[1])
            if day.year == year:
                made = make_override(
                    row.key[1], row.values["kind"], row.values["name"], row.values["hours"].split()
                )
                before = days.get(day)
                is_like = before is not None and before.kind is made.kind
                days[day] = replace(made, like=before.like) if before and is_like else made
        definition = definition.with_year(year, days)
    return definition


DoWhole = Callable[[Tx, Sequence[PlannedRow], str], Awaitable[None]]

AS_A_WHOLE: Mapping[Subject, DoWhole] = {
    Subject.CATALOGUE: _do_catalogue,
    Subject.CALENDARS: _do_calendars,
}
"""What does all lines of a sheet as one new version."""


# -- what the rules of the house say before anything is done ----------------------------------------


async def examined(tx: Tx, subject: Subject, planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Return lines with what the rules of the house would refuse about them."""
    match subject:
        case Subject.POLICIES:
            return await _examined_policies(tx, planned)
        case Subject.CATALOGUE:
            return await _examined_catalogue(tx, planned)
        case Subject.CALENDARS:
            return await _examined_calendars(tx, planned)
        case _:
            return list(planned)


async def _examined_policies(tx: Tx, planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    newest = {row.code: row for row in await list_policies(tx.session)}
    calendars = {"natural", *(row.code for row in await newest_calendars(tx.session))}
    found = []
    for row in planned:
        if row.verdict is LineVerdict.WRONG:
            found.append(row)
            continue
        if row.values["calendar"] not in calendars:
            value = row.values["calendar"]
            found.append(refused(row, Fault(CellFault.UNKNOWN_NAME, "calendar", value)))
            continue
        try:
            before = newest.get(row.key[0])
            drafted(policy_draft(row.values, before), before)
        except InvalidPolicy as error:
            fault = Fault(CellFault.CANNOT_BE, message=error.message, details=error.details)
            found.append(refused(row, fault))
        else:
            found.append(row)
    return found


async def _examined_catalogue(tx: Tx, planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Say which lines of a file the catalogue would refuse; what stood in it before is not asked."""
    good = [row for row in planned if row.verdict in (LineVerdict.MAKE, LineVerdict.CHANGE)]
    entries = await _merged_catalogue(tx, good)
    lines = {entry_key(entry_values(entry)): place for place, entry in enumerate(entries, 1)}
    faults = {fault.row: fault for fault in reversed(await check_entries(tx, entries))}
    found = []
    for row in planned:
        fault = faults.get(lines.get(row.key, 0)) if row in good else None
        if fault is None:
            found.append(row)
            continue
        value = "" if fault.value.isdecimal() else fault.value
        found.append(refused(row, Fault(CellFault.CANNOT_BE, value=value, reason=fault.kind)))
    return found


async def _examined_calendars(tx: Tx, planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    kept = {row.code: row for row in await newest_calendars(tx.session)}
    singly = [_examined_day(row, kept) for row in planned]
    problems: dict[str, InvalidCalendar] = {}
    for code, version in kept.items():
        rows = [
            row
            for row in singly
            if row.key[0] == code and row.verdict in (LineVerdict.MAKE, LineVerdict.CHANGE)
        ]
        try:
            _with_days(version, rows)
        except InvalidCalendar as error:
            problems[code] = error
    return [
        refused(
            row,
            Fault(
                CellFault.CANNOT_BE,
                message=problems[row.key[0]].message,
                details=problems[row.key[0]].details,
            ),
        )
        if row.key[0] in problems and row.verdict in (LineVerdict.MAKE, LineVerdict.CHANGE)
        else row
        for row in singly
    ]


def _examined_day(row: PlannedRow, kept: Mapping[str, CalendarVersion]) -> PlannedRow:
    if row.verdict is LineVerdict.WRONG:
        return row
    if row.key[0] not in kept:
        return refused(row, Fault(CellFault.UNKNOWN_NAME, "calendar", row.key[0]))
    try:
        make_override(
            row.key[1], row.values["kind"], row.values["name"], row.values["hours"].split()
        )
    except InvalidCalendar as error:
        return refused(
            row, Fault(CellFault.CANNOT_BE, message=error.message, details=error.details)
        )
    return row
