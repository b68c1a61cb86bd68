"""How the simulated staff of a day behave: whose turn it is, what is likely, what is written then."""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from hotline.people.permissions import Role
from hotline.procedures.models import Procedure
from hotline.procedures.rules import DECIDED_BY, Milestone, PauseReason, ReturnReason
from hotline.supervision.rules import OrderReason
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.lifecycle import Action, Hold, Status
from hotline.tickets.models import Urgency

_A, _R, _S, _H = Action, Role, Status, Hold


@dataclass(frozen=True, slots=True)
class Habits:
    """What people usually do with their time.

    Attributes:
        shares: parts of a limit that are used, and how many of a hundred use so much.
        comes_back: how often something still happens to a ticket that has ended.
        chiefs: how often a leader does what his handler could.
    """

    shares: Sequence[tuple[float, float]] = ((0.03, 0.5), (0.6, 0.95), (1.05, 1.6))
    of_hundred: Sequence[int] = (88, 8, 4)
    comes_back: float = 0.12
    chiefs: float = 0.1

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
    """

    status: str
    hold: str | None
    round: int
    due_at: datetime | None
    lead: str | None
    co: Sequence[str] | None
    order_state: str | None


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
    Usual(6, _A.PROGRESS, "lead"),
    Usual(2, _A.ISSUE_ORDER, _R.SUPERVISOR),
    *_WAITING,
)

USUALLY: Mapping[tuple[Status, Hold | None], Sequence[Usual]] = MappingProxyType(
    {
        (_S.SUBMITTED, None): (
            Usual(80, _A.ACCEPT, _R.OPERATOR),
            Usual(8, _A.ANSWER, _R.OPERATOR),
            Usual(3, _A.REFUSE, _R.OPERATOR),
            Usual(1, _A.TRANSFER_OUT, _R.OPERATOR),
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
            Usual(90, _A.DISPATCH, _R.DISPATCHER),
            Usual(5, _A.REQUEST_CONSULTATION, _R.DISPATCHER),
            Usual(2, _A.ANSWER, _R.DISPATCHER),
            Usual(3, _A.MERGE, _R.DISPATCHER),
        ),
        (_S.ACCEPTED, _H.CONSULTATION): (Usual(1, _A.DECIDE_CONSULTATION, _R.DISPATCHER),),
        (_S.ACCEPTED, _H.ARBITRATION): (Usual(1, _A.DECIDE_ARBITRATION, _R.AUTHORITY),),
        (_S.DISPATCHED, None): (
            Usual(70, _A.SIGN, "lead"),
            Usual(18, _A.REQUEST_RETURN, "lead"),
            Usual(8, _A.CONTACT, "lead"),
            Usual(3, _A.SUBMIT_OPINION, "co"),
        ),
        (_S.DISPATCHED, _H.RETURN_REVIEW): (
            Usual(20, _A.DECIDE_RETURN, _R.DISPATCHER),
            Usual(2, _A.REFER_ARBITRATION, _R.SUPERVISOR),
        ),
        (_S.PROCESSING, None): (
            Usual(40, _A.CONTACT, "lead"),
            Usual(45, _A.SUBMIT_FEEDBACK, "lead"),
            Usual(0, _A.REQUEST_EXTENSION, "lead"),
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
            Usual(30, _A.END_RECTIFICATION, _R.SUPERVISOR),
            *_AT_WORK,
        ),
        (_S.PROCESSING, _H.SUSPENSION): (
            Usual(30, _A.END_SUSPENSION, _R.SUPERVISOR),
            *_AT_WORK,
        ),
        (_S.PROCESSING, _H.FINAL_REPLY): (Usual(1, _A.DECIDE_FINAL_REPLY, _R.AUTHORITY),),
        (_S.FEEDBACK_SUBMITTED, None): (
            Usual(85, _A.PASS_AUDIT, _R.AUDITOR),
            Usual(15, _A.REJECT_AUDIT, _R.AUDITOR),
        ),
        (_S.PENDING_VISIT, None): (
            Usual(90, _A.RECORD_VISIT, _R.VISITOR),
            Usual(15, _A.RECORD_VISIT, "requester"),
            Usual(2, _A.OPEN_RATING_CHECK, _R.AUDITOR),
            Usual(1, _A.REQUEST_FINAL_REPLY, "chief"),
        ),
        (_S.PENDING_VISIT, _H.FINAL_REPLY): (Usual(1, _A.DECIDE_FINAL_REPLY, _R.AUTHORITY),),
        (_S.PENDING_VISIT, _H.RATING_CHECK): (Usual(1, _A.DECIDE_RATING_CHECK, _R.AUDITOR),),
        (_S.CLOSED, None): (
            Usual(3, _A.REOPEN, _R.OPERATOR),
            Usual(1, _A.OPEN_RATING_CHECK, _R.AUDITOR),
        ),
        (_S.CLOSED, _H.RATING_CHECK): (Usual(1, _A.DECIDE_RATING_CHECK, _R.AUDITOR),),
        (_S.NOT_ACCEPTED, None): (Usual(1, _A.OBJECT, "requester"),),
        (_S.MERGED, None): (Usual(1, _A.SPLIT, _R.DISPATCHER),),
    }
)
"""What is done in each state, by whom, and how often beside the rest."""

_DECIDERS: Mapping[Action, Role] = MappingProxyType(
    {
        _A.DECIDE_REFUSAL: _R.AUDITOR,
        _A.DECIDE_EXTENSION: _R.SUPERVISOR,
        _A.DECIDE_SUSPENSION: _R.SUPERVISOR,
        _A.DECIDE_RECTIFICATION: _R.SUPERVISOR,
    }
)
"""Who decides what waits beside the main line; it is decided before anything else happens."""

_ORDER_TURNS: Mapping[str, tuple[Action, Role | None]] = MappingProxyType(
    {
        "issued": (_A.ACKNOWLEDGE_ORDER, None),
        "acknowledged": (_A.ANSWER_ORDER, None),
        "answered": (_A.VERIFY_ORDER, _R.SUPERVISOR),
    }
)


def turns_of(situation: Situation, pending: Sequence[Procedure]) -> Sequence[Turn]:
    """Return what may be expected next of a ticket in this situation."""
    turns = [
        Turn(60, action, _DECIDERS[action], asker=procedure.opened_by)
        for procedure in pending
        if (action := DECIDED_BY.get(procedure.kind)) in _DECIDERS
    ]
    askers = {DECIDED_BY.get(procedure.kind): procedure.opened_by for procedure in pending}
    for usual in USUALLY.get((Status(situation.status), _hold(situation)), ()):
        turns += _turns(usual, situation, askers.get(usual.action))
    if situation.order_state in _ORDER_TURNS and situation.lead:
        action, role = _ORDER_TURNS[situation.order_state]
        turns.append(Turn(25, action, role, None if role else situation.lead))
    return turns


def _hold(situation: Situation) -> Hold | None:
    return Hold(situation.hold) if situation.hold else None


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


def likely(turns: Sequence[Turn], rng: random.Random) -> Turn | None:
    """Return one of several turns, the likelier the more often."""
    return rng.choices(turns, [turn.weight for turn in turns])[0] if turns else None


# -- what is written -------------------------------------------------------------------------------

Words = Callable[["Scene"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the words of an action may depend on."""

    situation: Situation
    at: datetime
    rng: random.Random
    units: Sequence[str]
    others: Sequence[str]

    def yes(self, share: float) -> bool:
        """Tell whether something that happens in `share` of all cases happens now."""
        return self.rng.random() < share

    def unit(self) -> str:
        """Return a department that is not the present one."""
        return self.rng.choice([code for code in self.units if code != self.situation.lead])


