"""Reports: drafted from a frozen period, written, signed by a second person, published, withdrawn."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping

import sqlalchemy as sa
from sqlmodel import col, select

from credit.period_errors import PeriodNotFrozen
from credit.period_models import CreditPeriod
from credit.periods import Period
from credit.reports.codec import content_digest, content_to_json
from credit.reports.composing import compose, season_of
from credit.reports.content import DEFAULT_THRESHOLDS
from credit.reports.errors import (
    PeriodNotPublished,
    ReportNotFound,
    StaleReport,
)
from credit.reports.events import ReportDrafted, ReportPublished, ReportWithdrawn
from credit.reports.models import FileForm, Report, ReportFile, ReportText
from credit.reports.queries import (
    ReportDetail,
    count_rates,
    living_report,
    named,
    read_frozen,
    read_names,
    read_report,
)
from credit.reports.rules import (
    SERIES,
    ReportState,
    due_on,
    require_following,
    require_publisher,
    require_signer,
)
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Tx
from hotline.supervision.figures.queries import read_loop
from hotline.supervision.figures.values import Spans
from hotline.supervision.numbering import next_number

Render = Callable[[ReportDetail], Awaitable[Mapping[FileForm, bytes]]]
"""Lays out a report as files; the edge knows how."""


async def draft_report(tx: Tx, key: str, *, due_day: int = 15, with_lists: bool = False) -> Report:
    """Draft the report of a frozen period, or return the one that lives.

    A draft of an earlier revision that nobody signed gives way to one of the newest; its words stay.

    Args:
        tx: the transaction.
        key: of the period.
        due_day: on which day of the month after it the report is to be out.
        with_lists: whether red and black lists are made.

    Raises:
        PermissionDenied: the actor is neither the system nor somebody who writes reports.
        InvalidPeriod: the key names no period.
        PeriodNotFrozen: there are no frozen scores of it.
    """
    _require_writer(tx)
    found = await _lock_period(tx, key)
    living = await living_report(tx.session, key)
    if living is not None:
        if living.revision == found.revision or living.state is not ReportState.DRAFT:
            return living
        await _withdraw(tx, living, "")
    return await _draft(tx, found, living, due_day=due_day, with_lists=with_lists)


async def write_report(
    tx: Tx, name: str, *, preface: str, comment: str, expected_version: int | None = None
) -> Report:
    """Give a draft its words; the versions before are kept.

    Raises:
        ReportNotFound: there is no such report.
        ReportMoveRefused: it is signed, or withdrawn.
        StaleReport: somebody else was faster.
    """
    report = await _lock(tx, name, ReportState.DRAFT, expected_version)
    newest = await _text_version(tx, report)
    tx.session.add(
        ReportText(
            report_id=report.id,
            version=newest + 1,
            preface=preface,
            comment=comment,
            written_by=tx.actor.user_id,
            written_at=tx.now,
        )
    )
    return report


async def sign_report(
    tx: Tx, name: str, *, render: Render, expected_version: int | None = None
) -> Report:
    """Sign a draft: it takes its number, and from here on nothing of it changes.

    Raises:
        SecondPersonForReport: the actor wrote some of its words.
        ReportMoveRefused: it is no draft.
    """
    report = await _lock(tx, name, ReportState.SIGNED, expected_version)
    require_signer(await _writers(tx, report), tx.actor.user_id)
    report.number = await next_number(tx, SERIES[report.kind])
    report.state = ReportState.SIGNED
    report.signed_by, report.signed_at = tx.actor.user_id, tx.now
    await tx.session.flush()  # what is laid out is what is written
    files = await render(await read_report(tx.session, tx.actor, report.number))
    tx.session.add_all(
        ReportFile(report_id=report.id, form=form, body=body, digest=hashlib.sha256(body).digest())
        for form, body in files.items()
    )
    return report


async def publish_report(tx: Tx, name: str, *, expected_version: int | None = None) -> Report:
    """Publish a signed report; the leaders of all departments are told.

    Raises:
        ReportMoveRefused: it is not signed.
        SecondPersonForReport: nobody wrote a word and the actor alone signed it.
        PeriodNotPublished: the scores it tells of are not published.
    """
    report = await _lock(tx, name, ReportState.PUBLISHED, expected_version)
    require_publisher(await _writers(tx, report), report.signed_by, tx.actor.user_id)
    period = await tx.session.get_one(CreditPeriod, report.period)
    if period.published_revision != report.revision:
        raise PeriodNotPublished(period=report.period, revision=report.revision)
    report.state = ReportState.PUBLISHED
    report.published_by, report.published_at = tx.actor.user_id, tx.now
    await emit(tx, ReportPublished(report_id=str(report.id)))
    return report


async def withdraw_report(
    tx: Tx, name: str, *, reason: str, expected_version: int | None = None
) -> Report:
    """Take a report back; it stays where it is, with the reason over it."""
    report = await _lock(tx, name, ReportState.WITHDRAWN, expected_version)
    await _withdraw(tx, report, reason)
    return report


async def reissue_report(
    tx: Tx,
    name: str,
    *,
    reason: str,
    with_lists: bool = False,
    due_day: int = 15,
    expected_version: int | None = None,
) -> Report:
    """Withdraw a report and draft it anew from the newest revision of its period; its words stay.

    Returns:
        The new draft.
    """
    known = await _find(tx, name)
    period = await _lock_period(tx, known.period)
    report = await _lock(tx, name, ReportState.WITHDRAWN, expected_version)
    await _withdraw(tx, report, reason)
    return await _draft(tx, period, report, due_day=due_day, with_lists=with_lists)


async def _draft(
    tx: Tx, found: CreditPeriod, earlier: Report | None, *, due_day: int, with_lists: bool
) -> Report:
    frozen = await read_frozen(tx.session, found)
    period = frozen.period
    season = season_of(period)
    loop = await read_loop(
        tx.session,
        Spans(
            (period.since, period.until),
            (period.before.since, period.before.until),
            (season.since, season.until),
        ),
        tx.now,
    )
    content = content_to_json(
        compose(
            frozen,
            loop,
            await count_rates(tx.session, frozen),
            await read_names(tx.session),
            counted_at=tx.now,
            with_lists=with_lists,
            thresholds=DEFAULT_THRESHOLDS,
        )
    )
    report = Report(
        id=uuid7(tx.now),
        period=found.key,
        kind=found.kind,
        revision=found.revision,
        state=ReportState.DRAFT,
        content=content,
        digest=content_digest(content),
        due_on=due_on(period, due_day),
        replaces_id=earlier.id if earlier else None,
        drafted_by=tx.actor.user_id,
        drafted_at=tx.now,
    )
    tx.session.add(report)
    await tx.session.flush()  # words refer to it
    if earlier is not None:
        await _keep_words(tx, earlier, report)
    await emit(tx, ReportDrafted(report_id=str(report.id)))
    return report


async def _keep_words(tx: Tx, earlier: Report, report: Report) -> None:
    """Let the words of an earlier report stand on the new one, with whoever wrote them."""
    last = (
        await tx.session.exec(
            select(ReportText)
            .where(ReportText.report_id == earlier.id)
            .order_by(col(ReportText.version).desc())
            .limit(1)
        )
    ).first()
    if last is not None:
        tx.session.add(
            ReportText(
                report_id=report.id,
                version=1,
                preface=last.preface,
                comment=last.comment,
                written_by=last.written_by,
                written_at=last.written_at,
            )
        )


async def _withdraw(tx: Tx, report: Report, reason: str) -> None:
    was_out = report.published_at is not None
    report.state = ReportState.WITHDRAWN
    report.withdraw_reason = reason
    report.withdrawn_by, report.withdrawn_at = tx.actor.user_id, tx.now
    await tx.session.flush()  # of a period one report lives at a time
    if was_out:
        await emit(tx, ReportWithdrawn(report_id=str(report.id)))


def _require_writer(tx: Tx) -> None:
    if Role.SYSTEM not in tx.actor.roles:
        tx.actor.require(Permission.PUBLISH_BULLETIN)


async def _lock_period(tx: Tx, key: str) -> CreditPeriod:
    """Return a frozen period, locked: whoever freezes it anew waits.

    Raises:
        PeriodNotFrozen: it is not.
    """
    Period.parse(key)
    found = (
        await tx.session.exec(
            select(CreditPeriod)
            .where(CreditPeriod.key == key)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if found is None:
        raise PeriodNotFrozen(period=key)
    return found


async def _find(tx: Tx, name: str) -> Report:
    _require_writer(tx)
    report = (await tx.session.exec(select(Report).where(named(name)))).first()
    if report is None:
        raise ReportNotFound
    return report


async def _lock(tx: Tx, name: str, following: ReportState, expected_version: int | None) -> Report:
    """Return a report to take further, locked, its version counted on."""
    _require_writer(tx)
    report = (
        await tx.session.exec(
            select(Report)
            .where(named(name))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).first()
    if report is None:
        raise ReportNotFound
    if expected_version is not None and expected_version != report.version:
        raise StaleReport
    require_following(report.state, following)
    report.version += 1
    return report


async def _text_version(tx: Tx, report: Report) -> int:
    statement = select(sa.func.max(col(ReportText.version))).where(
        ReportText.report_id == report.id
    )
    return (await tx.session.exec(statement)).one() or 0


async def _writers(tx: Tx, report: Report) -> set[uuid.UUID]:
    """Return everybody who wrote some version of the words."""
    rows = await tx.session.exec(
        select(ReportText.written_by).where(ReportText.report_id == report.id)
    )
    return {user_id for user_id in rows.all() if user_id is not None}
