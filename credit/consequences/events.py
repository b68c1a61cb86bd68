"""Facts of consequences: ids and codes only."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsequencesTurned(Fact):
    """A department's consequences changed with its grade.

    Attributes:
        period: the period of the grade; None when no grade is in force any more.
        begun: kinds that are new; a changed measure is not among them.
        ended: kinds that are over.
    """

    topic: ClassVar[str] = "credit_consequences_turned"

    department_id: int
    grade: str | None
    period: str | None
    begun: tuple[str, ...]
    ended: tuple[str, ...]