def _why(_: Scene) -> dict[str, Any]:
    return {"reason": "情况如上，按规定办理"}


def _note(_: Scene) -> dict[str, Any]:
    return {"note": "已记录"}


def _approved(scene: Scene) -> dict[str, Any]:
    return {"approve": scene.yes(0.8), "explanation": "已核实"}


def _dispatch(scene: Scene) -> dict[str, Any]:
    lead, *co = scene.rng.sample(list(scene.units), scene.rng.choice([1, 1, 1, 2, 3]))
    return {"department": lead, "co_departments": tuple(co)}


def _visit(scene: Scene) -> dict[str, Any]:
    if scene.yes(0.15):
        return {
            "reached": False,
            "solved": None,
            "rating": None,
            "was_contacted": None,
            "note": None,
        }
    solved = scene.yes(0.85)
    rating = scene.rng.choice([None, 5, 5, 4, 3, 1] if solved else [None, 2, 1])
    return {
        "reached": True,
        "solved": solved,
        "rating": rating,
        "was_contacted": True,
        "note": None,
    }


def _plan(scene: Scene) -> dict[str, Any]:
    days = sorted(scene.rng.sample(range(12, 40), 3))
    return {
        "reason": "涉及管网改造，短期内无法完成",
        "milestones": [
            Milestone(f"第{n}阶段完成", scene.at + timedelta(days=day))
            for n, day in enumerate(days, start=1)
        ],
        "requester_told": "电话告知",
    }


