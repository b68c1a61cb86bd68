"""Writing an archive: every table in one snapshot, into a file that has its name when it is whole."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import asyncpg

from hotline.exchange.archive.manifest import (
    MEMBER,
    FileEntry,
    Manifest,
    TableEntry,
    member_of,
)
from hotline.exchange.archive.plans import TablePlan
from hotline.exchange.archive.rows import digested, read_rows, sealed_line
from hotline.exchange.archive.sealing import ArchiveKeys, keys_of
from hotline.kernel.crypto import FieldCipher

FOLDERS = ("attachments", "models")
"""Below the installation's home: files that belong to the data."""

_SALT_BYTES = 16
_BLOCK = 1 << 20
_LEVEL = 6
_SEQUENCES = (
    "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL "
    "FROM pg_sequences WHERE schemaname = current_schema() ORDER BY sequencename"
)

Told = Callable[[str, int], None]
"""Is told the table at work and how many rows were added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOrder:
    """What is to be written.

    Attributes:
        home: where the files beside the database are.
        left_out: tables that stay here.
    """

    path: Path
    passphrase: str
    plans: Sequence[TablePlan]
    left_out: Sequence[str]
    revision: str
    program: str
    home: Path
    now: datetime


async def write_archive(
    connection: asyncpg.Connection,
    cipher: FieldCipher,
    order: ArchiveOrder,
    told: Told = lambda _table, _rows: None,
) -> Manifest:
    """Write an archive and return what is in it.

    Args:
        connection: in no transaction, with no limit of time for statements.
        cipher: of this house.
        order: what is to be written.
        told: is told how far it is.

    Raises:
        ShortPassphrase: the passphrase could be guessed.
        FileExistsError: there is a file of this name.
    """
    salt = os.urandom(_SALT_BYTES)
    keys = keys_of(order.passphrase, salt)
    if order.path.exists():
        raise FileExistsError(f"{order.path} is there already")
    with (
        _draft_of(order.path) as file,
        zipfile.ZipFile(
            file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=_LEVEL
        ) as archive,
    ):
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = {
                plan.name: await _table(connection, cipher, keys, archive, plan, told)
                for plan in order.plans
            }
            sequences = {row[0]: (row[1], row[2]) for row in await connection.fetch(_SEQUENCES)}
        manifest = Manifest(
            revision=order.revision,
            program=order.program,
            made_at=order.now.isoformat(),
            salt=salt,
            check=keys.check(),
            tables=tables,
            files=_files(order.home, archive),
            sequences=sequences,
            left_out=sorted(order.left_out),
        )
        archive.writestr(MEMBER, manifest.written(keys))
    return manifest


@contextmanager
def _draft_of(path: Path) -> Iterator[IO[bytes]]:
    """Open a draft for the owner's eyes only; it gets the file's name when all of it is on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()


async def _table(
    connection: asyncpg.Connection,
    cipher: FieldCipher,
    keys: ArchiveKeys,
    archive: zipfile.ZipFile,
    plan: TablePlan,
    told: Told,
) -> TableEntry:
    rows = size = 0
    digest, content = hashlib.sha256(), keys.content_digest()
    with archive.open(member_of(plan.name), "w", force_zip64=True) as member:
        async for line, plain in read_rows(connection, cipher, plan):
            written = sealed_line(line, plain, plan, keys)
            member.write(written)
            digest.update(written)
            content.update(digested(line, plain))
            rows, size = rows + 1, size + len(written)
            told(plan.name, 1)
    return TableEntry(
        rows=rows,
        bytes=size,
        sha256=digest.hexdigest(),
        content=content.hexdigest(),
        sealed=list(plan.carriage.sealed),
        remade=list(plan.carriage.remade),
    )


def _files(home: Path, archive: zipfile.ZipFile) -> dict[str, FileEntry]:
    found = {}
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = path.relative_to(home).as_posix()
                found[name] = _file(path, archive, f"files/{name}")
    return found


def _file(path: Path, archive: zipfile.ZipFile, name: str) -> FileEntry:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as member:
        while block := source.read(_BLOCK):
            member.write(block)
            digest.update(block)
            size += len(block)
    return FileEntry(bytes=size, sha256=digest.hexdigest())
