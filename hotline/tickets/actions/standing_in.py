"""What the system does in somebody's place when he let his time pass: each is a step like any other."""

import uuid

from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.tickets.actions.cohandling import defaulted
from hotline.tickets.assignments import OPINION_OPEN, AssignmentRole, AssignmentState
from hotline.tickets.errors import NotYourTask
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Post, Ticket
from hotline.tickets.step import Step


async def hand_to_duty_head(
    tx: Tx, number: str, *, user_id: uuid.UUID, expected_version: int | None = None
) -> Ticket:
    """Give a matter that nobody accepted in time to the hotline's duty head by name.

    Args:
        tx: the transaction.
        number: the ticket.
        user_id: the duty head.
        expected_version: the version the actor has read.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.HAND_TO_DUTY_HEAD)
    step.hand_to(user_id=user_id)
    return await step.finish(move, Action.HAND_TO_DUTY_HEAD)


async def take_silence_as_consent(
    tx: Tx, number: str, *, department_id: int, expected_version: int | None = None
) -> Ticket:
    """Count a co-handler's silence past its limit as "no objection", marked as such.

    Raises:
        NotYourTask: the department has no opinion outstanding.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.DEFAULT_CONSENT)
    task = next(
        (
            task
            for task in step.assignments
            if task.department_id == department_id
            and task.role is AssignmentRole.CO
            and task.state in OPINION_OPEN
        ),
        None,
    )
    if task is None:
        raise NotYourTask
    await emit(tx, defaulted(step, task))
    step.set_task(task, AssignmentState.DEFAULT_CONSENT)
    task.defaulted_at = tx.now
    return await step.finish(
        move,
        Action.DEFAULT_CONSENT,
        details={"department_id": department_id},
        only_department=department_id,
    )


async def raise_return(tx: Tx, number: str, *, expected_version: int | None = None) -> Ticket:
    """Put a disputed assignment that was not judged in time before the authority.

    It is never upheld by mere lapse of time; the department's clock stays frozen.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.RAISE_RETURN)
    step.hand_to(post=Post.AUTHORITY)
    return await step.finish(move, Action.RAISE_RETURN)
