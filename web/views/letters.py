"""Letters as they are shown."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.intake.mail.models import DismissReason, LetterState
from hotline.intake.mail.queries import LetterRow
from hotline.kernel.masking import mask_name, mask_text


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter, masked unless its reader has opened it."""

    id: uuid.UUID
    received_at: datetime
    sent_at: datetime | None
    sender: str
    subject: str
    text: str
    is_cut: bool
    files: Sequence[str]
    mentions: Sequence[str]
    state: LetterState
    reason: DismissReason | None
    ticket_number: str | None
    opened_by: str | None
    opened_at: datetime | None
    settled_by: str | None
    settled_at: datetime | None


def letter_view(row: LetterRow, *, in_plain_words: bool = False) -> LetterView:
    """Return a letter as it is shown."""
    if in_plain_words:
        sender = " · ".join(part for part in (row.sender_name, row.sender) if part)
        subject, text = row.subject, row.text
    else:
        shown = (mask_name(row.sender_name), mask_text(row.sender))
        sender = " · ".join(part for part in shown if part)
        subject, text = mask_text(row.subject), mask_text(row.text)
    return LetterView(
        row.id,
        row.received_at,
        row.sent_at,
        sender,
        subject,
        text,
        row.is_cut,
        row.files,
        row.mentions,
        row.state,
        row.reason,
        row.ticket_number,
        row.opened_by,
        row.opened_at,
        row.settled_by,
        row.settled_at,
    )
