"""The ticket page and the lists of tickets, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.sla.models import ClockState
from hotline.sla.policy import ClockKind, Level
from hotline.tickets.assignments import AssignmentRole, AssignmentState
from hotline.tickets.lifecycle import Action, ClosureCode, Hold, Status
from hotline.tickets.models import Channel, CommitmentState, RequestType, Urgency
from web.views.fields import Field
from web.views.forms import EMPTY, FormState


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """One line of a list."""

    number: str
    title: str
    status: Status
    hold: Hold | None
    level: Level
    urgency: Urgency
    round: int
    due_at: datetime | None
    submitted_at: datetime
    category: str | None = None
    area: str | None = None
    department: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A list of tickets with its filters."""

    title: str
    hint: str
    path: str
    here: str
    rows: Sequence[TicketRow]
    filter: FormState
    statuses: Sequence[tuple[str, str]] = ()
    levels: Sequence[tuple[str, str]] = ()
    departments: Sequence[tuple[str, str]] = ()
    categories: Sequence[tuple[str, str]] = ()
    next_href: str | None = None
    first_href: str | None = None
    may_create: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Tell whether a filter is set."""
        return any(self.filter.values.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise in writing."""

    number: str
    content: str
    state: CommitmentState
    promised_at: datetime
    due_at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the service list."""

    position: int
    text: str
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """Who did what and when; words are translated, texts are as they were written."""

    head: str
    at: datetime
    who: str
    text: str | None = None
    is_quiet: bool = False
    is_warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """One limit; `used` and `limit` in seconds of its calendar."""

    kind: ClockKind
    holder: str | None
    state: ClockState
    used: float
    limit: float
    due_at: datetime
    level: Level

    @property
    def is_running(self) -> bool:
        """Tell whether its time goes on."""
        return self.state is ClockState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A department's task."""

    department: str
    role: AssignmentRole
    state: AssignmentState
    handler: str | None = None
    opinion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """The result that a department handed in last."""

    result: str
    reply: str
    is_resolved: bool
    evidence: Sequence[str] = ()
    audit_reason: str | None = None


@dataclass(frozen=True, slots=True)
class RequesterView:
    """A requester, masked unless he was revealed."""

    name: str | None
    phone: str | None
    on_behalf_of: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ActionView:
    """Something the reader may do now, with its form."""

    action: Action
    fields: Sequence[Field]
    question: str | None = None
    form: FormState = EMPTY
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """The ticket itself."""

    number: str
    version: int
    title: str
    content: str
    status: Status
    hold: Hold | None
    level: Level
    due_at: datetime | None
    urgency: Urgency
    round: int
    request_type: RequestType
    channel: Channel
    category: str | None
    area: str | None
    address: str | None
    is_secret: bool
    closure_code: ClosureCode | None
    submitted_at: datetime
    department: str | None
    holder: str | None
    parent: str | None = None
    promise: Promise | None = None
    steps: Sequence[StepView] = ()
    feedback: FeedbackView | None = None
    timeline: Sequence[TimelineRow] = ()
    clocks: Sequence[ClockView] = ()
    tasks: Sequence[TaskView] = ()
