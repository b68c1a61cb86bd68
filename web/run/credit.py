"""`hotline credit score` and `freeze`: with the services of this installation."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from tqdm import tqdm

from credit.freezing import freeze
from credit.jobs import score_now
from credit.knowledge import closed_books
from credit.models import LiveScore
from credit.period_models import PeriodRevision, PeriodScore
from credit.periods import Period
from credit.recomputing import recompute
from credit.scoring import Progress, Scored, score_all
from hotline.kernel.clock import SHANGHAI, SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker, reading
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.models import Department
from hotline.people.principal import SYSTEM, Tx
from web.run.services import services


@asynccontextmanager
async def _house(settings: Settings, command: str) -> AsyncIterator[SessionMaker]:
    async with services(settings, command=f"hotline credit {command}") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.credit", pool_size=2)
        try:
            yield make_session_maker(engine)
        finally:
            await engine.dispose()


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Progress]:
    """Draw how many departments are done, on a terminal."""
    hidden = quiet or not sys.stderr.isatty()
    with tqdm(unit="department", disable=hidden, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


async def score_departments(
    settings: Settings, as_of: datetime | None, *, quiet: bool
) -> dict[str, Any]:
    """Return every department's live score.

    Args:
        settings: of this process.
        as_of: by the clocks of Shanghai, computed and not written; None for now, which is written.
        quiet: draw no progress bar even on a terminal.
    """
    async with _house(settings, "score") as session_maker:
        with _bar(quiet=quiet) as progress:
            if as_of is not None:
                instant = as_of.replace(tzinfo=SHANGHAI)
                async with reading(session_maker) as session:
                    scored = await score_all(session, instant, progress=progress)
                return _report(instant, [_scored(one) for one in scored])
            now = SystemClock().now()
            cipher = FieldCipher(resolve_secret_key(settings))
            await score_now(session_maker, cipher, now, progress)
        return await _written(session_maker, now)


async def _written(session_maker: SessionMaker, now: datetime) -> dict[str, Any]:
    async with reading(session_maker) as session:
        rows = await session.exec(
            select(LiveScore, Department.code)
            .join(Department, col(Department.id) == col(LiveScore.department_id))
            .where(LiveScore.day == now.astimezone(SHANGHAI).date())
            .order_by(col(Department.code))
        )
        items = [_item(code, row, row.grade) for row, code in rows]
    return _report(now, items)


def _report(instant: datetime, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "as_of": instant.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "items": items,
    }


def _scored(one: Scored) -> dict[str, Any]:
    return {
        "department": one.department.code,
        "score": None if one.score.score is None else str(one.score.score),
        "grade": None,
        "n": one.score.n,
        "band": one.place.band,
        "rank": one.place.rank,
        "digest": one.digest.hex(),
    }


def _item(code: str, row: LiveScore, grade: str | None) -> dict[str, Any]:
    return {
        "department": code,
        "score": None if row.score is None else str(row.score),
        "grade": grade,
        "n": row.n,
        "band": row.band,
        "rank": row.rank,
        "digest": row.input_digest.hex(),
    }


async def freeze_period(
    settings: Settings, text: str, *, reason: str, quiet: bool
) -> dict[str, Any]:
    """Freeze a period and return what stands.

    Raises:
        DomainError: it is no period, is not over, or is frozen already.
    """
    period = Period.parse(text)
    async with _house(settings, "freeze") as session_maker:
        now, cipher = SystemClock().now(), FieldCipher(resolve_secret_key(settings))
        as_of = await closed_books(session_maker, cipher, now)
        with _bar(quiet=quiet) as progress:
            async with session_maker() as session, session.begin():
                tx = Tx(session, now, cipher, f"credit:{period}", SYSTEM)
                row = await freeze(tx, period, reason=reason, as_of=as_of, progress=progress)
        async with reading(session_maker) as session:
            revision = await session.get_one(PeriodRevision, (row.key, row.revision))
            departments = await session.exec(
                select(PeriodScore.department_code).where(
                    PeriodScore.period == row.key, PeriodScore.revision == row.revision
                )
            )
            return {
                "period": row.key,
                "revision": row.revision,
                "state": row.state.value,
                "departments": len(departments.all()),
                "rule_version": revision.rule_version,
                "formula": revision.formula,
                "as_of": revision.as_of.isoformat(),
                "input_digest": revision.input_digest.hex(),
                "result_digest": revision.result_digest.hex(),
            }


async def verify_period(settings: Settings, text: str) -> dict[str, Any]:
    """Make every revision of a period again and return what differs.

    Raises:
        DomainError: it is no period, or is not frozen.
    """
    period = Period.parse(text)
    async with (
        _house(settings, "freeze --verify") as session_maker,
        reading(session_maker) as session,
    ):
        checks = [one async for one in recompute(session, str(period))]
    return {
        "period": str(period),
        "revisions": [{"revision": one.revision, "faults": list(one.faults)} for one in checks],
    }
