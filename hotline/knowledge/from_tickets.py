"""An article drafted from what a ticket was answered: the question, the reply, nobody's data."""

from sqlmodel import col, select

from hotline.kernel.masking import hide_person, mask_text
from hotline.knowledge.actions import add_article, require_owner
from hotline.knowledge.errors import NothingToDraftFrom
from hotline.knowledge.models import Article
from hotline.knowledge.rules import SHORT_MAX, TITLE_MAX, ArticleAudience, ArticleText, day_of
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.access import find_readable
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import Feedback, Ticket, TicketEvent, TicketRequester


async def draft_from_ticket(tx: Tx, number: str) -> Article:
    """Draft an article from a ticket that was answered; its author still has to read and to submit it.

    What the requester is called and every number of a person is left out. The owner is the department
    that handled it, else the hotline.

    Raises:
        TicketNotFound: there is none for the actor.
        NothingToDraftFrom: it has no reply yet.
        NotYourArticle: the actor writes for another department.
    """
    tx.actor.require(Permission.WRITE_KNOWLEDGE)
    ticket = await find_readable(tx.session, tx.actor, number)
    reply = await _reply_to(tx, ticket)
    if reply is None:
        raise NothingToDraftFrom
    owner_id = ticket.lead_department_id or ticket.owner_department_id
    statement = select(Department.code)
    statement = (
        statement.where(Department.id == owner_id)
        if owner_id is not None
        else statement.where(col(Department.is_hotline).is_(True))
    )
    owner = await require_owner(tx, (await tx.session.exec(statement)).one())
    names = await _names(tx, ticket)
    answer = _nameless(reply, names)
    text = ArticleText(
        title=_nameless(ticket.title, names)[:TITLE_MAX],
        short=answer[:SHORT_MAX],
        answer=answer,
        categories=(ticket.category_code,) if ticket.category_code else (),
        audience=ArticleAudience.HOTLINE,
        valid_from=day_of(tx.now),
    )
    return await add_article(tx, owner, text, ticket_number=ticket.number)


async def _reply_to(tx: Tx, ticket: Ticket) -> str | None:
    """Return what the requester was answered: the reply that passed the audit, or that of the desk."""
    passed = await tx.session.exec(
        select(Feedback.reply)
        .where(Feedback.ticket_id == ticket.id, col(Feedback.is_passed).is_(True))
        .order_by(col(Feedback.submitted_at).desc())
        .limit(1)
    )
    if (reply := passed.first()) is not None:
        return reply
    answered = await tx.session.exec(
        select(TicketEvent.text)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.action == Action.ANSWER.value)
        .order_by(col(TicketEvent.seq).desc())
        .limit(1)
    )
    return answered.first()


async def _names(tx: Tx, ticket: Ticket) -> list[str]:
    rows = await tx.session.exec(
        select(TicketRequester).where(TicketRequester.ticket_id == ticket.id)
    )
    return [
        name
        for row in rows.all()
        for data in (row.name, row.on_behalf_of)
        if data is not None and (name := tx.cipher.decrypt(data))
    ]


def _nameless(text: str, names: list[str]) -> str:
    for name in names:
        text = hide_person(text, name)
    return mask_text(text)
