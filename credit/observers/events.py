"""Facts about observers; they name rows, never persons."""

from dataclasses import dataclass
from typing import ClassVar

from hotline.kernel.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPublished(Fact):
    """A survey waits for the observers' answers.

    Attributes:
        survey_id: which.
    """

    topic: ClassVar[str] = "observer_survey_published"

    survey_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlanned(Fact):
    """An observer is asked to visit a department.

    Attributes:
        visit_id: which visit.
    """

    topic: ClassVar[str] = "observer_visit_planned"

    visit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingMoved(Fact):
    """Somebody else is to act about a finding now.

    Attributes:
        finding_id: which.
        state: what it has become.
        department_id: who has to put it right.
    """

    topic: ClassVar[str] = "observer_finding_moved"

    finding_id: str
    state: str
    department_id: int
