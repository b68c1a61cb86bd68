"""The whole of the data out of one house and into another, with another key; and what is refused."""

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, select

from credit.verification import verify_chains
from hotline.exchange.archive import inward
from hotline.exchange.archive.errors import (
    ArchiveAltered,
    ArchiveTooNew,
    NoArchive,
    NotAsArchived,
    OtherRevision,
    ShortPassphrase,
    SystemNotEmpty,
    UnknownColumns,
    WrongPassphrase,
)
from hotline.exchange.archive.inward import ImportOrder, check_archive, read_archive
from hotline.exchange.archive.manifest import Manifest
from hotline.exchange.archive.outward import ArchiveOrder, write_archive
from hotline.exchange.archive.plans import plans_of
from hotline.exchange.archive.rows import digested
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import make_engine, make_session_maker
from hotline.kernel.errors import DomainError
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import TicketRequester
from hotline.tickets.verification import verify_histories
from tests.support.builders import NAME, PHONE, Build
from tests.support.clock import MONDAY
from web.run.archive_tables import CARRIAGES, LEFT_OUT, table_plans
from web.run.archiving import plain_connection, progress
from web.run.migrate import newest_revision

PASSPHRASE = "horse battery staple"
OTHER = FieldCipher("the secret of the other house, quite another one")


def url_of(engine: AsyncEngine) -> str:
    return engine.url.render_as_string(hide_password=False)


async def archived(url: str, cipher: FieldCipher, path: Path, home: Path) -> Manifest:
    async with plain_connection(url, "tests") as connection:
        return await write_archive(
            connection,
            cipher,
            ArchiveOrder(
                path=path,
                passphrase=PASSPHRASE,
                plans=table_plans(),
                left_out=list(LEFT_OUT),
                revision=newest_revision() or "",
                program="tests",
                home=home,
                now=MONDAY,
            ),
        )


def order_of(home: Path, **given: object) -> ImportOrder:
    order = ImportOrder(
        cipher=OTHER,
        plans=table_plans(),
        left_out=list(LEFT_OUT),
        revision=newest_revision() or "",
        home=home,
    )
    return replace(order, **given)  # type: ignore[arg-type]


async def imported(url: str, path: Path, order: ImportOrder) -> None:
    checked = check_archive(path, PASSPHRASE)
    async with plain_connection(url, "tests") as connection:
        await read_archive(connection, checked, order)


async def rows_in(url: str) -> int:
    async with plain_connection(url, "tests") as connection:
        names = [f'(SELECT count(*) FROM "{name}")' for name in SQLModel.metadata.tables]
        return int(await connection.fetchval(f"SELECT {' + '.join(names)}"))


async def lived_in(build: Build, home: Path) -> None:
    """Let something of everything happen that is carried in a way of its own."""
    await build.ticket(Status.CLOSED, title='引号"和\\反斜杠\n换行')
    await build.ticket(Status.PROCESSING, Hold.SUSPENSION)
    await build.ticket(Status.DISPATCHED, Hold.RETURN_REVIEW)
    await build.ticket(Status.PENDING_VISIT)
    await build.do(Action.URGE, await build.ticket(Status.PROCESSING))
    build.clock.move(days=3)
    async with build.session_maker() as session, session.begin():
        # A null of JSON is not an absent value.
        await session.exec(
            sa.text(  # type: ignore[call-overload]
                "INSERT INTO outbox (id, topic, payload, trace_id, created_at) VALUES "
                "(gen_random_uuid(), 'null', 'null', 't', now()), "
                "(gen_random_uuid(), 'n', '{\"x\": 0.10, \"big\": 12345678901234567890.5}', 't', now())"
            )
        )
    (home / "attachments/a").mkdir(parents=True)
    (home / "attachments/a/图.bin").write_bytes(b"\x00\xff" * 1000)


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    return tmp_path / "old", tmp_path / "new"


