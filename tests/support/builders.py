"""A small city, and tickets brought to any state by the very actions that people take."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from credit.books import install_rules
from hotline.followup.actions import close_unreached, record_own_visit, record_visit
from hotline.followup.rules import VisitAnswer
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.db import SessionMaker
from hotline.meetings import whistles
from hotline.meetings.gathering import TaskGiven
from hotline.people import actions as people
from hotline.people.access import by_token
from hotline.people.models import Department
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM, Principal, Tx
from hotline.people.queries import find_user
from hotline.procedures import (
    consultations,
    extensions,
    final_replies,
    ratings,
    rectification,
    refusals,
    repeats,
    returns,
    supplements,
    suspensions,
)
from hotline.procedures.rules import (
    ExtensionReason,
    FinalReplyReason,
    Milestone,
    PauseReason,
    ReturnReason,
)
from hotline.sla.actions import install_presets
from hotline.sla.calendars import install_official_calendar
from hotline.supervision import actions as supervision
from hotline.supervision.rules import OrderReason
from hotline.tickets.actions import (
    acceptance,
    closing,
    cohandling,
    dispatch,
    feedback,
    following,
    handling,
    merging,
    naming,
    policies,
    standing_in,
)
from hotline.tickets.actions.categories import save_category
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.actions.intake import Created, NewTicket, create_ticket
from hotline.tickets.assignments import AssignmentRole
from hotline.tickets.lifecycle import Action, Hold, State, Status
from hotline.tickets.meetings import DutyOpinion, ResponseScore, WorkStage
from hotline.tickets.models import Assignment, Channel, RequestType, Ticket, Urgency
from hotline.tickets.onsite import actions as onsite
from hotline.tickets.onsite.actions import Entry
from hotline.tickets.onsite.rules import Moment
from hotline.tickets.ratings import UnfoundedReason
from tests.support.clock import FrozenClock
from web.resources import fetching
from web.run.demo.asking import ask_everybody

DEPARTMENTS = {
    "chengguan": ("城市管理局", "Urban Management"),
    "zhujian": ("住房建设局", "Housing"),
    "jiaotong": ("交通运输局", "Transport"),
    "huanbao": ("生态环境局", "Environment"),
}
HOTLINE_ACCOUNTS = {
    **{
        role.value: role
        for role in (
            Role.OPERATOR,
            Role.DISPATCHER,
            Role.AUDITOR,
            Role.VISITOR,
            Role.SUPERVISOR,
            Role.AUTHORITY,
            Role.ADMIN,
            Role.OBSERVER,
            Role.DISCIPLINE,
        )
    },
    "operator.second": Role.OPERATOR,
    "dispatcher.second": Role.DISPATCHER,
    "auditor.second": Role.AUDITOR,
    "supervisor.second": Role.SUPERVISOR,
    "authority.second": Role.AUTHORITY,
}
ADMIN = Principal(frozenset({Role.ADMIN}), username="founder")

NAME, PHONE = "欧阳测试", "13900001234"
"""A requester who does not exist."""


@dataclass(frozen=True, slots=True)
class City:
    """Who is there.

    Attributes:
        people: every account, by user name, as a request would know it.
        tokens: a bearer token for each.
        departments: their ids, by code.
    """

    people: Mapping[str, Principal]
    tokens: Mapping[str, str]
    departments: Mapping[str, int]


async def found_city(session_maker: SessionMaker, cipher: FieldCipher, now: datetime) -> City:
    """Write the directory, the categories and the policies, and return who is there."""
    accounts = {name: ("hotline", role) for name, role in HOTLINE_ACCOUNTS.items()}
    for code in DEPARTMENTS:
        accounts |= {
            f"handler.{code}": (code, Role.HANDLER),
            f"leader.{code}": (code, Role.LEADER),
        }
    accounts["second.chengguan"] = ("chengguan", Role.HANDLER)
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, "city", ADMIN)
        await install_official_calendar(tx)
        await install_presets(tx)
        await install_rules(tx)
        await people.save_department(
            tx, code="hotline", name="热线中心", name_en="Hotline", is_hotline=True
        )
        for code, (name, english) in DEPARTMENTS.items():
            await people.save_department(tx, code=code, name=name, name_en=english)
        await save_category(tx, code="urban", name="城市管理", name_en="Urban", steps=["看", "办"])
        await save_category(tx, code="urban.roads", name="道路", name_en="Roads")
        await save_category(tx, code="housing", name="住房", name_en="Housing")
        for name, (unit, role) in accounts.items():
            await people.add_user(
                tx, username=name, display_name=f"{name}先生", roles=[role], department=unit
            )
    async with session_maker() as session, session.begin():
        tx = Tx(session, now, cipher, "city", ADMIN)
        tokens = {
            name: await people.issue_token(tx, username=name, label="tests") for name in accounts
        }
        units = (await session.exec(select(Department.code, Department.id))).all()
    fetch = fetching(session_maker)
    found = {name: await by_token(fetch, token) for name, token in tokens.items()}
    return City(
        {name: person for name, person in found.items() if person is not None},
        tokens,
        dict(units),
    )


def new_ticket(**overrides: Any) -> NewTicket:
    """A matter that anybody might bring."""
    return NewTicket(
        **{
            "channel": Channel.PHONE,
            "request_type": RequestType.HELP,
            "title": "路灯不亮",
            "content": "建设路的路灯三天不亮",
            "category": "urban",
            "address": "建设路12号3栋2单元",
            "area": "新城街道",
            "requester_name": NAME,
            "requester_phone": PHONE,
        }
        | overrides
    )


@dataclass(frozen=True, slots=True)
class Doing:
    """How an action is usually done: by whom, and with what."""

    by: str
    run: Callable[..., Awaitable[Ticket]]
    words: Mapping[str, Any] = field(default_factory=dict)


async def _visit(
    tx: Tx, number: str, *, expected_version: int | None = None, **said: Any
) -> Ticket:
    kept = {
        name: said.pop(name)
        for name in ("note", "is_anonymous", "requester_id", "source")
        if name in said
    }
    return await record_visit(
        tx, number, VisitAnswer(**said), **kept, expected_version=expected_version
    )


async def checking_in(
    tx: Tx, number: str, *, expected_version: int | None = None, **said: Any
) -> Ticket:
    """Check in on the spot under a name of its own, unless one is given."""
    entry = Entry(said.pop("id", None) or uuid.uuid4(), **said)
    return await onsite.check_in(tx, number, entry, expected_version=expected_version)


_LEAD = "handler.chengguan"
_A = Action
SYSTEM_DOES = "system"
"""What escalation does by itself; no account does it."""


async def _to_duty_head(tx: Tx, number: str, **words: Any) -> Ticket:
    head = await find_user(tx.session, "supervisor")
    if head is None:
        raise AssertionError("every city has a supervisor")
    return await standing_in.hand_to_duty_head(tx, number, user_id=head.id, **words)


async def _silence(tx: Tx, number: str, **words: Any) -> Ticket:
    co = (
        await tx.session.exec(
            select(Assignment.department_id)
            .join(Ticket, col(Ticket.id) == col(Assignment.ticket_id))
            .where(Ticket.number == number, Assignment.role == AssignmentRole.CO)
        )
    ).first()
    return await standing_in.take_silence_as_consent(
        tx, number, **{"department_id": co or 0, **words}
    )


_YES = {"approve": True, "explanation": "同意"}
_WHY = {"reason": "事出有因"}
_TOLD: Mapping[str, Any] = {"told_how": ContactMethod.PHONE}
"""How the requester was told; when he was, the clock says."""

TELLING = frozenset(
    {
        *(_A.REQUEST_EXTENSION, _A.REQUEST_SUSPENSION, _A.REQUEST_RECTIFICATION),
        _A.COMPLETE_MILESTONE,
    }
)
"""What is asked for or reported when the requester has been told."""


DOINGS: Mapping[Action, Doing] = {
    _A.ACCEPT: Doing("operator", acceptance.accept_ticket, {"promise": "一天内修好"}),
    _A.ANSWER: Doing("operator", acceptance.answer_ticket, {"reply": "政策如下"}),
    _A.REFUSE: Doing("operator", refusals.refuse_ticket, {**_WHY, "where_to": "法院"}),
    _A.DECIDE_REFUSAL: Doing("supervisor", refusals.decide_refusal, _YES),
    _A.OBJECT: Doing("operator", closing.object_to_refusal, _WHY),
    _A.TRANSFER_OUT: Doing("operator", acceptance.transfer_ticket_out, {**_WHY, "target": "110"}),
    _A.MERGE: Doing("dispatcher", merging.merge_ticket),
    _A.SPLIT: Doing("dispatcher", merging.split_ticket, _WHY),
    _A.CONTRIBUTE: Doing("operator", following.contribute_to_matter, {"text": "还有一处也不亮"}),
    _A.EXPLAIN_REPEAT: Doing(
        "operator",
        repeats.explain_repeat,
        {"earlier": "2603029999990", "explanation": "上次已经答复"},
    ),
    _A.DECIDE_REPEAT: Doing("supervisor", repeats.decide_repeat, _YES),
    _A.WITHDRAW: Doing("operator", closing.withdraw_ticket, _WHY),
    _A.DISPATCH: Doing("dispatcher", dispatch.dispatch_ticket, {"department": "chengguan"}),
    _A.DIRECT_DISPATCH: Doing("operator", dispatch.direct_dispatch_ticket),
    _A.SIGN: Doing(_LEAD, handling.sign_ticket),
    _A.CONTACT: Doing(
        _LEAD,
        handling.record_contact,
        {"method": ContactMethod.PHONE, "reached": True, "note": "已通话"},
    ),
    _A.PROGRESS: Doing(_LEAD, handling.report_progress, {"note": "已到现场"}),
    _A.CHECK_IN: Doing(_LEAD, checking_in, {"moment": Moment.ARRIVED, "note": "已到现场"}),
    _A.NAME_HANDLER: Doing(
        "leader.chengguan", naming.name_handler, {"colleague": "second.chengguan"}
    ),
    _A.SIGN_CO: Doing("handler.zhujian", cohandling.sign_co),
    _A.REPORT_STAGE: Doing(
        "handler.zhujian",
        cohandling.report_stage,
        {"stage": WorkStage.ON_SITE, "note": "已到现场查看"},
    ),
    _A.EXPLAIN_DELAY: Doing("handler.zhujian", cohandling.explain_delay, _WHY),
    _A.PROPOSE_CO_DEPARTMENT: Doing(
        _LEAD, cohandling.propose_co_department, {"department": "huanbao", **_WHY}
    ),
    _A.ADD_CO_DEPARTMENT: Doing(
        "dispatcher", cohandling.add_co_department, {"department": "zhujian"}
    ),
    _A.RELEASE_CO_DEPARTMENT: Doing(
        "dispatcher", cohandling.release_co_department, {"department": "zhujian", **_WHY}
    ),
    _A.ASK_AGAIN: Doing(_LEAD, cohandling.ask_again, {"department": "zhujian", **_WHY}),
    _A.SUBMIT_OPINION: Doing("handler.zhujian", handling.submit_opinion, {"opinion": "无异议"}),
    _A.SUBMIT_FEEDBACK: Doing(
        _LEAD,
        feedback.submit_feedback,
        {"result": "已更换灯泡", "reply": "路灯已修好", "resolved": True},
    ),
    _A.PASS_AUDIT: Doing("auditor", feedback.pass_audit),
    _A.REJECT_AUDIT: Doing("auditor", feedback.reject_audit, {"reason": "没有照片"}),
    _A.RECORD_VISIT: Doing("visitor", _visit, {"reached": True, "solved": True, "rating": 5}),
    _A.CLOSE_UNREACHED: Doing("visitor", close_unreached),
    _A.RECORD_OWN_VISIT: Doing(_LEAD, record_own_visit, {"solved": True, "rating": 5}),
    _A.REOPEN: Doing("operator", closing.reopen_ticket, {"reason": "又坏了"}),
    _A.ARCHIVE: Doing("supervisor", closing.archive_ticket),
    _A.URGE: Doing("operator", handling.urge_ticket, {"note": "请快些"}),
    _A.ANSWER_URGE: Doing(_LEAD, handling.answer_urge, {"reply": "明天办结"}),
    _A.NOTE: Doing("operator", handling.note_ticket, {"note": "来电询问"}),
    _A.REQUEST_SUPPLEMENT: Doing("operator", supplements.request_supplement, {"items": ["照片"]}),
    _A.DECIDE_SUPPLEMENT: Doing("supervisor", supplements.decide_supplement, _YES),
    _A.PROVIDE_SUPPLEMENT: Doing("operator", supplements.provide_supplement, {"text": "照片已交"}),
    _A.CANCEL_UNSUPPLEMENTED: Doing("operator", supplements.cancel_unsupplemented, _WHY),
    _A.REQUEST_CONSULTATION: Doing(
        "dispatcher",
        consultations.request_consultation,
        {"departments": ["chengguan", "zhujian"], **_WHY},
    ),
    _A.CALL_UNITS: Doing("dispatcher", consultations.call_units, {"departments": ["jiaotong"]}),
    _A.RESPOND_CONSULTATION: Doing(
        "handler.zhujian",
        consultations.respond_consultation,
        {"opinion": DutyOpinion.NOT_OURS, "explanation": "三定方案无此职责"},
    ),
    _A.DECIDE_CONSULTATION: Doing(
        "supervisor",
        consultations.decide_consultation,
        {"department": "chengguan", "explanation": "商定"},
    ),
    _A.REQUEST_RETURN: Doing(
        _LEAD,
        returns.request_return,
        {
            "reason": ReturnReason.NOT_MY_DUTY,
            "suggested_department": "jiaotong",
            "explanation": "属于交通部门",
        },
    ),
    _A.DECIDE_RETURN: Doing(
        "dispatcher", returns.decide_return, {"uphold": False, "explanation": "职责在你局"}
    ),
    _A.WITHDRAW_RETURN: Doing(_LEAD, returns.withdraw_return),
    _A.DISPUTE_RETURN: Doing(
        "leader.chengguan", returns.dispute_return, {"explanation": "职责清单明确属于交通部门"}
    ),
    _A.REFER_ARBITRATION: Doing("supervisor", returns.refer_to_arbitration, _WHY),
    _A.DECIDE_ARBITRATION: Doing(
        "authority",
        returns.decide_arbitration,
        {"department": "chengguan", "explanation": "指定办理"},
    ),
    _A.REQUEST_EXTENSION: Doing(
        _LEAD,
        extensions.request_extension,
        {"reason": ExtensionReason.AWAITING_PARTS, "explanation": "备件在途", **_TOLD},
    ),
    _A.DECIDE_EXTENSION: Doing("supervisor", extensions.decide_extension, _YES),
    _A.REQUEST_SUSPENSION: Doing(
        _LEAD,
        suspensions.request_suspension,
        {
            "reason": PauseReason.STATUTORY_STEP,
            "explanation": "等待检测",
            "evidence": ["检测委托书"],
            **_TOLD,
        },
    ),
    _A.DECIDE_SUSPENSION: Doing("authority", suspensions.decide_suspension, _YES),
    _A.REVIEW_SUSPENSION: Doing(
        "authority", suspensions.review_suspension, {"goes_on": True, "explanation": "仍在检测"}
    ),
    _A.END_SUSPENSION: Doing("supervisor", suspensions.end_suspension, {"note": "检测完成"}),
    _A.REQUEST_RECTIFICATION: Doing(
        _LEAD, rectification.request_rectification, {"reason": "管网需整体更换", **_TOLD}
    ),
    _A.DECIDE_RECTIFICATION: Doing("supervisor", rectification.decide_rectification, _YES),
    _A.COMPLETE_MILESTONE: Doing(
        _LEAD,
        rectification.complete_milestone,
        {"milestone": 1, "note": "已完成", "evidence": ["验收单"], **_TOLD},
    ),
    _A.REQUEST_CLOSE_OUT: Doing(
        _LEAD,
        rectification.request_close_out,
        {"summary": "节点全部完成", "evidence": ["竣工验收报告"]},
    ),
    _A.REFUSE_CLOSE_OUT: Doing("supervisor", rectification.refuse_close_out, _WHY),
    _A.END_RECTIFICATION: Doing(
        "supervisor",
        rectification.end_rectification,
        {"completed": False, "explanation": "没有进展"},
    ),
    _A.REQUEST_FINAL_REPLY: Doing(
        "leader.chengguan",
        final_replies.request_final_reply,
        {
            "reply": "政策不允许",
            "reason": FinalReplyReason.POLICY_FORBIDS,
            "basis": "依据管理办法第九条",
        },
    ),
    _A.REVIEW_FINAL_REPLY: Doing("supervisor", final_replies.review_final_reply, _YES),
    _A.DECIDE_FINAL_REPLY: Doing("authority", final_replies.decide_final_reply, _YES),
    _A.RECLASSIFY: Doing("dispatcher", policies.reclassify_ticket, {"urgency": Urgency.P1, **_WHY}),
    _A.OPEN_RATING_CHECK: Doing("auditor", ratings.open_rating_check, _WHY),
    _A.APPEAL_RATING: Doing(
        "leader.chengguan",
        ratings.appeal_rating,
        {"reason": UnfoundedReason.MISTAKEN, "explanation": "误评", "evidence": ["通话记录"]},
    ),
    _A.CONTACT_RATER: Doing("auditor", ratings.contact_rater, {"reached": True, "note": "已核实"}),
    _A.PROPOSE_UNFOUNDED: Doing(
        "auditor",
        ratings.propose_unfounded,
        {"reason": UnfoundedReason.MISTAKEN, "explanation": "误评"},
    ),
    _A.DECIDE_RATING_CHECK: Doing(
        "auditor.second",
        ratings.decide_rating_check,
        {"founded": True, "explanation": "属实"},
    ),
    _A.HAND_TO_DUTY_HEAD: Doing(SYSTEM_DOES, _to_duty_head),
    _A.DEFAULT_CONSENT: Doing(SYSTEM_DOES, _silence),
    _A.RAISE_RETURN: Doing(SYSTEM_DOES, standing_in.raise_return),
    _A.ISSUE_ORDER: Doing(
        "supervisor",
        supervision.issue_order,
        {"level": 2, "reason": OrderReason.BY_HAND, "demand": "立即办理"},
    ),
    _A.ACKNOWLEDGE_ORDER: Doing(_LEAD, supervision.acknowledge_order),
    _A.ANSWER_ORDER: Doing(_LEAD, supervision.answer_order, {"reply": "已派人到场"}),
    _A.VERIFY_ORDER: Doing(
        "supervisor", supervision.verify_order, {"accept": True, "explanation": "情况属实"}
    ),
    _A.RAISE_ORDER: Doing("supervisor", supervision.raise_order, _WHY),
    _A.BLOW_WHISTLE: Doing(
        "supervisor", whistles.blow_whistle, {"departments": ["zhujian", "jiaotong"], **_WHY}
    ),
    _A.REPORT_IN: Doing(
        "handler.zhujian", whistles.report_in, {"attendee": "副局长", "deputy": True}
    ),
    _A.DECIDE_WHISTLE: Doing(
        "supervisor", whistles.decide_whistle, {"decision": "分段负责", "attended": ["zhujian"]}
    ),
    _A.SCORE_WHISTLE: Doing(
        "supervisor",
        whistles.score_whistle,
        {"department": "zhujian", "score": ResponseScore.GOOD, "explanation": "按时到场"},
    ),
    _A.CALL_OFF_WHISTLE: Doing("supervisor", whistles.call_off_whistle, _WHY),
    _A.FINISH_MEETING_TASK: Doing(
        "handler.zhujian", whistles.finish_meeting_task, {"report": "已完成"}
    ),
}

Step = Action | tuple[Action, Mapping[str, Any]] | timedelta

_TO_ACCEPTED: tuple[Step, ...] = (_A.ACCEPT,)
_TO_DISPATCHED: tuple[Step, ...] = (*_TO_ACCEPTED, _A.DISPATCH)
_TO_PROCESSING: tuple[Step, ...] = (*_TO_DISPATCHED, _A.SIGN)
_TO_FEEDBACK: tuple[Step, ...] = (*_TO_PROCESSING, _A.CONTACT, _A.SUBMIT_FEEDBACK)
_TO_VISIT: tuple[Step, ...] = (*_TO_FEEDBACK, _A.PASS_AUDIT)
_TO_CLOSED: tuple[Step, ...] = (*_TO_VISIT, _A.RECORD_VISIT)


def _bounced(unit: str, following: str | None) -> tuple[Step, ...]:
    """One department gives a ticket back for good, and the next gets it."""
    return (
        (_A.REQUEST_RETURN, {"by": f"handler.{unit}", "suggested_department": "zhujian"}),
        (_A.DECIDE_RETURN, {"uphold": True, "department": following}),
    )


ROADS: Mapping[State, tuple[Step, ...]] = {
    State(Status.SUBMITTED): (),
    State(Status.ACCEPTED): _TO_ACCEPTED,
    State(Status.DISPATCHED): _TO_DISPATCHED,
    State(Status.PROCESSING): _TO_PROCESSING,
    State(Status.FEEDBACK_SUBMITTED): _TO_FEEDBACK,
    State(Status.PENDING_VISIT): _TO_VISIT,
    State(Status.CLOSED): _TO_CLOSED,
    State(Status.ARCHIVED): (*_TO_CLOSED, timedelta(days=30), _A.ARCHIVE),
    State(Status.NOT_ACCEPTED): (_A.REFUSE, _A.DECIDE_REFUSAL),
    State(Status.TRANSFERRED_OUT): (_A.TRANSFER_OUT,),
    State(Status.MERGED): (_A.MERGE,),
    State(Status.CANCELLED): (_A.WITHDRAW,),
    State(Status.SUBMITTED, Hold.SUPPLEMENT): (_A.REQUEST_SUPPLEMENT,),
    State(Status.PROCESSING, Hold.SUPPLEMENT): (*_TO_PROCESSING, _A.REQUEST_SUPPLEMENT),
    State(Status.ACCEPTED, Hold.CONSULTATION): (*_TO_ACCEPTED, _A.REQUEST_CONSULTATION),
    State(Status.ACCEPTED, Hold.ARBITRATION): (
        *_TO_DISPATCHED,
        *_bounced("chengguan", "jiaotong"),
        *_bounced("jiaotong", "huanbao"),
        *_bounced("huanbao", None),
    ),
    State(Status.PROCESSING, Hold.ARBITRATION): (
        *_TO_PROCESSING,
        _A.REQUEST_RETURN,
        _A.DECIDE_RETURN,
        _A.DISPUTE_RETURN,
    ),
    State(Status.DISPATCHED, Hold.RETURN_REVIEW): (*_TO_DISPATCHED, _A.REQUEST_RETURN),
    State(Status.PROCESSING, Hold.RETURN_REVIEW): (*_TO_PROCESSING, _A.REQUEST_RETURN),
    State(Status.PROCESSING, Hold.RECTIFICATION): (
        *_TO_PROCESSING,
        _A.REQUEST_RECTIFICATION,
        _A.DECIDE_RECTIFICATION,
    ),
    State(Status.PROCESSING, Hold.SUSPENSION): (
        *_TO_PROCESSING,
        _A.REQUEST_SUSPENSION,
        _A.DECIDE_SUSPENSION,
    ),
    State(Status.PROCESSING, Hold.FINAL_REPLY): (*_TO_PROCESSING, _A.REQUEST_FINAL_REPLY),
    State(Status.PENDING_VISIT, Hold.FINAL_REPLY): (*_TO_VISIT, _A.REQUEST_FINAL_REPLY),
    State(Status.PENDING_VISIT, Hold.RATING_CHECK): (
        *_TO_VISIT,
        (_A.RECORD_VISIT, {"reached": True, "solved": True, "rating": 1}),
    ),
    State(Status.CLOSED, Hold.RATING_CHECK): (*_TO_CLOSED, _A.OPEN_RATING_CHECK),
}
"""The shortest way to every state, in actions and in time that has to pass."""


class Build:
    """Brings tickets to where a test wants them, by real actions of real accounts."""

    def __init__(
        self, session_maker: SessionMaker, city: City, clock: FrozenClock, cipher: FieldCipher
    ) -> None:
        self.session_maker = session_maker
        self.city = city
        self.clock = clock
        self.cipher = cipher

    @asynccontextmanager
    async def acting(self, by: str | Principal) -> AsyncIterator[Tx]:
        """Open the transaction of one account; it commits at the end of the block."""
        people = {**self.city.people, SYSTEM_DOES: SYSTEM}
        actor = people[by] if isinstance(by, str) else by
        async with self.session_maker() as session, session.begin():
            yield Tx(session, self.clock.now(), self.cipher, "tests", actor)

    async def create(self, *, by: str | Principal = "operator", **overrides: Any) -> Created:
        """Submit a ticket."""
        async with self.acting(by) as tx:
            return await create_ticket(tx, new_ticket(**overrides))

    async def do(
        self, action: Action, number: str, *, by: str | Principal | None = None, **words: Any
    ) -> Ticket:
        """Do an action as it is usually done, but for what `words` say otherwise."""
        doing = DOINGS[action]
        given = {**doing.words, **words}
        if action is Action.MERGE and "parent" not in given:
            given["parent"] = (await self.create()).number
        told = {"told_at": self.clock.now()} if action in TELLING else {}
        given = told | self._dates(action) | given
        async with self.acting(by or doing.by) as tx:
            return await doing.run(tx, number, **given)

    def _dates(self, action: Action) -> dict[str, Any]:
        now = self.clock.now()
        if action is Action.REQUEST_EXTENSION:
            return {"until": now + timedelta(hours=36)}
        if action is Action.REQUEST_RECTIFICATION:
            return {
                "milestones": [
                    Milestone("完成招标", now + timedelta(days=10), "李工"),
                    Milestone("完工", now + timedelta(days=40), "王工"),
                ],
            }
        if action is Action.DECIDE_WHISTLE:
            return {"tasks": [TaskGiven("zhujian", "加固围挡", now + timedelta(days=2))]}
        return {}

    async def follow(self, number: str, *road: Step) -> Ticket | None:
        """Take the steps of a road and return the ticket as the last of them left it."""
        ticket = None
        for step in road:
            if isinstance(step, timedelta):
                self.clock.set(self.clock.now() + step)
            elif isinstance(step, tuple):
                ticket = await self.do(step[0], number, **step[1])
            else:
                ticket = await self.do(step, number)
        return ticket

    async def ticket(
        self, status: Status = Status.SUBMITTED, hold: Hold | None = None, **overrides: Any
    ) -> str:
        """Return the number of a new ticket that was brought to `status` and `hold`."""
        number = (await self.create(**overrides)).number
        await self.follow(number, *ROADS[State(status, hold)])
        return number

    async def ask_everybody(self, number: str) -> None:
        """Visit whoever stands behind a ticket, one after the other: all say that it is solved."""
        async with self.acting("visitor") as tx:
            await ask_everybody(tx, number, VisitAnswer(reached=True, solved=True, rating=5), None)

    async def find(self, number: str) -> Ticket:
        """Return a ticket as it is stored now."""
        async with self.session_maker() as session:
            return (await session.exec(select(Ticket).where(Ticket.number == number))).one()
