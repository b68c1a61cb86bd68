"""The whole run of an import: open, map, write in batches, report.

A batch is committed whole or not at all. A run that is killed is simply started again: what is there is
counted as present and left alone, the rest follows, with the same numbers.
"""

import asyncio
import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import sqlalchemy as sa
from tqdm import tqdm

from hotline.intake.importing.mapping import (
    Mapping,
    RowReader,
    check_header,
    clean_header,
    detect_mapping,
    load_mapping,
    shipped_mappings,
)
from hotline.intake.importing.reader import OpenFile, open_table, read_lookup
from hotline.intake.importing.record import HistoricTicket, Refusal, RefusalCode
from hotline.intake.importing.values import Cell
from hotline.intake.importing.writer import Directory, Outcome, load_directory, write_batch
from hotline.kernel.clock import Clock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.people.principal import SYSTEM, Tx

BATCH = 500
"""Tickets of one transaction."""

LINES_SHOWN = 20
"""Lines named for each reason in the report; the refusal file has them all."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Refused:
    """The rows refused for one reason."""

    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class ImportReport:
    """What came of a run. `read` is always `taken` + `present` + all refused.

    Attributes:
        read: rows below the header that are not blank.
        taken: tickets written, or that would be in a dry run.
        present: tickets that were there already.
        refused: by reason.
        notes: columns that the mapping does not know.
        created_departments: units added to the directory.
        unknown_departments: tickets by the name of a unit that is not in the directory.
        unknown_categories: tickets by the code of a category that is not in the tree.
        refusals_file: where every refused row is listed; None when there is none.
        seconds: how long it took.
    """

    file: str
    mapping: str
    source: str
    encoding: str
    dry_run: bool
    read: int = 0
    taken: int = 0
    present: int = 0
    refused: dict[str, Refused] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    created_departments: list[str] = field(default_factory=list)
    unknown_departments: Counter[str] = field(default_factory=Counter)
    unknown_categories: Counter[str] = field(default_factory=Counter)
    refusals_file: str | None = None
    seconds: float = 0.0

    @property
    def refused_count(self) -> int:
        """Return how many rows were refused."""
        return sum(reason.count for reason in self.refused.values())

    @property
    def is_worthless(self) -> bool:
        """Tell whether rows were read and not one of them could be kept."""
        return self.read > 0 and self.taken + self.present == 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self) | {
            "refused_count": self.refused_count,
            "unknown_departments": dict(self.unknown_departments),
            "unknown_categories": dict(self.unknown_categories),
        }

    def as_text(self) -> str:
        """Return the report for people."""
        would = "would be taken" if self.dry_run else "taken"
        lines = [
            f"{self.file}: mapping {self.mapping}" + ("  (dry run)" if self.dry_run else ""),
            f"  read     {self.read:>9,}",
            f"  {would:<8} {self.taken:>9,}",
            f"  present  {self.present:>9,}  were there already",
            f"  refused  {self.refused_count:>9,}",
        ]
        for code, reason in sorted(self.refused.items(), key=lambda item: -item[1].count):
            shown = ", ".join(map(str, reason.lines))
            more = " …" if reason.count > len(reason.lines) else ""
            lines.append(f"    {code}: {reason.count:,} (lines {shown}{more})")
        lines += [f"  note: {note}" for note in self.notes]
        if self.created_departments:
            lines.append(f"  new inactive units: {', '.join(self.created_departments)}")
        for what, unknown in (
            ("units", self.unknown_departments),
            ("categories", self.unknown_categories),
        ):
            if unknown:
                told = ", ".join(f"{name} ({count:,})" for name, count in unknown.most_common(10))
                lines.append(f"  {what} not in the directory: {told}")
        speed = self.read / self.seconds if self.seconds else 0
        lines.append(f"  {self.seconds:,.1f} s, {speed:,.0f} rows a second")
        if self.refusals_file:
            lines.append(f"  every refused row: {self.refusals_file}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a run needs from outside.

    Attributes:
        sessions: of the database.
        clock: tells the instant of every batch.
        cipher: for personal data.
        refusals_folder: where lists of refused rows are put.
        shows_progress: draw a bar on the terminal.
    """

    sessions: SessionMaker
    clock: Clock
    cipher: FieldCipher
    refusals_folder: Path
    shows_progress: bool = False


async def import_tickets(
    path: Path, resources: Resources, *, mapping_name: str | None = None, dry_run: bool = False
) -> ImportReport:
    """Import a file of tickets.

    Args:
        path: CSV, CSV packed with gzip, or XLSX.
        resources: database, clock, cipher.
        mapping_name: a shipped mapping or a TOML file; found by the header when None.
        dry_run: read and check everything, write nothing.

    Raises:
        FileRefused: the file as a whole cannot be read.
        MappingNotFound: no such mapping, or none fits the header.
        MappingInvalid: the mapping itself is wrong.
        DepartmentsMissing: the installation has no hotline centre yet.
        NoPolicyFits: the installation has no time-limit policy.
    """
    began = time.monotonic()
    chosen = load_mapping(mapping_name) if mapping_name is not None else None
    encoding = chosen.encoding if chosen else "auto"
    delimiter = chosen.delimiter if chosen else ","
    with ExitStack() as stack:
        table = stack.enter_context(open_table(path, encoding=encoding, delimiter=delimiter))
        header = clean_header(table.header)
        mapping = chosen or detect_mapping(header, shipped_mappings().values())
        notes = check_header(mapping, header)
        report = ImportReport(path.name, mapping.name, mapping.source, table.encoding, dry_run)
        report.notes = notes
        reader = RowReader(
            mapping, header, lookups=_lookups(mapping, path), now=resources.clock.now()
        )
        refusals = stack.enter_context(
            _RefusalFile(resources.refusals_folder / f"{path.name}.refused.csv")
        )
        bar = stack.enter_context(_bar(path, table, shown=resources.shows_progress))
        rows = _counted(_tickets(table, reader), report, refusals)
        directory = await _directory(resources)
        batch = await _next_batch(rows)
        while batch:
            # The next rows are read while the database works on these.
            reading = asyncio.create_task(_next_batch(rows))
            try:
                outcome = await _write(resources, mapping, directory, batch, dry_run=dry_run)
            except BaseException:
                reading.cancel()
                raise
            _add(report, outcome, refusals)
            bar.update(table.position() - bar.n)
            batch = await reading
        bar.update(table.size - bar.n)
        report.refusals_file = refusals.kept
    report.seconds = round(time.monotonic() - began, 2)
    return report


