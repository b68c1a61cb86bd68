"""Writing a list to a file: at once into the answer when it is short, else by a worker."""

import asyncio
import hashlib
import io
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import structlog

from hotline.exchange.actions import (
    expire_exports,
    give_up_export,
    hand_over,
    leave_to_worker,
    note_progress,
    offer_file,
)
from hotline.exchange.cells import Cell
from hotline.exchange.errors import ExportNotReady, ListNotFound, TooManyRows
from hotline.exchange.models import Export
from hotline.exchange.revealing import TicketMatter, masked_matters, revealed_matters
from hotline.exchange.rules import UNDER_WAY, ExportFault, ExportState, at_once, most_rows
from hotline.exchange.writing import TableWriter, open_writer
from hotline.kernel.clock import Clock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.kernel.errors import N_
from hotline.kernel.jobs import is_passing
from hotline.people.principal import Principal, Tx
from hotline.people.queries import principal_of
from web.exports.lists import AnyList, Column, Lists, Reading, find_list
from web.i18n import Translator, translator

log = structlog.get_logger(__name__)

FOLDER = "exports"
"""Below the installation's home."""

_DIGEST_BLOCK = 1 << 20

MATTER: Sequence[Column[TicketMatter]] = (
    Column("requester", N_("Requester"), lambda one, _: one.name),
    Column("phone", N_("Telephone"), lambda one, _: one.phone),
    Column("on_behalf_of", N_("On behalf of"), lambda one, _: one.on_behalf_of),
    Column("address", N_("Address"), lambda one, _: one.address, 40),
    Column("content", N_("Content"), lambda one, _: one.content, 60),
)
"""What is added to a list of tickets: masked, or in full for whoever may and says why."""

_NOBODY = TicketMatter(None, None, None, None, "")


@dataclass(frozen=True, slots=True)
class Made:
    """A file that goes with the answer."""

    body: bytes
    rows: int


class TooLong(Exception):
    """The list has more rows than are handed over at once."""


class _Table:
    """A table being written, and how long it has become."""

    def __init__(self, one: AnyList, export: Export, file: IO[bytes], t: Translator) -> None:
        self._one, self._t = one, t
        self.has_matter = one.ticket is not None
        matter = MATTER if self.has_matter else ()
        shown = [*one.columns, *matter]
        self.rows = 0
        self._writer: TableWriter = open_writer(
            export.format,
            file,
            title=t.text(one.title),
            columns=[(column.code, t.text(column.text), column.width) for column in shown],
        )

    def add(self, items: Sequence[Any], matters: Mapping[uuid.UUID, TicketMatter]) -> None:
        """Write rows."""
        for item in items:
            cells: list[Cell] = [column.value(item, self._t) for column in self._one.columns]
            if self._one.ticket is not None:
                matter = matters.get(self._one.ticket(item), _NOBODY)
                cells += [column.value(matter, self._t) for column in MATTER]
            self._writer.write(cells)
        self.rows += len(items)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._writer.abandon()


async def _matters(
    tx: Tx, one: AnyList, export: Export, items: Sequence[Any]
) -> Mapping[uuid.UUID, TicketMatter]:
    if one.ticket is None or not items:
        return {}
    ids = [one.ticket(item) for item in items]
    if export.has_personal:
        return await revealed_matters(tx, export, ids)
    return await masked_matters(tx.session, tx.cipher, tx.actor, ids)


def _reading(tx: Tx, export: Export, t: Translator) -> Reading:
    return Reading(tx.session, tx.cipher, tx.actor, export.asked, tx.now, t)


async def make_at_once(tx: Tx, lists: Lists, export: Export) -> Made | None:
    """Write a short list; None for one that is left to a worker.

    Nothing is revealed before it is known that the list is short.
    """
    one = find_list(lists, tx.actor, export.list_code)
    t = translator(export.language)
    most = at_once(has_personal=export.has_personal)
    pages: list[Sequence[Any]] = []
    cursor: str | None = None
    while True:
        found = await one.read(_reading(tx, export, t), cursor)
        pages.append(found.items)
        cursor = found.next_cursor
        if sum(map(len, pages)) > most or (cursor is not None and export.has_personal):
            await leave_to_worker(tx, export)
            return None
        if cursor is None:
            break
    file = io.BytesIO()
    table = _Table(one, export, file, t)
    for items in pages:
        table.add(items, await _matters(tx, one, export, items))
    await asyncio.to_thread(table.close)
    body = file.getvalue()
    hand_over(export, tx.now, rows=table.rows, size=len(body), digest=hashlib.sha256(body).digest())
    return Made(body, table.rows)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker needs to write an export."""

    session_maker: SessionMaker
    cipher: FieldCipher
    clock: Clock
    lists: Lists
    folder: Path


def file_of(folder: Path, export: Export) -> Path:
    """Return where the file of an export lies."""
    return folder / f"{export.id}.{export.format.value}"


def file_at_hand(home: Path, export: Export) -> Path:
    """Return the file of an export that is offered.

    Raises:
        ExportNotReady: it is not on this machine: removed, or the house has moved since.
    """
    path = file_of(open_folder(home), export)
    if not path.is_file():
        raise ExportNotReady(state=ExportState.EXPIRED.value)
    return path


def open_folder(home: Path) -> Path:
    """Return the folder of exports, which nobody else on this machine may look into."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def write_export(bench: Bench, export_id: uuid.UUID) -> None:
    """Write an export to its file, from the beginning however often it was begun before.

    The file has its name only when it is whole, and is offered only then. Whoever is cut off leaves a
    draft behind, which the next one or the pruning removes.
    """
    async with bench.session_maker() as session:
        export = await session.get(Export, export_id)
        if export is None or export.state not in UNDER_WAY:
            return
        actor = await principal_of(session, export.requested_by) if export.requested_by else None
    if actor is None:  # his account was closed meanwhile
        await _give_up(bench, export, ExportFault.NO_LONGER_ALLOWED)
        return
    try:
        await _write(bench, export, actor)
    except ListNotFound:
        await _give_up(bench, export, ExportFault.NO_LONGER_ALLOWED)
    except TooManyRows:
        await _give_up(bench, export, ExportFault.TOO_MANY_ROWS)
    except Exception as error:
        if not is_passing(error):
            log.exception("export cannot be written", export=str(export_id))
            await _give_up(bench, export, ExportFault.FAULT)
            return
        raise


