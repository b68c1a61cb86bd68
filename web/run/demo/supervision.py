"""What supervision has done in the demo city: letters, orders, the list, talks, bulletins, a clue.

It is told last, on tickets that have lain still long enough, and near enough to the present that no
limit of it has fallen due.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.crypto import FieldCipher
from hotline.people.principal import REQUESTER, SYSTEM, Principal, Tx
from hotline.supervision.actions import (
    acknowledge_order,
    answer_order,
    issue_order,
    verify_order,
)
from hotline.supervision.bulletins.actions import (
    draft_bulletin,
    draft_weekly,
    publish_bulletin,
    review_bulletin,
)
from hotline.supervision.clues.actions import acknowledge_clue, ask_about_clue, transfer_clue
from hotline.supervision.clues.rules import ClueGrounds
from hotline.supervision.interviews.actions import (
    fulfil_promise,
    hold_interview,
    plan_interview,
)
from hotline.supervision.interviews.rules import InterviewPromise, InterviewReason
from hotline.supervision.listings.actions import name_leaders
from hotline.supervision.rules import OrderReason
from hotline.tickets.actions.handling import answer_urge, urge_ticket
from web.run.demo.directory import Cast

_STILL = timedelta(hours=31)
_LYING = sa.text(
    "SELECT t.number, d.code FROM tickets t JOIN departments d ON d.id = t.lead_department_id "
    "WHERE t.status = 'processing' AND t.hold IS NULL AND NOT t.is_secret "
    "AND NOT EXISTS (SELECT 1 FROM supervision_orders o WHERE o.ticket_id = t.id) "
    "AND NOT EXISTS (SELECT 1 FROM ticket_events e WHERE e.ticket_id = t.id AND e.at > :since) "
    "ORDER BY t.number"
)
_LETTER = "该事项近期多次来电催问，请于24小时内书面说明办理进展和预计办结时间。"
_DEMAND = "请单位分管领导牵头核查，限期办结并书面回复。"
_REPLY = "已由分管领导牵头，现场核查完毕，正在组织施工。"
_LISTED = "挂牌督办：由单位主要负责人牵头，每周报告进展，直至问题解决。"


class _Stage:
    """Lets people act at instants of the last days, each step written before the next."""

    def __init__(
        self, session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime
    ) -> None:
        self._session = session
        self._cipher = cipher
        self.cast = cast
        self.now = now

    async def act(
        self,
        hours_ago: float,
        by: str | Principal,
        action: Callable[..., Awaitable[Any]],
        *keys: object,
        **words: Any,  # noqa: ANN401  # whatever the action takes
    ) -> Any:  # noqa: ANN401  # whatever it returns
        """Let somebody do something so many hours ago."""
        actor = self.cast.people[by] if isinstance(by, str) else by
        at = self.now - timedelta(hours=hours_ago)
        tx = Tx(self._session, at, self._cipher, f"demo:{at.isoformat()}", actor)
        result = await action(tx, *keys, **words)
        await self._session.flush()
        self._session.expunge_all()  # every action reads afresh, as it does in life
        return result


async def supervise(session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime) -> None:
    """Tell what supervision has done, as far as there are tickets to tell it of."""
    stage = _Stage(session, cipher, cast, now)
    rows = await session.exec(_LYING, params={"since": now - _STILL})  # type: ignore[call-overload]
    lying = [(str(number), str(code)) for number, code in rows]
    stories = (_letter, _order, _listed, _delisted, _interview_ordered, _urged, _answered)
    for story, (number, code) in zip(stories, lying, strict=False):
        await story(stage, number, code)
    used = lying[: len(stories)]
    await _interviews(stage, used)
    await _bulletins(stage)
    # A ticket of its own: its clue is older than what was done about the others.
    await _clue(stage, [number for number, _ in lying[len(used) : len(used) + 1]])


async def _issue(stage: _Stage, hours_ago: float, number: str, level: int, demand: str) -> None:
    await stage.act(
        hours_ago,
        "supervisor",
        issue_order,
        number,
        level=level,
        reason=OrderReason.BY_HAND,
        demand=demand,
    )


async def _letter(stage: _Stage, number: str, _code: str) -> None:
    await _issue(stage, 3, number, 1, _LETTER)


async def _order(stage: _Stage, number: str, code: str) -> None:
    await _issue(stage, 9, number, 2, _DEMAND)
    await stage.act(8, f"leader.{code}", acknowledge_order, number)


async def _listed(stage: _Stage, number: str, _code: str) -> None:
    await _issue(stage, 30, number, 3, _LISTED)
    await stage.act(
        29,
        "authority",
        name_leaders,
        f"{number}-D1",
        city_leader="分管城建副市长",
        responsible="单位主要负责人",
    )


async def _delisted(stage: _Stage, number: str, code: str) -> None:
    await _issue(stage, 30, number, 3, _LISTED)
    await stage.act(20, f"leader.{code}", answer_order, number, reply=_REPLY)
    await stage.act(
        5,
        "supervisor",
        verify_order,
        number,
        accept=True,
        explanation="现场核实，问题已按承诺推进，同意摘牌，转入正常办理。",
    )


async def _interview_ordered(stage: _Stage, number: str, code: str) -> None:
    await stage.act(
        26,
        "authority",
        issue_order,
        number,
        level=4,
        reason=OrderReason.BY_HAND,
        demand="久拖不决，约谈单位负责人，请提前报送书面说明。",
    )
    await stage.act(12, f"leader.{code}", answer_order, number, reply=_REPLY)


async def _urged(stage: _Stage, number: str, _code: str) -> None:
    await stage.act(6, REQUESTER, urge_ticket, number, note="都好几天了，什么时候能办好？")
    await stage.act(5.5, REQUESTER, urge_ticket, number, note="麻烦快一点。")


async def _answered(stage: _Stage, number: str, code: str) -> None:
    await stage.act(11, "operator", urge_ticket, number, note="诉求人来电催办，请尽快答复。")
    await stage.act(
        10, f"handler.{code}", answer_urge, number, reply="已排入本周计划，三日内完工。"
    )


async def _interviews(stage: _Stage, used: Sequence[tuple[str, str]]) -> None:
    code = used[0][1] if used else "chengguan"
    local = stage.now.astimezone(SHANGHAI).replace(hour=9, minute=30, second=0, microsecond=0)
    held_at = local - timedelta(days=4)
    talk = await stage.act(
        24 * 7,
        "supervisor",
        plan_interview,
        department=code,
        reason=InterviewReason.REPEATED_REWORK,
        explanation="近一个月多件工单反复返工，群众反映强烈。",
        interviewer="热线主管部门分管负责人",
        called="单位分管负责人、承办科室负责人",
        planned_at=held_at,
        place="市热线中心三楼会议室",
        tickets=[number for number, _ in used[:2]],
    )
    await stage.act(
        24 * 3.5,
        "supervisor",
        hold_interview,
        talk.number,
        held_at=held_at,
        attendance="双方应到人员全部到会。",
        minutes="通报了返工情况，单位说明了原因，明确了整改要求和时限。",
        promises=[
            InterviewPromise("建立返工事项台账，每日调度", held_at + timedelta(days=2)),
            InterviewPromise("在办返工事项全部办结", held_at + timedelta(days=12)),
        ],
        follow_up_due_at=held_at + timedelta(days=13),
    )
    await stage.act(
        24 * 2,
        f"leader.{code}",
        fulfil_promise,
        talk.number,
        position=1,
        evidence="台账和近三日调度记录",
    )
    await stage.act(
        20,
        "authority",
        plan_interview,
        department=used[1][1] if len(used) > 1 else code,
        reason=InterviewReason.ORDER_UNANSWERED,
        explanation="督办单多次逾期未回复。",
        interviewer="热线主管部门负责人",
        called="单位主要负责人",
        planned_at=local + timedelta(days=3),
        place="市热线中心三楼会议室",
    )


async def _bulletins(stage: _Stage) -> None:
    ends = (stage.now - timedelta(days=10)).astimezone(SHANGHAI).date()
    begins = ends - timedelta(days=29)
    out = await stage.act(
        24 * 9,
        "supervisor",
        draft_bulletin,
        title="热线办理情况通报",
        begins=begins,
        ends=ends,
        text="本期办理总体平稳，个别单位超期、返工偏多，请对照下表自查整改。",
    )
    await stage.act(24 * 8.5, "authority", review_bulletin, out.id)
    await stage.act(24 * 8, "supervisor", publish_bulletin, out.id)
    await stage.act(
        4,
        "supervisor",
        draft_bulletin,
        title="督办事项专项通报",
        begins=ends + timedelta(days=1),
        ends=(stage.now - timedelta(days=1)).astimezone(SHANGHAI).date(),
        text="挂牌督办和督办单回复情况见下表。",
    )
    await stage.act(0, SYSTEM, draft_weekly)


async def _clue(stage: _Stage, tickets: Sequence[str]) -> None:
    clue = await stage.act(
        28,
        "supervisor",
        transfer_clue,
        grounds=ClueGrounds.FALSIFICATION,
        text="所附办结照片与上一轮照片相同，诉求人称无人到场，涉嫌虚假办结。",
        tickets=tickets,
    )
    await stage.act(25, "discipline", acknowledge_clue, clue.number)
    await stage.act(
        24, "discipline", ask_about_clue, clue.number, question="上一轮照片由何人何时上传？"
    )
