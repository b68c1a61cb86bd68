"""Two observers of the demo city: what they answered, and where they went."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from credit.observers.actions.register import declare_conflict, register_observer
from credit.observers.actions.surveys import (
    answer_survey,
    close_survey,
    draft_survey,
    publish_survey,
)
from credit.observers.actions.visits import answer_finding, plan_visit, record_own_visit
from credit.observers.models import Observer, ObserverFinding
from credit.observers.rules import (
    CheckItem,
    ConflictReason,
    ItemVerdict,
    ObserverCategory,
    Question,
    QuestionKind,
    SurveyKind,
    Value,
    VisitRecord,
)
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.people.models import Department
from hotline.people.principal import Tx
from web.run.demo.directory import Cast

_Act = Callable[..., Awaitable[Any]]
_QUESTIONS = (
    Question(QuestionKind.SCALE, "该单位办理诉求的服务态度如何？"),
    Question(QuestionKind.SCALE, "该单位办理结果是否解决了问题？"),
    Question(QuestionKind.YES_NO, "该单位是否做到一次性告知？"),
    Question(QuestionKind.WORDS, "还有什么建议？"),
)
_OBSERVERS = (
    ("observer", "望山", ObserverCategory.MEDIA),
    ("observer2", "采薇", ObserverCategory.ENTERPRISE),
)
_ANSWERS: tuple[tuple[Value, ...], ...] = (
    (5, 4, True, "窗口再多开一个就好了"),
    (4, 4, True, None),
    (3, 2, False, "回复太笼统"),
    (4, 5, True, None),
    (2, 3, False, "电话总是占线"),
    (5, 5, True, None),
)


async def observe(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> None:
    """Let the observers of the city do what observers do, in the last days."""
    act = _stage(session, cipher, cast, now)
    units = [
        code
        for code in await session.exec(
            select(Department.code)
            .where(col(Department.is_active), col(Department.is_hotline).is_(False))
            .order_by(col(Department.code))
        )
        if f"leader.{code}" in cast.people
    ][:8]
    today = now.astimezone(SHANGHAI).date()
    ids = []
    for username, nickname, category in _OBSERVERS:
        observer: Observer = await act(
            20,
            "supervisor",
            register_observer,
            username=username,
            nickname=nickname,
            category=category,
            valid_until=today + timedelta(days=500),
        )
        ids.append(observer.id)
    await act(
        19, "observer2", declare_conflict, department=units[7], reason=ConflictReason.BUSINESS
    )
    for days_ago, title, kind in (
        (18, "本季度营商环境评议", SurveyKind.QUARTER),
        (4, "年度社会监督评议", SurveyKind.YEAR),
    ):
        is_over = kind is SurveyKind.QUARTER
        opens = (now - timedelta(days=days_ago)).astimezone(SHANGHAI).date()
        survey = await act(
            days_ago,
            "supervisor",
            draft_survey,
            title=title,
            kind=kind,
            year=today.year,
            quarter=(today.month + 2) // 3 if is_over else None,
            opens_on=opens,
            closes_on=opens + timedelta(days=20),
            questions=_QUESTIONS,
            departments=units,
            least_answers=2,
        )
        await act(days_ago - 0.1, "supervisor", publish_survey, survey.id)
        for username, _, _ in _OBSERVERS:
            for place, code in enumerate(units[: 6 if is_over else 3]):
                shift = place + (username == "observer2")
                await act(
                    days_ago - 1,
                    username,
                    answer_survey,
                    survey.id,
                    code,
                    values=_ANSWERS[shift % len(_ANSWERS)],
                )
        if is_over:
            await act(6, "supervisor", close_survey, survey.id)
    await _visits(act, session, units, ids, today)


async def _visits(
    act: _Act,
    session: AsyncSession,
    units: list[str],
    ids: list[uuid.UUID],
    today: date,
) -> None:
    """One visit with a finding that the department has answered, one that is asked for."""
    visit = await act(
        5,
        "observer",
        record_own_visit,
        department=units[0],
        record=VisitRecord(
            visited_on=today - timedelta(days=5),
            place="便民服务大厅二楼",
            items={
                CheckItem.OPEN_IN_HOURS: ItemVerdict.POOR,
                CheckItem.ATTITUDE: ItemVerdict.GOOD,
                CheckItem.RULES_POSTED: ItemVerdict.GOOD,
                CheckItem.COMPLAINT_WAY: ItemVerdict.POOR,
            },
            words="大厅整洁，引导人员热情。",
            finding="午间三号窗口无人值守，大厅没有公示12345和投诉渠道。",
            lat=36.65,
            long=117.02,
        ),
    )
    finding = (
        await session.exec(select(ObserverFinding.id).where(ObserverFinding.visit_id == visit.id))
    ).one()
    await act(
        3,
        f"leader.{units[0]}",
        answer_finding,
        finding,
        text="已调整午间排班，三号窗口全时段有人；大厅入口已公示12345和投诉渠道。",
        photos=["整改后照片1"],
    )
    await act(
        3,
        "supervisor",
        plan_visit,
        ids[1],
        department=units[1],
        due_on=today + timedelta(days=4),
    )


def _stage(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> _Act:
    """Return what lets somebody do something so many days ago, written before the next step."""

    async def act(
        days_ago: float,
        by: str,
        action: Callable[..., Awaitable[Any]],
        *keys: object,
        **words: Any,  # noqa: ANN401  # whatever the action takes
    ) -> Any:  # noqa: ANN401  # whatever it returns
        at = now - timedelta(days=days_ago)
        tx = Tx(session, at, cipher, f"demo:{at.isoformat()}", cast.people[by])
        result = await action(tx, *keys, **words)
        await session.flush()
        session.expunge_all()  # every action reads afresh, as it does in life
        return result

    return act
