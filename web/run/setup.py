"""`hotline setup ...`: the work behind it, with the rights of an administrator."""

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hotline.founding.actions import Trial, do_piece, keep_file, try_rows
from hotline.founding.columns import Subject
from hotline.founding.house import StepReport, is_ready, steps_of
from hotline.founding.known import known_names, known_rows
from hotline.founding.planning import LineVerdict, PlannedRow, counts
from hotline.founding.queries import read_house
from hotline.founding.sheets import SHEETS
from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import Tx
from web.founding.words import reading_of, readings
from web.founding.workbooks import template
from web.i18n import Translator, translator
from web.run.bootstrap import FOUNDER, ensure_basics_at
from web.run.migrate import upgrade
from web.run.services import services
from web.views.setup import fault_said, refusal_said, step_views


@dataclass(frozen=True, slots=True)
class LineReport:
    """A line that was not done, and why."""

    line: int
    said: str


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What was done with a sheet, or would be.

    Attributes:
        counts: how many lines were made, changed, left as they are, wrong or refused.
        lines: those that were not done.
        is_dry: nothing was written.
    """

    counts: dict[str, int]
    lines: list[LineReport]
    is_dry: bool

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "counts": self.counts,
            "lines": [{"line": one.line, "said": one.said} for one in self.lines],
            "dry_run": self.is_dry,
        }

    def as_text(self) -> str:
        """Return it for people."""
        told = ", ".join(f"{count} {word}" for word, count in self.counts.items() if count)
        end = "; nothing was written" if self.is_dry else ""
        return "\n".join([*(f"line {one.line}: {one.said}" for one in self.lines), f"{told}{end}."])


@asynccontextmanager
async def _house(settings: Settings) -> AsyncIterator[tuple[SessionMaker, FieldCipher]]:
    async with services(settings, command="hotline setup") as urls:
        await upgrade(urls.database_url)
        await ensure_basics_at(settings, urls.database_url, SystemClock().now())
        engine = make_engine(urls.database_url, application_name="hotline.setup", pool_size=1)
        try:
            yield make_session_maker(engine), FieldCipher(resolve_secret_key(settings))
        finally:
            await engine.dispose()


@asynccontextmanager
async def _acting(maker: SessionMaker, cipher: FieldCipher) -> AsyncIterator[Tx]:
    async with maker() as session, session.begin():
        yield Tx(session, SystemClock().now(), cipher, f"cli:{uuid.uuid4().hex}", FOUNDER)


async def import_sheet(
    settings: Settings,
    subject: Subject,
    name: str,
    content: bytes,
    *,
    dry_run: bool,
    tell: Callable[[int, int], None],
) -> SheetReport:
    """Bring in a sheet, piece by piece, or say what would become of it.

    Args:
        settings: of this process.
        subject: what the sheet is about.
        name: of the file.
        content: of the file.
        dry_run: write nothing.
        tell: told after each piece how many lines are done, of how many.

    Raises:
        DomainError: it is no such sheet.
        ServiceError: the database cannot be had.
    """
    t = translator("en")
    async with _house(settings) as (maker, cipher):
        if dry_run:
            async with _acting(maker, cipher) as tx:
                rows = await try_rows(tx, SHEETS[subject], content, reading_of(subject))
            tally = {verdict.value: count for verdict, count in counts(rows).items()}
            return SheetReport(tally, _wrong(subject, rows, t), is_dry=True)
        async with _acting(maker, cipher) as tx:
            first = await keep_file(tx, subject, name, content, reading_of(subject))
        total, file_id = len(first.waiting), first.file.id
        trial: Trial = first
        while trial.file.finished_at is None:
            async with _acting(maker, cipher) as tx:
                trial = await do_piece(tx, file_id, readings())
            tell(len(trial.outcomes), total)
    return _report(subject, first, trial, t)


def _report(subject: Subject, first: Trial, last: Trial, t: Translator) -> SheetReport:
    """Return what became of a file, by the trial before anything was done and by the outcomes."""
    tally = {"made": 0, "changed": 0, "same": 0, "wrong": 0, "refused": 0}
    for row in first.rows:
        if row.verdict in (LineVerdict.SAME, LineVerdict.WRONG):
            tally[row.verdict.value] += 1
    refused = []
    for line, outcome in sorted(last.outcomes.items()):
        tally[outcome["state"]] += 1
        if outcome["state"] == "refused":
            refused.append(LineReport(line, refusal_said(outcome, t)))
    lines = sorted([*_wrong(subject, first.rows, t), *refused], key=lambda one: one.line)
    return SheetReport(tally, lines, is_dry=False)


def _wrong(subject: Subject, rows: Sequence[PlannedRow], t: Translator) -> list[LineReport]:
    return [
        LineReport(
            row.line, "; ".join(fault_said(SHEETS[subject], fault, t) for fault in row.faults)
        )
        for row in rows
        if row.verdict is LineVerdict.WRONG
    ]


async def write_template(settings: Settings, subject: Subject, *, is_filled: bool) -> bytes:
    """Return the template of a sheet: empty, or with what the house has."""
    sheet = SHEETS[subject]
    async with _house(settings) as (maker, cipher), _acting(maker, cipher) as tx:
        rows = await known_rows(tx.session, subject) if is_filled else {}
        names = await known_names(tx.session)
    offered = {
        column.name: sorted(names.get(column.refers, {}))
        for column in sheet.columns
        if column.refers is not None
    }
    return template(sheet, offered, [rows[key] for key in sorted(rows)])


async def check_house(settings: Settings) -> tuple[bool, list[StepReport]]:
    """Tell whether the house is ready, step by step."""
    now = SystemClock().now()
    async with _house(settings) as (maker, cipher), _acting(maker, cipher) as tx:
        facts = await read_house(tx.session, settings, now)
    steps = steps_of(facts, now.astimezone(SHANGHAI).date())
    return is_ready(steps), steps


def steps_as_json(steps: list[StepReport], language: str) -> list[dict[str, Any]]:
    """Return steps for machines, with their remarks in words."""
    return [
        {
            "step": view.code,
            "state": view.state.value,
            "name": view.name,
            "remarks": [
                {"state": remark.state.value, "text": remark.text} for remark in view.remarks
            ],
        }
        for view in step_views(steps, translator(language))
    ]
