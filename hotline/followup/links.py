"""Links to rate: made for one requester and one round, opened once."""

import hashlib
import uuid
from datetime import timedelta

from sqlmodel import col, select

from hotline.followup.access import LinkFound, find_link
from hotline.followup.models import RatingLink
from hotline.followup.rules import LINK_DAYS, LinkState, link_state
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.ids import uuid7
from hotline.kernel.outbox import emit
from hotline.people.principal import Tx
from hotline.tickets.events import RequesterConcerned
from hotline.tickets.models import Ticket, TicketRequester

VISIT_LINK_NEWS = "visit_link"
"""Under which name requesters are told of their link."""

MAX_TOKEN = 64


class LinkUnknown(DomainError):
    """No such link opens: never made, over, or of a matter that is handled again."""

    kind = ErrorKind.NOT_FOUND
    code = "link-unknown"
    title = N_("This link does not open any more")


class LinkUsed(DomainError):
    """The link was used, or the requester has answered by another road."""

    kind = ErrorKind.EXPIRED
    code = "link-used"
    title = N_("This link was used: your answer is recorded")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def make_link(tx: Tx, ticket: Ticket, requester_id: uuid.UUID) -> RatingLink:
    """Make the link of one requester for this round, and have it sent to him.

    Its word is signed with the installation's secret, so that neither table, fact nor message row
    holds it: whoever sends it makes it again from the link's id.
    """
    link_id = uuid7(tx.now)
    link = RatingLink(
        id=link_id,
        ticket_id=ticket.id,
        requester_id=requester_id,
        round=ticket.round,
        token_digest=_digest(word_of(tx.cipher, link_id)),
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=LINK_DAYS),
    )
    tx.session.add(link)
    own = (
        await tx.session.exec(
            select(Ticket.id, Ticket.number)
            .join(TicketRequester, col(TicketRequester.ticket_id) == col(Ticket.id))
            .where(col(TicketRequester.id) == requester_id)
        )
    ).one()
    await emit(
        tx,
        RequesterConcerned(
            ticket_id=str(own[0]),
            ticket_number=own[1],
            news=VISIT_LINK_NEWS,
            expected_at=link.expires_at.isoformat(),
            requester_id=str(requester_id),
            link_id=str(link_id),
        ),
    )
    return link


def word_of(cipher: FieldCipher, link_id: uuid.UUID) -> str:
    """Return the word of a link, which stands in its address."""
    return cipher.bearer("rating link", str(link_id))


def require_open(found: LinkFound, tx: Tx) -> None:
    """Pass in silence when a link opens now.

    Raises:
        LinkUnknown: it is over, or the matter is handled again.
        LinkUsed: it was used.
    """
    state = link_state(
        is_used=found.link.used_at is not None or found.is_answered,
        expires_at=found.link.expires_at,
        round_=found.link.round,
        present_round=found.round,
        now=tx.now,
    )
    if state is LinkState.DEAD:
        raise LinkUnknown
    if state is LinkState.USED:
        raise LinkUsed


async def open_link(tx: Tx, token: str) -> LinkFound:
    """Return what a word opens now.

    Raises:
        LinkUnknown: nothing.
        LinkUsed: it was used.
    """
    found = await find_link(tx.session, _digest(token[: MAX_TOKEN + 1]))
    if found is None:
        raise LinkUnknown
    require_open(found, tx)
    return found
