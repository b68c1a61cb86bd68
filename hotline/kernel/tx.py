"""One transaction: opened and committed at the edge, handed down to actions.

Lock order, everywhere: ticket, then its assignments, then its clocks, then counters.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.kernel.crypto import FieldCipher


@dataclass(frozen=True, slots=True)
class Transaction:
    """What every write needs: the session, the instant, the cipher, the trace.

    Attributes:
        session: begun; never committed below the edge.
        now: the instant at which everything in this transaction happens.
        cipher: for personal data.
        trace_id: ties log lines, facts and jobs to the request that caused them.
    """

    session: AsyncSession
    now: datetime
    cipher: FieldCipher
    trace_id: str
