"""Disputed assignments in the demo city: rejected and disputed, put right by the authority, withdrawn."""

from hotline.people.permissions import Role
from hotline.procedures.returns import (
    decide_arbitration,
    decide_return,
    dispute_return,
    withdraw_return,
)
from hotline.sla.policy import ClockKind
from web.run.demo.paths import Path
from web.run.demo.script import Script

_REJECTED = "派单目录载明由你单位主办，先行办理，意见可按程序提出。"
_OBJECTION = "本单位无执法权限，权责清单已明确由相关单位负责，提请主管部门裁定。"
_PUT_RIGHT = "经核对权责清单，原派单单位无此职责，改由职责单位承办，不得再退。"
_WITHDRAWN = "与相关单位现场核对，确属本单位管护范围，撤回申请，继续办理。"


def _reject(s: Script) -> None:
    s.do(
        s.after(ClockKind.DISPUTE_REVIEW, s.rng.uniform(0.1, 0.6)),
        s.staff(Role.DISPATCHER),
        lambda tx, number: decide_return(tx, number, uphold=False, explanation=_REJECTED),
    )


def _dispute(s: Script) -> None:
    s.do(
        s.after(ClockKind.DISPUTE_REVIEW, s.rng.uniform(0.1, 0.6)),
        s.leader,
        lambda tx, number: dispute_return(tx, number, explanation=_OBJECTION),
    )


def _rejected_and_disputed(s: Script) -> None:
    s.accept()
    s.dispatch(s.strangers(1)[0])
    s.sign(0.3)
    s.ask_return(s.matter.template.department)
    _reject(s)
    _dispute(s)


def _disputed(s: Script) -> None:
    _rejected_and_disputed(s)
    s.waits(ClockKind.ARBITRATION, late=0)


def _put_right_and_done(s: Script) -> None:
    _rejected_and_disputed(s)
    department = s.lead = s.matter.template.department
    s.do(
        s.after(ClockKind.ARBITRATION, s.rng.uniform(0.1, 0.6)),
        s.staff(Role.AUTHORITY),
        lambda tx, number: decide_arbitration(
            tx, number, department=department, explanation=_PUT_RIGHT
        ),
    )
    s.begin_work()
    s.feedback()
    s.finish()


def _withdrawn_and_done(s: Script) -> None:
    s.accept()
    s.dispatch()
    s.ask_return(s.strangers(1)[0])
    s.do(
        s.after(ClockKind.DISPUTE_REVIEW, s.rng.uniform(0.1, 0.4)),
        s.leader,
        lambda tx, number: withdraw_return(tx, number, note=_WITHDRAWN),
    )
    s.contact()
    s.progress()
    s.hand_in()
    s.finish()


DISPUTES: tuple[Path, ...] = (
    Path(2, _disputed, slow=0.6),
    Path(1, _put_right_and_done, (0.1, 30)),
    Path(1, _withdrawn_and_done, (0.1, 30)),
)
"""Beside those of the main line, where returns are upheld, rejected and bounce three times."""
