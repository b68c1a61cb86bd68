"""Writing tickets of the past: a batch is one transaction, a few statements for all its tickets.

`(source, external_id)` is unique, so a ticket that is there already is left as it is. Numbers count on
from the day's last imported one, in the order of the file: a run that was killed goes on with the very
numbers it would have given.
"""

import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.importing.errors import DepartmentsMissing
from hotline.intake.importing.record import HistoricTicket, Refusal, RefusalCode
from hotline.intake.importing.rows import (
    Batch,
    Place,
    Timed,
    Values,
    add_ticket,
    clock_of,
    policy_of,
)
from hotline.kernel.db import copy_rows
from hotline.kernel.ids import uuid7
from hotline.people.models import Department
from hotline.people.principal import Tx
from hotline.sla.models import Clock, Threshold
from hotline.sla.queries import PinnedPolicy, PolicyBook, newest_policy_id
from hotline.tickets.models import (
    Assignment,
    Category,
    Commitment,
    NumberDay,
    Ticket,
    TicketEvent,
    TicketRequester,
)
from hotline.tickets.numbering import IMPORTED_FROM, number_day, ticket_number
from hotline.workdays.workcalendar import CalendarTooShort

_CODE_LENGTH = 64


@dataclass(slots=True)
class Directory:
    """What the writer needs to know of the installation; units that it adds are added here too.

    Attributes:
        hotline_id: the hotline centre.
        departments: ids by code and by name.
        categories: codes in use.
        policies: the active ones.
    """

    hotline_id: int
    departments: dict[str, int]
    categories: frozenset[str]
    policies: Sequence[PinnedPolicy]


@dataclass(slots=True)
class Outcome:
    """What became of the tickets of a batch.

    Attributes:
        taken: how many are new.
        present: how many were there already.
        refused: those that cannot be kept, for reasons that only the installation knows.
        created_departments: names of units that were added.
        unknown_departments: how many tickets name a unit that is not in the directory.
        unknown_categories: likewise for categories.
    """

    taken: int = 0
    present: int = 0
    refused: list[Refusal] = field(default_factory=list)
    created_departments: list[str] = field(default_factory=list)
    unknown_departments: Counter[str] = field(default_factory=Counter)
    unknown_categories: Counter[str] = field(default_factory=Counter)


async def load_directory(session: AsyncSession) -> Directory:
    """Read the directory.

    Raises:
        DepartmentsMissing: there is no hotline centre.
    """
    rows = (
        await session.exec(
            select(Department.id, Department.code, Department.name, Department.is_hotline)
        )
    ).all()
    hotline_id = next((row[0] for row in rows if row[3]), None)
    if hotline_id is None:
        raise DepartmentsMissing
    names = {name: id_ for id_, _, name, _ in rows}
    codes = {code: id_ for id_, code, _, _ in rows}
    categories = await session.exec(select(Category.code).where(col(Category.is_active).is_(True)))
    policies = await PolicyBook().active(session, await newest_policy_id(session))
    return Directory(hotline_id, {**names, **codes}, frozenset(categories.all()), policies)


async def write_batch(
    tx: Tx,
    directory: Directory,
    tickets: Sequence[HistoricTicket],
    *,
    create_departments: bool,
    dry_run: bool = False,
) -> Outcome:
    """Write the tickets that are not there yet.

    Args:
        tx: the transaction; nothing is committed here.
        directory: units added on the way are added to it.
        tickets: of one source, each with a number of its own.
        create_departments: add units that the directory lacks, as inactive ones.
        dry_run: only tell what would become of them.

    Raises:
        NoPolicyFits: a ticket falls under no policy and there is no default.
    """
    outcome = Outcome()
    fresh = await _not_yet_there(tx, tickets, outcome, lock=not dry_run)
    if create_departments:
        await _add_departments(tx, directory, fresh, outcome, dry_run=dry_run)
    planned = list(_planned(tx, directory, fresh, outcome))
    outcome.taken = len(planned)
    if planned and not dry_run:
        await _insert(tx, planned)
    return outcome


@dataclass(frozen=True, slots=True)
class _Planned:
    ticket: HistoricTicket
    ticket_id: uuid.UUID
    place: Place
    timed: Timed | None


async def _not_yet_there(
    tx: Tx, tickets: Sequence[HistoricTicket], outcome: Outcome, *, lock: bool
) -> list[HistoricTicket]:
    source = tickets[0].source
    if lock:
        # Two imports of one source at once take turns, batch by batch.
        await tx.session.exec(
            sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),  # type: ignore[call-overload]
            params={"key": f"import:{source}"},
        )
    present = set(
        (
            await tx.session.exec(
                select(Ticket.external_id).where(
                    Ticket.source == source,
                    col(Ticket.external_id).in_([ticket.external_id for ticket in tickets]),
                )
            )
        ).all()
    )
    outcome.present = sum(ticket.external_id in present for ticket in tickets)
    return [ticket for ticket in tickets if ticket.external_id not in present]


