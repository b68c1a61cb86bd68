"""Questions of categories and the answers on tickets."""

from dataclasses import replace

import pytest

from hotline.people.principal import PermissionDenied
from hotline.tickets.actions.intake import create_ticket
from hotline.tickets.answers import (
    answers_of,
    list_questions,
    questions_by_category,
    questions_for,
    retire_question,
    save_question,
)
from hotline.tickets.errors import AnswersRefused, InvalidQuestion
from hotline.tickets.questions import Choice, Datatype, Question
from tests.support.builders import Build, new_ticket

SINCE = Question(
    "SINCE",
    Datatype.ONE,
    required=True,
    order=2,
    description="持续多久",
    description_en="Since when",
    choices=(Choice("D1", "一天内", "Within a day"), Choice("W1", "一周内", "Within a week")),
)
LAMP = Question(
    "LAMP", Datatype.STRING, required=False, order=1, description="灯杆号", description_en=""
)


async def _asked(build: Build) -> None:
    async with build.acting("admin") as tx:
        await save_question(tx, "urban", SINCE)
        await save_question(tx, "urban.roads", LAMP)


async def test_answers_keep_the_words_in_which_they_were_asked(build: Build) -> None:
    await _asked(build)
    given = {"SINCE": ["W1"], "LAMP": ["A-17"]}
    async with build.acting("operator") as tx:
        created = await create_ticket(tx, new_ticket(category="urban.roads", answers=given))
    async with build.acting("admin") as tx:
        await save_question(tx, "urban", replace(SINCE, description="多久了"))
        await retire_question(tx, "urban.roads", "LAMP")
    async with build.session_maker() as session:
        kept = await answers_of(session, created.id)
        assert [(one.question, one.shown, one.shown_en) for one in kept] == [
            ("持续多久", "一周内", "Within a week"),
            ("灯杆号", "A-17", "A-17"),
        ]
        assert [one.code for one in await questions_for(session, "urban.roads")] == ["SINCE"]
        assert not await list_questions(session, "urban.roads")


async def test_without_a_required_answer_there_is_no_ticket(build: Build) -> None:
    await _asked(build)
    async with build.acting("operator") as tx:
        with pytest.raises(AnswersRefused, match="SINCE: missing"):
            await create_ticket(tx, new_ticket(category="urban.roads", answers={}))


async def test_where_nobody_was_asked_nothing_is_missed(build: Build) -> None:
    await _asked(build)
    async with build.acting("operator") as tx:
        created = await create_ticket(tx, new_ticket(category="urban.roads"))
        assert not await answers_of(tx.session, created.id)


async def test_an_answer_to_no_question_is_refused(build: Build) -> None:
    async with build.acting("operator") as tx:
        with pytest.raises(AnswersRefused, match="X: no_such_question"):
            await create_ticket(tx, new_ticket(category=None, answers={"X": ["1"]}))


async def test_the_same_key_with_other_answers_is_another_body(build: Build) -> None:
    await _asked(build)
    first = new_ticket(category="urban", answers={"SINCE": ["D1"]})
    async with build.acting("operator") as tx:
        one = await create_ticket(tx, first, idempotency_key="k")
        again = await create_ticket(tx, first, idempotency_key="k")
    assert (one.number, again.is_replay) == (again.number, True)


async def test_many_categories_are_read_at_once(build: Build) -> None:
    await _asked(build)
    async with build.session_maker() as session:
        found = await questions_by_category(session, ["urban", "urban.roads", "housing"])
    assert {category: [one.code for one in asked] for category, asked in found.items()} == {
        "urban": ["SINCE"],
        "urban.roads": ["SINCE", "LAMP"],
        "housing": [],
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "a b"},
        {"description": " "},
        {"choices": ()},
        {"datatype": Datatype.NUMBER},
        {"choices": (SINCE.choices[0], SINCE.choices[0])},
        {"is_asked": False},
    ],
)
async def test_a_question_that_cannot_be_asked_is_refused(
    build: Build, changed: dict[str, object]
) -> None:
    async with build.acting("admin") as tx:
        with pytest.raises(InvalidQuestion):
            await save_question(tx, "urban", replace(SINCE, **changed))  # type: ignore[arg-type]


async def test_only_who_keeps_the_directory_changes_questions(build: Build) -> None:
    async with build.acting("operator") as tx:
        with pytest.raises(PermissionDenied):
            await save_question(tx, "urban", SINCE)
        with pytest.raises(PermissionDenied):
            await retire_question(tx, "urban", "SINCE")