async def _give_up(bench: Bench, export: Export, fault: ExportFault) -> None:
    async with bench.session_maker() as session, session.begin():
        await give_up_export(session, export, bench.clock.now(), fault)


async def _write(bench: Bench, export: Export, actor: Principal) -> None:
    whole = file_of(bench.folder, export)
    draft = whole.with_name(f"{whole.name}.{uuid.uuid4().hex}.part")
    try:
        rows = await _fill(bench, export, actor, draft)
        if rows is None:
            return
        size, digest = await asyncio.to_thread(_settled, draft, whole)
    finally:
        draft.unlink(missing_ok=True)
    async with bench.session_maker() as session, session.begin():
        await offer_file(session, export, bench.clock.now(), rows=rows, size=size, digest=digest)


def _settled(draft: Path, whole: Path) -> tuple[int, bytes]:
    """Give a file its name once all of it is on the disk; return its size and digest."""
    digest = hashlib.sha256()
    with draft.open("rb") as file:
        while block := file.read(_DIGEST_BLOCK):
            digest.update(block)
        os.fsync(file.fileno())
        size = file.tell()
    draft.replace(whole)
    return size, digest.digest()


async def _fill(bench: Bench, export: Export, actor: Principal, draft: Path) -> int | None:
    one = find_list(bench.lists, actor, export.list_code)
    with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        table = await write_table(bench, one, export, actor, file, is_wanted=True)
    return None if table is None else table.rows


async def write_table(
    bench: Bench,
    one: AnyList,
    export: Export,
    actor: Principal,
    file: IO[bytes],
    *,
    is_wanted: bool,
    told: Callable[[int], None] = lambda _: None,
) -> _Table | None:
    """Write a list page by page, each in a transaction of its own; None when nobody wants it any more.

    Args:
        bench: what is needed.
        one: the list.
        export: what is wanted of it.
        actor: who reads.
        file: where to.
        is_wanted: note the progress, and stop when somebody else has ended the export.
        told: is told how many rows there are after each page.

    Raises:
        TooManyRows: the list is longer than an export may be.
    """
    table = _Table(one, export, file, translator(export.language))
    is_whole = False
    try:
        is_whole = await _write_pages(bench, one, export, actor, table, is_wanted, told)
    finally:
        if not is_whole:
            table.abandon()
    if not is_whole:
        return None
    await asyncio.to_thread(table.close)
    return table


async def _write_pages(
    bench: Bench,
    one: AnyList,
    export: Export,
    actor: Principal,
    table: _Table,
    is_wanted: bool,
    told: Callable[[int], None],
) -> bool:
    t = translator(export.language)
    most = most_rows(has_personal=export.has_personal)
    cursor: str | None = None
    while True:
        async with bench.session_maker() as session, session.begin():
            tx = Tx(session, bench.clock.now(), bench.cipher, f"export:{export.id}", actor)
            found = await one.read(_reading(tx, export, t), cursor)
            if table.rows + len(found.items) > most:
                raise TooManyRows(most=most)
            table.add(found.items, await _matters(tx, one, export, found.items))
            if is_wanted and not await note_progress(session, export.id, table.rows):
                return False
        told(table.rows)
        cursor = found.next_cursor
        if cursor is None:
            return True


async def prune_exports(session_maker: SessionMaker, folder: Path, now: datetime) -> int:
    """Remove files whose time is over and drafts that nobody writes any more; return how many."""
    async with session_maker() as session, session.begin():
        expired = await expire_exports(session, now)
    gone = {str(one) for one in expired}
    return await asyncio.to_thread(_remove, folder, gone, now.timestamp())


_OLDEST_DRAFT_SECONDS = 26 * 3600
"""Longer than any export is written or offered: what is older belongs to nobody."""


def _remove(folder: Path, gone: set[str], now: float) -> int:
    count = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            is_left = path.stat().st_mtime < now - _OLDEST_DRAFT_SECONDS
            if path.name.partition(".")[0] in gone or is_left:
                path.unlink()
                count += 1
    return count
