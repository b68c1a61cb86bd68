"""The revisions make the tables, and can be taken back."""

import pytest
from alembic import command

from web.run.embedded import Postgres, ServiceError
from web.run.migrate import (
    current_revision,
    differences,
    newest_revision,
    require_newest,
    run_alembic,
    upgrade,
)


async def test_up_down_up(postgres: Postgres) -> None:
    postgres.create_database("up_and_down")
    url = postgres.url("up_and_down")
    with pytest.raises(ServiceError, match="run hotline db upgrade"):
        await require_newest(url)
    await upgrade(url)
    assert await differences(url) == []
    assert await current_revision(url) == newest_revision()
    await run_alembic(url, lambda config: command.downgrade(config, "base"))
    assert await current_revision(url) is None
    tables = "SELECT count(*) FROM pg_stat_user_tables WHERE relname <> 'alembic_version'"
    assert postgres.psql(tables, database="up_and_down") == "0"
    await upgrade(url)
    await upgrade(url)
    await require_newest(url)
    assert await differences(url) == []
