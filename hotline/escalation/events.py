"""Facts of escalation."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOverdue(Fact):
    """The work on a ticket passed its limit: the requester is told of the delay.

    Attributes:
        due_at: the limit that passed, ISO 8601.
        expected_at: by when the hotline will have stepped in.
    """

    topic: ClassVar[str] = "work_overdue"

    ticket_id: str
    ticket_number: str
    due_at: str
    expected_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRunsOut(Fact):
    """The requester has not supplied what was asked for and is told a second time.

    Attributes:
        due_at: when his time ends, ISO 8601.
    """

    topic: ClassVar[str] = "supplement_runs_out"

    ticket_id: str
    ticket_number: str
    due_at: str
