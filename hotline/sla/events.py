"""Facts of the clocks."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarned(Fact):
    """A clock reached yellow, orange or, at its limit, red.

    Attributes:
        due_at: when the level fell due, ISO 8601.
        late_by_seconds: how much later it fired; 0 while the sweeper keeps up.
    """

    topic: ClassVar[str] = "clock_warned"

    ticket_id: str
    ticket_number: str
    clock_id: str
    clock: str
    level: str
    department_id: int | None
    holder_user_id: str | None
    due_at: str
    late_by_seconds: int
