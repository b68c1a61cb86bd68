"""Writing the record."""

import uuid
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from credit.models import PromiseOutcome, PromiseRecord
from hotline.kernel.ids import uuid7
from hotline.kernel.tx import Transaction
from hotline.tickets.events import PromiseEnded


async def record_promise(tx: Transaction, fact_id: uuid.UUID, fact: PromiseEnded) -> None:
    """Write down a promise kept or broken, once however often the fact is told."""
    await tx.session.exec(
        insert(PromiseRecord)
        .values(
            id=uuid7(tx.now),
            fact_id=fact_id,
            commitment_id=uuid.UUID(fact.commitment_id),
            department_id=fact.department_id,
            ticket_number=fact.ticket_number,
            outcome=PromiseOutcome(fact.outcome),
            due_at=datetime.fromisoformat(fact.due_at),
            outcome_at=datetime.fromisoformat(fact.outcome_at),
            is_excused=fact.is_excused,
            recorded_at=tx.now,
        )
        .on_conflict_do_nothing(index_elements=["commitment_id"])
    )
