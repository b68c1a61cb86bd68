"""Group matters, and what may be put together, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.masking import mask_text
from hotline.sla.policy import Level
from hotline.tickets.groups.queries import Candidate, GroupRow
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.models import RequestType, Ticket
from web.i18n import Translator
from web.labels import label


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A matter with everybody behind it."""

    number: str
    title: str
    status: Status
    hold: Hold | None
    level: Level
    due_at: datetime | None
    category: str | None
    area: str | None
    department: str | None
    size: int
    requester_count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateView:
    """A ticket that may follow another one, or why it cannot."""

    number: str
    title: str
    status: Status
    hold: Hold | None
    request_type: RequestType
    area: str | None
    submitted_at: datetime
    problem: str | None = None
    differing: Sequence[str] = ()
    is_chosen: bool = False


def group_view(row: GroupRow, t: Translator) -> GroupView:
    """Return a group, personal data masked."""
    english = t.language == "en"
    return GroupView(
        number=row.number,
        title=mask_text(row.title),
        status=row.status,
        hold=row.hold,
        level=row.level,
        due_at=row.due_at,
        category=row.category_name_en if english else row.category_name,
        area=row.area,
        department=row.owner_name_en if english else row.owner_name,
        size=row.size,
        requester_count=row.requester_count,
        first_at=row.first_at,
        last_at=row.last_at,
    )


def candidate_view(
    ticket: Ticket, t: Translator, item: Candidate | None = None, *, is_chosen: bool = False
) -> CandidateView:
    """Return a ticket among those to be put together, personal data masked."""
    return CandidateView(
        number=ticket.number,
        title=mask_text(ticket.title),
        status=ticket.status,
        hold=ticket.hold,
        request_type=ticket.request_type,
        area=ticket.area,
        submitted_at=ticket.submitted_at,
        problem=t.text(label(item.problem)) if item and item.problem else None,
        differing=[t.text(label(one)) for one in item.differing] if item else (),
        is_chosen=is_chosen,
    )
