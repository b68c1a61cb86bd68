"""How many statements something takes."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

_UNCOUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK TO", "SET TRANSACTION")


@contextmanager
def count_queries(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collect the statements sent through `engine`, those that only frame a transaction left out."""
    statements: list[str] = []

    def note(
        _connection: object, _cursor: object, statement: str, _params: object, *_more: object
    ) -> None:
        if not statement.lstrip().upper().startswith(_UNCOUNTED):
            statements.append(statement)

    sa.event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine.sync_engine, "before_cursor_execute", note)
