"""Reading an archive: looked through as a whole first, then written in one transaction, then compared."""

import hashlib
import json
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import asyncpg

from hotline.exchange.archive.errors import (
    ArchiveAltered,
    NoArchive,
    NotAsArchived,
    OtherRevision,
    SystemNotEmpty,
)
from hotline.exchange.archive.manifest import MEMBER, MOST_BYTES, Manifest, member_of, read_manifest
from hotline.exchange.archive.outward import FOLDERS, Told
from hotline.exchange.archive.plans import TablePlan
from hotline.exchange.archive.rows import digested, read_rows
from hotline.exchange.archive.sealing import ArchiveKeys
from hotline.kernel.crypto import FieldCipher

_BLOCK = 1 << 20
_LONGEST_LINE = 256 << 20
_BATCH_ROWS = 500
_BATCH_BYTES = 4 << 20
_SHOWN = 3

_FOREIGN_KEYS = (
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) "
    "FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace "
    "ORDER BY 1, 2"
)
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('hotline archive'))"


@dataclass(frozen=True, slots=True)
class CheckedArchive:
    """An archive that was looked through from its first to its last byte."""

    path: Path
    manifest: Manifest
    keys: ArchiveKeys


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        raise NoArchive(problem=f"{type(error).__name__}: {error}") from error


def check_archive(
    path: Path, passphrase: str, told: Told = lambda _table, _bytes: None
) -> CheckedArchive:
    """Look an archive through and return what is in it; nothing is written anywhere.

    Raises:
        NoArchive: it is none, is cut off, or holds something else besides.
        ArchiveAltered: a part is not what the manifest says.
        ArchiveTooNew: its format is not known.
        WrongPassphrase: the passphrase is another one.
    """
    with _opened(path) as archive:
        names = [entry.filename for entry in archive.infolist()]
        if len(set(names)) != len(names) or MEMBER not in names:
            raise NoArchive(problem="it has no manifest, or something in it twice")
        if archive.getinfo(MEMBER).file_size > MOST_BYTES:
            raise NoArchive(problem="its manifest is too long")
        manifest, keys = read_manifest(archive.read(MEMBER), passphrase)
        expected = manifest.members()
        if set(names) != {MEMBER, *expected}:
            odd = sorted(set(names) ^ {MEMBER, *expected})
            raise NoArchive(problem=f"{odd[0]} is missing, or does not belong there")
        _require_own_paths(manifest)
        for name, (size, digest) in expected.items():
            _check_member(archive, name, size, digest, told)
    return CheckedArchive(path, manifest, keys)


def _require_own_paths(manifest: Manifest) -> None:
    for name in manifest.files:
        path = PurePosixPath(name)
        is_ours = path.parts[:1] and path.parts[0] in FOLDERS and ".." not in path.parts
        if not is_ours or path.is_absolute() or "\\" in name or "\0" in name:
            raise NoArchive(problem="it holds a file outside of the folders of the data")


def _check_member(archive: zipfile.ZipFile, name: str, size: int, digest: str, told: Told) -> None:
    entry = archive.getinfo(name)
    if entry.file_size != size:
        raise ArchiveAltered(problem=f"{name} has another length")
    try:
        found = _digest(archive, entry, told)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise ArchiveAltered(problem=f"{name} cannot be unpacked") from error
    if found != digest:
        raise ArchiveAltered(problem=f"{name} is not what was written")


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, told: Told) -> str:
    found, left = hashlib.sha256(), entry.file_size
    with archive.open(entry) as member:
        while left >= 0 and (block := member.read(_BLOCK)):
            found.update(block)
            left -= len(block)
            told(entry.filename, len(block))
    return found.hexdigest() if left == 0 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """Where an archive goes.

    Attributes:
        cipher: of the new house.
        plans: how each table is carried.
        left_out: tables that stay empty.
        revision: that of the database.
        home: where files beside the database go.
    """

    cipher: FieldCipher
    plans: Sequence[TablePlan]
    left_out: Sequence[str]
    revision: str
    home: Path


def require_same_tables(checked: CheckedArchive, order: ImportOrder) -> None:
    """Pass in silence when archive and program have the same tables.

    Raises:
        OtherRevision: they have not.
    """
    manifest = checked.manifest
    same = {plan.name for plan in order.plans} == set(manifest.tables)
    if manifest.revision != order.revision or not same:
        raise OtherRevision(archive=manifest.revision, database=order.revision)


async def require_empty(connection: asyncpg.Connection, order: ImportOrder) -> None:
    """Pass in silence when no table has a row.

    Raises:
        SystemNotEmpty: some have.
    """
    names = sorted([*(plan.name for plan in order.plans), *order.left_out])
    asked = ", ".join(f'EXISTS (SELECT FROM "{name}")' for name in names)
    found = await connection.fetchrow(f"SELECT {asked}")
    filled = [name for name, is_filled in zip(names, found or (), strict=True) if is_filled]
    if filled:
        more = " …" if len(filled) > _SHOWN else ""
        raise SystemNotEmpty(tables=", ".join(filled[:_SHOWN]) + more)