def _planned(
    tx: Tx, directory: Directory, tickets: Iterable[HistoricTicket], outcome: Outcome
) -> Iterable[_Planned]:
    for ticket in tickets:
        category = ticket.category_code if ticket.category_code in directory.categories else None
        if category is None and ticket.category_code:
            outcome.unknown_categories[ticket.category_code] += 1
        department_id = directory.departments.get(ticket.department_name)
        if department_id is None and ticket.department_name:
            outcome.unknown_departments[ticket.department_name] += 1
        place = Place(
            policy_of(ticket, directory.policies), category, department_id, directory.hotline_id
        )
        ticket_id = uuid7(tx.now)
        try:
            timed = clock_of(ticket, ticket_id, place, now=tx.now)
        except CalendarTooShort as outside:
            outcome.refused.append(
                Refusal(ticket.line, RefusalCode.OUTSIDE_CALENDAR, str(outside), ticket.external_id)
            )
            continue
        yield _Planned(ticket, ticket_id, place, timed)


async def _insert(tx: Tx, planned: Sequence[_Planned]) -> None:
    batch = Batch()
    days = [number_day(one.ticket.received_at) for one in planned]
    last = await _reserve_numbers(tx, Counter(days))
    for one, day in zip(planned, days, strict=True):
        last[day] += 1
        add_ticket(
            batch,
            one.ticket,
            ticket_id=one.ticket_id,
            number=ticket_number(day, IMPORTED_FROM + last[day]),
            place=one.place,
            timed=one.timed,
            cipher=tx.cipher,
            actor=tx.actor,
        )
    for table, rows in (
        (Ticket, batch.tickets),
        (TicketRequester, batch.requesters),
        (TicketEvent, batch.events),
        (Clock, batch.clocks),
        (Threshold, batch.thresholds),
        (Commitment, batch.commitments),
        (Assignment, batch.assignments),
    ):
        if rows:
            await _copy(tx, table.__tablename__, rows)


async def _copy(tx: Tx, table: str, rows: Sequence[Values]) -> None:
    columns = list(rows[0])
    objects = [name for name, value in rows[0].items() if isinstance(value, dict)]
    records = [
        tuple(
            (row | {name: json.dumps(row[name], ensure_ascii=False) for name in objects}).values()
        )
        for row in rows
    ]
    await copy_rows(tx.session, table, columns, records)


async def _reserve_numbers(tx: Tx, wanted: Mapping[date, int]) -> dict[date, int]:
    """Take so many imported numbers of every day, and return how many it had before."""
    statement = insert(NumberDay).values(
        [{"day": day, "imported_count": wanted[day]} for day in sorted(wanted)]
    )
    reserved = await tx.session.exec(
        statement.on_conflict_do_update(
            index_elements=["day"],
            set_={"imported_count": NumberDay.imported_count + statement.excluded.imported_count},
        ).returning(col(NumberDay.day), col(NumberDay.imported_count))
    )
    return {day: count - wanted[day] for day, count in reserved.all()}


async def _add_departments(
    tx: Tx,
    directory: Directory,
    tickets: Sequence[HistoricTicket],
    outcome: Outcome,
    *,
    dry_run: bool,
) -> None:
    """Add the units that nobody knows, inactive: they can be named, not dispatched to."""
    missing = {
        ticket.department_name: ticket.source
        for ticket in tickets
        if ticket.department_name and ticket.department_name not in directory.departments
    }
    outcome.created_departments = sorted(missing)
    if dry_run:
        directory.departments.update(dict.fromkeys(missing, directory.hotline_id))
        return
    if not missing:
        return
    rows: list[Values] = [
        {
            "code": department_code(source, name),
            "name": name,
            "name_en": name,
            "is_hotline": False,
            "is_active": False,
        }
        for name, source in sorted(missing.items())
    ]
    await tx.session.exec(insert(Department).values(rows).on_conflict_do_nothing())
    added = await tx.session.exec(
        select(Department.name, Department.id).where(
            col(Department.code).in_([row["code"] for row in rows])
        )
    )
    directory.departments.update(dict(added.all()))


def department_code(source: str, name: str) -> str:
    """Return a stable code for a unit that an import adds."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{source}_{words}"[: _CODE_LENGTH - 7].rstrip("_") + f"_{digest}"
