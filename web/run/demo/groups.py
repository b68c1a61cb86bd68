"""Stories of the demo city: a matter that three told of, and one that was told twice."""

from hotline.people.permissions import Role
from hotline.procedures.repeats import decide_repeat, explain_repeat
from hotline.sla.policy import ClockKind
from hotline.tickets.actions.merging import merge_ticket, split_ticket
from web.run.demo.paths import Path
from web.run.demo.script import Script

_APART = "到现场看过，两处相隔一条街，不是同一处，分开办理。"
_EXPLAINED = (
    "您本次反映的内容与上次相同，没有新的情况。上次已办结并向您说明，处理结果没有变化，不再重复办理；"
    "如有新的事实请提出异议。"
)
_SAME = "核对了两件工单，事实和理由相同，同意解释办结。"


def _parent(s: Script) -> str:
    return s.parent.number if s.parent else ""


def _follow(s: Script) -> None:
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.1, 0.6)),
        s.staff(Role.OPERATOR),
        lambda tx, number: merge_ticket(tx, number, parent=_parent(s), is_confirmed=True),
    )


def _follow_and_part(s: Script) -> None:
    _follow(s)
    s.do(
        s.after(ClockKind.ACCEPT, 0.2),
        s.staff(Role.DISPATCHER),
        lambda tx, number: split_ticket(tx, number, reason=_APART),
    )
    s.waits(ClockKind.ACCEPT, late=0)


def _explained(s: Script) -> None:
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.1, 0.4)),
        s.staff(Role.OPERATOR),
        lambda tx, number: explain_repeat(tx, number, earlier=_parent(s), explanation=_EXPLAINED),
    )
    s.do(
        s.after(ClockKind.ACCEPT, s.rng.uniform(0.1, 0.4)),
        s.staff(Role.SUPERVISOR),
        lambda tx, number: decide_repeat(tx, number, approve=True, explanation=_SAME),
    )


GROUP_PATHS = (
    Path(2, _follow, is_dispatched=False, joins=True, gathers=True),
    Path(1, _follow_and_part, is_dispatched=False, joins=True, gathers=True),
    Path(2, _explained, is_dispatched=False, joins=True, repeats=True),
)
"""Out of five hundred, beside all the others."""
