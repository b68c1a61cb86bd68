"""Numbers of records by year, without a gap: whoever takes one makes the next wait for his end."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.tx import Transaction
from hotline.supervision.models import RecordNumber

INTERVIEW = "YT"
BULLETIN = "TB"
CLUE = "XS"


def record_number(kind: str, year: int, nth: int) -> str:
    """Return the number of the `nth` record of its kind in a year, such as YT-2026-0001."""
    return f"{kind}-{year}-{nth:04d}"


def year_of(now: datetime) -> int:
    """Return the year in Shanghai that a record of `now` is counted in."""
    return now.astimezone(SHANGHAI).year


async def next_number(tx: Transaction, kind: str) -> str:
    """Return the next number of a kind of record; the last lock that an action takes."""
    year = year_of(tx.now)
    statement = (
        insert(RecordNumber)
        .values(kind=kind, year=year, last=1)
        .on_conflict_do_update(
            index_elements=["kind", "year"], set_={"last": col(RecordNumber.last) + sa.literal(1)}
        )
        .returning(col(RecordNumber.last))
    )
    nth = (await tx.session.exec(statement)).scalar_one()
    return record_number(kind, year, nth)