async def read_archive(
    connection: asyncpg.Connection,
    checked: CheckedArchive,
    order: ImportOrder,
    told: Told = lambda _table, _rows: None,
) -> None:
    """Write an archive into an empty database: all of it, or nothing.

    Foreign keys are taken off while rows come in table by table, and put back, which proves them. What
    was written is read again and held against the archive before it is kept.

    Args:
        connection: in no transaction, with no limit of time for statements.
        checked: the archive.
        order: where it goes.
        told: is told how far it is.

    Raises:
        OtherRevision: the database has other tables.
        SystemNotEmpty: there are data already.
        NotAsArchived: what was written differs; it was taken back.
    """
    require_same_tables(checked, order)
    files = _Files(order.home)
    try:
        with _opened(checked.path) as archive:
            async with connection.transaction():
                await connection.execute(_ONE_AT_A_TIME)
                keys = await connection.fetch(_FOREIGN_KEYS)
                for table, name, _ in keys:
                    await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                await require_empty(connection, order)
                for plan in order.plans:
                    await _fill(connection, archive, checked, plan, order.cipher, told)
                await _set_sequences(connection, checked.manifest)
                for table, name, definition in keys:
                    await connection.execute(
                        f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
                    )
                for plan in order.plans:
                    await _compare(connection, checked, plan, order.cipher)
                files.unpack(archive, checked.manifest)
    except BaseException:
        files.take_back()
        raise
    await connection.execute("ANALYZE")


async def _fill(
    connection: asyncpg.Connection,
    archive: zipfile.ZipFile,
    checked: CheckedArchive,
    plan: TablePlan,
    cipher: FieldCipher,
    told: Told,
) -> None:
    statement = await connection.prepare(plan.written())
    opened = _opener(checked.keys, plan, cipher)
    with archive.open(member_of(plan.name)) as member:
        for lines in _batches(member):
            await statement.fetch(lines, [opened(line) for line in lines])
            told(plan.name, len(lines))


def _batches(member: Any) -> Iterator[list[str]]:  # noqa: ANN401  # zipfile's reader has no public type
    lines: list[str] = []
    size = 0
    while line := member.readline(_LONGEST_LINE):
        lines.append(line.decode())
        size += len(line)
        if len(lines) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def _opener(keys: ArchiveKeys, plan: TablePlan, cipher: FieldCipher) -> Callable[[str], str]:
    """Return what gives the columns of a row that are written under the key of the new house."""
    one = plan.carriage
    if not one.sealed and one.remake is None:
        return lambda _line: "{}"

    def opened(line: str) -> str:
        row: dict[str, Any] = json.loads(line)
        for name in one.sealed:
            if row.get(name) is not None:
                row[name] = keys.open(f"{plan.name}.{name}", row[name])
        more = {name: row.get(name) for name in one.secret}
        more |= {name: _hex(cipher.encrypt(row.get(name))) for name in one.encrypted}
        if one.remake is not None:
            more |= {name: _hex(value) for name, value in one.remake(cipher, row).items()}
        return json.dumps(more, ensure_ascii=False)

    return opened


def _hex(value: bytes | None) -> str | None:
    return None if value is None else f"\\x{value.hex()}"


async def _set_sequences(connection: asyncpg.Connection, manifest: Manifest) -> None:
    known = {row[0] for row in await connection.fetch(_SEQUENCES)}
    for name, (value, is_called) in manifest.sequences.items():
        if name in known:
            await connection.fetchval(
                "SELECT setval($1::text::regclass, $2, $3)", f'"{name}"', value, is_called
            )


async def _compare(
    connection: asyncpg.Connection, checked: CheckedArchive, plan: TablePlan, cipher: FieldCipher
) -> None:
    content, rows = checked.keys.content_digest(), 0
    async for line, plain in read_rows(connection, cipher, plan):
        content.update(digested(line, plain))
        rows += 1
    entry = checked.manifest.tables[plan.name]
    if rows != entry.rows or content.hexdigest() != entry.content:
        raise NotAsArchived(table=plan.name)


class _Files:
    """The files beside the database: unpacked before the rows are kept, removed if they are not."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._made: list[Path] = []

    def unpack(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        """Write the files; a folder that holds something already is not touched.

        Raises:
            SystemNotEmpty: there is one.
        """
        folders = {PurePosixPath(name).parts[0] for name in manifest.files}
        filled = [name for name in sorted(folders) if _holds_anything(self._home / name)]
        if filled:
            raise SystemNotEmpty(tables=", ".join(filled))
        for name in manifest.files:
            path = self._home / name
            self._made.append(self._home / PurePosixPath(name).parts[0])
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with archive.open(f"files/{name}") as member, path.open("xb") as file:
                shutil.copyfileobj(member, file, _BLOCK)

    def take_back(self) -> None:
        """Remove what was written."""
        for path in set(self._made):
            shutil.rmtree(path, ignore_errors=True)


def _holds_anything(folder: Path) -> bool:
    return folder.exists() and any(folder.iterdir())


def counts_of(manifest: Manifest) -> Mapping[str, int]:
    """Return how many rows each table has."""
    return {name: entry.rows for name, entry in manifest.tables.items()}
