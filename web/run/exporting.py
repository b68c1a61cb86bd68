"""`hotline export`: a list of the pages, written by this process."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from hotline.exchange.actions import ExportOrder, hand_over, request_export
from hotline.exchange.errors import ListNotFound
from hotline.exchange.models import Export
from hotline.exchange.rules import ExportFormat
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.actions import UserNotFound
from hotline.people.permissions import Role
from hotline.people.principal import Principal, Tx
from hotline.people.queries import find_user, principal_of
from web.exports.lists import find_list
from web.exports.making import Bench, write_table
from web.pages.export_lists import LISTS
from web.run.migrate import require_newest
from web.run.services import services

_BLOCK = 1 << 20
MACHINE = Principal(frozenset({Role.ADMIN}), username="system", display_name="系统")
"""Whoever has a shell on the machine; it reveals nobody, for it has no account."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; a reason means requesters in full."""

    list_code: str
    asked: Mapping[str, str]
    format: str
    language: str
    out: Path | None
    username: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written."""

    rows: int
    size: int
    digest: str

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"rows": self.rows, "bytes": self.size, "sha256": self.digest}


async def run_export(settings: Settings, wanted: Wanted, *, quiet: bool) -> ExportReport:
    """Write a list to a file, which gets its name when it is whole, or to standard output.

    Raises:
        DomainError: it may not be exported.
        ServiceError: the database cannot be had.
    """
    async with services(settings, command="hotline export") as urls:
        await require_newest(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.export", pool_size=2)
        try:
            maker = make_session_maker(engine)
            cipher = FieldCipher(resolve_secret_key(settings))
            bench = Bench(maker, cipher, SystemClock(), LISTS, settings.home)
            return await _export(bench, wanted, quiet=quiet)
        finally:
            await engine.dispose()


async def _actor(session_maker: SessionMaker, username: str | None) -> Principal:
    if username is None:
        return MACHINE
    async with session_maker() as session:
        user = await find_user(session, username)
        actor = await principal_of(session, user.id) if user else None
    if actor is None:
        raise UserNotFound(username=username)
    return actor


async def _export(bench: Bench, wanted: Wanted, *, quiet: bool) -> ExportReport:
    actor = await _actor(bench.session_maker, wanted.username)
    one = find_list(LISTS, actor, wanted.list_code)
    unknown = sorted(set(wanted.asked) - set(one.names))
    if unknown:
        raise ListNotFound(list=f"{one.code}?{unknown[0]}")
    order = ExportOrder(
        list_code=one.code,
        asked=one.filter_of(wanted.asked),
        format=ExportFormat(wanted.format),
        language=wanted.language,
        has_personal=wanted.reason is not None,
        reason=wanted.reason,
    )
    async with bench.session_maker() as session, session.begin():
        tx = Tx(session, bench.clock.now(), bench.cipher, "export", actor)
        export = await request_export(tx, order, can_be_personal=one.ticket is not None)
    folder = wanted.out.parent if wanted.out else None
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part") as file:
        with tqdm(unit="row", disable=quiet or not sys.stderr.isatty(), leave=False) as bar:
            table = await write_table(
                bench,
                one,
                export,
                actor,
                file,
                is_wanted=False,
                told=lambda rows: bar.update(rows - bar.n),
            )
        if table is None:
            raise AssertionError("nobody else ends an export of the command line")
        size, digest = _finished(file, wanted.out)
    await _note(bench, export, table.rows, size, digest)
    return ExportReport(table.rows, size, digest.hex())


def _finished(file: IO[bytes], out: Path | None) -> tuple[int, bytes]:
    """Give the file its name, or pour it out; return its size and digest."""
    digest = hashlib.sha256()
    file.flush()
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
        if out is None:
            sys.stdout.buffer.write(block)
    size = file.tell()
    if out is not None:
        os.fsync(file.fileno())
        draft = Path(file.name)
        kept = draft.with_suffix(".whole")
        os.link(draft, kept)  # the draft removes itself
        kept.chmod(0o600)
        kept.replace(out)
    else:
        sys.stdout.buffer.flush()
    return size, digest.digest()


async def _note(bench: Bench, export: Export, rows: int, size: int, digest: bytes) -> None:
    async with bench.session_maker() as session, session.begin():
        kept = await session.get_one(Export, export.id, with_for_update=True)
        hand_over(kept, bench.clock.now(), rows=rows, size=size, digest=digest)
