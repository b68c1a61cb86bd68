"""How long a ticket's work has waited, and who may let it wait longer."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.people.permissions import Role
from hotline.procedures.models import Procedure
from hotline.procedures.pauses import Pause, pause_approver, pause_cap, paused_for
from hotline.procedures.rules import ProcedureKind, ProcedureState
from hotline.sla.policy import CalendarCode, ClockKind
from hotline.tickets.lifecycle import HANDLING
from hotline.tickets.step import Step

_WAITED = (ProcedureState.RUNNING, ProcedureState.ENDED)


async def pauses_of(
    step: Step, kinds: Sequence[ProcedureKind], since: datetime | None = None
) -> list[Pause]:
    """Return when a ticket waited for requests of these kinds that were granted."""
    rows = await step.tx.session.exec(
        select(Procedure).where(
            Procedure.ticket_id == step.ticket.id,
            col(Procedure.kind).in_(kinds),
            col(Procedure.state).in_(_WAITED),
            col(Procedure.opened_at) >= since if since is not None else sa.true(),
        )
    )
    return [Pause(_began(row), row.ended_at) for row in rows]


def _began(procedure: Procedure) -> datetime:
    """Return when it took effect: the first checklist, with the asking; it needs nobody's consent."""
    if procedure.kind is ProcedureKind.SUPPLEMENT and procedure.approver is None:
        return procedure.opened_at
    return procedure.decided_at or procedure.opened_at


async def approver_of_pause(step: Step, until: datetime) -> Role:
    """Return who may let the work wait until then.

    What it waited so far, since its clock began, and what it would wait on top are working time.
    """
    work = step.clocks.first((*HANDLING, ClockKind.ACCEPT))
    if work is None:
        return Role.SUPERVISOR
    working, now = step.calendars[CalendarCode.WORKING], step.tx.now
    waited = await pauses_of(
        step, (ProcedureKind.SUPPLEMENT, ProcedureKind.SUSPENSION), work.started_at
    )
    return pause_approver(
        paused_for(working, waited, now),
        working.elapsed(now, until),
        pause_cap(work.limit_seconds, working.day_seconds),
    )
