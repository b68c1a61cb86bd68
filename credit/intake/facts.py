"""A fact as credit was told it, and the facts that credit itself tells - pure."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True)
class ToldFact:
    """A fact as it was told.

    Attributes:
        id: of the message; the same fact told again has the same.
        told_at: when it happened as far as the teller knew.
    """

    id: uuid.UUID
    topic: str
    payload: Mapping[str, Any]
    told_at: datetime

    @property
    def ticket_id(self) -> uuid.UUID | None:
        """The ticket that it is about, when it is about one."""
        given = self.payload.get("ticket_id")
        return uuid.UUID(given) if given else None


@dataclass(frozen=True, slots=True)
class KeptFact:
    """A fact with the instant since which credit knows it."""

    told: ToldFact
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkExcluded(Fact):
    """Two persons have decided that work on a ticket does not count (剔除).

    Attributes:
        exclusion_id: the decision; it is ended by name.
        cause: why, one of the codes of exclusion.
        department_id: only this department's work; None for everybody's.
    """

    topic: ClassVar[str] = "work_excluded"

    exclusion_id: str
    ticket_id: str
    ticket_number: str
    cause: str
    department_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionEnded(Fact):
    """An exclusion holds no longer: the work counts again, for good."""

    topic: ClassVar[str] = "exclusion_ended"

    exclusion_id: str
    ticket_id: str
    ticket_number: str
