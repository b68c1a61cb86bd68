"""What departments heard of their own requesters beside what the hotline heard - pure."""

from dataclasses import dataclass

COMPARED_FROM = 20
"""Answers on each side below which a difference says nothing."""

MARKED_POINTS = 5.0
"""Percentage points by which a department's own result may be better before it is marked."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was answered.

    Attributes:
        answers: requesters who said whether it is solved.
        unsatisfied: those of them for whom it is not, or who rated it badly.
        rated: those of them who gave a rating; nobody else counts as satisfied.
        satisfied: those who rated 3 or better.
    """

    answers: int = 0
    unsatisfied: int = 0
    rated: int = 0
    satisfied: int = 0

    @property
    def unsatisfied_share(self) -> float | None:
        """The share of the unsatisfied in per cent; None when nobody answered."""
        return 100 * self.unsatisfied / self.answers if self.answers else None

    @property
    def satisfied_share(self) -> float | None:
        """The share of the satisfied among those who rated, in per cent; None when nobody did."""
        return 100 * self.satisfied / self.rated if self.rated else None


@dataclass(frozen=True, slots=True)
class Compared:
    """A department's own result beside the hotline's."""

    own: Heard
    hotline: Heard

    @property
    def difference(self) -> float | None:
        """By how many points the department heard of fewer unsatisfied than the hotline."""
        own, hotline = self.own.unsatisfied_share, self.hotline.unsatisfied_share
        return None if own is None or hotline is None else hotline - own

    @property
    def is_marked(self) -> bool:
        """Tell whether the department's own visits flatter: enough answers, too large a difference."""
        enough = min(self.own.answers, self.hotline.answers) >= COMPARED_FROM
        return enough and self.difference is not None and self.difference > MARKED_POINTS
