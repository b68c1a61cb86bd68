"""The revisions: one line of them, none imports the program, and the schema guards what it must."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from hotline.kernel.db import SessionMaker, make_engine
from hotline.tickets.lifecycle import Status
from tests.contracts.test_imports import ROOT
from tests.support.builders import Build
from web.run.embedded import Postgres

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


def test_there_is_one_line_of_revisions() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert len(list(scripts.walk_revisions())) == len(VERSIONS)


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_revision_stands_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        assert not any(
            module.split(".")[0] in {"hotline", "credit", "web", "sqlmodel"} for module in modules
        )
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {"upgrade", "downgrade"} <= functions


@pytest.mark.parametrize(
    "table", ["ticket_events", "reveals", "sla_policies", "calendars", "credit_facts", "papers"]
)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
async def test_what_was_written_stays_written(
    maker: SessionMaker, table: str, statement: str
) -> None:
    column = {
        "ticket_events": "text",
        "reveals": "reason",
        "sla_policies": "name",
        "calendars": "name",
        "papers": "number",
    }.get(table, "topic")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with maker() as session, session.begin():
            await session.exec(sa.text(statement.format(table, column, column)))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'lost', closure_code = 'solved'", "state_reachable"),
        ("hold = 'suspension'", "state_reachable"),
        ("status = 'closed'", "closed_has_code"),
        ("closure_code = 'solved'", "closed_has_code"),
        ("owner_department_id = NULL", "open_has_owner"),
        ("holder_post = NULL", "open_has_owner"),
        ("round = 0", "round_positive"),
        ("urgency = 'p9'", "urgency_known"),
        ("level = 'purple'", "level_known"),
    ],
)
async def test_the_schema_itself_refuses_a_ticket_that_cannot_be(
    build: Build, change: str, constraint: str
) -> None:
    await build.ticket(Status.SUBMITTED)
    with pytest.raises(sa.exc.IntegrityError, match=constraint):
        async with build.session_maker() as session, session.begin():
            await session.exec(sa.text(f"UPDATE tickets SET {change}"))  # type: ignore[call-overload]


_CHECKS = sa.text(
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY 1, 2"
)


async def test_the_revisions_make_the_very_checks_that_the_tables_declare(
    postgres: Postgres, maker: SessionMaker
) -> None:
    """Comparing revisions and tables does not look at checks, and checks list the words of the code."""
    postgres.create_database("hotline_declared")
    engine = make_engine(postgres.url("hotline_declared"), application_name="hotline.tests")
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    async with engine.connect() as connection:
        declared = (await connection.execute(_CHECKS)).all()
    await engine.dispose()
    async with maker() as session:
        made = (await session.exec(_CHECKS)).all()  # type: ignore[call-overload]
    assert {_check(*row) for row in made} == {_check(*row) for row in declared}


def _check(table: str, name: str, definition: str) -> tuple[str, str, str, tuple[str, ...]]:
    """Return a check with the words that it lists in one order."""
    words = re.findall(r"'([^']*)'", definition)
    return table, name, re.sub(r"'[^']*'", "", definition), tuple(sorted(words))
