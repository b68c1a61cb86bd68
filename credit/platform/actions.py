"""Queueing what a platform is to be told, and sending it: claimed, sent, marked, as the courier does."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from credit.models import CreditEntry, CreditEntryChange
from credit.period_models import CreditPeriod, PeriodScore
from credit.platform.messages import (
    EntryTold,
    GradeTold,
    PushKind,
    PushState,
    entry_key,
    entry_payload,
    grade_key,
    grade_payload,
)
from credit.platform.models import CreditPush
from credit.platform.ports import CreditPlatform, PlatformMessage
from hotline.kernel.alarms import AlarmKind, clear_alarm, raise_alarm
from hotline.kernel.db import SessionMaker
from hotline.kernel.ids import uuid7
from hotline.kernel.logging import redact_text
from hotline.kernel.tx import Transaction
from hotline.notices.ports import SEND_TIMEOUT_SECONDS, NotAccepted
from hotline.notices.timing import MAX_TRIES, delay_before_retry
from hotline.people.models import Department

log = structlog.get_logger(__name__)

BATCH = 100
LEASE = timedelta(minutes=5)
"""How long a sender that says nothing is waited for."""

_MOST_OF_ERROR = 300
_ROWS = 1000

_CLAIM = sa.text(
    "UPDATE credit_pushes SET state = 'sending', attempts = attempts + 1, next_try_at = :lease "
    "WHERE id IN (SELECT id FROM credit_pushes WHERE state IN ('waiting', 'sending') "
    "AND next_try_at <= :now ORDER BY next_try_at, position LIMIT :batch FOR UPDATE SKIP LOCKED) "
    "RETURNING position, id, attempts, payload"
)
_MARK = sa.text(
    "UPDATE credit_pushes SET state = :state, sent_at = :sent_at, last_error = :error, "
    "next_try_at = coalesce(:next_try_at, next_try_at) "
    "WHERE id = :id AND state = 'sending' AND attempts = :attempts"
)


class _Parcel(NamedTuple):
    position: int
    id: uuid.UUID
    attempts: int
    payload: dict[str, Any]


async def queue_entry(tx: Transaction, change_id: uuid.UUID) -> int:
    """Queue what became of an event, and what it was before; each once, however often it is told.

    Facts may come in any order. A platform is told of an event in the order of the ledger all the same,
    since what went before is queued along with it.
    """
    told = (
        await tx.session.exec(select(CreditEntryChange).where(CreditEntryChange.id == change_id))
    ).one()
    return await _queue_changes(
        tx,
        (col(CreditEntryChange.entry_id) == told.entry_id)
        & (col(CreditEntryChange.seq) <= told.seq),
    )


async def queue_grades(tx: Transaction, period: str) -> int:
    """Queue the grades of a published period, each revision once."""
    return await _queue_scores(tx, CreditPeriod.key == period)


async def queue_since(tx: Transaction, since: datetime) -> int:
    """Queue everything since an instant once more, under the same ids; return how much it is."""
    return await _queue_changes(
        tx, col(CreditEntryChange.changed_at) >= since, again=True
    ) + await _queue_scores(tx, col(CreditPeriod.published_at) >= since, again=True)


async def _queue_changes(
    tx: Transaction, condition: sa.ColumnElement[bool] | bool, *, again: bool = False
) -> int:
    rows = await tx.session.exec(
        select(CreditEntryChange, CreditEntry, Department.code)
        .join(CreditEntry, col(CreditEntry.id) == col(CreditEntryChange.entry_id))
        .join(Department, col(Department.id) == col(CreditEntryChange.department_id))
        .where(condition)
        .order_by(col(CreditEntryChange.changed_at), col(CreditEntryChange.seq))
    )
    return await _write(
        tx,
        [
            (
                PushKind.ENTRY,
                entry_key(change.id),
                entry_payload(
                    EntryTold(
                        entry_id=entry.id,
                        change_id=change.id,
                        department=code,
                        seq=change.seq,
                        code=entry.code,
                        severity=entry.severity,
                        points=entry.points,
                        state=change.state,
                        rule_version=entry.rule_version,
                        document=entry.document,
                        occurred_at=entry.occurred_at,
                        changed_at=change.changed_at,
                    )
                ),
            )
            for change, entry, code in rows
        ],
        again=again,
    )


async def _queue_scores(
    tx: Transaction, condition: sa.ColumnElement[bool] | bool, *, again: bool = False
) -> int:
    rows = await tx.session.exec(
        select(CreditPeriod, PeriodScore)
        .join(
            PeriodScore,
            (col(PeriodScore.period) == col(CreditPeriod.key))
            & (col(PeriodScore.revision) == col(CreditPeriod.published_revision)),
        )
        .where(col(CreditPeriod.published_at).is_not(None), condition)
        .order_by(col(CreditPeriod.key), col(PeriodScore.department_code))
    )
    return await _write(
        tx,
        [
            (
                PushKind.GRADE,
                grade_key(period.key, score.revision, score.department_code),
                grade_payload(
                    GradeTold(
                        period=period.key,
                        revision=score.revision,
                        department=score.department_code,
                        score=score.score,
                        grade=score.grade.value if score.grade else None,
                        is_trial=score.is_trial,
                        published_at=period.published_at or tx.now,
                    )
                ),
            )
            for period, score in rows
        ],
        again=again,
    )


async def _write(
    tx: Transaction, found: Sequence[tuple[PushKind, str, Any]], *, again: bool
) -> int:
    count = 0
    for start in range(0, len(found), _ROWS):
        statement = insert(CreditPush).values(
            [
                {
                    "id": uuid7(tx.now),
                    "kind": kind,
                    "source_key": key,
                    "payload": dict(payload),
                    "state": PushState.WAITING,
                    "attempts": 0,
                    "created_at": tx.now,
                    "next_try_at": tx.now,
                }
                for kind, key, payload in found[start : start + _ROWS]
            ]
        )
        done = await tx.session.exec(
            statement.on_conflict_do_update(
                index_elements=["source_key"],
                set_={
                    "state": PushState.WAITING,
                    "attempts": 0,
                    "next_try_at": tx.now,
                    "last_error": None,
                },
            )
            if again
            else statement.on_conflict_do_nothing(index_elements=["source_key"])
        )
        count += done.rowcount
    return count


async def push_once(
    session_maker: SessionMaker, platform: CreditPlatform, now: datetime, batch: int = BATCH
) -> int:
    """Send what is due, in the order of writing; return how many messages were tried.

    No transaction is held open over a call to the outside. A sender that dies in between leaves its
    messages claimed; when the claim runs out the next sends them again under the same ids.
    """
    async with session_maker() as session, session.begin():
        rows = await session.exec(  # type: ignore[call-overload]
            _CLAIM, params={"now": now, "lease": now + LEASE, "batch": batch}
        )
        parcels = sorted(_Parcel(*row) for row in rows)
    fates = [(parcel, *await _send(platform, parcel, now)) for parcel in parcels]
    if fates:
        await _mark(session_maker, fates, now)
    return len(parcels)


async def _send(
    platform: CreditPlatform, parcel: _Parcel, now: datetime
) -> tuple[PushState, str | None, datetime | None]:
    try:
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS * 2):
            await platform.push(PlatformMessage(str(parcel.id), parcel.payload, now))
    except NotAccepted as refused:
        return _failed(parcel, refused.reason, now, is_final=refused.is_final)
    except TimeoutError:
        return _failed(parcel, "no answer in time", now)
    except Exception as error:  # noqa: BLE001  # one message must not stop the others
        return _failed(parcel, type(error).__name__, now)
    return PushState.SENT, None, None


def _failed(
    parcel: _Parcel, reason: str, now: datetime, *, is_final: bool = False
) -> tuple[PushState, str | None, datetime | None]:
    said = redact_text(reason)[:_MOST_OF_ERROR]
    if is_final or parcel.attempts >= MAX_TRIES:
        return PushState.DEAD, said, None
    return PushState.WAITING, said, now + delay_before_retry(parcel.attempts, random.random())  # noqa: S311  # spreads tries


async def _mark(
    session_maker: SessionMaker,
    fates: Sequence[tuple[_Parcel, PushState, str | None, datetime | None]],
    now: datetime,
) -> None:
    async with session_maker() as session, session.begin():
        for parcel, state, error, next_try_at in fates:
            await session.exec(  # type: ignore[call-overload]
                _MARK,
                params={
                    "id": parcel.id,
                    "attempts": parcel.attempts,
                    "state": state.value,
                    "error": error,
                    "next_try_at": next_try_at,
                    "sent_at": now if state is PushState.SENT else None,
                },
            )
        dead = (
            await session.exec(select(sa.func.count()).where(CreditPush.state == PushState.DEAD))
        ).one()
        if dead:
            await raise_alarm(session, AlarmKind.CREDIT_PUSH_DEAD, "platform", {"dead": dead}, now)
        else:
            await clear_alarm(session, AlarmKind.CREDIT_PUSH_DEAD, "platform", now)
    if dead:
        log.warning("messages to the credit platform are dead", count=dead)
