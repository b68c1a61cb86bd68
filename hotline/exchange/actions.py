"""Asking for an export, and what becomes of it; the rows themselves are read by the list's own query."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.exchange.errors import (
    ExportNeedsReason,
    ExportNotFound,
    ExportNotReady,
    ExportQuotaSpent,
    NoPersonalData,
)
from hotline.exchange.events import ExportRequested
from hotline.exchange.models import Export
from hotline.exchange.rules import (
    KEPT,
    QUOTA_OF,
    UNDER_WAY,
    ExportFault,
    ExportFormat,
    ExportState,
    Spent,
    is_reason,
    is_within_quota,
)
from hotline.kernel.ids import uuid7
from hotline.kernel.masking import mask_text
from hotline.kernel.outbox import emit
from hotline.kernel.paging import Page, decode_place, page_of
from hotline.people.models import User
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What somebody wants to have.

    Attributes:
        list_code: which list.
        asked: its filter, as its page takes it.
        format: how it is written.
        language: of headings and words.
        has_personal: requesters in full.
        reason: what the personal data are needed for.
    """

    list_code: str
    asked: Mapping[str, str]
    format: ExportFormat
    language: str
    has_personal: bool = False
    reason: str | None = None


async def request_export(tx: Tx, order: ExportOrder, *, can_be_personal: bool) -> Export:
    """Write an export down before a single row of it is read.

    Args:
        tx: the transaction.
        order: what is wanted.
        can_be_personal: whether the list has personal data at all.

    Raises:
        PermissionDenied: the actor may not export, or not personal data.
        NoPersonalData: the list has none.
        ExportNeedsReason: personal data without a reason.
        ExportQuotaSpent: enough for a day.
    """
    tx.actor.require(Permission.EXPORT_LISTS)
    if order.has_personal:
        tx.actor.require(Permission.EXPORT_PERSONAL_DATA)
        _check_personal(order, can_be_personal=can_be_personal)
    await _keep_within_quota(tx, has_personal=order.has_personal)
    export = Export(
        id=uuid7(tx.now),
        requested_by=tx.actor.user_id,
        requested_at=tx.now,
        list_code=order.list_code,
        asked=dict(order.asked),
        format=order.format,
        language=order.language,
        has_personal=order.has_personal,
        reason=order.reason.strip() if order.has_personal and order.reason else None,
        state=ExportState.RUNNING,
    )
    tx.session.add(export)
    await tx.session.flush()  # the quota of a second request counts it
    return export


def _check_personal(order: ExportOrder, *, can_be_personal: bool) -> None:
    if not can_be_personal:
        raise NoPersonalData
    if not is_reason(order.reason):
        raise ExportNeedsReason


async def _keep_within_quota(tx: Tx, *, has_personal: bool) -> None:
    """Count what the actor had lately; two requests at once take turns at his account's row."""
    if tx.actor.user_id is None:
        return
    await tx.session.exec(select(User.id).where(User.id == tx.actor.user_id).with_for_update())
    exports, personal = (
        await tx.session.exec(
            select(sa.func.count(), sa.func.count().filter(col(Export.has_personal))).where(
                Export.requested_by == tx.actor.user_id, Export.requested_at > tx.now - QUOTA_OF
            )
        )
    ).one()
    if not is_within_quota(Spent(exports, personal), has_personal=has_personal):
        raise ExportQuotaSpent(exports=exports, personal=personal)


async def leave_to_worker(tx: Tx, export: Export) -> None:
    """Let a worker write it: it takes longer than anybody waits for an answer."""
    export.state, export.row_count = ExportState.WAITING, 0
    await emit(tx, ExportRequested(export_id=str(export.id)))


def masked_filter(asked: Mapping[str, str]) -> dict[str, str]:
    """Return a filter as it is kept: somebody may have searched for a telephone number."""
    return {name: mask_text(text) for name, text in asked.items()}


def hand_over(export: Export, now: datetime, *, rows: int, size: int, digest: bytes) -> None:
    """Note that the file goes with the answer and is kept nowhere."""
    export.state, export.finished_at = ExportState.HANDED_OVER, now
    export.asked = masked_filter(export.asked)
    export.row_count, export.byte_count, export.digest = rows, size, digest


