"""The rows of a table as lines of JSON, read in one snapshot and with constant memory."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg

from hotline.exchange.archive.plans import TablePlan
from hotline.exchange.archive.sealing import ArchiveKeys
from hotline.kernel.crypto import FieldCipher

_PREFETCH = 500


async def read_rows(
    connection: asyncpg.Connection, cipher: FieldCipher, plan: TablePlan
) -> AsyncIterator[tuple[str, list[str | None]]]:
    """Yield each row without its sealed columns, and those in plain words.

    The connection is in a transaction whose snapshot holds.
    """
    encrypted = len(plan.carriage.encrypted)
    cursor = connection.cursor(plan.statement(), prefetch=_PREFETCH)
    async for record in cursor:
        kept: Sequence[Any] = record[1:]
        yield (
            record[0],
            [*(cipher.decrypt(one) for one in kept[:encrypted]), *kept[encrypted:]],
        )


def digested(line: str, plain: Sequence[str | None]) -> bytes:
    """Return what the content digest of a table is fed with for a row."""
    if not plain:
        return f"{line}\n".encode()
    return f"{line}\x1f{json.dumps(plain, ensure_ascii=False)}\n".encode()


def sealed_line(
    line: str, plain: Sequence[str | None], plan: TablePlan, keys: ArchiveKeys
) -> bytes:
    """Return a row as it stands in the archive."""
    sealed = plan.carriage.sealed
    if not sealed:
        return f"{line}\n".encode()
    more = {
        name: None if text is None else keys.seal(f"{plan.name}.{name}", text)
        for name, text in zip(sealed, plain, strict=True)
    }
    # The row itself is not taken apart: its numbers stay as the database wrote them.
    return f"{line[:-1]}, {json.dumps(more)[1:]}\n".encode()
