"""A ticket of the past, as a file tells it, and the reasons why a row is none."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hotline.tickets.lifecycle import ClosureCode
from hotline.tickets.models import Channel, RequestType, Urgency


class RefusalCode(enum.StrEnum):
    """Why a row was refused. The words are part of the report's format."""

    WRONG_COLUMN_COUNT = "wrong-column-count"
    BROKEN_QUOTES = "broken-quotes"
    MISSING_NUMBER = "missing-number"
    BAD_NUMBER = "bad-number"
    NO_TEXT = "no-text"
    TITLE_TOO_LONG = "title-too-long"
    CONTENT_TOO_LONG = "content-too-long"
    REPLY_TOO_LONG = "reply-too-long"
    VALUE_TOO_LONG = "value-too-long"
    MISSING_RECEIVED_AT = "missing-received-at"
    BAD_DATE = "bad-date"
    RECEIVED_IN_FUTURE = "received-in-future"
    CLOSED_IN_FUTURE = "closed-in-future"
    CLOSED_BEFORE_RECEIVED = "closed-before-received"
    CLOSED_WITHOUT_DATE = "closed-without-date"
    DUE_BEFORE_RECEIVED = "due-before-received"
    OUTSIDE_CALENDAR = "outside-calendar"
    BAD_POSITION = "bad-position"
    UNKNOWN_VALUE = "unknown-value"
    REPEATED_ROW = "repeated-row"
    DUPLICATE_NUMBER = "duplicate-number"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken.

    Attributes:
        line: where the row begins in the file, counted from 1 as editors and Excel do.
        code: why.
        detail: the column and, where it is no citizen's text, the value.
        external_id: the row's own number, empty when it has none.
    """

    line: int
    code: RefusalCode
    detail: str
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class HistoricTicket:
    """One row of history, checked, in our words. Every instant is aware and in UTC.

    Attributes:
        source: the system the row comes from; with `external_id` it names the ticket for good.
        external_id: the row's own number.
        line: where the row begins in the file.
        category_code: code of our category tree.
        received_at: when the matter came in.
        due_at: when it should have been answered, as far as the file says.
        closed_at: when it was answered; None for a matter still open.
        department_name: the unit that answered, by code or name.
        requester_ref: the source's own code for the requester.
        extra: the source's words worth keeping, by column name.
    """

    source: str
    external_id: str
    line: int
    channel: Channel
    request_type: RequestType
    urgency: Urgency
    title: str
    content: str
    category_code: str
    received_at: datetime
    area: str = ""
    address: str = ""
    lat: float | None = None
    long: float | None = None
    requester_name: str = ""
    requester_phone: str = ""
    requester_ref: str = ""
    due_at: datetime | None = None
    closed_at: datetime | None = None
    reply: str = ""
    department_name: str = ""
    closure_code: ClosureCode | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
