"""Surveys: who answers what and when, every version kept, closed on their day, counted once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from credit.observers.actions.register import declare_conflict, end_observer, lift_conflict
from credit.observers.actions.surveys import (
    answer_survey,
    change_survey,
    close_due,
    close_survey,
    publish_survey,
)
from credit.observers.errors import (
    AlreadyAnswered,
    CardNotValid,
    DepartmentClosed,
    InvalidAnswer,
    InvalidSurvey,
    NotAsked,
    NotOnRegister,
    PersonalDataInWords,
    Recused,
    SurveyMoveRefused,
    SurveyNotFound,
    SurveyOver,
)
from credit.observers.models import SurveyAnswer
from credit.observers.queries import own_answers, survey_results
from credit.observers.rules import (
    ConflictReason,
    Question,
    QuestionKind,
    SurveyKind,
    SurveyState,
)
from credit.observers.scores import observers_score
from hotline.kernel.outbox import OutboxMessage
from hotline.notices.models import Notice
from hotline.people.actions import DepartmentNotFound, save_department
from hotline.people.principal import PermissionDenied
from hotline.supervision.errors import StaleRecord
from tests.support.builders import ADMIN, DEPARTMENTS, Build
from tests.support.observing import QUESTIONS, another, register, survey, today
from web.run.subscribers import observers_tell_survey

GOOD = [5, True, None]


async def test_an_answer_is_given_once_and_every_version_is_kept(build: Build) -> None:
    await register(build)
    asked = await survey(build)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "chengguan", values=[4, True, " 等候区太小 "])
    async with build.acting("observer") as tx:
        with pytest.raises(AlreadyAnswered):
            await answer_survey(tx, asked.id, "chengguan", values=GOOD)
        with pytest.raises(StaleRecord):
            await answer_survey(tx, asked.id, "chengguan", values=GOOD, expected_version=7)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "chengguan", values=GOOD, expected_version=1)
    async with build.acting("observer") as tx:
        kept = (await tx.session.exec(select(SurveyAnswer))).all()
        assert [(one.version, one.values) for one in kept] == [
            (1, [4, True, "等候区太小"]),
            (2, GOOD),
        ]
        mine = await own_answers(tx.session, tx.actor, asked.id)
        assert {one.department.code for one in mine} == set(DEPARTMENTS)
        (answered,) = [one for one in mine if one.answer]
        assert (answered.department.code, answered.answer and answered.answer.version) == (
            "chengguan",
            2,
        )


async def test_answers_cannot_be_changed_in_the_database(build: Build) -> None:
    await register(build)
    asked = await survey(build)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "chengguan", values=GOOD)
    async with build.acting("observer") as tx:
        for statement in (
            "UPDATE observer_answers SET version = 9",
            "DELETE FROM observer_answers",
        ):
            with pytest.raises(sa.exc.DBAPIError):
                async with tx.session.begin_nested():
                    await tx.session.exec(sa.text(statement))  # type: ignore[call-overload]


async def test_who_may_not_answer(build: Build) -> None:
    asked = await survey(build)
    async with build.acting("observer") as tx:
        with pytest.raises(NotOnRegister):
            await answer_survey(tx, asked.id, "chengguan", values=GOOD)
    async with build.acting("supervisor") as tx:
        with pytest.raises(PermissionDenied):
            await answer_survey(tx, asked.id, "chengguan", values=GOOD)
    observer = await register(build)
    async with build.acting("supervisor") as tx:
        await end_observer(tx, observer.id, reason="聘期届满")
    async with build.acting("observer") as tx:
        with pytest.raises(CardNotValid):
            await answer_survey(tx, asked.id, "chengguan", values=GOOD)


async def test_a_card_that_has_run_out_answers_nothing(build: Build) -> None:
    await register(build, valid_until=today(build))
    asked = await survey(build)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "chengguan", values=GOOD)
    build.clock.move(days=1)
    async with build.acting("observer") as tx:
        with pytest.raises(CardNotValid):
            await answer_survey(tx, asked.id, "zhujian", values=GOOD)


async def test_nobody_answers_about_his_own_department(build: Build) -> None:
    inside = await another(build, "inside", "zhujian")
    asked = await survey(build)
    async with build.acting(inside) as tx:
        with pytest.raises(Recused):
            await answer_survey(tx, asked.id, "zhujian", values=GOOD)
        await answer_survey(tx, asked.id, "jiaotong", values=GOOD)
        mine = await own_answers(tx.session, inside, asked.id)
        assert [one.department.code for one in mine if one.keeps_out] == ["zhujian"]


async def test_a_declared_conflict_takes_the_answer_out(build: Build) -> None:
    await register(build)
    asked = await survey(build)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "chengguan", values=GOOD)
        await declare_conflict(tx, department="chengguan", reason=ConflictReason.FAMILY)
    async with build.acting("observer") as tx:
        with pytest.raises(Recused):
            await answer_survey(tx, asked.id, "chengguan", values=GOOD, expected_version=1)
    async with build.acting("supervisor") as tx:
        closed = await close_survey(tx, asked.id)
    async with build.acting("supervisor") as tx:
        scores = await observers_score(tx.session, 2026)
        assert scores[build.city.departments["chengguan"]].n == 0
        assert len(await survey_results(tx.session, closed)) == len(DEPARTMENTS)


async def test_a_conflict_declared_after_the_closing_changes_nothing(build: Build) -> None:
    await register(build)
    asked = await survey(build)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "chengguan", values=GOOD)
    build.clock.move(days=8)
    assert await close_due(build.session_maker, build.cipher, build.clock.now()) == 1
    async with build.acting("observer") as tx:
        conflict = await declare_conflict(
            tx, department="chengguan", reason=ConflictReason.BUSINESS
        )
    unit = build.city.departments["chengguan"]
    async with build.acting("supervisor") as tx:
        assert (await observers_score(tx.session, 2026))[unit].score == Decimal("100.00")
        await lift_conflict(tx, conflict.id, reason="已不相关")
        assert (await observers_score(tx.session, 2026))[unit].n == 1


async def test_a_survey_takes_answers_from_its_first_day_through_its_last(build: Build) -> None:
    await register(build)
    first = today(build) + timedelta(days=1)
    asked = await survey(build, opens_on=first, closes_on=first)
    build.clock.set(asked.opens_at - timedelta(microseconds=1))
    async with build.acting("observer") as tx:
        with pytest.raises(SurveyOver):
            await answer_survey(tx, asked.id, "chengguan", values=GOOD)
    build.clock.set(asked.opens_at)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "chengguan", values=GOOD)
    build.clock.set(asked.closes_at - timedelta(microseconds=1))
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "zhujian", values=GOOD)
    assert await close_due(build.session_maker, build.cipher, build.clock.now()) == 0
    build.clock.set(asked.closes_at)
    async with build.acting("observer") as tx:
        # Nobody has written yet that it is closed; its deadline holds all the same.
        with pytest.raises(SurveyOver):
            await answer_survey(tx, asked.id, "jiaotong", values=GOOD)
    build.clock.move(hours=5)
    for closed in (1, 0):
        assert await close_due(build.session_maker, build.cipher, build.clock.now()) == closed
    async with build.session_maker() as session:
        row = await session.get_one(type(asked), asked.id)
        assert (row.state, row.closed_at) == (SurveyState.CLOSED, asked.closes_at)


async def test_answers_must_fit_their_questions(build: Build) -> None:
    await register(build)
    asked = await survey(build, departments=["chengguan"])
    bad: list[tuple[list[object], type[Exception]]] = [
        ([5, True], InvalidAnswer),
        ([0, True, None], InvalidAnswer),
        ([6, True, None], InvalidAnswer),
        ([True, True, None], InvalidAnswer),
        ([None, True, None], InvalidAnswer),
        ([5, 1, None], InvalidAnswer),
        ([5, True, 3], InvalidAnswer),
        ([5, True, "好" * 201], InvalidAnswer),
        ([5, True, "请打13900001234"], PersonalDataInWords),
    ]
    async with build.acting("observer") as tx:
        for values, error in bad:
            with pytest.raises(error):
                await answer_survey(tx, asked.id, "chengguan", values=values)  # type: ignore[arg-type]
        with pytest.raises(NotAsked):
            await answer_survey(tx, asked.id, "zhujian", values=GOOD)
        with pytest.raises(DepartmentNotFound):
            await answer_survey(tx, asked.id, "nowhere", values=GOOD)
        assert (await tx.session.exec(select(SurveyAnswer))).all() == []


async def test_a_department_that_was_closed_gets_no_more_answers(build: Build) -> None:
    await register(build)
    second = await another(build, "second.observer")
    asked = await survey(build)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "huanbao", values=GOOD)
    async with build.acting(ADMIN) as tx:
        await save_department(
            tx, code="huanbao", name="生态环境局", name_en="Environment", is_active=False
        )
    async with build.acting(second) as tx:
        with pytest.raises(DepartmentClosed):
            await answer_survey(tx, asked.id, "huanbao", values=GOOD)
    later = await survey(build, title="下一次")
    async with build.acting("supervisor") as tx:
        await close_survey(tx, asked.id)
    async with build.acting("supervisor") as tx:
        # What was said while it was there still counts; a later survey does not ask about it.
        assert (await observers_score(tx.session, 2026))[build.city.departments["huanbao"]].n == 1
        asked_about = await own_answers(tx.session, second, later.id)
        assert "huanbao" not in {one.department.code for one in asked_about}


async def test_a_draft_is_for_those_who_write_it_and_is_never_changed_afterwards(
    build: Build,
) -> None:
    await register(build)
    draft = await survey(build, published=False, departments=["chengguan"])
    async with build.acting("observer") as tx:
        with pytest.raises(SurveyNotFound):
            await answer_survey(tx, draft.id, "chengguan", values=GOOD)
    day = today(build)
    words: dict[str, Any] = {
        "title": "改过的",
        "kind": SurveyKind.SPECIAL,
        "year": 2026,
        "opens_on": day,
        "closes_on": day,
        "questions": QUESTIONS[:1],
    }
    async with build.acting("supervisor") as tx:
        with pytest.raises(StaleRecord):
            await change_survey(tx, draft.id, **words, expected_version=9)
        await change_survey(tx, draft.id, **words)
    async with build.acting("supervisor") as tx:
        await publish_survey(tx, draft.id)
    async with build.acting("supervisor") as tx:
        with pytest.raises(SurveyMoveRefused):
            await change_survey(tx, draft.id, **words)
        with pytest.raises(SurveyMoveRefused):
            await publish_survey(tx, draft.id)
    async with build.acting("observer") as tx:
        await answer_survey(tx, draft.id, "chengguan", values=[3])


@pytest.mark.parametrize(
    "words",
    [
        {"questions": ()},
        {"questions": (Question(QuestionKind.WORDS, "有什么建议"),)},
        {"departments": ["huanbao"]},
    ],
    ids=["asks nothing", "counts nothing", "asks about nobody"],
)
async def test_an_empty_survey_is_not_published(build: Build, words: dict[str, object]) -> None:
    draft = await survey(build, published=False, **words)  # type: ignore[arg-type]
    async with build.acting(ADMIN) as tx:
        await save_department(
            tx, code="huanbao", name="生态环境局", name_en="Environment", is_active=False
        )
    async with build.acting("supervisor") as tx:
        with pytest.raises(InvalidSurvey):
            await publish_survey(tx, draft.id)


async def test_a_survey_that_would_be_over_is_not_published(build: Build) -> None:
    draft = await survey(build, published=False)
    build.clock.set(draft.closes_at)
    async with build.acting("supervisor") as tx:
        with pytest.raises(InvalidSurvey):
            await publish_survey(tx, draft.id)


async def test_the_score_of_a_year_has_one_voice_for_each_observer(build: Build) -> None:
    await register(build)
    second = await another(build, "second.observer")
    first = await survey(build, kind=SurveyKind.QUARTER, quarter=1, questions=QUESTIONS[:1])
    whole = await survey(build, questions=QUESTIONS[:1], least_answers=2)
    special = await survey(build, kind=SurveyKind.SPECIAL, questions=QUESTIONS[:1])
    last_year = await survey(build, year=2025, questions=QUESTIONS[:1])
    for asked, values in ((first, [5]), (whole, [3]), (special, [1]), (last_year, [1])):
        async with build.acting("observer") as tx:
            await answer_survey(tx, asked.id, "chengguan", values=values)
    async with build.acting(second) as tx:
        await answer_survey(tx, first.id, "chengguan", values=[2])
        await answer_survey(tx, first.id, "zhujian", values=[5])
    for asked in (first, whole, special, last_year):
        async with build.acting("supervisor") as tx:
            await close_survey(tx, asked.id)
    async with build.acting("supervisor") as tx:
        scores = await observers_score(tx.session, 2026)
        of = {code: scores[unit] for code, unit in build.city.departments.items() if unit in scores}
        # (1 + 0.5) / 2 = 0.75 of one, 0.25 of the other.
        assert (of["chengguan"].score, of["chengguan"].n) == (Decimal("50.00"), 2)
        assert (of["zhujian"].score, of["zhujian"].n) == (None, 1)
        assert (of["jiaotong"].score, of["jiaotong"].n) == (None, 0)
        assert await observers_score(tx.session, 2024) == {}


async def test_results_are_read_when_the_survey_is_closed(build: Build) -> None:
    await register(build)
    asked = await survey(build)
    async with build.acting("observer") as tx:
        await answer_survey(tx, asked.id, "zhujian", values=[4, False, "多开一个窗口"])
    async with build.acting("supervisor") as tx:
        assert await survey_results(tx.session, asked) == ()
        closed = await close_survey(tx, asked.id)
    async with build.acting("supervisor") as tx:
        first, *others = await survey_results(tx.session, closed)
        assert (first.department.code, first.score.score) == ("zhujian", Decimal("37.50"))
        scale, yes_no, words = first.questions
        assert (scale.mean, scale.n) == (Decimal("4.00"), 1)
        assert yes_no.mean == Decimal("0.00")
        assert words.words == ["多开一个窗口"]
        assert all(one.score.score is None for one in others)


async def test_observers_are_told_of_a_survey_once(build: Build) -> None:
    observer = await register(build)
    await survey(build)
    async with build.session_maker() as session:
        (fact,) = (
            await session.exec(
                select(OutboxMessage).where(OutboxMessage.topic == "observer_survey_published")
            )
        ).all()
    ctx = {"session_maker": build.session_maker, "clock": build.clock, "cipher": build.cipher}
    for _ in range(2):
        await observers_tell_survey(ctx, str(fact.id))
    async with build.session_maker() as session:
        notices = (await session.exec(select(Notice))).all()
    assert [(one.user_id, one.kind) for one in notices] == [(observer.user_id, "observer_survey")]
