"""From the bytes of an e-mail to what a person wrote."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

import lxml.html
from imap_tools import MailMessage
from lxml.etree import LxmlError

from hotline.tickets.actions.intake import clean_text
from hotline.tickets.models import CONTENT_MAX
from hotline.tickets.numbering import is_ticket_number

SUBJECT_MAX = 300
_MOST_FILES = 20
_MOST_MENTIONS = 5
_BLOCKS = ("br", "p", "div", "tr", "li", "h1", "h2", "h3")
_NUMBER = re.compile(r"(?<!\d)\d{13}(?!\d)")
_ROBOTS = re.compile(r"(?i)^(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@")
_QUOTED = re.compile(
    r"\n\s*(?:-{2,}\s*(?:原始邮件|Original Message|转发邮件信息)\s*-{2,}"
    r"|发件人[:：].{0,200}\n\s*(?:发送|日期)"
    r"|(?:在|On) .{5,200}(?:写道|wrote)\s*[:：])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What an e-mail says.

    Attributes:
        digest: of its Message-ID, or of all of it: by this a repetition is known.
        sender: address; empty when there is none.
        sender_name: as the sender calls himself.
        subject: one line.
        text: what was written, without what is quoted below it; at most what a ticket holds.
        is_cut: the text was longer.
        sent_at: by its own account; None when it says nothing that can be read.
        files: names of what was attached; the files stay in the mailbox.
        mentions: ticket numbers in subject and text.
        is_automatic: a machine has written it: an absence note, a bounce, a newsletter.
    """

    digest: bytes
    sender: str
    sender_name: str
    subject: str
    text: str
    is_cut: bool
    sent_at: datetime | None
    files: tuple[str, ...]
    mentions: tuple[str, ...]
    is_automatic: bool


def read_letter(raw: bytes) -> Letter:
    """Return what an e-mail says; whatever the bytes are, something is read out of them."""
    message = MailMessage.from_bytes(raw)
    headers = message.headers
    sender = message.from_values
    subject = _line(message.subject or "")[:SUBJECT_MAX]
    whole = _without_quotes(clean_text(message.text or plain_text(message.html or "")))
    address = _line(sender.email if sender else "").lower()[:200]
    return Letter(
        digest=_digest(headers.get("message-id", ("",))[0].strip(), raw),
        sender=address if "@" in address else "",
        sender_name=_line(sender.name if sender else "")[:80],
        subject=subject,
        text=whole[:CONTENT_MAX],
        is_cut=len(whole) > CONTENT_MAX,
        sent_at=_instant(message.date),
        files=tuple(_line(one.filename or "")[:120] for one in message.attachments)[:_MOST_FILES],
        mentions=_mentions(f"{subject}\n{whole}"),
        is_automatic=_is_automatic(headers, address),
    )


def plain_text(html: str) -> str:
    """Return the words of a page of HTML, a line for each of its blocks."""
    if not html.strip():
        return ""
    try:
        page = lxml.html.document_fromstring(html)
    except (LxmlError, ValueError):
        return html
    for hidden in page.xpath("//script | //style | //head"):
        hidden.drop_tree()
    for block in page.iter(*_BLOCKS):
        block.tail = f"\n{block.tail or ''}"
    lines = (" ".join(line.split()) for line in page.text_content().splitlines())
    return "\n".join(line for line in lines if line)


def _digest(message_id: str, raw: bytes) -> bytes:
    return hashlib.sha256(message_id.encode("utf-8", "replace") or raw).digest()


def _line(text: str) -> str:
    return " ".join(clean_text(unicodedata.normalize("NFKC", text)).split())


def _without_quotes(text: str) -> str:
    found = _QUOTED.search(f"\n{text}")
    kept = text[: max(found.start() - 1, 0)].strip() if found else text
    # A letter that is nothing but a quotation is kept whole.
    return kept or text


def _instant(date: datetime) -> datetime | None:
    if date.year < 2000:  # noqa: PLR2004  # what the reader returns for a date that it cannot read
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def _mentions(text: str) -> tuple[str, ...]:
    found = (number for number in _NUMBER.findall(text) if is_ticket_number(number))
    return tuple(dict.fromkeys(found))[:_MOST_MENTIONS]


def _is_automatic(headers: dict[str, tuple[str, ...]], address: str) -> bool:
    submitted = headers.get("auto-submitted", ("no",))[0].strip().lower()
    precedence = headers.get("precedence", ("",))[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or precedence in {"bulk", "list", "junk", "auto_reply"}
        or "list-unsubscribe" in headers
        or _ROBOTS.match(address) is not None
    )
