"""Telling a unit that a person of the hotline has called upon it."""

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from hotline.escalation.receivers import Case, Chain, Receiver, resolve
from hotline.escalation.roster import read_roster
from hotline.kernel.tx import Transaction
from hotline.notices.writing import NewNotice, write_notices
from hotline.sla.policy import ClockKind, Rung
from hotline.tickets.events import UnitCalled

_WORKER: Chain = (Receiver.HOLDER, Receiver.UNIT_WORKERS, Receiver.UNIT_DUTY)
_LEADERS: Chain = (Receiver.UNIT_LEADERS, Receiver.UNIT_DUTY)
_UNIT = (_WORKER, _LEADERS)

CALLED: Mapping[str, tuple[Chain, ...]] = MappingProxyType(
    {
        "urge": (_WORKER, _LEADERS),
        "letter": (_WORKER, _LEADERS),
        "order": (_WORKER, _LEADERS),
        "listing": (_WORKER, _LEADERS, (Receiver.AUTHORITY,)),
        "consultation": _UNIT,
        "whistle": _UNIT,
        "meeting_task": _UNIT,
        "co_added": _UNIT,
        "named": (_WORKER,),
        "ask_again": _UNIT,
        "co_report": (_WORKER,),
        "added": (_WORKER,),
        "co_proposal": (_WORKER,),
    }
)
"""Who is told of a call: whoever does the work and his leader, and the authority of a listing.

What a co-handler reports on the way, and what a requester adds, is for whoever does the work alone."""


async def tell_unit(tx: Transaction, fact_id: uuid.UUID, called: UnitCalled) -> None:
    """Write the notices of a call; whoever called is not told of it himself."""
    case = Case(
        ClockKind(called.clock) if called.clock else ClockKind.COMPLETE,
        Rung.URGE,  # no rung has fired: the chains below are asked for by name
        called.department_id,
        uuid.UUID(called.holder_user_id) if called.holder_user_id else None,
    )
    told = resolve(case, await read_roster(tx.session), CALLED[called.call])
    await write_notices(
        tx,
        [
            NewNotice(
                user_id=user_id,
                fact_id=fact_id,
                kind=f"called_{called.call}",
                ticket_number=called.ticket_number,
            )
            for user_id in told.users
            if str(user_id) != called.by_user_id
        ],
    )
