"""Observers on the register, a survey with questions, a visit: set up through the real actions."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import select

from credit.observers.actions.register import register_observer
from credit.observers.actions.surveys import draft_survey, publish_survey
from credit.observers.actions.visits import record_own_visit
from credit.observers.models import Observer, ObserverFinding, ObserverVisit, Survey
from credit.observers.rules import (
    CheckItem,
    ItemVerdict,
    ObserverCategory,
    Question,
    QuestionKind,
    SurveyKind,
    VisitRecord,
)
from hotline.kernel.clock import SHANGHAI
from hotline.people import actions as people
from hotline.people.permissions import Role
from hotline.people.principal import Principal
from hotline.people.queries import principal_of
from tests.support.builders import ADMIN, Build

QUESTIONS = (
    Question(QuestionKind.SCALE, "服务态度如何"),
    Question(QuestionKind.YES_NO, "是否一次性告知"),
    Question(QuestionKind.WORDS, "有什么建议"),
)


def today(build: Build) -> date:
    """The day of the test's clock, in Shanghai."""
    return build.clock.now().astimezone(SHANGHAI).date()


async def register(
    build: Build, username: str = "observer", nickname: str = "望山", **words: Any
) -> Observer:
    """Put an account on the register."""
    async with build.acting("supervisor") as tx:
        given = {
            "category": ObserverCategory.CITIZEN,
            "valid_until": today(build) + timedelta(days=365),
        }
        return await register_observer(
            tx, username=username, nickname=nickname, **{**given, **words}
        )


async def another(build: Build, username: str, department: str = "hotline") -> Principal:
    """Open one more observer's account, and put it on the register."""
    async with build.acting(ADMIN) as tx:
        user = await people.add_user(
            tx,
            username=username,
            display_name=f"{username}先生",
            roles=[Role.OBSERVER],
            department=department,
        )
    await register(build, username, f"昵称{username}")
    async with build.session_maker() as session:
        found = await principal_of(session, user.id)
    assert found is not None
    return found


async def survey(
    build: Build,
    *,
    questions: Sequence[Question] = QUESTIONS,
    published: bool = True,
    **words: Any,
) -> Survey:
    """Write a survey that takes answers from today for a week."""
    async with build.acting("supervisor") as tx:
        given: dict[str, Any] = {
            "title": "营商环境评议",
            "kind": SurveyKind.YEAR,
            "year": 2026,
            "opens_on": today(build),
            "closes_on": today(build) + timedelta(days=6),
            "least_answers": 1,
        }
        made = await draft_survey(tx, questions=questions, **{**given, **words})
    if published:
        async with build.acting("supervisor") as tx:
            made = await publish_survey(tx, made.id)
    return made


def record(build: Build, **words: Any) -> VisitRecord:
    """What an observer brings back from a visit today."""
    given: dict[str, Any] = {
        "visited_on": today(build),
        "place": "政务大厅三楼",
        "items": {CheckItem.ATTITUDE: ItemVerdict.GOOD, CheckItem.WAITING: ItemVerdict.POOR},
    }
    return VisitRecord(**{**given, **words})


async def found(build: Build, by: str | Principal = "observer") -> tuple[ObserverVisit, uuid.UUID]:
    """Record a visit with a finding, and return both."""
    async with build.acting(by) as tx:
        visit = await record_own_visit(
            tx, department="chengguan", record=record(build, finding="窗口无人值守")
        )
        await tx.session.flush()  # the finding is read back
        finding = await tx.session.exec(
            select(ObserverFinding.id).where(ObserverFinding.visit_id == visit.id)
        )
        return visit, finding.one()
