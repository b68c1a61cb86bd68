"""`hotline doctor`: what is wrong with this installation, and what to do about it."""

import shutil
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.intake.rebuilding import verify_latest
from credit.verification import verify_chains
from hotline.kernel.db import make_engine
from hotline.kernel.settings import Settings, secret_key_file
from hotline.suggestions.queries import active_model
from hotline.suggestions.shelf import ModelFault, fault_of, folder_of
from web.run.connections import connect_redis
from web.run.migrate import current_revision, newest_revision
from web.run.services import ServiceUrls, services

_LEAST_FREE_BYTES = 1024**3
_LATEST_BEAT = timedelta(seconds=15)
_LATEST_FIRING = timedelta(seconds=5)
_LATEST_RELAY = timedelta(seconds=15)
_LATEST_FACTS = 200
_LOOPS = ("relay", "sweeper")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at.
        ok: whether it is as it must be.
        said: what was found and, if wrong, what to do.
    """

    subject: str
    ok: bool
    said: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; later questions are left out when an earlier one makes them moot.

    Raises:
        web.run.embedded.ServiceError: the services cannot be had at all.
    """
    async with services(settings, command="hotline doctor") as urls:
        findings = [_disk(settings), _secret(settings), await _redis(urls)]
        findings += [finding async for finding in _database(settings, urls)]
    return findings


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    said = f"{free // 1024**2} MiB free for {settings.home}"
    if free < _LEAST_FREE_BYTES:
        return Finding("disk", ok=False, said=f"{said}: make room, 1024 MiB at least")
    return Finding("disk", ok=True, said=said)


def _secret(settings: Settings) -> Finding:
    if settings.secret_key is not None:
        return Finding("secret key", ok=True, said="given by HOTLINE_SECRET_KEY")
    path = secret_key_file(settings)
    if not path.exists():
        return Finding("secret key", ok=True, said=f"will be made in {path} by the first start")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("secret key", ok=False, said=f"others can read {path}: chmod 600 it")
    return Finding("secret key", ok=True, said=f"kept in {path}, readable by its owner alone")


async def _redis(urls: ServiceUrls) -> Finding:
    redis = connect_redis(urls.redis_url)
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        return Finding("redis", ok=False, said=f"does not answer ({error}): see HOTLINE_REDIS_URL")
    finally:
        await redis.aclose()
    return Finding("redis", ok=True, said="answers")


async def _database(settings: Settings, urls: ServiceUrls) -> AsyncIterator[Finding]:
    engine = make_engine(urls.database_url, application_name="hotline.doctor")
    try:
        async with engine.connect() as connection:
            version = await connection.scalar(sa.text("SHOW server_version"))
            yield Finding("database", ok=True, said=f"PostgreSQL {version} answers")
            there, needed = await current_revision(urls.database_url), newest_revision()
            if there != needed:
                yield Finding(
                    "migrations",
                    ok=False,
                    said=f"the database is at {there}, not {needed}: run hotline db upgrade",
                )
                return
            yield Finding("migrations", ok=True, said=f"at revision {there}")
            yield await _chinese(connection)
            now = datetime.now(UTC)
            yield await _parked(connection)
            yield await _waiting(connection, now)
            yield await _overdue(connection, now)
            yield await _credit(connection)
            yield await _suggestions(connection, settings)
            for name in _LOOPS:
                yield await _beat(connection, name, now)
    except (SQLAlchemyError, OSError) as error:
        reason = getattr(error, "orig", None) or error
        yield Finding("database", ok=False, said=f"fails ({reason}): see HOTLINE_DATABASE_URL")
    finally:
        await engine.dispose()


async def _chinese(connection: AsyncConnection) -> Finding:
    # Two locales decide: the provider's in regular expressions, LC_CTYPE in trigrams.
    knows = await connection.scalar(
        sa.text(
            "SELECT '投诉' ~ '^[[:alpha:]]+$' AND datctype NOT IN ('C', 'POSIX') "
            "FROM pg_database WHERE datname = current_database()"
        )
    )
    if knows:
        return Finding("locale", ok=True, said="the database takes Chinese characters for letters")
    return Finding(
        "locale",
        ok=False,
        said="the database takes no Chinese character for a letter, so that search finds little: "
        "create it anew with ENCODING 'UTF8' LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'",
    )