def _lookups(mapping: Mapping, path: Path) -> list[dict[str, Any]]:
    return [
        read_lookup(
            path.parent / lookup.file,
            key=lookup.key,
            columns=lookup.columns,
            encoding=lookup.encoding,
        )
        if not lookup.optional or (path.parent / lookup.file).exists()
        else {}
        for lookup in mapping.lookups
    ]


async def _directory(resources: Resources) -> Directory:
    async with resources.sessions() as session, session.begin():
        return await load_directory(session)


async def _write(
    resources: Resources,
    mapping: Mapping,
    directory: Directory,
    batch: Sequence[HistoricTicket],
    *,
    dry_run: bool,
) -> Outcome:
    async with resources.sessions() as session, session.begin():
        if dry_run:
            await session.exec(sa.text("SET TRANSACTION READ ONLY"))  # type: ignore[call-overload]
        return await write_batch(
            Tx(session, resources.clock.now(), resources.cipher, "import", SYSTEM),
            directory,
            batch,
            create_departments=mapping.create_departments,
            dry_run=dry_run,
        )


def _bar(path: Path, table: OpenFile, *, shown: bool) -> "tqdm[Any]":
    unit = "B" if table.encoding else "row"
    return tqdm(
        total=table.size, desc=path.name, unit=unit, unit_scale=True, disable=not shown, leave=False
    )


# -- rows ----------------------------------------------------------------------------------------


def _tickets(table: OpenFile, reader: RowReader) -> Iterator[HistoricTicket | Refusal]:
    """Read the rows, and refuse those whose number came before in the same file."""
    seen: dict[int, tuple[int, int]] = {}
    for row in table.rows:
        if isinstance(row, Refusal):
            yield row
            continue
        line, cells = row
        found = reader.read(line, cells)
        if isinstance(found, Refusal):
            yield found
            continue
        # 64 bits each instead of the texts: a file of a million rows costs 200 MB this way.
        key, whole = hash(found.external_id), hash(tuple(cells))
        before = seen.setdefault(key, (whole, line))
        if before[1] == line:
            yield found
        else:
            yield _again(found, before, same=before[0] == whole)


def _again(ticket: HistoricTicket, before: tuple[int, int], *, same: bool) -> Refusal:
    code = RefusalCode.REPEATED_ROW if same else RefusalCode.DUPLICATE_NUMBER
    said = "the same row" if same else "the same number with other contents"
    return Refusal(ticket.line, code, f"{said} as line {before[1]}", ticket.external_id)


def _counted(
    found: Iterator[HistoricTicket | Refusal], report: ImportReport, refusals: "_RefusalFile"
) -> Iterator[HistoricTicket]:
    for one in found:
        report.read += 1
        if isinstance(one, Refusal):
            _refuse(report, one, refusals)
        else:
            yield one


async def _next_batch(tickets: Iterator[HistoricTicket]) -> Sequence[HistoricTicket]:
    batch = []
    for ticket in tickets:
        batch.append(ticket)
        if len(batch) == BATCH:
            break
        await asyncio.sleep(0)
    return batch


def _add(report: ImportReport, outcome: Outcome, refusals: "_RefusalFile") -> None:
    report.taken += outcome.taken
    report.present += outcome.present
    report.created_departments += [
        name for name in outcome.created_departments if name not in report.created_departments
    ]
    report.unknown_departments += outcome.unknown_departments
    report.unknown_categories += outcome.unknown_categories
    for refusal in outcome.refused:
        _refuse(report, refusal, refusals)


def _refuse(report: ImportReport, refusal: Refusal, refusals: "_RefusalFile") -> None:
    reason = report.refused.setdefault(refusal.code.value, Refused())
    reason.count += 1
    if len(reason.lines) < LINES_SHOWN:
        reason.lines.append(refusal.line)
    refusals.add(refusal)


class _RefusalFile:
    """The list of refused rows: made with the first of them, removed before a run that has none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._write: Callable[[Sequence[Cell]], object] | None = None

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def kept(self) -> str | None:
        """Where the list lies, None when nothing was refused."""
        return str(self._path) if self._file else None

    def add(self, refusal: Refusal) -> None:
        """Write one row; no cell of it is a formula to a spreadsheet."""
        if self._write is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # With a mark, because Excel takes a file without one for another encoding.
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            self._write = csv.writer(self._file).writerow
            self._write(("line", "code", "number", "detail"))
        cells = (refusal.code.value, refusal.external_id, refusal.detail)
        self._write((refusal.line, *map(_harmless, cells)))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
