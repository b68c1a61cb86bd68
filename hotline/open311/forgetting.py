"""Reports of the test endpoint are thrown away after a while."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import first_id

TESTS_KEPT = timedelta(days=7)
_BATCH = 5000

# Ids begin with their instant, so that the primary key finds what is old.
_OLD = sa.text(
    "DELETE FROM open311_submissions WHERE id IN (SELECT id FROM open311_submissions "
    "WHERE id < :first AND is_test ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED)"
)


async def forget_tests(session_maker: SessionMaker, now: datetime) -> int:
    """Delete test reports that are a week old, and return how many."""
    async with session_maker() as session, session.begin():
        connection = await session.connection()
        done = await connection.execute(
            _OLD, {"first": first_id(now - TESTS_KEPT), "batch": _BATCH}
        )
        return done.rowcount
