"""Keeping models, switching between them, counting what became of suggestions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from hotline.kernel.clock import SHANGHAI
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.suggestions.errors import ModelUnusable
from hotline.suggestions.learning import Studied
from hotline.suggestions.model import to_bytes
from hotline.suggestions.models import (
    ChoiceOutcome,
    ChoiceSubject,
    ModelSource,
    SuggestionCount,
    SuggestionMark,
    SuggestionModel,
)
from hotline.suggestions.queries import active_model, find_model
from hotline.suggestions.shelf import KEPT, SHELF, fault_of, remove, write
from hotline.suggestions.suggesting import Suggestions, matter_of, suggest, suggest_for
from hotline.tickets.models import Ticket
from hotline.tickets.routing.models import DispatchRecord

_LAG = timedelta(minutes=2)
"""What was done so shortly ago is counted the next time: its transaction may not have ended."""

_AT_ONCE = 500

_RANKS = (ChoiceOutcome.FIRST, ChoiceOutcome.SECOND, ChoiceOutcome.THIRD)

log = structlog.get_logger(__name__)


async def next_version(tx: Tx) -> int:
    """Return the number of the next model; one writer at a time."""
    await _one_writer(tx)
    newest = (await tx.session.exec(select(sa.func.max(SuggestionModel.version)))).one()
    return (newest or 0) + 1


async def _one_writer(tx: Tx) -> None:
    await tx.session.exec(
        sa.text("SELECT pg_advisory_xact_lock(hashtext('suggestion_models'))")  # type: ignore[call-overload]
    )


async def register_model(
    tx: Tx, folder: Path, studied: Studied, source: ModelSource, *, use: bool
) -> SuggestionModel:
    """Write a model's file and its row; older files make room.

    Args:
        tx: the transaction; the model's number was asked for in it.
        folder: of the models.
        studied: the model with its figures.
        source: what it learned from.
        use: whether the desk uses it from now on.

    Raises:
        PermissionDenied: the actor may not manage suggestions.
    """
    tx.actor.require(Permission.MANAGE_SUGGESTIONS)
    model = studied.learned.model
    header = model.header
    content = to_bytes(model)
    row = SuggestionModel(
        version=header.version,
        source=source,
        trained_at=tx.now,
        trained_by=tx.actor.username,
        digest=header.digest,
        file_digest=write(folder, header.version, content),
        size_bytes=len(content),
        sample_count=header.sample_count,
        class_count=len(header.classes),
        metrics=studied.metrics(),
    )
    tx.session.add(row)
    await tx.session.flush()  # a switch and the files to keep are found by statements
    if use:
        await _switch(tx, row)
    await _make_room(tx, folder)
    return row


async def use_model(tx: Tx, folder: Path, version: int) -> SuggestionModel:
    """Let the desk use this model from now on; no restart is needed.

    Raises:
        PermissionDenied: the actor may not manage suggestions.
        UnknownModel: there is none with this number.
        ModelUnusable: its file is gone or broken.
    """
    tx.actor.require(Permission.MANAGE_SUGGESTIONS)
    await _one_writer(tx)
    row = await find_model(tx.session, version)
    fault = fault_of(folder, version, row.file_digest)
    if fault is not None:
        raise ModelUnusable(version=version, fault=fault.value)
    if not row.is_active:
        await _switch(tx, row)
    return row


async def switch_off(tx: Tx) -> None:
    """Let the desk go on without suggestions from words.

    Raises:
        PermissionDenied: the actor may not manage suggestions.
    """
    tx.actor.require(Permission.MANAGE_SUGGESTIONS)
    await _one_writer(tx)
    await _switch(tx, None)


async def _switch(tx: Tx, row: SuggestionModel | None) -> None:
    before = await active_model(tx.session)
    if before is not None:
        before.is_active, before.switched_at = False, tx.now
        before.switched_by = tx.actor.username
        await tx.session.flush()  # one is active at a time
    if row is not None:
        row.is_active, row.is_kept = True, True
        row.switched_at, row.switched_by = tx.now, tx.actor.username
        await tx.session.flush()  # whoever reads next reads this one
    log.info(
        "model of suggestions is switched",
        before=before.version if before else None,
        after=row.version if row else None,
        by=tx.actor.username,
    )


async def _make_room(tx: Tx, folder: Path) -> None:
    rows = (
        await tx.session.exec(
            select(SuggestionModel)
            .where(col(SuggestionModel.is_kept))
            .order_by(col(SuggestionModel.is_active).desc(), col(SuggestionModel.version).desc())
        )
    ).all()
    for row in rows[KEPT:]:
        row.is_kept = False
        remove(folder, row.version)


# -- what became of suggestions --------------------------------------------------------------------


def outcome_of(chosen: str, suggested: Sequence[str]) -> ChoiceOutcome:
    """Return how a choice looks from what was suggested."""
    if not suggested:
        return ChoiceOutcome.NONE_SUGGESTED
    ranked = dict(zip(suggested, _RANKS, strict=False))
    return ranked.get(chosen, ChoiceOutcome.OTHER)


async def count_choices(tx: Tx, folder: Path) -> int:
    """Count what was chosen since the last time beside what the model says; return how much.

    No text and no ticket is kept: only how often a choice was the first, the second, the third
    suggestion or another. It may run twice: it goes on where the last one ended.
    """
    return await _count_categories(tx, folder) + await _count_departments(tx, folder)


async def _mark(tx: Tx, subject: ChoiceSubject) -> SuggestionMark:
    row = (
        await tx.session.exec(
            select(SuggestionMark).where(SuggestionMark.subject == subject).with_for_update()
        )
    ).first()
    if row is None:
        row = SuggestionMark(subject=subject, counted_until=tx.now - _LAG)
        tx.session.add(row)
        await tx.session.flush()  # the counting that comes next finds it
    return row


async def _span(
    tx: Tx, subject: ChoiceSubject, folder: Path
) -> tuple[SuggestionMark, datetime] | None:
    """Return the mark and up to when to count; None, with the mark moved on, without a model."""
    mark, until = await _mark(tx, subject), tx.now - _LAG
    held = await SHELF.active(tx.session, folder)
    if held.model is None:
        mark.counted_until = max(until, mark.counted_until)
        return None
    return mark, until


async def _count_categories(tx: Tx, folder: Path) -> int:
    span = await _span(tx, ChoiceSubject.CATEGORY, folder)
    if span is None:
        return 0
    mark, until = span
    tickets = (
        await tx.session.exec(
            select(Ticket)
            .where(
                col(Ticket.submitted_at) > mark.counted_until,
                col(Ticket.submitted_at) <= until,
                col(Ticket.category_code).is_not(None),
                col(Ticket.source).is_(None),
            )
            .order_by(col(Ticket.submitted_at), col(Ticket.id))
            .limit(_AT_ONCE)
        )
    ).all()
    found: Counter[tuple[Any, ...]] = Counter()
    for ticket in tickets:
        made = await suggest(tx.session, folder, matter_of(ticket, with_category=False), tx.now)
        codes = [one.code for one in made.categories]
        _note(found, ticket.submitted_at, made, made.is_sure, ticket.category_code or "", codes)
    await _add(tx, ChoiceSubject.CATEGORY, found)
    mark.counted_until = tickets[-1].submitted_at if len(tickets) == _AT_ONCE else until
    return len(tickets)


async def _count_departments(tx: Tx, folder: Path) -> int:
    span = await _span(tx, ChoiceSubject.DEPARTMENT, folder)
    if span is None:
        return 0
    mark, until = span
    rows = (
        await tx.session.exec(
            select(DispatchRecord, Ticket, Department.code)
            .join(Ticket, col(Ticket.id) == col(DispatchRecord.ticket_id))
            .join(Department, col(Department.id) == col(DispatchRecord.department_id))
            .where(
                col(DispatchRecord.dispatched_at) > mark.counted_until,
                col(DispatchRecord.dispatched_at) <= until,
            )
            .order_by(col(DispatchRecord.dispatched_at), col(DispatchRecord.ticket_id))
            .limit(_AT_ONCE)
        )
    ).all()
    found: Counter[tuple[Any, ...]] = Counter()
    for record, ticket, unit in rows:
        made = await suggest_for(tx.session, folder, ticket, tx.now)
        codes = [one.department for one in made.departments]
        _note(found, record.dispatched_at, made, made.is_department_sure, unit, codes)
    await _add(tx, ChoiceSubject.DEPARTMENT, found)
    mark.counted_until = rows[-1][0].dispatched_at if len(rows) == _AT_ONCE else until
    return len(rows)


def _note(
    found: Counter[tuple[Any, ...]],
    at: datetime,
    made: Suggestions,
    is_sure: bool,
    chosen: str,
    suggested: Sequence[str],
) -> None:
    if made.version is not None:
        day = at.astimezone(SHANGHAI).date()
        found[day, made.version, is_sure, outcome_of(chosen, suggested)] += 1


async def _add(tx: Tx, subject: ChoiceSubject, found: Mapping[tuple[Any, ...], int]) -> None:
    if not found:
        return
    statement = insert(SuggestionCount).values(
        [
            {
                "day": day,
                "version": version,
                "subject": subject,
                "is_sure": is_sure,
                "outcome": outcome,
                "count": count,
            }
            for (day, version, is_sure, outcome), count in found.items()
        ]
    )
    await tx.session.exec(
        statement.on_conflict_do_update(
            index_elements=["day", "version", "subject", "is_sure", "outcome"],
            set_={"count": SuggestionCount.count + statement.excluded.count},
        )
    )
