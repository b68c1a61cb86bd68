"""The ticket page and the lists of tickets, as they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.escalation.explaining import TicketAccount
from hotline.kernel.crypto import FieldCipher
from hotline.kernel.masking import mask_address, mask_name, mask_phone, mask_text
from hotline.procedures.models import Procedure
from hotline.procedures.queries import Chains
from hotline.sla.policy import Level
from hotline.tickets import queries
from hotline.tickets.lifecycle import Action, ClosureCode, Hold, Status
from hotline.tickets.models import (
    Channel,
    Commitment,
    CommitmentState,
    RequestType,
    TicketRequester,
    Urgency,
)
from web.i18n import Translator
from web.labels import label
from web.views.directory import category_name, unit_name
from web.views.explanations import (
    ClockView,
    HopBar,
    ShareView,
    clock_view,
    hop_bar,
    share_views,
)
from web.views.fields import Field
from web.views.forms import EMPTY, FormState
from web.views.requests import RequestView, request_view
from web.views.timelines import TimelineRow, timeline_row


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
    version: int = 0


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
    dues: Sequence[tuple[str, str]] = ()
    departments: Sequence[tuple[str, str]] = ()
    categories: Sequence[tuple[str, str]] = ()
    next_href: str | None = None
    first_href: str | None = None
    may_create: bool = False
    limit_words: str = ""
    limit_filters: Sequence[tuple[str, str]] = ()
    holder_words: str = ""
    urge_href: str | None = None
    view_filters: Sequence[tuple[str, str]] = ()
    states: Sequence[str] = ()

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
    email: str | None = None


@dataclass(frozen=True, slots=True)
class ActionView:
    """Something the reader may do now, with its form.

    Attributes:
        is_open: it stands open when the page comes.
        is_answered: it was sent already, or comes filled in: an older draft must not overwrite it.
        is_gone: it was sent, but cannot be done any more.
    """

    action: Action
    fields: Sequence[Field]
    question: str | None = None
    form: FormState = EMPTY
    is_open: bool = False
    is_answered: bool = False
    is_gone: bool = False


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
    bar: HopBar | None = None
    shares: Sequence[ShareView] = ()
    requests: Sequence[RequestView] = ()
    children: Sequence[str] = ()
    repeat_of: str | None = None
    repeats: Sequence[str] = ()


def ticket_row(row: queries.TicketRow, t: Translator) -> TicketRow:
    """Return a line of a list, personal data masked."""
    english = t.language == "en"
    return TicketRow(
        number=row.number,
        title=mask_text(row.title),
        status=row.status,
        hold=row.hold,
        level=row.level,
        urgency=row.urgency,
        round=row.round,
        due_at=row.due_at,
        submitted_at=row.submitted_at,
        category=row.category_name_en if english else row.category_name,
        area=row.area,
        department=row.owner_name_en if english else row.owner_name,
        holder=row.holder_name or (t.text(label(row.holder_post)) if row.holder_post else None),
        version=row.version,
    )


def ticket_view(
    detail: queries.TicketDetail,
    t: Translator,
    *,
    timeline: Sequence[queries.TimelineRow],
    told: TicketAccount,
    procedures: Sequence[Procedure],
    chains: Chains,
    units: Mapping[str, str] | None = None,
) -> TicketView:
    """Return the ticket page's view, personal data masked.

    Args:
        detail: the ticket and what belongs to it.
        t: the reader's language.
        timeline: the rows this reader may see, oldest first; they are shown newest first.
        told: every clock it ever had, and who held it.
        procedures: every request about it.
        units: departments' names by code, where a request names one.
        chains: what belongs to the requests.
    """
    ticket = detail.ticket
    feedback = detail.feedbacks[-1] if detail.feedbacks else None
    return TicketView(
        number=ticket.number,
        version=ticket.version,
        title=mask_text(ticket.title),
        content=mask_text(ticket.content),
        status=ticket.status,
        hold=ticket.hold,
        level=ticket.level,
        due_at=ticket.due_at,
        urgency=ticket.urgency,
        round=ticket.round,
        request_type=ticket.request_type,
        channel=ticket.channel,
        category=category_name(detail.category, t) if detail.category else None,
        area=ticket.area,
        address=mask_address(ticket.address),
        is_secret=ticket.is_secret,
        closure_code=ticket.closure_code,
        submitted_at=ticket.submitted_at,
        department=unit_name(detail.owner, t) if detail.owner else None,
        holder=holder_words(detail, t),
        parent=detail.parent_number,
        children=detail.child_numbers,
        repeat_of=detail.earlier_number,
        repeats=detail.repeat_numbers,
        promise=promise_view(detail.commitment) if detail.commitment else None,
        steps=[StepView(item.position, item.step, item.done_at) for item in detail.services],
        feedback=FeedbackView(
            result=mask_text(feedback.result),
            reply=mask_text(feedback.reply),
            is_resolved=feedback.is_resolved,
            evidence=[mask_text(text) for text in feedback.evidence],
            audit_reason=mask_text(feedback.audit_reason or "") or None,
        )
        if feedback
        else None,
        timeline=[timeline_row(row, t) for row in reversed(timeline)],
        clocks=[clock_view(clock, told, t) for clock in told.clocks],
        bar=hop_bar(
            told.holdings,
            told.departments,
            t,
            {user.id: user.display_name for user in told.users.values()},
        ),
        shares=share_views(told, t),
        requests=[
            request_view(procedure, chains, t, units or {}, ticket.due_at)
            for procedure in reversed(procedures)
        ],
    )


def holder_words(detail: queries.TicketDetail, t: Translator) -> str | None:
    """Return the person or the post that holds a ticket."""
    if detail.holder is not None:
        return detail.holder.display_name
    post = detail.ticket.holder_post
    return t.text(label(post)) if post else None


def promise_view(commitment: Commitment) -> Promise:
    """Return a promise as it is shown."""
    return Promise(
        number=commitment.number,
        content=mask_text(commitment.content),
        state=commitment.state,
        promised_at=commitment.promised_at,
        due_at=commitment.due_at,
    )


def requester_view(requesters: Sequence[TicketRequester], cipher: FieldCipher) -> RequesterView:
    """Return the first requester, masked."""
    if not requesters:
        return RequesterView(None, None)
    first = requesters[0]
    return RequesterView(
        mask_name(cipher.decrypt(first.name)),
        mask_phone(cipher.decrypt(first.phone)),
        mask_name(cipher.decrypt(first.on_behalf_of)),
        email=mask_text(cipher.decrypt(first.email) or "") or None,
    )
