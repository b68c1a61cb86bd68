"""`hotline suggest ...`: the work behind it, and what the worker does by itself."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from hotline.kernel.clock import SystemClock
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker, make_engine, make_session_maker
from hotline.kernel.settings import Settings, resolve_secret_key
from hotline.people.principal import Tx
from hotline.suggestions.actions import (
    count_choices,
    next_version,
    register_model,
    switch_off,
    use_model,
)
from hotline.suggestions.learning import Lesson, Studied, compare, read_lesson, study, study_lesson
from hotline.suggestions.measuring import is_training_due
from hotline.suggestions.models import ModelSource, SuggestionModel
from hotline.suggestions.queries import active_model, count_closed, list_models
from hotline.suggestions.reading import read_examples
from hotline.suggestions.shelf import Unusable, fault_of, folder_of, load
from hotline.tickets.catalogue import list_categories
from web.run.bootstrap import FOUNDER
from web.run.migrate import upgrade
from web.run.services import services

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a command of suggestions works on."""

    session_maker: SessionMaker
    cipher: FieldCipher
    folder: Path
    now: datetime

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[Tx]:
        """Open a transaction with the rights of an administrator."""
        trace = f"cli:{uuid.uuid4().hex}"
        async with self.session_maker() as session, session.begin():
            yield Tx(session, self.now, self.cipher, trace, FOUNDER)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Workshop]:
    async with services(settings, command="hotline suggest") as urls:
        await upgrade(urls.database_url)
        engine = make_engine(urls.database_url, application_name="hotline.suggest", pool_size=2)
        try:
            yield Workshop(
                make_session_maker(engine),
                FieldCipher(resolve_secret_key(settings)),
                folder_of(settings.home),
                SystemClock().now(),
            )
        finally:
            await engine.dispose()


async def train_model(
    settings: Settings,
    content: bytes | None,
    *,
    dry_run: bool,
    use: bool,
    only_when_due: bool,
) -> dict[str, Any]:
    """Learn a model from closed tickets or a file, and say what became of it.

    Args:
        settings: of this process.
        content: of a CSV file; None learns from the tickets.
        dry_run: keep nothing.
        use: use it even if it is not better.
        only_when_due: do nothing before enough tickets were closed.

    Raises:
        TooFewExamples: there is too little to learn from.
        UnreadableExamples: the file holds no texts with categories.
        ServiceError: the database cannot be had.
    """
    async with _opened(settings) as house:
        return await train_in(house, content, dry_run=dry_run, use=use, only_when_due=only_when_due)


async def train_in(
    house: Workshop, content: bytes | None, *, dry_run: bool, use: bool, only_when_due: bool
) -> dict[str, Any]:
    """Do the same in a house that is open."""
    async with house.acting() as tx:
        if only_when_due and not await is_due(tx):
            return {"version": None, "is_active": False, "metrics": None, "said": "not due"}
        models = await list_models(tx.session, limit=1)
        active = await active_model(tx.session)
        lesson = await read_lesson(tx.session, house.now) if content is None else None
        names = {row.name: row.code for row in await list_categories(tx.session)}
    version = models[0].version + 1 if models else 1
    if lesson is not None:
        studied = study_lesson(lesson, version=version, now=house.now)
    else:
        examples = read_examples(content or b"", names)
        studied = study(examples, version=version, now=house.now)
    takes_over, said = _verdict(house, lesson, studied, active, is_first=not models)
    if use:
        takes_over, said = True, "used, as was asked for"
    log.info("model of suggestions is learned", version=version, takes_over=takes_over, said=said)
    if dry_run:
        return {"version": None, "is_active": False, "metrics": studied.metrics(), "said": said}
    source = ModelSource.FILE if lesson is None else ModelSource.TICKETS
    async with house.acting() as tx:
        if await next_version(tx) != version:
            return {
                "version": None,
                "is_active": False,
                "metrics": studied.metrics(),
                "said": "another training was faster; nothing was kept",
            }
        row = await register_model(tx, house.folder, studied, source, use=takes_over)
        is_active = row.is_active
    return {
        "version": version,
        "is_active": is_active,
        "metrics": studied.metrics(),
        "said": said,
    }


