"""Bringing in a sheet: kept and tried, then done line by line through the house's own actions."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import col, delete

from hotline.founding.columns import Sheet, Subject
from hotline.founding.doing import AS_A_WHOLE, LINE_BY_LINE, examined
from hotline.founding.errors import SetupFileNotFound
from hotline.founding.files import Headings, read_sheet
from hotline.founding.known import known_names, known_rows
from hotline.founding.models import SetupFile
from hotline.founding.planning import House, LineVerdict, PlannedRow, in_order, plan
from hotline.founding.sheets import SHEETS
from hotline.kernel.errors import DomainError
from hotline.kernel.ids import uuid7
from hotline.people.permissions import Permission
from hotline.people.principal import Tx

PIECE = 100
"""So many lines are done in one transaction: what is killed loses these at most."""

KEPT_FOR = timedelta(days=7)
"""A file that nobody goes on with is forgotten after this."""

NEEDS: Mapping[Subject, Permission] = {
    Subject.GROUPS: Permission.MANAGE_DIRECTORY,
    Subject.DEPARTMENTS: Permission.MANAGE_DIRECTORY,
    Subject.PEOPLE: Permission.MANAGE_USERS,
    Subject.CATEGORIES: Permission.MANAGE_DIRECTORY,
    Subject.QUESTIONS: Permission.MANAGE_DIRECTORY,
    Subject.CATALOGUE: Permission.MANAGE_CATALOGUE,
    Subject.POLICIES: Permission.MANAGE_POLICIES,
    Subject.CALENDARS: Permission.MANAGE_POLICIES,
}
"""Who may bring in which sheet: whoever may change the same by hand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sheet is read.

    Attributes:
        headings: what may stand above a column.
        choices: what words may be chosen, by column.
    """

    headings: Headings
    choices: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Trial:
    """A kept file and what becomes, or has become, of its lines.

    Attributes:
        file: as it is kept.
        rows: its lines as they stand against the house now.
        outcomes: what was done, by line.
    """

    file: SetupFile
    rows: Sequence[PlannedRow]
    outcomes: Mapping[int, Mapping[str, Any]]

    @property
    def waiting(self) -> list[PlannedRow]:
        """Lines that are still to be done, in the order in which they can be."""
        sheet = SHEETS[self.file.subject]
        return [row for row in in_order(sheet, self.rows) if row.line not in self.outcomes]


async def keep_file(tx: Tx, subject: Subject, name: str, content: bytes, reading: Reading) -> Trial:
    """Keep a sheet for a week and say what would become of its lines; nothing else is written.

    Raises:
        PermissionDenied: the actor may not change what the sheet is about.
        SetupFileRefused: it is no such sheet.
    """
    tx.actor.require(NEEDS[subject])
    rows = await try_rows(tx, SHEETS[subject], content, reading)
    await tx.session.exec(delete(SetupFile).where(col(SetupFile.made_at) < tx.now - KEPT_FOR))
    sealed = tx.cipher.encrypt(base64.b64encode(content).decode("ascii"))
    if sealed is None:
        raise AssertionError("nothing was encrypted")
    file = SetupFile(
        id=uuid7(tx.now),
        subject=subject,
        name=name[:200],
        content=sealed,
        made_by=tx.actor.user_id,
        made_at=tx.now,
        outcomes={},
    )
    tx.session.add(file)
    await tx.session.flush()
    return Trial(file, rows, {})


async def try_rows(tx: Tx, sheet: Sheet, content: bytes, reading: Reading) -> Sequence[PlannedRow]:
    """Return what would become of every line of a file.

    Raises:
        SetupFileRefused: it is no such sheet.
    """
    lines = read_sheet(content, sheet, reading.headings)
    house = House(
        await known_rows(tx.session, sheet.subject),
        reading.choices,
        await known_names(tx.session),
    )
    return await examined(tx, sheet.subject, plan(sheet, lines, house))


def content_of(tx: Tx, file: SetupFile) -> bytes:
    """Return a kept file as it was uploaded."""
    return base64.b64decode(tx.cipher.decrypt(file.content) or "")


async def look_at_file(
    tx: Tx, file_id: uuid.UUID, reading_of: Mapping[Subject, Reading], *, lock: bool = False
) -> Trial:
    """Return a kept file with what becomes of its lines.

    Raises:
        SetupFileNotFound: there is none, or it is somebody else's.
    """
    file = await tx.session.get(SetupFile, file_id, with_for_update=lock or None)
    if file is None or file.made_by != tx.actor.user_id:
        raise SetupFileNotFound
    tx.actor.require(NEEDS[file.subject])
    rows = await try_rows(tx, SHEETS[file.subject], content_of(tx, file), reading_of[file.subject])
    return Trial(file, rows, {int(line): said for line, said in file.outcomes.items()})


async def do_piece(
    tx: Tx, file_id: uuid.UUID, reading_of: Mapping[Subject, Reading], *, most: int = PIECE
) -> Trial:
    """Do the next lines of a kept file and return how it stands then.

    Each line is done by itself: one that the house refuses leaves the others alone. What was done is
    kept with the file in the same transaction, so that whoever is interrupted goes on where he was.

    Raises:
        SetupFileNotFound: there is none, or it is somebody else's.
    """
    trial = await look_at_file(tx, file_id, reading_of, lock=True)
    waiting, file = trial.waiting, trial.file
    outcomes = dict(file.outcomes)
    if waiting and file.subject in AS_A_WHOLE:
        outcomes |= await _do_whole(tx, file, waiting)
        left: Sequence[PlannedRow] = ()
    else:
        now, left = waiting[:most], waiting[most:]
        for row in now:
            outcomes[str(row.line)] = await _do_line(tx, file.subject, row)
    file.outcomes = outcomes
    if not left:
        file.finished_at = file.finished_at or tx.now
    await tx.session.flush()
    return Trial(file, trial.rows, {int(line): said for line, said in outcomes.items()})


_DONE = {LineVerdict.MAKE: "made", LineVerdict.CHANGE: "changed"}


async def _do_line(tx: Tx, subject: Subject, row: PlannedRow) -> dict[str, Any]:
    try:
        async with tx.session.begin_nested():
            await LINE_BY_LINE[subject](tx, row)
            await tx.session.flush()  # a constraint that refuses it must refuse this line alone
    except DomainError as error:
        return _refusal(error)
    return {"state": _DONE[row.verdict]}


async def _do_whole(tx: Tx, file: SetupFile, rows: Sequence[PlannedRow]) -> dict[str, Any]:
    try:
        async with tx.session.begin_nested():
            await AS_A_WHOLE[file.subject](tx, rows, file.name)
    except DomainError as error:
        return {str(row.line): _refusal(error) for row in rows}
    return {str(row.line): {"state": _DONE[row.verdict]} for row in rows}


def _refusal(error: DomainError) -> dict[str, Any]:
    params = {name: str(value) for name, value in error.params.items()}
    return {"state": "refused", "code": error.code, "title": error.title, "params": params}


async def drop_file(tx: Tx, file_id: uuid.UUID) -> None:
    """Forget a kept file; what was done of it stays.

    Raises:
        SetupFileNotFound: there is none, or it is somebody else's.
    """
    file = await tx.session.get(SetupFile, file_id)
    if file is None or file.made_by != tx.actor.user_id:
        raise SetupFileNotFound
    await tx.session.delete(file)
