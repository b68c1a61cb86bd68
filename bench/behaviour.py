"""How the simulated staff of a day behave: whose turn it is, what is likely, what is written then."""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from hotline.kernel.errors import DomainError
from hotline.meetings.gathering import TaskGiven
from hotline.people.permissions import Role
from hotline.procedures.models import Procedure
from hotline.procedures.rules import (
    DECIDED_BY,
    ExtensionReason,
    FinalReplyReason,
    Milestone,
    PauseReason,
    ProcedureKind,
    ProcedureState,
    ReturnReason,
)
from hotline.supervision.rules import OrderReason
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.lifecycle import Action, Hold, State, Status, actions_from
from hotline.tickets.meetings import DutyOpinion, ResponseScore, WorkStage
from hotline.tickets.models import Urgency
from hotline.tickets.ratings import UnfoundedReason

_A, _R, _S, _H = Action, Role, Status, Hold


@dataclass(frozen=True, slots=True)
class Habits:
    """What people usually do with their time.

    Attributes:
        shares: parts of a limit that are used, and how many of a hundred use so much.
        comes_back: how often something still happens to a ticket that has ended.
        chiefs: how often a leader does what his handler could.
        tells_again: how often somebody tells of what he told of before.
    """

    shares: Sequence[tuple[float, float]] = ((0.03, 0.5), (0.6, 0.95), (1.05, 1.6))
    of_hundred: Sequence[int] = (88, 8, 4)
    comes_back: float = 0.12
    chiefs: float = 0.1
    tells_again: float = 0.03

    def share(self, rng: random.Random) -> float:
        """Return the share of a limit that somebody uses."""
        return rng.uniform(*rng.choices(self.shares, self.of_hundred)[0])


HABITS = Habits()