async def note_progress(session: AsyncSession, export_id: uuid.UUID, rows: int) -> bool:
    """Note how far the writing is; False when nobody waits for it any more."""
    done = await session.exec(
        update(Export)
        .where(col(Export.id) == export_id, col(Export.state).in_(UNDER_WAY))
        .values(state=ExportState.RUNNING, row_count=rows)
    )
    return done.rowcount == 1


async def offer_file(
    session: AsyncSession,
    export: Export,
    now: datetime,
    *,
    rows: int,
    size: int,
    digest: bytes,
) -> bool:
    """Offer the file that lies ready; False when another has done so before."""
    done = await session.exec(
        update(Export)
        .where(col(Export.id) == export.id, col(Export.state).in_(UNDER_WAY))
        .values(
            state=ExportState.READY,
            asked=masked_filter(export.asked),
            row_count=rows,
            byte_count=size,
            digest=digest,
            finished_at=now,
            expires_at=now + KEPT,
        )
    )
    return done.rowcount == 1


async def give_up_export(
    session: AsyncSession, export: Export, now: datetime, fault: ExportFault
) -> None:
    """Note that it came to nothing."""
    await session.exec(
        update(Export)
        .where(col(Export.id) == export.id, col(Export.state).in_(UNDER_WAY))
        .values(
            state=ExportState.FAILED,
            asked=masked_filter(export.asked),
            fault=fault,
            finished_at=now,
        )
    )


async def expire_exports(session: AsyncSession, now: datetime) -> Sequence[uuid.UUID]:
    """Withdraw the files that were offered for long enough, and return whose they are."""
    done = await session.exec(
        update(Export)
        .where(col(Export.state) == ExportState.READY, col(Export.expires_at) <= now)
        .values(state=ExportState.EXPIRED)
        .returning(col(Export.id))
    )
    return [row.id for row in done]


async def fetch_export(tx: Tx, export_id: uuid.UUID) -> Export:
    """Return an export whose file may be fetched now, by whoever asked for it.

    Raises:
        ExportNotFound: there is none of his.
        ExportNotReady: its file is not there.
    """
    export = await tx.session.get(Export, export_id, with_for_update=True)
    if export is None or tx.actor.user_id is None or export.requested_by != tx.actor.user_id:
        raise ExportNotFound
    is_over = export.expires_at is not None and export.expires_at <= tx.now
    if export.state is not ExportState.READY or is_over:
        raise ExportNotReady(state=export.state.value)
    export.fetched_at = tx.now
    return export


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export and who asked for it; nobody for the command line."""

    export: Export
    username: str | None
    display_name: str | None


def _seen_by(reader: Principal) -> sa.ColumnElement[bool]:
    if Permission.READ_REVEALS in reader.permissions:
        return sa.true()
    return col(Export.requested_by) == reader.user_id


_ROWS = select(Export, User.username, User.display_name).join(
    User, col(User.id) == col(Export.requested_by), isouter=True
)


async def list_exports(
    session: AsyncSession,
    reader: Principal,
    *,
    personal_only: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ExportRow]:
    """Return what has left the house, the newest first: all of it to whoever watches over that.

    Raises:
        InvalidCursor: the cursor is not of such a list.
    """
    wanted = _ROWS.where(_seen_by(reader))
    if personal_only:
        wanted = wanted.where(col(Export.has_personal))
    if cursor:
        at, key = decode_place(cursor)
        wanted = wanted.where(
            sa.tuple_(col(Export.requested_at), col(Export.id))
            < sa.tuple_(sa.literal(at), sa.literal(key))
        )
    rows = await session.exec(
        wanted.order_by(col(Export.requested_at).desc(), col(Export.id).desc()).limit(limit + 1)
    )
    return page_of(
        [ExportRow(*row) for row in rows],
        limit,
        lambda row: (row.export.requested_at, row.export.id),
    )


async def find_export(session: AsyncSession, reader: Principal, export_id: uuid.UUID) -> ExportRow:
    """Return one export.

    Raises:
        ExportNotFound: there is none that he may see.
    """
    row = (await session.exec(_ROWS.where(_seen_by(reader), Export.id == export_id))).first()
    if row is None:
        raise ExportNotFound
    return ExportRow(*row)
