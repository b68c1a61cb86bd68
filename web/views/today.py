"""What a department owes today, as it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import DEPARTMENT_ROLES
from hotline.procedures.pending import PendingRow
from hotline.procedures.rules import ProcedureKind
from hotline.sla.policy import ClockKind
from hotline.tickets.lifecycle import Action, State
from hotline.tickets.spans.rules import TimeUse
from hotline.tickets.today.queries import OwedRow, PersonLoad
from hotline.tickets.today.rules import Bucket, Edges, Situation, expected_late, steps_of
from web.i18n import Translator
from web.labels import label
from web.views.hops import HopBarView, hop_bar
from web.views.tickets import TicketRow, ticket_row

INSTANT = frozenset({Action.SIGN, Action.SIGN_CO})
"""Steps that ask for nothing: one press does them."""

ELSEWHERE: Mapping[Action, str] = {
    Action.COMPLETE_MILESTONE: "actions",
    Action.REQUEST_CLOSE_OUT: "actions",
    Action.REPORT_IN: "actions",
    Action.FINISH_MEETING_TASK: "actions",
}
"""Steps that are done on the ticket's own page: whoever does them needs all of it."""


@dataclass(frozen=True, slots=True)
class LimitView:
    """A limit of the department on a ticket."""

    words: str
    due_at: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class OwedView:
    """A ticket on which the department owes something.

    Attributes:
        ticket: the line of it.
        version: what is sent with a step.
        bucket: how soon.
        due_at: when the first of its limits passes.
        limits: all of them.
        owed: the next step; None when nothing is owed.
        beside: what else is commonly done.
        bar: its time, used and left.
        handler: who handles it; None when nobody has it yet.
        is_contacted: whether the department spoke with the requester.
    """

    ticket: TicketRow
    version: int
    bucket: Bucket
    due_at: datetime
    limits: Sequence[LimitView]
    owed: Action | None
    beside: Sequence[Action]
    bar: HopBarView | None
    handler: str | None
    is_contacted: bool

    @property
    def is_instant(self) -> bool:
        """Tell whether one press does the next step."""
        return self.owed in INSTANT


def owed_view(
    row: OwedRow,
    use: TimeUse | None,
    departments: Mapping[int, Department],
    edges: Edges,
    t: Translator,
) -> OwedView:
    """Return a ticket on which something is owed, with its next step."""
    task = row.task
    situation = Situation(
        State(row.ticket.status, row.ticket.hold),
        task.role if task else None,
        task.state if task else None,
        task is not None and task.contacted_at is not None,
        [clock.kind for clock in row.clocks],
    )
    owed, beside = steps_of(situation)
    return OwedView(
        ticket_row(row.ticket, t),
        row.ticket.version,
        edges.bucket(row.due_at),
        row.due_at,
        [
            LimitView(t.text(label(clock.kind)), clock.due_at, place == 0)
            for place, clock in enumerate(row.clocks)
        ],
        owed,
        beside,
        hop_bar(use, departments, t) if use else None,
        row.handler,
        situation.has_contact,
    )


@dataclass(frozen=True, slots=True)
class BucketView:
    """How much is due how soon, and where it is listed."""

    bucket: Bucket
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class LimitCount:
    """On how many tickets a kind of answer is owed, and where they are listed."""

    words: str
    count: int
    href: str
    is_chosen: bool


_COUNTED: Mapping[ClockKind, str] = {
    ClockKind.SIGN: N_("To sign for"),
    ClockKind.FIRST_CONTACT: N_("To contact"),
    ClockKind.URGE_REPLY: N_("Urges to answer"),
    ClockKind.SUPERVISION_REPLY: N_("Orders to answer"),
    ClockKind.CO_OPINION: N_("Opinions to give"),
    ClockKind.REPORT_IN: N_("Meetings to report to"),
    ClockKind.MEETING_TASK: N_("Tasks of meetings"),
}


def bucket_views(counts: Mapping[Bucket, int], asked: Mapping[str, str]) -> Sequence[BucketView]:
    """Return how much is due how soon; the numbers lead to their lists."""
    return [
        BucketView(
            bucket,
            counts[bucket],
            today_href(asked, bucket=bucket.value, limit=""),
            asked["bucket"] == bucket.value,
        )
        for bucket in Bucket
    ]


def limit_counts(
    counts: Mapping[ClockKind, int], asked: Mapping[str, str], t: Translator
) -> Sequence[LimitCount]:
    """Return which answers are owed; the numbers lead to their lists."""
    return [
        LimitCount(
            t.text(words),
            counts[kind],
            today_href(asked, limit=kind.value, bucket=""),
            asked["limit"] == kind.value,
        )
        for kind, words in _COUNTED.items()
        if counts.get(kind)
    ]


def today_href(asked: Mapping[str, str], **changed: str) -> str:
    """Return the address of a list of the day."""
    wanted = {name: text for name, text in {**asked, **changed}.items() if text}
    return f"/today?{urlencode(wanted)}" if wanted else "/today"


@dataclass(frozen=True, slots=True)
class PendingView:
    """A request that waits for somebody's decision."""

    kind: ProcedureKind
    number: str
    title: str
    since: datetime
    whose: str


def pending_views(rows: Sequence[PendingRow], t: Translator) -> Sequence[PendingView]:
    """Return what the department has asked for and waits for."""
    return [
        PendingView(
            row.procedure.kind,
            row.number,
            mask_text(row.title),
            row.procedure.opened_at,
            t.text(label(row.procedure.approver)) if row.procedure.approver else "",
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PersonView:
    """What a person has before him, and what of it will probably be late tonight.

    Attributes:
        username: empty for what nobody has yet.
    """

    name: str
    username: str
    roles: str
    is_duty: bool
    open: int
    late: int
    soon: int
    reviewed: int
    done: int
    due: int
    expected: int
    href: str


def person_views(loads: Sequence[PersonLoad], t: Translator) -> Sequence[PersonView]:
    """Return what each person has before him, whoever is worst off first."""
    views = [_person(load, t) for load in loads]
    return sorted(views, key=lambda one: (-one.late, -one.soon, -one.open, one.username))


def _person(load: PersonLoad, t: Translator) -> PersonView:
    user = load.user
    roles = [
        t.text(label(role)) for role in sorted(DEPARTMENT_ROLES) if user and role in user.roles
    ]
    return PersonView(
        name=user.display_name if user else t.text(N_("Nobody yet")),
        username=user.username if user else "",
        roles=t.listed(roles),
        is_duty=load.is_duty,
        open=sum(load.open.values()),
        late=load.open.get(Bucket.LATE, 0),
        soon=load.open.get(Bucket.SOON, 0),
        reviewed=load.reviewed,
        done=load.pace.done,
        due=load.pace.due,
        expected=expected_late(load.pace),
        href=f"/today?{urlencode({'whose': user.username})}" if user else "/today?whose=nobody",
    )
