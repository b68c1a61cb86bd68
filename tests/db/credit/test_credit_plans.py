"""What credit reads often is read off indexes, among hundreds of thousands of observations."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from credit.behind import Spot, left_out_of, tickets_behind
from credit.exclusions.queries import ExclusionFilter, list_by_facts
from credit.figures import read_ranking
from credit.freezing import freeze
from credit.ledger import Measure
from credit.periods import Period
from credit.scoring import score_all
from hotline.people.principal import SYSTEM
from tests.support.builders import Build
from tests.support.credit_rows import shanghai

GENERATE = """
INSERT INTO credit_observations (source_key, department_id, ticket_id, ticket_number, hop, round,
  measure, category, k, n, cause, finished_at, recorded_at)
SELECT measure || n, unit.id, md5(n::text)::uuid, lpad(n::text, 13, '0'), 1, 1, measure,
  'category' || n % 20, CASE WHEN n % 7 = 0 THEN 0 ELSE 1 END, 1,
  CASE WHEN n % 500 = 0 THEN 'withdrawn' END, at, at
FROM generate_series(1, 60000) n
CROSS JOIN unnest(ARRAY['base', 'sign', 'resolved']) measure
CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz) - n * interval '40 minutes' AS at) finished
JOIN LATERAL (SELECT id FROM departments WHERE NOT is_hotline ORDER BY id
  OFFSET n % (SELECT count(*) FROM departments WHERE NOT is_hotline) LIMIT 1) unit ON true
"""


async def test_credit_is_read_off_indexes(own_build: Build, own_city: AsyncEngine) -> None:
    """Four and a half years of work of which one year, ninety days or one page is asked for."""
    build, now = own_build, shanghai(2026, 11, 30)
    build.clock.set(now)
    async with own_city.begin() as connection:
        await connection.execute(sa.text(GENERATE), {"now": now})
    async with own_city.connect() as connection:
        lonely = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await lonely.execute(sa.text("VACUUM ANALYZE credit_observations"))
    async with build.acting(SYSTEM) as tx:
        await freeze(tx, Period.parse("2026-10"))
    unit = build.city.departments["chengguan"]
    spot = Spot(unit, Measure.SIGN, shanghai(2026, 8, 1), now, now)
    everything, reader = ExclusionFilter(), build.city.people["supervisor"]
    plans: list[str] = []

    def explain(
        connection: Any, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> None:
        if statement.startswith("SELECT"):
            raw = connection.connection.cursor()
            raw.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(row[0] for row in raw.fetchall()))

    for read, index in (
        (lambda session: score_all(session, now), "ix_credit_observations_window"),
        (lambda session: tickets_behind(session, spot), "ix_credit_observations_department"),
        (lambda session: tickets_behind(session, spot), "ix_credit_observations_ticket"),
        (
            lambda session: tickets_behind(session, spot, missed_only=True),
            "ix_credit_observations_department",
        ),
        (lambda session: left_out_of(session, spot), "ix_credit_observations_left_out"),
        (
            lambda session: list_by_facts(session, reader, everything),
            "ix_credit_observations_cause",
        ),
        (lambda session: read_ranking(session, SYSTEM, period="2026-10"), "credit_period_scores"),
    ):
        plans.clear()
        sa.event.listen(own_city.sync_engine, "before_cursor_execute", explain)
        async with build.session_maker() as session:
            await read(session)
        sa.event.remove(own_city.sync_engine, "before_cursor_execute", explain)
        together = "\n".join(plans)
        assert index in together, together
        assert "Seq Scan on credit_observations" not in together, together