class Situation(NamedTuple):
    """Where a ticket is, as far as it bears on what is done next.

    Attributes:
        lead: code of the leading department.
        co: codes of the departments whose opinion is owed.
        order_state: of the supervision order that is open.
        owes_urge: whether an answer to an urge is owed.
        milestone: the next one of a plan that runs.
        whistled: codes of the units whistled together, until it is decided.
        called: those of them that have not come.
        consulted: codes of the units whose opinion a consultation waits for.
        tasked: codes of the units that a meeting gave something to do.
        unscored: codes of the units that came and were not judged.
    """

    status: str
    hold: str | None
    round: int
    due_at: datetime | None
    lead: str | None
    co: Sequence[str] | None
    order_state: str | None
    owes_urge: bool
    milestone: int | None
    whistled: Sequence[str] | None
    called: Sequence[str] | None
    consulted: Sequence[str] | None
    tasked: Sequence[str] | None
    unscored: Sequence[str] | None

    @property
    def state(self) -> State:
        """Where it is in the machine."""
        return State(Status(self.status), Hold(self.hold) if self.hold else None)


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody might do next.

    Attributes:
        weight: how likely it is beside the others.
        role: of the hotline; None with no unit is the requester.
        unit: code of the department whose people do it.
        is_chief: only its leader may.
        asker: account of who asked for what is decided here; he does not decide it.
    """

    weight: float
    action: Action
    role: Role | None = None
    unit: str | None = None
    is_chief: bool = False
    asker: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """One line of the tables below."""

    weight: float
    action: Action
    by: Role | str
    """A role of the hotline, or `lead`, `co`, `chief`, `requester`."""


_WAITING: Sequence[Usual] = (
    Usual(1, _A.URGE, "requester"),
    Usual(1, _A.NOTE, _R.OPERATOR),
    Usual(1, _A.RECLASSIFY, _R.DISPATCHER),
)
_AT_WORK: Sequence[Usual] = (
    Usual(20, _A.SUBMIT_OPINION, "co"),
    Usual(4, _A.SIGN_CO, "co"),
    Usual(3, _A.REPORT_STAGE, "co"),
    Usual(1, _A.EXPLAIN_DELAY, "co"),
    Usual(1, _A.PROPOSE_CO_DEPARTMENT, "lead"),
    Usual(1, _A.ADD_CO_DEPARTMENT, _R.DISPATCHER),
    Usual(6, _A.PROGRESS, "lead"),
    Usual(1, _A.BLOW_WHISTLE, _R.SUPERVISOR),
    Usual(2, _A.ISSUE_ORDER, _R.SUPERVISOR),
    *_WAITING,
)
_CHECKED: Sequence[Usual] = (
    Usual(6, _A.DECIDE_RATING_CHECK, _R.AUDITOR),
    Usual(3, _A.CONTACT_RATER, _R.AUDITOR),
    Usual(1, _A.PROPOSE_UNFOUNDED, _R.AUDITOR),
)

USUALLY: Mapping[tuple[Status, Hold | None], Sequence[Usual]] = MappingProxyType(
    {
        (_S.SUBMITTED, None): (
            Usual(80, _A.ACCEPT, _R.OPERATOR),
            Usual(8, _A.ANSWER, _R.OPERATOR),
            Usual(3, _A.REFUSE, _R.OPERATOR),
            Usual(1, _A.TRANSFER_OUT, _R.OPERATOR),
            Usual(1, _A.EXPLAIN_REPEAT, _R.OPERATOR),
            Usual(3, _A.MERGE, _R.DISPATCHER),
            Usual(1, _A.WITHDRAW, "requester"),
            Usual(3, _A.REQUEST_SUPPLEMENT, _R.OPERATOR),
            *_WAITING,
        ),
        (_S.SUBMITTED, _H.SUPPLEMENT): (
            Usual(30, _A.PROVIDE_SUPPLEMENT, "requester"),
            Usual(3, _A.CANCEL_UNSUPPLEMENTED, _R.OPERATOR),
        ),
        (_S.ACCEPTED, None): (
            Usual(80, _A.DISPATCH, _R.DISPATCHER),
            Usual(10, _A.DIRECT_DISPATCH, _R.OPERATOR),
            Usual(5, _A.REQUEST_CONSULTATION, _R.DISPATCHER),
            Usual(2, _A.ANSWER, _R.DISPATCHER),
            Usual(3, _A.MERGE, _R.DISPATCHER),
        ),
        (_S.ACCEPTED, _H.CONSULTATION): (
            Usual(20, _A.DECIDE_CONSULTATION, _R.DISPATCHER),
            Usual(2, _A.CALL_UNITS, _R.DISPATCHER),
        ),
        (_S.ACCEPTED, _H.ARBITRATION): (Usual(1, _A.DECIDE_ARBITRATION, _R.AUTHORITY),),
        (_S.DISPATCHED, None): (
            Usual(70, _A.SIGN, "lead"),
            Usual(18, _A.REQUEST_RETURN, "lead"),
            Usual(8, _A.CONTACT, "lead"),
            Usual(3, _A.SUBMIT_OPINION, "co"),
        ),
        (_S.DISPATCHED, _H.RETURN_REVIEW): (
            Usual(20, _A.DECIDE_RETURN, _R.DISPATCHER),
            Usual(8, _A.DECIDE_RETURN, _R.AUTHORITY),
            Usual(2, _A.WITHDRAW_RETURN, "lead"),
            Usual(2, _A.REFER_ARBITRATION, _R.SUPERVISOR),
        ),
        (_S.PROCESSING, None): (
            Usual(35, _A.CONTACT, "lead"),
            Usual(80, _A.SUBMIT_FEEDBACK, "lead"),
            Usual(4, _A.REQUEST_EXTENSION, "lead"),
            Usual(3, _A.DISPUTE_RETURN, "chief"),
            Usual(1, _A.ASK_AGAIN, "lead"),
            Usual(1, _A.RELEASE_CO_DEPARTMENT, _R.DISPATCHER),
            Usual(3, _A.REQUEST_SUSPENSION, "lead"),
            Usual(3, _A.REQUEST_RECTIFICATION, "lead"),
            Usual(2, _A.REQUEST_SUPPLEMENT, "lead"),
            Usual(2, _A.REQUEST_RETURN, "lead"),
            Usual(2, _A.REQUEST_FINAL_REPLY, "chief"),
            *_AT_WORK,
        ),
        (_S.PROCESSING, _H.SUPPLEMENT): (
            Usual(30, _A.PROVIDE_SUPPLEMENT, "requester"),
            *_WAITING,
        ),
        (_S.PROCESSING, _H.RETURN_REVIEW): (
            Usual(20, _A.DECIDE_RETURN, _R.DISPATCHER),
            Usual(2, _A.REFER_ARBITRATION, _R.SUPERVISOR),
        ),
        (_S.PROCESSING, _H.RECTIFICATION): (
            Usual(2, _A.END_RECTIFICATION, _R.SUPERVISOR),
            *_AT_WORK,
        ),
        (_S.PROCESSING, _H.SUSPENSION): (
            Usual(20, _A.END_SUSPENSION, _R.SUPERVISOR),
            Usual(8, _A.REVIEW_SUSPENSION, _R.AUTHORITY),
            *_AT_WORK,
        ),
        (_S.PROCESSING, _H.ARBITRATION): (Usual(1, _A.DECIDE_ARBITRATION, _R.AUTHORITY),),
        (_S.FEEDBACK_SUBMITTED, None): (
            Usual(85, _A.PASS_AUDIT, _R.AUDITOR),
            Usual(15, _A.REJECT_AUDIT, _R.AUDITOR),
        ),
        (_S.PENDING_VISIT, None): (
            Usual(90, _A.RECORD_VISIT, _R.VISITOR),
            Usual(15, _A.RECORD_VISIT, "requester"),
            Usual(2, _A.OPEN_RATING_CHECK, _R.AUDITOR),
            Usual(3, _A.CLOSE_UNREACHED, _R.VISITOR),
            Usual(2, _A.RECORD_OWN_VISIT, "lead"),
            Usual(1, _A.REQUEST_FINAL_REPLY, "chief"),
        ),
        (_S.PENDING_VISIT, _H.RATING_CHECK): _CHECKED,
        (_S.CLOSED, None): (
            Usual(3, _A.REOPEN, _R.OPERATOR),
            Usual(1, _A.OPEN_RATING_CHECK, _R.AUDITOR),
            Usual(1, _A.RECORD_OWN_VISIT, "lead"),
            Usual(1, _A.OBJECT, "requester"),
        ),
        (_S.CLOSED, _H.RATING_CHECK): _CHECKED,
        (_S.NOT_ACCEPTED, None): (Usual(1, _A.OBJECT, "requester"),),
        (_S.MERGED, None): (
            Usual(2, _A.SPLIT, _R.DISPATCHER),
            Usual(1, _A.CONTRIBUTE, "requester"),
            Usual(1, _A.URGE, "requester"),
        ),
    }
)
"""What is done in each state, by whom, and how often beside the rest."""

_DECIDERS: Mapping[Action, Role] = MappingProxyType(
    {
        _A.DECIDE_REFUSAL: _R.AUDITOR,
        _A.DECIDE_REPEAT: _R.AUDITOR,
        _A.DECIDE_SUPPLEMENT: _R.SUPERVISOR,
        _A.DECIDE_EXTENSION: _R.SUPERVISOR,
        _A.DECIDE_SUSPENSION: _R.SUPERVISOR,
        _A.DECIDE_RECTIFICATION: _R.SUPERVISOR,
        _A.END_RECTIFICATION: _R.SUPERVISOR,
        _A.DECIDE_FINAL_REPLY: _R.AUTHORITY,
    }
)
"""Who decides what waits, unless the request itself says whose decision it needs."""

_ORDER_TURNS: Mapping[str, tuple[Action, Role | None]] = MappingProxyType(
    {
        "issued": (_A.ACKNOWLEDGE_ORDER, None),
        "acknowledged": (_A.ANSWER_ORDER, None),
        "answered": (_A.VERIFY_ORDER, _R.SUPERVISOR),
    }
)


def turns_of(situation: Situation, requests: Sequence[Procedure]) -> Sequence[Turn]:
    """Return what may be expected next of a ticket in this situation.

    Args:
        situation: of the ticket.
        requests: what was asked about it and is not decided, or runs.
    """
    pending = [one for one in requests if one.state is ProcedureState.PENDING]
    turns = [turn for procedure in pending for turn in _decisions(procedure)]
    askers = {DECIDED_BY.get(procedure.kind): _asker(procedure) for procedure in pending}
    for usual in USUALLY.get((situation.state.status, situation.state.hold), ()):
        turns += _turns(usual, situation, askers.get(usual.action))
    if situation.order_state in _ORDER_TURNS and situation.lead:
        action, role = _ORDER_TURNS[situation.order_state]
        turns.append(Turn(25, action, role, None if role else situation.lead))
    turns += [*_of_plan(situation, pending), *_of_meetings(situation)]
    allowed = actions_from(situation.state)
    return [turn for turn in turns if turn.action in allowed]


def _asker(procedure: Procedure) -> uuid.UUID | None:
    proposed = procedure.details.get("proposed_by")
    return uuid.UUID(proposed) if proposed else procedure.reviewed_by or procedure.opened_by


def _decisions(procedure: Procedure) -> Sequence[Turn]:
    action = DECIDED_BY[procedure.kind]
    if action not in _DECIDERS:
        return ()
    asker = _asker(procedure)
    role = procedure.approver or _DECIDERS[action]
    if procedure.kind is ProcedureKind.FINAL_REPLY and role is _R.SUPERVISOR:
        action = _A.REVIEW_FINAL_REPLY
    turns = [Turn(60, action, role, asker=asker)]
    if procedure.kind is ProcedureKind.CLOSE_OUT:
        turns.append(Turn(10, _A.REFUSE_CLOSE_OUT, role, asker=asker))
    return turns


def _of_plan(situation: Situation, pending: Sequence[Procedure]) -> Sequence[Turn]:
    if situation.lead is None or situation.status != _S.PROCESSING:
        return ()
    turns = [Turn(40, _A.ANSWER_URGE, unit=situation.lead)] if situation.owes_urge else []
    if situation.hold == _H.RECTIFICATION and situation.milestone is not None:
        turns.append(Turn(40, _A.COMPLETE_MILESTONE, unit=situation.lead))
    elif situation.hold == _H.RECTIFICATION and not pending:
        turns.append(Turn(40, _A.REQUEST_CLOSE_OUT, unit=situation.lead))
    return turns


def _of_meetings(situation: Situation) -> Sequence[Turn]:
    turns = [Turn(15, _A.REPORT_IN, unit=code) for code in situation.called or ()]
    turns += [Turn(15, _A.RESPOND_CONSULTATION, unit=code) for code in situation.consulted or ()]
    turns += [Turn(15, _A.FINISH_MEETING_TASK, unit=code) for code in situation.tasked or ()]
    if situation.whistled:
        turns.append(Turn(15, _A.DECIDE_WHISTLE, _R.SUPERVISOR))
        turns.append(Turn(1, _A.CALL_OFF_WHISTLE, _R.SUPERVISOR))
    if situation.unscored:
        turns.append(Turn(10, _A.SCORE_WHISTLE, _R.SUPERVISOR))
    return turns


def _turns(usual: Usual, situation: Situation, asker: uuid.UUID | None) -> list[Turn]:
    if isinstance(usual.by, Role):
        return [Turn(usual.weight, usual.action, usual.by, asker=asker)]
    if usual.by == "requester":
        return [Turn(usual.weight, usual.action)]
    if usual.by == "co":
        return [Turn(usual.weight, usual.action, unit=code) for code in situation.co or ()]
    if situation.lead is None:
        return []
    chief = usual.by == "chief"
    return [Turn(usual.weight, usual.action, unit=situation.lead, is_chief=chief)]


def after_refusal(turn: Turn, refusal: DomainError) -> Turn | None:
    """Return what a refusal tells whoever reads it to do first."""
    if refusal.code == "contact-needed":
        return Turn(1, _A.CONTACT, unit=turn.unit)
    if refusal.code == "rater-not-contacted":
        return Turn(1, _A.CONTACT_RATER, _R.AUDITOR)
    if refusal.code == "unfounded-not-proposed":
        return Turn(1, _A.PROPOSE_UNFOUNDED, _R.AUDITOR)
    if refusal.code == "approver-needed":
        return replace(turn, role=Role(refusal.params["approver"]))
    return None


def likely(turns: Sequence[Turn], rng: random.Random) -> Turn | None:
    """Return one of several turns, the likelier the more often."""
    return rng.choices(turns, [turn.weight for turn in turns])[0] if turns else None


# -- what is written -------------------------------------------------------------------------------

Words = Callable[["Scene"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the words of an action may depend on.

    Attributes:
        units: codes of the departments.
        others: numbers of tickets that came in lately.
        earlier: number of an earlier ticket of the same requester, if there is one.
        asked: which of several requesters a visit asks.
    """

    situation: Situation
    at: datetime
    rng: random.Random
    units: Sequence[str]
    others: Sequence[str]
    earlier: str
    asked: uuid.UUID | None

    def yes(self, share: float) -> bool:
        """Tell whether something that happens in `share` of all cases happens now."""
        return self.rng.random() < share

    def unit(self) -> str:
        """Return a department that is not the present one."""
        return self.rng.choice([code for code in self.units if code != self.situation.lead])

    def co(self) -> str:
        """Return a co-handler, or any department where there is none: that is refused."""
        return self.rng.choice(list(self.situation.co or self.units))


