"""What happens to the ledger, as facts."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntryMoved(Fact):
    """An event was entered, came into force, or was taken back.

    Attributes:
        entry_id: which.
        code: of its rule.
        state: where it stands now.
        reason: why, a code; empty where people's words say so.
        counted_since: the instant from which it had counted, when it does so no longer: periods that
            were frozen since are to be made again.
    """

    topic: ClassVar[str] = "credit_entry_moved"

    entry_id: str
    department_id: int
    code: str
    state: str
    reason: str
    counted_since: str | None = None