async def test_a_house_moves_into_an_empty_one_with_another_key(
    own_city: AsyncEngine,
    own_build: Build,
    own_database: str,
    cipher: FieldCipher,
    homes: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    old, new = homes
    await lived_in(own_build, old)
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    before = await archived(url_of(own_city), cipher, first, old)
    assert before.tables["tickets"].rows == 5
    assert first.stat().st_mode & 0o77 == 0
    body = b"".join(zipfile.ZipFile(first).read(name) for name in zipfile.ZipFile(first).namelist())
    for secret in (NAME, PHONE, "139****1234"):
        assert secret.encode() not in body
    await imported(own_database, first, order_of(new))
    after = await archived(own_database, OTHER, second, new)
    assert {name: (one.rows, one.content) for name, one in after.tables.items()} == {
        name: (one.rows, one.content) for name, one in before.tables.items()
    }
    assert after.sequences == before.sequences
    assert after.files == before.files
    assert (new / "attachments/a/图.bin").read_bytes() == b"\x00\xff" * 1000
    engine = make_engine(own_database, application_name="tests")
    try:
        maker = make_session_maker(engine)
        async with maker() as session:
            faults = [part.faults async for part in verify_histories(session, None)]
            assert [one for one in faults if one] == []
            assert [fault async for fault in verify_chains(session)] == []
            requesters = (await session.exec(select(TicketRequester))).all()
            assert {OTHER.decrypt(row.phone) for row in requesters} == {PHONE}
            assert {row.phone_index for row in requesters} == {OTHER.blind_index(PHONE)}
        # Life goes on there, with numbers that were not given out yet.
        there = Build(maker, own_build.city, own_build.clock, OTHER)
        number = (await there.create()).number
        await there.follow(number, Action.ACCEPT)
        with pytest.raises(sa.exc.DBAPIError, match="append"):
            async with maker() as session, session.begin():
                await session.exec(sa.text("DELETE FROM ticket_events"))  # type: ignore[call-overload]
    finally:
        await engine.dispose()
    # It is not empty any more.
    with pytest.raises(SystemNotEmpty, match="calendars"):
        await imported(own_database, first, order_of(tmp_path / "third"))


async def test_what_does_not_fit_is_refused_and_nothing_is_written(
    own_city: AsyncEngine,
    own_build: Build,
    own_database: str,
    cipher: FieldCipher,
    homes: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = homes
    await own_build.ticket()
    (old / "models").mkdir()
    (old / "models/m.bin").write_bytes(b"model")
    path = tmp_path / "whole.zip"
    await archived(url_of(own_city), cipher, path, old)
    with pytest.raises(FileExistsError):
        await archived(url_of(own_city), cipher, path, old)
    with pytest.raises(OtherRevision):
        await imported(own_database, path, order_of(new, revision="another"))
    with pytest.raises(SystemNotEmpty):
        await imported(url_of(own_city), path, order_of(new))
    (new / "models").mkdir()
    (new / "models/own.bin").write_bytes(b"own")
    with pytest.raises(SystemNotEmpty, match="models"):
        await imported(own_database, path, order_of(new))
    assert (new / "models/own.bin").exists()
    shutil.rmtree(new / "models")
    real = digested
    monkeypatch.setattr(inward, "digested", lambda line, plain: real(f"{line} ", plain))
    with pytest.raises(NotAsArchived):
        await imported(own_database, path, order_of(new))
    monkeypatch.setattr(inward, "digested", real)
    monkeypatch.setattr(inward, "_BATCH_ROWS", 1)
    calls = 0

    def cut_off(_table: str, _rows: int) -> None:
        nonlocal calls
        calls += 1
        if calls > 40:
            raise ConnectionResetError

    checked = check_archive(path, PASSPHRASE)
    async with plain_connection(own_database, "tests") as connection:
        with pytest.raises(ConnectionResetError):
            await read_archive(connection, checked, order_of(new), cut_off)
    assert await rows_in(own_database) == 0
    assert list(new.iterdir()) == []
    await imported(own_database, path, order_of(new))
    assert (new / "models/m.bin").read_bytes() == b"model"


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None], *, more: str = "") -> Path:
    """Return a copy of an archive in which parts are other ones, or missing."""
    copy = path.with_name("copy.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            body = change(name, source.read(name))
            if body is not None:
                target.writestr(name, body)
        if more:
            target.writestr(more, b"x")
    return copy


async def test_a_damaged_a_cut_off_and_a_foreign_archive_are_told_from_a_whole_one(
    own_city: AsyncEngine, cipher: FieldCipher, homes: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / "whole.zip"
    await archived(url_of(own_city), cipher, path, homes[0])
    assert check_archive(path, PASSPHRASE).manifest.rows > 10
    whole = path.read_bytes()

    def refused(body: bytes | Path, error: type[DomainError], passphrase: str = PASSPHRASE) -> None:
        file = body if isinstance(body, Path) else tmp_path / "broken.zip"
        if isinstance(body, bytes):
            file.write_bytes(body)
        with pytest.raises(error):
            check_archive(file, passphrase)

    refused(path, WrongPassphrase, "another passphrase")
    refused(path, ShortPassphrase, "short")
    refused(b"", NoArchive)
    refused(b"not a zip at all" * 100, NoArchive)
    for length in (10, len(whole) // 2, len(whole) - 30):
        refused(whole[:length], NoArchive)
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("tables/users.jsonl")
    place = entry.header_offset + 120
    refused(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :], ArchiveAltered)

    def users(name: str, body: bytes) -> bytes:
        return body.replace(b"admin", b"adm1n") if name == "tables/users.jsonl" else body

    refused(rewritten(path, users), ArchiveAltered)
    refused(rewritten(path, lambda name, body: None if "users" in name else body), NoArchive)
    refused(rewritten(path, lambda _name, body: body, more="tables/evil.jsonl"), NoArchive)
    refused(rewritten(path, lambda name, body: None if "manifest" in name else body), NoArchive)

    def manifest(**given: object) -> Callable[[str, bytes], bytes]:
        def change(name: str, body: bytes) -> bytes:
            if name != "manifest.json":
                return body
            return json.dumps({**json.loads(body), **given}).encode()

        return change

    refused(rewritten(path, manifest(revision="b2d0c1a30330")), NoArchive)
    refused(rewritten(path, manifest(format="somebody-else")), NoArchive)
    refused(rewritten(path, manifest(version=2)), ArchiveTooNew)
    refused(rewritten(path, manifest(kdf={"name": "scrypt", "n": 1 << 30})), NoArchive)
    refused(rewritten(path, manifest(kdf=7)), NoArchive)
    refused(rewritten(path, lambda name, _: b"[1" if name == "manifest.json" else b""), NoArchive)


@pytest.mark.parametrize("quiet", [True, False])
def test_progress_can_be_told_with_and_without_a_terminal(*, quiet: bool) -> None:
    with progress(None, "row", quiet=quiet) as told:
        told("tickets", 2)
        told("users", 1)


def test_every_column_of_bytes_is_known_and_every_name_is_a_table() -> None:
    tables = SQLModel.metadata.tables
    assert set(LEFT_OUT) <= set(tables)
    for name, one in CARRIAGES.items():
        named = {*one.sealed, *one.remade, *one.plain}
        assert named <= set(tables[name].columns.keys()), name
    assert len(table_plans()) == len(tables) - len(LEFT_OUT)
    with pytest.raises(UnknownColumns):
        plans_of(SQLModel.metadata, {}, [])
