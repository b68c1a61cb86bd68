"""Working what an appeal has changed into the periods that are frozen already."""

import uuid
from datetime import datetime

from credit.appeals.actions import case_of
from credit.appeals.models import CreditAppeal
from credit.cases.events import CreditCorrected
from credit.cases.recording import note_step
from credit.cases.rules import CaseStep
from credit.freezing import Change, recalculate
from hotline.kernel.db import SessionMaker
from hotline.people.principal import Tx


async def work_in(tx: Tx, corrected: CreditCorrected, closing: SessionMaker | None = None) -> int:
    """Make another revision of every frozen period that a decided appeal touches.

    Args:
        tx: the transaction.
        corrected: what the appeal has changed.
        closing: closes the books in a transaction of its own, so that writers do not wait.

    Returns:
        How many periods have another revision.
    """
    change = Change(datetime.fromisoformat(corrected.since), corrected.reason)
    revised = await recalculate(tx, [change], closing=closing)
    # Only now: nobody has to wait for the appeal while periods are made again.
    appeal = await tx.session.get_one(
        CreditAppeal, uuid.UUID(corrected.appeal_id), with_for_update=True
    )
    appeal.recalculated_at = tx.now
    if revised:
        words = ", ".join(f"{one.key} ({one.revision})" for one in revised)
        await note_step(tx, case_of(appeal), CaseStep.RECALCULATED, words=words)
    return len(revised)
