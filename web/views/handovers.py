"""Hand-over files as they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotline.exchange.handover.queries import (
    Candidate,
    HandOverDetail,
    HandOverRow,
    LineRow,
    StepRow,
)
from hotline.exchange.handover.rules import HandOverDeed, HandOverState, LineState
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.principal import Principal
from web.i18n import Translator

MARKS: Mapping[HandOverState | LineState, str] = {
    HandOverState.MADE: "yellow",
    HandOverState.HANDED_OVER: "blue",
    HandOverState.RECEIVED: "green",
    LineState.WAITING: "plain",
    LineState.ACCEPTED: "green",
    LineState.REFUSED: "red",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file as a line."""

    number: str
    recipient: str
    state: HandOverState
    mark: str
    made_by: str
    made_at: datetime
    handed_at: datetime | None
    received_at: datetime | None
    tickets: int
    accepted: int
    refused: int
    has_personal: bool
    reason: str | None
    digest: str
    byte_count: int
    version: int


def file_view(row: HandOverRow) -> FileView:
    """Return a file as it is shown."""
    file = row.file
    return FileView(
        number=file.number,
        recipient=file.recipient,
        state=file.state,
        mark=MARKS[file.state],
        made_by=row.made_by,
        made_at=file.made_at,
        handed_at=file.handed_at,
        received_at=file.received_at,
        tickets=file.ticket_count,
        accepted=file.accepted_count,
        refused=file.refused_count,
        has_personal=file.has_personal,
        reason=file.reason,
        digest=file.digest.hex(),
        byte_count=file.byte_count,
        version=file.schema_version,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A ticket of a file."""

    number: str
    title: str
    state: LineState
    mark: str
    their_number: str | None
    remark: str | None
    answered_on: date | None


def line_view(row: LineRow) -> LineView:
    """Return a ticket of a file."""
    line = row.line
    return LineView(
        number=row.ticket_number,
        title=mask_text(row.title),
        state=line.state,
        mark=MARKS[line.state],
        their_number=line.their_number,
        remark=line.remark,
        answered_on=line.answered_on,
    )


@dataclass(frozen=True, slots=True)
class StepView:
    """A step, and what belongs to it."""

    deed: HandOverDeed
    at: datetime
    by: str
    text: str | None


def step_view(row: StepRow, t: Translator) -> StepView:
    """Return a step."""
    step, text = row.step, None
    if step.deed is HandOverDeed.RECEIPT:
        text = t.text(
            N_("Accepted: {accepted}, refused: {refused}"),
            accepted=step.details["accepted"],
            refused=step.details["refused"],
        )
    elif step.deed is HandOverDeed.HANDED_OVER:
        text = step.details.get("how") or None
    return StepView(step.deed, step.at, row.by, text)


def may_fetch(detail: HandOverDetail, reader: Principal) -> bool:
    """Tell whether this person may have the file itself."""
    file = detail.row.file
    is_kept = file.state is not HandOverState.RECEIVED
    return is_kept and (not file.has_personal or file.made_by == reader.user_id)


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A ticket that may be handed over."""

    number: str
    title: str
    where_to: str | None
    closed_at: datetime | None
    is_chosen: bool


def candidate_view(one: Candidate, chosen: Sequence[str]) -> CandidateView:
    """Return a ticket that may be handed over."""
    return CandidateView(
        one.ticket.number,
        mask_text(one.ticket.title),
        mask_text(one.away.where_to) if one.away else None,
        one.ticket.closed_at,
        one.ticket.number in chosen,
    )
