"""The list of supervision, as it is shown."""

from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.masking import mask_text
from hotline.people.principal import Principal
from hotline.supervision.listings.queries import ListingRow
from hotline.supervision.rules import WITH_DEPARTMENT
from hotline.tickets.lifecycle import Status
from web.i18n import Translator
from web.views.directory import unit_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingView:
    """A matter on the list, or one that stood on it.

    Attributes:
        title: None of a matter whose requester asked for secrecy, to whoever does not work on it.
        href: the ticket's page, for whoever may open it.
    """

    order: str
    ticket: str
    title: str | None
    href: str | None
    status: Status
    department: str
    city_leader: str | None
    responsible: str | None
    listed_at: datetime
    demand: str | None
    due_at: datetime
    is_owed: bool
    progress: str | None
    delisted_at: datetime | None
    delisting: str | None
    delisted_by: str | None


def listing_view(row: ListingRow, reader: Principal, t: Translator) -> ListingView:
    """Return a listed matter, personal data masked."""
    one = row.listing
    works_on_it = reader.sees_every_ticket or reader.department_id == one.department_id
    is_shown = works_on_it or not row.is_secret

    def words(text: str | None) -> str | None:
        return mask_text(text) if text and is_shown else None

    return ListingView(
        order=one.order_number,
        ticket=row.ticket_number,
        title=words(row.ticket_title),
        href=f"/tickets/{row.ticket_number}" if works_on_it else None,
        status=row.status,
        department=unit_name(row.department, t),
        city_leader=one.city_leader,
        responsible=one.responsible,
        listed_at=one.listed_at,
        demand=words(row.demand),
        due_at=row.due_at,
        is_owed=row.answered_at is None
        and one.delisted_at is None
        and row.status in WITH_DEPARTMENT,
        progress=words(row.last_progress),
        delisted_at=one.delisted_at,
        delisting=words(one.delisting),
        delisted_by=row.delisted_by,
    )
