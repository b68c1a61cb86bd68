"""Working what an appeal has changed into the periods that are frozen already."""

import uuid
from datetime import datetime

from credit.appeals.actions import case_of
from credit.appeals.models import CreditAppeal
from credit.cases.events import CreditCorrected
from credit.cases.recording import note_step
from credit.cases.rules import CaseStep
from credit.freezing import recalculate_since
from hotline.people.principal import Tx


async def work_in(tx: Tx, corrected: CreditCorrected) -> int:
    """Make another revision of every frozen period that a decided appeal touches.

    Returns:
        How many periods have another revision.
    """
    appeal = await tx.session.get_one(
        CreditAppeal, uuid.UUID(corrected.appeal_id), with_for_update=True
    )
    revised = await recalculate_since(
        tx, datetime.fromisoformat(corrected.since), reason=corrected.reason
    )
    appeal.recalculated_at = tx.now
    if revised:
        words = ", ".join(f"{one.key} ({one.revision})" for one in revised)
        await note_step(tx, case_of(appeal), CaseStep.RECALCULATED, words=words)
    return len(revised)
