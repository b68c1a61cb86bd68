"""Facts of actions on many tickets."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequested(Fact):
    """An action is to be done to many tickets, one after the other.

    Attributes:
        run_id: which run.
    """

    topic: ClassVar[str] = "bulk_requested"

    run_id: str
