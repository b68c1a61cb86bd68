"""What the actions on co-handlers, consultations and whistles take."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from hotline.meetings.gathering import TaskGiven
from hotline.sla.policy import Limit
from hotline.tickets.meetings import MOST_UNITS, DutyOpinion, ResponseScore, WorkStage
from web.api.schemas import ActionBody, OptionalWords, Words
from web.api.v1.bodies import Code, Override, ShortWords, parsed_limit

Codes = Annotated[tuple[Code, ...], Field(max_length=MOST_UNITS)]
Place = Annotated[OptionalWords, Field(max_length=200)]
Evidence = Annotated[tuple[ShortWords, ...], Field(max_length=50)]


class StageBody(ActionBody):
    """How far a co-handler's part is."""

    stage: WorkStage
    note: Words
    evidence: Evidence = ()


class PartBody(ActionBody):
    """A department's part in a ticket, and why."""

    department: Code
    reason: Words


class NewPartBody(ActionBody):
    """A department that is given a part."""

    department: Code
    note: OptionalWords = None


class ConsultationBody(ActionBody):
    """The question, and the units that are called to answer it."""

    reason: Words
    departments: Annotated[Codes, Field(min_length=1)]
    held_at: AwareDatetime | None = None
    place: Place = None


class CallBody(ActionBody):
    """Further units for a consultation that is open."""

    departments: Annotated[Codes, Field(min_length=1)]
    held_at: AwareDatetime | None = None
    place: Place = None


class ConsultationAnswerBody(ActionBody):
    """Whether a matter is a unit's own, and why."""

    opinion: DutyOpinion
    explanation: Words


class TaskBody(BaseModel):
    """A task for one unit that was called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    department: Code
    text: Words
    due_at: AwareDatetime

    def to_task(self) -> TaskGiven:
        """Return it as the action takes it."""
        return TaskGiven(self.department, self.text, self.due_at)


Tasks = Annotated[tuple[TaskBody, ...], Field(max_length=MOST_UNITS)]


class ConsultationDecisionBody(ActionBody):
    """Where a consultation ended, who came, and who has what to do."""

    department: Code
    co_departments: Codes = ()
    explanation: Words
    attended: Codes = ()
    tasks: Tasks = ()
    override_reason: Override = None


class WhistleBody(ActionBody):
    """The units that are called to report in, and what for."""

    departments: Annotated[Codes, Field(min_length=1)]
    reason: Words
    report_limit: Limit | None = Field(
        default=None,
        description="ISO 8601 duration such as PT30M; left out, what the policy says",
        json_schema_extra={"type": "string", "examples": ["PT30M"]},
    )
    held_at: AwareDatetime | None = None
    place: Place = None

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    _parse = field_validator("report_limit", mode="before")(parsed_limit)


class ReportInBody(ActionBody):
    """Who comes for a unit."""

    attendee: Annotated[Words, Field(max_length=80)]
    deputy: bool = False
    note: OptionalWords = None


class WhistleDecisionBody(ActionBody):
    """What a whistled meeting decided."""

    decision: Words
    attended: Codes = ()
    tasks: Tasks = ()
    co_departments: Codes = ()
    duty: Code | None = Field(default=None, description="Whose duty it was found to be, if so")
    minutes: OptionalWords = None


class WhistleScoreBody(ActionBody):
    """How well a unit answered a whistle: 5 excellent to 1 absent, with words."""

    department: Code
    score: ResponseScore
    explanation: Words


class TaskReportBody(ActionBody):
    """What was done about a unit's task."""

    report: Words
    evidence: Evidence = ()
