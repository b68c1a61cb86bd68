"""What happens to appeals and repairs, as facts."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCaseMoved(Fact):
    """An appeal or a repair came one step further, or an entry ended by itself.

    Attributes:
        kind: appeal or repair.
        remedy_id: which; the entry's id where there is no case.
        step: what was done.
        owed: what somebody owes next; empty when nothing is.
        department_id: whose it is.
        by_user_id: who did it; None for the system.
    """

    topic: ClassVar[str] = "credit.case_moved"

    kind: str
    remedy_id: str
    step: str
    owed: str
    department_id: int
    by_user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCorrected(Fact):
    """What credit counts was corrected: periods that are frozen already are to be made again.

    Attributes:
        since: the instant from which on it counts otherwise.
        reason: for the revisions, in words.
        appeal_id: the appeal that it follows from.
    """

    topic: ClassVar[str] = "credit.corrected"

    since: str
    reason: str
    appeal_id: str
