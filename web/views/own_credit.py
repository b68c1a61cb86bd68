"""A department's credit beside its work: where it stands, what costs points now, what would lift it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from credit.appeals.rules import appeal_until
from credit.dossier import LedgerLine
from credit.glance import Glance
from credit.ledger import EntryState
from credit.outlook import Outlook
from credit.rulebook import Remedies
from hotline.workdays.workcalendar import Calendar
from web.i18n import Translator
from web.views.credit_glance import GlanceView, glance_view
from web.views.credit_outlook import FadingView, LeverView, outlook_view
from web.views.credit_words import event_words

FIRST = 3
"""So many of each are shown; the department's own page has the rest."""


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An event that may still be objected to."""

    id: str
    name: str
    ticket: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class OwnCredit:
    """A department's credit on its first page.

    Attributes:
        glance: grade, score, course.
        sentences: how far it is to the next grade, and what comes by itself.
        levers: what could bring most points.
        costs: what takes most points now.
        objections: what may still be objected to, the first to lapse at the head.
    """

    glance: GlanceView
    sentences: Sequence[str]
    levers: Sequence[LeverView]
    costs: Sequence[FadingView]
    objections: Sequence[ObjectionView]


def own_credit(
    glance: Glance,
    found: Outlook | None,
    code: str,
    calendar: Calendar,
    remedies: Remedies,
    t: Translator,
) -> OwnCredit:
    """Return a department's credit, the most telling of it."""
    view = outlook_view(found, t) if found else None
    open_lines = [one for one in glance.waiting if one.state is EntryState.PROVISIONAL]
    objections = sorted(
        (_objection(line, calendar, remedies, t) for line in open_lines),
        key=lambda one: one.until,
    )
    return OwnCredit(
        glance_view(glance, code, calendar, remedies, t),
        view.sentences if view else (),
        view.levers[:FIRST] if view else (),
        view.fading[:FIRST] if view else (),
        objections[:FIRST],
    )


def _objection(
    line: LedgerLine, calendar: Calendar, remedies: Remedies, t: Translator
) -> ObjectionView:
    return ObjectionView(
        str(line.id),
        event_words(line.code, t),
        line.ticket_number,
        appeal_until(calendar, line.recorded_at, remedies),
    )
