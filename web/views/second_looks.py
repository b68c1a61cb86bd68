"""Second looks for people."""

from dataclasses import dataclass
from datetime import date

from hotline.followup.second_look_models import LookState
from hotline.followup.second_looks import LookRow
from hotline.kernel.masking import mask_text
from web.i18n import Translator
from web.views.credit_words import percent
from web.views.directory import unit_name


@dataclass(frozen=True, slots=True)
class LookView:
    """A result that is looked at again."""

    id: str
    day: date
    number: str
    title: str
    department: str
    share: str
    state: LookState
    has_passed: bool | None
    contact_shown: bool | None
    answers_matter: bool | None
    evidence_shown: bool | None
    words: str | None
    content: str
    result: str
    reply: str
    evidence: tuple[str, ...]


def look_view(row: LookRow, t: Translator) -> LookView:
    """Return a second look with the result that it is about, masked."""
    look, feedback = row.look, row.feedback
    return LookView(
        str(look.id),
        look.day,
        row.ticket.number,
        mask_text(row.ticket.title),
        unit_name(row.department, t),
        percent(str(look.share), t),
        look.state,
        look.has_passed,
        look.contact_shown,
        look.answers_matter,
        look.evidence_shown,
        mask_text(look.words) if look.words else None,
        mask_text(row.ticket.content),
        mask_text(feedback.result),
        mask_text(feedback.reply),
        tuple(feedback.evidence),
    )
