"""Handing a ticket to a colleague of the same department."""

from hotline.people.models import User
from hotline.people.permissions import Role
from hotline.people.principal import Tx
from hotline.people.queries import colleagues_of
from hotline.tickets.actions.handling import own_task
from hotline.tickets.calls import call_unit
from hotline.tickets.errors import NotYoursToHandOn, UnknownColleague, WithThemAlready
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Assignment, Ticket
from hotline.tickets.step import Step


async def name_handler(
    tx: Tx,
    number: str,
    *,
    colleague: str,
    note: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Name the person who handles the department's part from now on; he is told.

    A leader names anybody of the department; a handler hands on what is his, or takes or gives what is
    nobody's yet. Who signs for a ticket later has it from then on.

    Args:
        tx: the transaction.
        number: the ticket.
        colleague: his user name.
        note: words for him.
        expected_version: the version the actor has read.

    Raises:
        UnknownColleague: nobody of the department who handles tickets has this name.
        NotYoursToHandOn: another person has it, and the actor is no leader.
        WithThemAlready: he has it already.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.NAME_HANDLER)
    task = own_task(step)
    person = await find_colleague(tx, colleague)
    require_may_hand_on(tx, task)
    if task.handler_id == person.id:
        raise WithThemAlready(name=person.display_name)
    task.handler_id = person.id
    ticket = await step.finish(
        move,
        Action.NAME_HANDLER,
        text=note,
        details={"colleague": person.display_name},
        only_department=task.department_id,
    )
    await call_unit(tx, ticket, "named", task.department_id)
    return ticket


def require_may_hand_on(tx: Tx, task: Assignment) -> None:
    """Pass in silence when the actor may say who handles the department's part.

    Raises:
        NotYoursToHandOn: another person has it, and the actor is no leader.
    """
    is_his = task.handler_id in {None, tx.actor.user_id}
    if not is_his and Role.LEADER not in tx.actor.roles:
        raise NotYoursToHandOn


async def find_colleague(tx: Tx, username: str) -> User:
    """Return somebody of the actor's department who handles tickets.

    Raises:
        UnknownColleague: there is nobody of this name.
    """
    people = await colleagues_of(tx.session, tx.actor.department_id)
    found = next((person for person in people if person.username == username), None)
    if found is None:
        raise UnknownColleague(name=username)
    return found
