"""Models in a house: kept, switched, missing, broken; learning from its tickets; counting choices."""

from pathlib import Path
from typing import Any

import pytest

from hotline.dispatching.actions import publish_catalogue
from hotline.kernel.errors import DomainError
from hotline.people.principal import PermissionDenied
from hotline.suggestions import shelf
from hotline.suggestions.actions import (
    count_choices,
    next_version,
    register_model,
    switch_off,
    use_model,
)
from hotline.suggestions.errors import ModelUnusable, TooFewExamples, UnknownModel
from hotline.suggestions.learning import read_lesson, study_lesson
from hotline.suggestions.models import ChoiceOutcome, ChoiceSubject, ModelSource, SuggestionModel
from hotline.suggestions.queries import count_closed, list_models, live_figures
from hotline.suggestions.shelf import SHELF, ModelFault
from hotline.suggestions.suggesting import Matter, Readiness, suggest
from hotline.tickets.lifecycle import Action, Status
from hotline.tickets.routing.rules import Entry
from tests.support.builders import Build
from tests.support.matters import studied

LAMPS = Matter(title="路灯不亮，路面坑洼不平", content="已经三天了，请尽快处理", area="新城街道")


async def keep(build: Build, folder: Path, *, use: bool = True) -> SuggestionModel:
    async with build.acting("admin") as tx:
        version = await next_version(tx)
        made = studied(version)
        return await register_model(tx, folder, made, ModelSource.FILE, use=use)


async def test_a_switch_needs_no_restart(build: Build, tmp_path: Path) -> None:
    async with build.acting("operator") as tx:
        made = await suggest(tx.session, tmp_path, LAMPS, tx.now)
        assert (made.readiness, made.version, made.is_empty) == (Readiness.OFF, None, True)
    await keep(build, tmp_path)
    async with build.acting("operator") as tx:
        made = await suggest(tx.session, tmp_path, LAMPS, tx.now)
        assert (made.readiness, made.version) == (Readiness.READY, 1)
        assert made.categories[0].code == "urban.roads"
        assert made.is_sure
        assert made.categories[0].words
        assert "school" not in {one.code for one in made.categories}  # not in this city's tree
        short = await suggest(tx.session, tmp_path, Matter(title="路"), tx.now)
        assert (short.readiness, short.is_empty) == (Readiness.TOO_SHORT, True)
    await keep(build, tmp_path)
    async with build.acting("admin") as tx:
        assert (await SHELF.active(tx.session, tmp_path)).version == 2
        await use_model(tx, tmp_path, 1)
        assert (await SHELF.active(tx.session, tmp_path)).version == 1
        await switch_off(tx)
        assert (await SHELF.active(tx.session, tmp_path)).version is None
        rows = await list_models(tx.session)
        assert [(row.version, row.is_active, row.switched_by) for row in rows] == [
            (2, False, "admin"),
            (1, False, "admin"),
        ]


async def test_a_missing_or_broken_file_is_a_fault_and_no_error(
    build: Build, tmp_path: Path
) -> None:
    await keep(build, tmp_path)
    await keep(build, tmp_path)
    path, other = shelf.path_of(tmp_path, 2), shelf.path_of(tmp_path, 1)
    whole = path.read_bytes()
    cases = {
        ModelFault.MISSING: None,
        ModelFault.BROKEN: whole[:1000],
        ModelFault.OTHER_VERSION: other.read_bytes(),
        ModelFault.WRONG_CHECKSUM: whole + b"\0",
    }
    for fault, content in cases.items():
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        async with build.acting("admin") as tx:
            made = await suggest(tx.session, tmp_path, LAMPS, tx.now)
            assert (made.readiness, made.fault) == (Readiness.UNUSABLE, fault)
            with pytest.raises(ModelUnusable):
                await use_model(tx, tmp_path, 2)
    path.write_bytes(whole)
    async with build.acting("admin") as tx:
        assert (await suggest(tx.session, tmp_path, LAMPS, tx.now)).readiness is Readiness.READY


async def test_the_newest_files_stay_and_the_one_in_use(build: Build, tmp_path: Path) -> None:
    await keep(build, tmp_path)
    for _ in range(6):
        await keep(build, tmp_path, use=False)
    kept = [
        version for version in range(1, 8) if shelf.path_of(tmp_path, version).exists()
    ]  # a test may look
    assert kept == [1, 4, 5, 6, 7]
    async with build.acting("admin") as tx:
        with pytest.raises(ModelUnusable):
            await use_model(tx, tmp_path, 2)


async def test_only_administrators_switch(build: Build, tmp_path: Path) -> None:
    async with build.acting("supervisor") as tx:
        with pytest.raises(PermissionDenied):
            await switch_off(tx)
    async with build.acting("admin") as tx:
        with pytest.raises(UnknownModel):
            await use_model(tx, tmp_path, 99)
        lesson = await read_lesson(tx.session, tx.now)
        with pytest.raises(TooFewExamples) as refused:
            study_lesson(lesson, version=1, now=tx.now)
        assert isinstance(refused.value, DomainError)


async def test_closed_tickets_teach_and_speak_for_departments(build: Build, tmp_path: Path) -> None:
    for title, category in [
        *((f"路灯坏了第{nth}次", "urban.roads") for nth in range(4)),
        *((f"物业电梯停运第{nth}天", "housing") for nth in range(4)),
    ]:
        await build.ticket(Status.CLOSED, title=title, category=category)
    await build.ticket(Status.CANCELLED)
    async with build.acting("admin") as tx:
        assert await count_closed(tx.session) == 8
        lesson = await read_lesson(tx.session, tx.now)
        made = study_lesson(lesson, version=1, now=tx.now)
        assert made.learned.model.header.classes == ("housing", "urban.roads")
        assert made.by_category is not None
        assert made.by_category.accuracy == 1
        assert made.metrics()["departments_by_words"]["count"] == 8
        known = Matter(title="x", area="新城街道", category="housing")
        with_known = await suggest(tx.session, tmp_path, known, tx.now)
        (unit,) = with_known.departments
        assert unit.department == "chengguan"
        assert (unit.reasons[0].count, unit.reasons[0].of) == (4, 4)


async def test_choices_are_counted_once_and_without_text(build: Build, tmp_path: Path) -> None:
    await keep(build, tmp_path)
    async with build.acting("admin") as tx:
        await publish_catalogue(
            tx, [Entry(category="urban", department="chengguan")], is_direct=False, note="x"
        )
        assert await count_choices(tx, tmp_path) == 0  # from now on
    build.clock.move(minutes=5)
    lamps: dict[str, Any] = {"title": LAMPS.title, "content": LAMPS.content}
    number = await build.ticket(Status.ACCEPTED, category="urban.roads", **lamps)
    await build.do(Action.DISPATCH, number)
    await build.ticket(category="housing", **lamps)
    build.clock.move(minutes=5)
    async with build.acting("admin") as tx:
        assert await count_choices(tx, tmp_path) == 3
        assert await count_choices(tx, tmp_path) == 0
        categories, departments = await live_figures(tx.session, tx.now.date())
    assert categories.subject is ChoiceSubject.CATEGORY
    assert categories.total == 2
    assert categories.counts[ChoiceOutcome.FIRST] == 1
    assert departments.counts == {ChoiceOutcome.FIRST: 1}