WORDS: Mapping[Action, Words] = MappingProxyType(
    {
        _A.ACCEPT: lambda _: {"promise": "按时限办理并反馈", "handler_limit": None},
        _A.ANSWER: lambda scene: {"reply": "政策如下", "is_confirmed": scene.yes(0.6)},
        _A.REFUSE: lambda _: {"reason": "不属于受理范围", "where_to": "人民法院"},
        _A.DECIDE_REFUSAL: _approved,
        _A.OBJECT: _why,
        _A.TRANSFER_OUT: lambda _: {"target": "110", "reason": "正在发生的警情"},
        _A.MERGE: lambda scene: {"parent": scene.rng.choice(scene.others)},
        _A.SPLIT: _why,
        _A.WITHDRAW: _why,
        _A.DISPATCH: lambda scene: {**_dispatch(scene), "note": None},
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
            "no_contact_reason": None,
        },
        _A.PASS_AUDIT: lambda _: {},
        _A.REJECT_AUDIT: _why,
        _A.RECORD_VISIT: _visit,
        _A.REOPEN: _why,
        _A.ARCHIVE: lambda _: {},
        _A.URGE: _note,
        _A.NOTE: _note,
        _A.REQUEST_SUPPLEMENT: lambda _: {"items": ["现场照片", "合同复印件"]},
        _A.PROVIDE_SUPPLEMENT: lambda _: {"text": "材料已提交"},
        _A.CANCEL_UNSUPPLEMENTED: _why,
        _A.REQUEST_CONSULTATION: _why,
        _A.DECIDE_CONSULTATION: lambda scene: {**_dispatch(scene), "explanation": "会商一致"},
        _A.REQUEST_RETURN: lambda scene: {
            "reason": scene.rng.choice([one for one in ReturnReason if one != "unclear"]),
            "suggested_department": scene.unit(),
            "explanation": "职责依据见附件",
        },
        _A.DECIDE_RETURN: lambda scene: {
            "uphold": scene.yes(0.6),
            "department": scene.unit() if scene.yes(0.7) else None,
            "explanation": "经研究",
        },
        _A.REFER_ARBITRATION: _why,
        _A.DECIDE_ARBITRATION: lambda scene: {
            "department": scene.rng.choice(list(scene.units)),
            "explanation": "指定承办",
        },
        _A.REQUEST_EXTENSION: lambda scene: {
            "until": max(scene.situation.due_at or scene.at, scene.at)
            + timedelta(hours=scene.rng.randint(4, 20)),
            "reason": "备件在途",
            "requester_told": "电话告知",
        },
        _A.DECIDE_EXTENSION: _approved,
        _A.REQUEST_SUSPENSION: lambda _: {
            "reason": PauseReason.STATUTORY_STEP,
            "explanation": "等待检测",
            "requester_told": "电话告知",
        },
        _A.DECIDE_SUSPENSION: _approved,
        _A.END_SUSPENSION: _note,
        _A.REQUEST_RECTIFICATION: _plan,
        _A.DECIDE_RECTIFICATION: _approved,
        _A.END_RECTIFICATION: lambda scene: {"completed": scene.yes(0.8), "explanation": "已核查"},
        _A.REQUEST_FINAL_REPLY: lambda _: {"reply": "依规不能支持", "reason": "政策不允许"},
        _A.DECIDE_FINAL_REPLY: _approved,
        _A.OPEN_RATING_CHECK: _why,
        _A.DECIDE_RATING_CHECK: lambda scene: {"founded": scene.yes(0.6), "explanation": "已核实"},
        _A.ISSUE_ORDER: lambda _: {
            "level": 2,
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