def _why(_: Scene) -> dict[str, Any]:
    return {"reason": "情况如上，按规定办理"}


def _note(_: Scene) -> dict[str, Any]:
    return {"note": "已记录"}


def _approved(scene: Scene) -> dict[str, Any]:
    return {"approve": scene.yes(0.8), "explanation": "已核实"}


def _dispatch(scene: Scene) -> dict[str, Any]:
    lead, *co = scene.rng.sample(list(scene.units), scene.rng.choice([1, 1, 1, 2, 3]))
    return {"department": lead, "co_departments": tuple(co), "override_reason": "已与各单位商定"}


def _told(scene: Scene) -> dict[str, Any]:
    return {"told_how": ContactMethod.PHONE, "told_at": scene.at}


def _called(scene: Scene) -> dict[str, Any]:
    return {
        "departments": scene.rng.sample(list(scene.units), 3),
        "held_at": scene.at + timedelta(hours=2),
        "place": "热线会商室",
    }


def _tasks(scene: Scene) -> list[TaskGiven]:
    busy = scene.situation.tasked or ()
    free = [code for code in scene.situation.whistled or () if code not in busy]
    due_at = scene.at + timedelta(days=2)
    return [TaskGiven(code, "加固围挡", due_at) for code in free[:1]]


def _visit(scene: Scene) -> dict[str, Any]:
    if scene.yes(0.15):
        return {
            "reached": False,
            "solved": None,
            "rating": None,
            "was_contacted": None,
            "note": None,
            "is_anonymous": False,
            "requester_id": scene.asked,
        }
    solved = scene.yes(0.85)
    rating = scene.rng.choice([None, 5, 5, 4, 3, 1] if solved else [None, 2, 1])
    return {
        "reached": True,
        "solved": solved,
        "rating": rating,
        "was_contacted": True,
        "note": None,
        "is_anonymous": scene.yes(0.1),
        "requester_id": scene.asked,
    }


