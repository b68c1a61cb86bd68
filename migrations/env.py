"""How revisions meet the database: one upgrade at a time, never waiting long for a lock."""

import asyncio
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import web.run.tables  # noqa: F401  # fills the metadata
from hotline.kernel.settings import load_settings
from web.run.migrate import migration_engine
from web.run.services import services


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write plain SQLAlchemy types: a revision must read the same when ours have changed."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString | sa.Enum):
        text = item.impl_instance if isinstance(item, AutoString) else item
        length = getattr(text, "length", None)
        return f"sa.String(length={length})" if length else "sa.String()"
    return False


def migrate(connection: sa.Connection) -> None:
    """Run what alembic was asked for, while no other process does."""
    connection.execute(sa.text("SELECT pg_advisory_lock(hashtext('hotline.migrations'))"))
    connection.execute(sa.text("SET lock_timeout = '4s'"))
    connection.commit()
    try:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            compare_type=True,
            compare_server_default=True,
            render_item=render_item,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(sa.text("SELECT pg_advisory_unlock(hashtext('hotline.migrations'))"))
        connection.execute(sa.text("RESET lock_timeout"))
        connection.commit()


async def migrate_by_settings() -> None:
    """Serve the alembic command itself, which brings no connection."""
    async with services(load_settings(), command="alembic") as urls:
        engine = migration_engine(urls.database_url)
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    asyncio.run(migrate_by_settings())