def _verdict(
    house: Workshop,
    lesson: Lesson | None,
    studied: Studied,
    active: SuggestionModel | None,
    *,
    is_first: bool,
) -> tuple[bool, str]:
    """Return whether a new model takes over, and why."""
    if is_first:
        return True, "used: the first one"
    if active is None:
        return False, "kept, not used: suggestions are switched off"
    if lesson is None:
        return False, "kept, not used: what comes from a file is used on request"
    try:
        before = load(house.folder, active.version, active.file_digest)
    except Unusable as error:
        return True, f"used: the file of model {active.version} is {error.fault.value}"
    found = compare(before, lesson.examples, studied.learned)
    said = (
        f"macro-F1 {found.fresh:.3f} against {found.active:.3f} of model {active.version} "
        f"on {found.count} tickets that neither has learned from"
    )
    return found.is_better, f"{'used' if found.is_better else 'kept, not used'}: {said}"


async def is_due(tx: Tx) -> bool:
    """Tell whether enough tickets were closed since the last training."""
    models = await list_models(tx.session, limit=1)
    closed = await count_closed(tx.session)
    since = await count_closed(tx.session, models[0].trained_at) if models else None
    return is_training_due(closed, since)


def evaluate_file(content: bytes) -> dict[str, Any]:
    """Judge on a file what is learned from its other parts.

    Raises:
        TooFewExamples: there is too little to learn from.
        UnreadableExamples: the file holds no texts with categories.
    """
    return study(read_examples(content), version=1, now=SystemClock().now()).metrics()


async def evaluate_tickets(settings: Settings) -> dict[str, Any]:
    """Judge on this hotline's closed tickets what is learned from the others.

    Raises:
        TooFewExamples: there is too little to learn from.
        ServiceError: the database cannot be had.
    """
    async with _opened(settings) as house:
        async with house.acting() as tx:
            lesson = await read_lesson(tx.session, house.now)
        return study_lesson(lesson, version=1, now=house.now).metrics()


async def switch(settings: Settings, version: int | None) -> None:
    """Use a model from now on, or none.

    Raises:
        UnknownModel: there is none with this number.
        ModelUnusable: its file is gone or broken.
        ServiceError: the database cannot be had.
    """
    async with _opened(settings) as house, house.acting() as tx:
        if version is None:
            await switch_off(tx)
        else:
            await use_model(tx, house.folder, version)


async def report_status(settings: Settings) -> dict[str, Any]:
    """Return the models there are and how their files are."""
    async with _opened(settings) as house, house.acting() as tx:
        rows = await list_models(tx.session)
        return {
            "active": next((row.version for row in rows if row.is_active), None),
            "models": [_told(house.folder, row) for row in rows],
        }


def _told(folder: Path, row: SuggestionModel) -> dict[str, Any]:
    fault = fault_of(folder, row.version, row.file_digest) if row.is_kept else None
    return {
        "version": row.version,
        "is_active": row.is_active,
        "trained_at": row.trained_at.isoformat(),
        "trained_by": row.trained_by,
        "source": row.source.value,
        "samples": row.sample_count,
        "classes": row.class_count,
        "macro_f1": row.metrics["categories"]["macro_f1"],
        "accuracy": row.metrics["categories"]["accuracy"],
        "state": fault.value if fault else "whole" if row.is_kept else "removed",
    }


# -- by the worker ---------------------------------------------------------------------------------


async def train_when_due(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> bool:
    """Learn anew when it is due, in a process of its own; tell whether it was.

    A process, because learning takes a hundred megabytes that the worker would never give back, and
    the deadlines that it watches do not wait.
    """
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, "suggestions", FOUNDER)
        if not await is_due(tx):
            return False
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "web.run.cli", "suggest", "train", "--when-due", "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await child.wait()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    log.info(
        "suggestions are learned anew",
        code=child.returncode,
    )
    return child.returncode == 0


async def count_suggestions(
    settings: Settings, session_maker: SessionMaker, cipher: FieldCipher, now: datetime
) -> int:
    """Count what became of suggestions since the last time."""
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, "suggestions", FOUNDER)
        return await count_choices(tx, folder_of(settings.home))