def _plan(scene: Scene) -> dict[str, Any]:
    days = sorted(scene.rng.sample(range(12, 40), 3))
    return {
        "reason": "涉及管网改造，短期内无法完成",
        "milestones": [
            Milestone(f"第{n}阶段完成", scene.at + timedelta(days=day), "李工")
            for n, day in enumerate(days, start=1)
        ],
        **_told(scene),
    }


WORDS: Mapping[Action, Words] = MappingProxyType(
    {
        _A.ACCEPT: lambda _: {
            "promise": "按时限办理并反馈",
            "handler_limit": None,
            "and_dispatch": False,
        },
        _A.ANSWER: lambda scene: {"reply": "政策如下", "is_confirmed": scene.yes(0.6)},
        _A.REFUSE: lambda _: {"reason": "不属于受理范围", "where_to": "人民法院"},
        _A.DECIDE_REFUSAL: _approved,
        _A.OBJECT: _why,
        _A.TRANSFER_OUT: lambda _: {"target": "110", "reason": "正在发生的警情"},
        _A.MERGE: lambda scene: {
            "parent": scene.rng.choice(scene.others),
            "is_confirmed": scene.yes(0.8),
        },
        _A.CONTRIBUTE: lambda _: {"text": "旁边一处也是这样"},
        _A.EXPLAIN_REPEAT: lambda scene: {
            "earlier": scene.earlier,
            "explanation": "上次已答复，情况没有变化",
        },
        _A.DECIDE_REPEAT: _approved,
        _A.SPLIT: _why,
        _A.WITHDRAW: _why,
        _A.DISPATCH: lambda scene: {
            **_dispatch(scene),
            "note": None,
            "deviation": "按现场情况核定",
        },
        _A.DIRECT_DISPATCH: lambda _: {"note": None},
        _A.SIGN_CO: lambda _: {},
        _A.REPORT_STAGE: lambda scene: {
            "stage": scene.rng.choice(list(WorkStage)),
            "note": "已到现场",
            "evidence": (),
        },
        _A.EXPLAIN_DELAY: _why,
        _A.PROPOSE_CO_DEPARTMENT: lambda scene: {"department": scene.unit(), **_why(scene)},
        _A.ADD_CO_DEPARTMENT: lambda scene: {"department": scene.unit(), "note": None},
        _A.RELEASE_CO_DEPARTMENT: lambda scene: {"department": scene.co(), **_why(scene)},
        _A.ASK_AGAIN: lambda scene: {"department": scene.co(), **_why(scene)},
        _A.SIGN: lambda _: {},
        _A.CONTACT: lambda scene: {
            "method": ContactMethod.PHONE,
            "reached": scene.yes(0.85),
            "note": "已致电",
        },
        _A.PROGRESS: lambda _: {"note": "已到现场", "done_step": None},
        _A.SUBMIT_OPINION: lambda _: {"opinion": "本单位无异议"},
        _A.SUBMIT_FEEDBACK: lambda scene: {
            "result": "已处理完毕",
            "reply": "您反映的问题已处理",
            "resolved": scene.yes(0.85),
            "evidence": ("照片1",),
            "used_opinions": (),
            "no_contact_reason": None,
        },
        _A.PASS_AUDIT: lambda _: {},
        _A.REJECT_AUDIT: _why,
        _A.RECORD_VISIT: _visit,
        _A.CLOSE_UNREACHED: lambda _: {},
        _A.RECORD_OWN_VISIT: lambda scene: {
            "solved": scene.yes(0.9),
            "rating": None,
            "note": None,
        },
        _A.REOPEN: _why,
        _A.ARCHIVE: lambda _: {},
        _A.URGE: _note,
        _A.ANSWER_URGE: lambda _: {"reply": "正在办理"},
        _A.NOTE: _note,
        _A.REQUEST_SUPPLEMENT: lambda _: {"items": ["现场照片", "合同复印件"]},
        _A.DECIDE_SUPPLEMENT: _approved,
        _A.PROVIDE_SUPPLEMENT: lambda _: {"items": (), "text": "材料已提交"},
        _A.CANCEL_UNSUPPLEMENTED: _why,
        _A.REQUEST_CONSULTATION: lambda scene: {**_called(scene), **_why(scene)},
        _A.CALL_UNITS: _called,
        _A.RESPOND_CONSULTATION: lambda scene: {
            "opinion": scene.rng.choice(list(DutyOpinion)),
            "explanation": "依据三定方案",
        },
        _A.DECIDE_CONSULTATION: lambda scene: {
            **_dispatch(scene),
            "explanation": "会商一致",
            "attended": (),
            "tasks": (),
        },
        _A.BLOW_WHISTLE: lambda scene: {**_called(scene), **_why(scene), "report_limit": None},
        _A.REPORT_IN: lambda scene: {
            "attendee": "副局长",
            "deputy": scene.yes(0.3),
            "note": None,
        },
        _A.DECIDE_WHISTLE: lambda scene: {
            "decision": "分段负责",
            "attended": (),
            "tasks": _tasks(scene) if scene.yes(0.6) else (),
            "co_departments": (),
            "duty": None,
            "minutes": None,
        },
        _A.SCORE_WHISTLE: lambda scene: {
            "department": scene.rng.choice(list(scene.situation.unscored or ())),
            "score": scene.rng.choice(list(ResponseScore)),
            "explanation": "按到场情况评",
        },
        _A.CALL_OFF_WHISTLE: _why,
        _A.FINISH_MEETING_TASK: lambda _: {"report": "已完成", "evidence": ()},
        _A.REQUEST_RETURN: lambda scene: {
            "reason": scene.rng.choice([one for one in ReturnReason if one != "unclear"]),
            "suggested_department": scene.unit(),
            "explanation": "职责依据见附件",
            "legal_basis": "三定方案",
            "evidence": ("职责清单",),
            "leader": "副局长",
        },
        _A.DECIDE_RETURN: lambda scene: {
            "uphold": scene.yes(0.6),
            "department": scene.unit() if scene.yes(0.7) else None,
            "explanation": "经研究",
            "override_reason": "已与该单位商定",
        },
        _A.WITHDRAW_RETURN: _note,
        _A.DISPUTE_RETURN: lambda _: {"explanation": "职责清单列明不属我局"},
        _A.REFER_ARBITRATION: _why,
        _A.DECIDE_ARBITRATION: lambda scene: {
            "department": scene.rng.choice(list(scene.units)),
            "explanation": "指定承办",
        },
        _A.REQUEST_EXTENSION: lambda scene: {
            "until": max(scene.situation.due_at or scene.at, scene.at)
            + timedelta(hours=scene.rng.randint(4, 20)),
            "reason": ExtensionReason.AWAITING_PARTS,
            "explanation": "备件在途",
            **_told(scene),
        },
        _A.DECIDE_EXTENSION: _approved,
        _A.REQUEST_SUSPENSION: lambda scene: {
            "reason": PauseReason.STATUTORY_STEP,
            "explanation": "等待检测",
            "evidence": ("检测委托书",),
            **_told(scene),
        },
        _A.DECIDE_SUSPENSION: lambda scene: {**_approved(scene), "review_at": None},
        _A.REVIEW_SUSPENSION: lambda scene: {
            "goes_on": scene.yes(0.5),
            "explanation": "已核实进度",
            "review_at": None,
        },
        _A.END_SUSPENSION: _note,
        _A.REQUEST_RECTIFICATION: _plan,
        _A.DECIDE_RECTIFICATION: _approved,
        _A.COMPLETE_MILESTONE: lambda scene: {
            "milestone": scene.situation.milestone,
            "note": "已完成",
            "evidence": ("验收单",),
            **_told(scene),
        },
        _A.REQUEST_CLOSE_OUT: lambda _: {
            "summary": "节点全部完成",
            "evidence": ("竣工验收报告",),
        },
        _A.REFUSE_CLOSE_OUT: _why,
        _A.END_RECTIFICATION: lambda scene: {"completed": scene.yes(0.8), "explanation": "已核查"},
        _A.REQUEST_FINAL_REPLY: lambda _: {
            "reply": "依规不能支持",
            "reason": FinalReplyReason.POLICY_FORBIDS,
            "basis": "依据管理办法第九条",
            "evidence": (),
        },
        _A.REVIEW_FINAL_REPLY: _approved,
        _A.DECIDE_FINAL_REPLY: _approved,
        _A.OPEN_RATING_CHECK: _why,
        _A.CONTACT_RATER: lambda scene: {"reached": scene.yes(0.8), "note": "已核实"},
        _A.PROPOSE_UNFOUNDED: lambda scene: {
            "reason": scene.rng.choice(list(UnfoundedReason)),
            "explanation": "误评",
        },
        _A.DECIDE_RATING_CHECK: lambda scene: {"founded": scene.yes(0.6), "explanation": "已核实"},
        _A.ISSUE_ORDER: lambda scene: {
            "level": scene.rng.choice([1, 2, 2, 3]),
            "reason": OrderReason.BY_HAND,
            "demand": "立即办理",
            "reply_limit": None,
        },
        _A.ACKNOWLEDGE_ORDER: lambda _: {},
        _A.ANSWER_ORDER: lambda _: {"reply": "已派人到场"},
        _A.VERIFY_ORDER: lambda scene: {"accept": scene.yes(0.8), "explanation": "已核查"},
        _A.RAISE_ORDER: _why,
        _A.RECLASSIFY: lambda scene: {
            "urgency": scene.rng.choice(list(Urgency)),
            "request_type": None,
            "category": None,
            "area": None,
            "reason": "重新核定",
        },
    }
)
"""The fields of each action's form, filled in."""
