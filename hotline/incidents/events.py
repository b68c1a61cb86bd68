"""Facts of incidents and bursts: ids and codes only."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged(Fact):
    """An incident was found, or something was done to it.

    Attributes:
        deed: what was done, a member of `hotline.incidents.rules.IncidentDeed`.
        state: what it is now.
        ticket_count: how many tickets are of it.
    """

    topic: ClassVar[str] = "incident_changed"

    incident_id: str
    deed: str
    state: str
    ticket_count: int
    by_user_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstBegan(Fact):
    """Unusually many tickets of a kind have come from an area.

    Attributes:
        category: the code; empty for tickets without one.
        area: the area's name; empty for tickets without one.
        count: how many came within the hour.
    """

    topic: ClassVar[str] = "burst_began"

    burst_id: str
    category: str
    area: str
    count: int
