"""What becomes of every line of a sheet: made, changed, left as it is, or wrong - pure."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hotline.founding.cells import Cell, CellFault, Vocabulary, WrongCell, fold, read_cell
from hotline.founding.columns import Column, Sheet, Subject, Value

Key = tuple[str, ...]
Values = Mapping[str, str]


class LineVerdict(enum.StrEnum):
    """What becomes of a line."""

    MAKE = "make"
    CHANGE = "change"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A line as it was read.

    Attributes:
        line: where it stands in the file, from 1.
        cells: by column; columns that the file lacks are missing.
        is_merged: a merged cell runs through it.
    """

    line: int
    cells: Mapping[str, Cell]
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line.

    Attributes:
        kind: what.
        column: where; "" for the line as a whole.
        value: what stands there, shortened.
        reason: why a rule of the house refuses it, where a word of the rules says so.
        message: likewise, where a sentence does.
        details: values for the sentence.
    """

    kind: CellFault
    column: str = ""
    value: str = ""
    reason: enum.Enum | None = None
    message: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A line with what becomes of it.

    Attributes:
        line: where it stands in the file, from 1.
        key: what names it.
        values: what it will hold in whole, with what is kept from the house.
        verdict: what becomes of it.
        changed: the columns that change.
        faults: what is wrong.
        cells: what stood there.
    """

    line: int
    key: Key
    values: Values
    verdict: LineVerdict
    changed: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    cells: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """What the house knows of one sheet and of those it refers to.

    Attributes:
        rows: the lines of the sheet itself by key.
        choices: what may be chosen, by column and folded word.
        names: by sheet, code to name.
    """

    rows: Mapping[Key, Values]
    choices: Mapping[str, Mapping[str, str]]
    names: Mapping[Subject, Mapping[str, str]]


_SHOWN = 60


def plan(sheet: Sheet, rows: Sequence[FileRow], house: House) -> list[PlannedRow]:
    """Return what becomes of every line, in the order of the file.

    A line may name what another line of the same file makes, wherever that stands; if the other
    line is wrong, so is the one that needs it.
    """
    words = Vocabulary(house.choices, _names(sheet, rows, house))
    planned = [_planned(sheet, row, house, words) for row in rows]
    planned = _without_twins(planned)
    return _without_orphans(sheet, _without_circles(sheet, planned), house)


def _names(
    sheet: Sheet, rows: Iterable[FileRow], house: House
) -> Mapping[Subject, Mapping[str, tuple[str, ...]]]:
    """Return what codes and names mean: those of the house, and those that the file brings."""
    found = {subject: _spoken(known.items()) for subject, known in house.names.items()}
    if any(column.refers is sheet.subject for column in sheet.columns):
        brought = [
            (fold(str(row.cells.get(sheet.key[0]) or "")), str(row.cells.get("name") or ""))
            for row in rows
        ]
        known = house.names.get(sheet.subject, {})
        found[sheet.subject] = _spoken([*known.items(), *(pair for pair in brought if pair[0])])
    return found


