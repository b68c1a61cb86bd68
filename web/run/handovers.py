"""`hotline handovers ...`: the work behind it, in the name of an account."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.exchange.handover.actions import (
    HandOverOrder,
    ReceiptReport,
    fetch_hand_over,
    give_hand_over,
    key_for,
    make_hand_over,
    take_receipt,
)
from hotline.exchange.handover.models import HandOverFile
from hotline.exchange.handover.packing import checked
from hotline.exchange.handover.receipts import read_receipt
from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.actions import UserNotFound
from hotline.people.principal import Tx
from hotline.people.queries import find_user, principal_of
from hotline.tickets.numbering import number_day
from web.exports.handovers import FileWords, receipt_words
from web.i18n import translator
from web.run.migrate import require_newest
from web.run.services import services
from web.views.lines import fault_words


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that was written."""

    number: str
    tickets: int
    digest: str

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"number": self.number, "tickets": self.tickets, "sha256": self.digest}


@asynccontextmanager
async def _acting(settings: Settings, username: str) -> AsyncIterator[Tx]:
    async with services(settings, command="hotline handovers") as urls:
        await require_newest(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.handovers", pool_size=1)
        try:
            async with make_session_maker(engine)() as session, session.begin():
                user = await find_user(session, username)
                actor = await principal_of(session, user.id) if user else None
                if actor is None:
                    raise UserNotFound(username=username)
                cipher = FieldCipher(resolve_secret_key(settings))
                trace = f"cli:{uuid.uuid4().hex}"
                yield Tx(session, SystemClock().now(), cipher, trace, actor)
        finally:
            await engine.dispose()


def _made(file: HandOverFile) -> MadeFile:
    return MadeFile(file.number, file.ticket_count, file.digest.hex())


def _write(path: Path, body: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(body)


async def make_file(
    settings: Settings, order: HandOverOrder, *, username: str, out: Path
) -> MadeFile:
    """Make a file and write it for the owner's eyes only; it is in the books when it is on the disk.

    Raises:
        DomainError: it may not be made.
        ServiceError: the database cannot be had.
    """
    async with _acting(settings, username) as tx:
        file = await make_hand_over(tx, order, FileWords(translator(order.language)))
        _, body = await fetch_hand_over(tx, file.number)
        _write(out, body)
        return _made(file)


async def give_file(settings: Settings, number: str, *, username: str, how: str | None) -> MadeFile:
    """Note that a file was handed over.

    Raises:
        DomainError: there is none, or it was.
        ServiceError: the database cannot be had.
    """
    async with _acting(settings, username) as tx:
        return _made(await give_hand_over(tx, number, how=how))


async def take_file(
    settings: Settings, number: str, content: bytes, *, username: str, dry_run: bool
) -> tuple[ReceiptReport, list[dict[str, Any]]]:
    """Take a receipt in, or say what would come of it; and what is wrong, line by line.

    Raises:
        DomainError: the file is no receipt, or nothing was handed over.
        ServiceError: the database cannot be had.
    """
    async with _acting(settings, username) as tx:
        receipt = read_receipt(content, receipt_words(), number_day(tx.now))
        report = await take_receipt(tx, number, receipt, dry_run=dry_run)
    t = translator("en")
    return report, [{"line": one.line, "text": fault_words(one, t)} for one in report.faults]


def key_of(settings: Settings, recipient: str) -> str:
    """Return the key by which a recipient checks signatures."""
    return key_for(FieldCipher(resolve_secret_key(settings)), recipient)


def check_file(settings: Settings, body: bytes) -> Mapping[str, Any]:
    """Return the manifest of a file of this house that is just as it was made.

    Raises:
        NotAHandOverFile: it is none, or was altered.
    """
    cipher = FieldCipher(resolve_secret_key(settings))
    return checked(body, lambda recipient: key_for(cipher, recipient))
