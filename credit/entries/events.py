"""What happens to the ledger, as facts."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedEntryTakenBack(Fact):
    """An event that had counted was taken back: what was frozen meanwhile is to be made again.

    Attributes:
        entry_id: which.
        code: of its rule.
        counted_since: the instant from which it had counted.
    """

    topic: ClassVar[str] = "counted_entry_taken_back"

    entry_id: str
    department_id: int
    code: str
    counted_since: str
