"""The departments that categories named become the first version of the dispatch catalogue."""

import json

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from hotline.tickets.routing.codec import entries_from_json
from web.run.embedded import Postgres
from web.run.migrate import run_alembic, upgrade

REVISION = "b2d0c1a30020"
TOWN = """
INSERT INTO departments (code, name, name_en, is_hotline, is_active) VALUES
  ('roads', '城管局', 'Roads', false, true), ('gone', '旧局', 'Gone', false, false);
INSERT INTO categories (code, name, name_en, steps, is_active, lead_department_id)
SELECT word, word, word, '[]', true, (SELECT id FROM departments WHERE departments.code = unit)
FROM (VALUES ('urban', 'roads'), ('housing', 'gone'), ('other', NULL)) AS given (word, unit);
"""


async def test_what_categories_named_is_the_first_version(postgres: Postgres) -> None:
    postgres.create_database("catalogue_seed")
    url = postgres.url("catalogue_seed")

    def before(config: Config) -> None:
        found = ScriptDirectory.from_config(config).get_revision(REVISION)
        assert found is not None
        command.upgrade(config, str(found.down_revision))

    await run_alembic(url, before)
    postgres.psql(TOWN, database="catalogue_seed")
    await upgrade(url)
    told = postgres.psql(
        "SELECT json_agg(json_build_array(version, is_direct, entries)) FROM catalogue_versions",
        database="catalogue_seed",
    )
    [[version, is_direct, stored]] = json.loads(told)
    assert (version, is_direct) == (1, False)
    [entry] = entries_from_json(stored)
    assert (entry.category, entry.department, entry.is_sure) == ("urban", "roads", False)
    assert entry.since is not None