def _spoken(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return what is meant by a word: a code means itself, a name everything that is called so."""
    meant: dict[str, set[str]] = {}
    codes = {}
    for code, name in pairs:
        codes[fold(code)] = (code,)
        if name.strip():
            meant.setdefault(fold(name), set()).add(code)
    return {word: tuple(sorted(found)) for word, found in meant.items()} | codes


def _planned(sheet: Sheet, row: FileRow, house: House, words: Vocabulary) -> PlannedRow:
    given, faults = _read(sheet, row, words)
    key = tuple(given.get(name, sheet.column(name).default) for name in sheet.key)
    known = house.rows.get(key)
    if known is None:
        faults += [
            Fault(CellFault.MISSING, column.name)
            for column in sheet.columns
            if column.required
            and not given.get(column.name)
            and not any(fault.column == column.name for fault in faults)
        ]
    values = {
        column.name: given[column.name]
        if column.name in given
        else (known or {}).get(column.name, "" if known else column.default)
        for column in sheet.columns
    }
    changed = tuple(name for name, value in given.items() if (known or {}).get(name, "") != value)
    verdict = (
        LineVerdict.MAKE if known is None else LineVerdict.CHANGE if changed else LineVerdict.SAME
    )
    if faults:
        verdict = LineVerdict.WRONG
    return PlannedRow(row.line, key, values, verdict, changed, tuple(faults), row.cells)


def _read(sheet: Sheet, row: FileRow, words: Vocabulary) -> tuple[dict[str, str], list[Fault]]:
    given: dict[str, str] = {}
    faults = [Fault(CellFault.MERGED)] if row.is_merged else []
    for column in sheet.columns:
        cell = row.cells.get(column.name)
        try:
            value = read_cell(column, cell, words)
        except WrongCell as wrong:
            faults.append(Fault(wrong.fault, column.name, _shown(column, cell)))
            continue
        if value is not None:
            given[column.name] = value
    return given, faults


def _shown(column: Column, cell: Cell) -> str:
    """Return what stands in a cell, without anybody's telephone: the report may be passed on."""
    if column.kind is Value.PHONE:
        return ""
    whole = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    text = str(whole).replace("\n", " ")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _without_twins(planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Refuse what stood in the file before: nobody knows which of the two is meant."""
    first: dict[Key, int] = {}
    found = []
    for row in planned:
        if not any(row.key):
            found.append(row)
            continue
        before = first.setdefault(row.key, row.line)
        found.append(row if before == row.line else _wrong(row, CellFault.TWICE, value=str(before)))
    return found


def _wrong(row: PlannedRow, kind: CellFault, column: str = "", value: str = "") -> PlannedRow:
    return refused(row, Fault(kind, column, value))


def refused(row: PlannedRow, fault: Fault) -> PlannedRow:
    """Return a line with one more thing that is wrong with it."""
    return replace(row, verdict=LineVerdict.WRONG, faults=(*row.faults, fault))


def _own_reference(sheet: Sheet) -> str | None:
    """Return the column by which a line hangs below another line of the same sheet."""
    found = (column.name for column in sheet.columns if column.refers is sheet.subject)
    return next(found, None)


def above(sheet: Sheet, row: PlannedRow) -> str:
    """Return the code of what a line hangs below within its own sheet; "" for nothing."""
    if sheet.subject is Subject.CATEGORIES:
        return row.key[0].rpartition(".")[0]
    own = _own_reference(sheet)
    return row.values.get(own, "") if own else ""


def _without_circles(sheet: Sheet, planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    own = _own_reference(sheet)
    if own is None:
        return list(planned)
    parents = {
        row.key[0]: row.values.get(own, "")
        for row in planned
        if row.verdict is not LineVerdict.WRONG
    }
    return [
        _wrong(row, CellFault.CIRCLE, own, row.values.get(own, ""))
        if row.verdict is not LineVerdict.WRONG and _turns_round(row.key[0], parents)
        else row
        for row in planned
    ]


def _turns_round(code: str, parents: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    at = code
    while at in parents and at not in seen:
        seen.add(at)
        at = parents[at]
    return at == code and bool(seen)


def _without_orphans(sheet: Sheet, planned: Sequence[PlannedRow], house: House) -> list[PlannedRow]:
    """Refuse lines that hang below what is not there, or below a line that is refused."""
    known = {key[0] for key in house.rows}
    rows = list(planned)
    while True:
        there = known | {row.key[0] for row in rows if row.verdict is not LineVerdict.WRONG}
        lost = [
            place
            for place, row in enumerate(rows)
            if row.verdict is not LineVerdict.WRONG
            and above(sheet, row)
            and above(sheet, row) not in there
        ]
        if not lost:
            return rows
        for place in lost:
            rows[place] = _wrong(rows[place], CellFault.ORPHAN, value=above(sheet, rows[place]))


def in_order(sheet: Sheet, planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Return lines that change something so that each comes after what it hangs below."""
    wanted = [row for row in planned if row.verdict in (LineVerdict.MAKE, LineVerdict.CHANGE)]
    parents = {row.key[0]: above(sheet, row) for row in wanted}

    def depth(row: PlannedRow) -> int:
        at, steps = above(sheet, row), 0
        while at and steps <= len(parents):
            at, steps = parents.get(at, ""), steps + 1
        return steps

    return sorted(wanted, key=lambda row: (depth(row), row.line))


def counts(planned: Iterable[PlannedRow]) -> dict[LineVerdict, int]:
    """Return how many lines there are of each kind."""
    found = dict.fromkeys(LineVerdict, 0)
    for row in planned:
        found[row.verdict] += 1
    return found