async def _parked(connection: AsyncConnection) -> Finding:
    count = await connection.scalar(
        sa.text("SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL")
    )
    if count:
        last = await connection.scalar(
            sa.text(
                "SELECT last_error FROM outbox WHERE parked_at IS NOT NULL ORDER BY parked_at DESC"
            )
        )
        return Finding("parked facts", ok=False, said=f"{count}, the last because of: {last}")
    return Finding("parked facts", ok=True, said="none")


async def _waiting(connection: AsyncConnection, now: datetime) -> Finding:
    oldest = await connection.scalar(
        sa.text("SELECT min(created_at) FROM outbox WHERE relayed_at IS NULL AND parked_at IS NULL")
    )
    if oldest is not None and now - oldest > _LATEST_RELAY:
        seconds = int((now - oldest).total_seconds())
        return Finding("outbox", ok=False, said=f"a fact has waited {seconds} s: is a worker up?")
    return Finding("outbox", ok=True, said="nothing waits")


_OVERDUE = (
    "SELECT (SELECT count(*) FROM sla_thresholds WHERE state = 'armed' "
    "AND NOT (rung IN ('act', 'order', 'listing')) AND due_at < :latest) "
    "+ (SELECT count(*) FROM sla_thresholds WHERE state = 'armed' "
    "AND rung IN ('act', 'order', 'listing') AND due_at < :latest)"
)
"""Two counts, for there are two indexes."""


async def _overdue(connection: AsyncConnection, now: datetime) -> Finding:
    count = await connection.scalar(sa.text(_OVERDUE), {"latest": now - _LATEST_FIRING})
    if count:
        return Finding("clocks", ok=False, said=f"{count} levels have not fired: is a worker up?")
    return Finding("clocks", ok=True, said="every level that fell due has fired")


async def _credit(connection: AsyncConnection) -> Finding:
    async with AsyncSession(bind=connection) as session:
        async for chain in verify_chains(session):
            return Finding(
                "credit",
                ok=False,
                said=f"the ledger of {chain.department}, row {chain.seq}: {chain.said}; run hotline "
                "credit verify and compare with a backup",
            )
        compared = await verify_latest(session, _LATEST_FACTS)
    for fault in compared.faults:
        return Finding(
            "credit",
            ok=False,
            said=f"the rates of ticket {fault.ticket_number}: {fault.key}: {fault.said}; run hotline "
            "credit verify and compare with a backup",
        )
    said = f"the chains are whole; the last {compared.tickets} tickets follow from their facts"
    return Finding("credit", ok=True, said=said)


_FAULTS = {
    ModelFault.MISSING: "is missing",
    ModelFault.BROKEN: "is broken",
    ModelFault.WRONG_CHECKSUM: "was changed: its checksum does not fit",
    ModelFault.OTHER_VERSION: "is of another version",
}


async def _suggestions(connection: AsyncConnection, settings: Settings) -> Finding:
    async with AsyncSession(bind=connection) as session:
        row = await active_model(session)
    if row is None:
        return Finding("suggestions", ok=True, said="no model is used")
    fault = fault_of(folder_of(settings.home), row.version, row.file_digest)
    if fault is None:
        return Finding("suggestions", ok=True, said=f"model {row.version} is whole")
    return Finding(
        "suggestions",
        ok=False,
        said=f"the file of model {row.version} {_FAULTS[fault]}: the desk goes on without; run "
        "hotline suggest train --use, or hotline suggest use with another version or off",
    )


async def _beat(connection: AsyncConnection, name: str, now: datetime) -> Finding:
    last = await connection.scalar(
        sa.text("SELECT beat_at FROM heartbeats WHERE name = :name"), {"name": name}
    )
    if last is None or now - last > _LATEST_BEAT:
        when = "never" if last is None else f"last at {last.isoformat(timespec='seconds')}"
        return Finding(
            name, ok=False, said=f"went round {when}: start hotline up or hotline worker"
        )
    return Finding(name, ok=True, said="goes round")
