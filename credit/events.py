"""Facts of credit: ids, codes and points only."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntryMoved(Fact):
    """An event of the ledger came to a state, its first one included.

    Attributes:
        change_id: the row of the ledger that says so.
    """

    topic: ClassVar[str] = "credit_entry_moved"

    entry_id: str
    change_id: str
    department_id: int
    code: str
    state: str
