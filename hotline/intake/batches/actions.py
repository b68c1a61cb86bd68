"""Writing the tickets of a batch and joining them to the one that is followed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hotline.intake.batches.errors import TooManyRows
from hotline.intake.batches.rules import MOST_ROWS, CallerRow
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.tickets.actions.intake import NewTicket, create_ticket
from hotline.tickets.actions.merging import merge_ticket
from hotline.tickets.lifecycle import Status


@dataclass(frozen=True, slots=True)
class TakenDown:
    """A caller of a batch with the number and the code that are his own.

    Attributes:
        is_followed: True for the ticket that all others follow.
    """

    line: int
    number: str
    query_code: str
    is_followed: bool = False


async def take_down_rows(
    tx: Tx,
    matter: NewTicket,
    rows: Sequence[CallerRow],
    *,
    batch: str,
    parent: str | None = None,
) -> list[TakenDown]:
    """Take down callers of one incident, each with a ticket of his own that follows one of them.

    Sent again, nothing is doubled: each row has its own name within the batch.

    Args:
        tx: the transaction.
        matter: what all of them call about.
        rows: the callers, without problems.
        batch: the sender's own name for the batch.
        parent: the ticket to be followed; None makes it the first caller's own.

    Raises:
        PermissionDenied: the actor may not put many tickets together.
        TooManyRows: more than two hundred.
        MergeImpossible: the ticket to be followed has ended or follows another one.
        IdempotencyConflict: the batch came before with another matter.
    """
    tx.actor.require(Permission.MERGE_MANY)
    if len(rows) > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    done = []
    for row in rows:
        new = replace(
            matter,
            requester_phone=row.phone,
            requester_name=row.name,
            content=f"{matter.content}\n{row.note}" if row.note else matter.content,
        )
        created = await create_ticket(tx, new, idempotency_key=f"{batch}:{row.line}")
        follows = created.is_replay and created.status is not Status.SUBMITTED
        if parent is not None and parent != created.number and not follows:
            await merge_ticket(tx, created.number, parent=parent, is_confirmed=True)
        is_first = parent in {None, created.number}
        parent = parent or created.number
        done.append(TakenDown(row.line, created.number, created.query_code, is_first))
    return done
