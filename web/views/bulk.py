"""One action on many tickets: what it would come to, and what became of each, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_, DomainError
from hotline.kernel.masking import mask_text
from hotline.tickets.bulk.actions import ACCOUNT_CLOSED, FAULT
from hotline.tickets.bulk.queries import BulkLine, BulkProgress, Foretold
from hotline.tickets.bulk.rules import BulkDoing, BulkState
from hotline.tickets.lifecycle import Hold, IllegalTransition, Status
from web.i18n import Translator
from web.problem_codes import title_of
from web.views.fields import COLLEAGUES, Field, Kind
from web.views.problems import explain

FIELDS: Mapping[BulkDoing, Sequence[Field]] = {
    BulkDoing.SIGN: (),
    BulkDoing.NAME_HANDLER: (
        Field("colleague", N_("Colleague"), Kind.DEPARTMENT, among=COLLEAGUES),
        Field("note", N_("Words for the colleague"), required=False, most=2000),
    ),
    BulkDoing.PROGRESS: (
        Field(
            "note",
            N_("What was done"),
            hint=N_("The same on every ticket; the requesters read it."),
        ),
    ),
    BulkDoing.ANSWER_URGE: (
        Field(
            "reply",
            N_("Answer to the urging"),
            hint=N_("The same on every ticket; the requesters read it."),
        ),
    ),
}
"""What is said with it."""


@dataclass(frozen=True, slots=True)
class ForetoldView:
    """A ticket and what will become of it; `why_not` is empty when it will be done."""

    number: str
    title: str
    status: Status
    hold: Hold | None
    version: int
    why_not: str


def foretold_views(told: Sequence[Foretold], t: Translator) -> Sequence[ForetoldView]:
    """Return what an action will come to for each ticket."""
    return [
        ForetoldView(
            one.ticket.number,
            mask_text(one.ticket.title),
            one.ticket.status,
            one.ticket.hold,
            one.ticket.version,
            _why_not(one.refusal, t) if one.refusal else "",
        )
        for one in told
    ]


def _why_not(refusal: DomainError, t: Translator) -> str:
    """Say why it will not be done; what else the state would allow is of no help in a list."""
    if refusal.code == IllegalTransition.code:
        return _reason(refusal.code, t)
    return explain(refusal, t.language)


@dataclass(frozen=True, slots=True)
class BulkLineView:
    """A ticket of a run and what became of it."""

    number: str
    title: str
    state: BulkState
    reason: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class BulkView:
    """How far a run is."""

    doing: BulkDoing
    said: str
    requested_at: datetime
    back: str
    done: int
    total: int
    is_finished: bool
    counts: Sequence[tuple[BulkState, int]]
    lines: Sequence[BulkLineView]


_REASONS: Mapping[str, str] = {
    ACCOUNT_CLOSED: N_("the account that asked for it is closed"),
    FAULT: N_("a fault of the system; the log has it"),
}


def bulk_view(progress: BulkProgress, t: Translator) -> BulkView:
    """Return how far a run is, with the result of each ticket in the order they were chosen."""
    run, total = progress.run, len(progress.lines)
    states = [line.item.state for line in progress.lines]
    words = run.words.get("note") or run.words.get("reply") or ""
    return BulkView(
        run.doing,
        mask_text(words),
        run.requested_at,
        run.back,
        total - progress.waiting,
        total,
        run.finished_at is not None,
        [(state, states.count(state)) for state in BulkState if state in states],
        [_line(line, t) for line in progress.lines],
    )


def _line(line: BulkLine, t: Translator) -> BulkLineView:
    item = line.item
    return BulkLineView(
        item.ticket_number,
        mask_text(line.title),
        item.state,
        _reason(item.reason, t),
        item.done_at,
    )


def _reason(code: str | None, t: Translator) -> str:
    if code is None:
        return ""
    if code in _REASONS:
        return t.text(_REASONS[code])
    if code == IllegalTransition.code:
        return t.text(N_("the state of the ticket does not allow it"))
    title = title_of(code)
    is_plain = title is not None and "{" not in title
    return t.text(title) if title and is_plain else t.text(N_("it was refused"))
