"""What a requester sees of his matter: how far it is, who acts, what was promised, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.tickets.lifecycle import Hold, Status
from web.labels import label
from web.views.explanations import HopBar
from web.views.tickets import Promise
from web.views.timelines import TimelineRow

_LINE: Sequence[tuple[str, frozenset[Status]]] = (
    (N_("Matter submitted"), frozenset({Status.SUBMITTED})),
    (N_("Accepted"), frozenset({Status.ACCEPTED})),
    (
        N_("In handling"),
        frozenset({Status.DISPATCHED, Status.PROCESSING, Status.FEEDBACK_SUBMITTED}),
    ),
    (N_("Return visit"), frozenset({Status.PENDING_VISIT})),
    (N_("Closed"), frozenset({Status.CLOSED, Status.ARCHIVED})),
)


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One station of the line: `done`, `now` or `ahead`."""

    text: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A matter as its requester sees it; no name of a person is in it.

    Attributes:
        is_joint: it is handled together with others, and what is shown is how far the joint matter is.
        earlier: number of the ticket in which it had been handled before.
    """

    number: str
    title: str
    status: Status
    hold: Hold | None
    holder: str
    due_at: datetime | None
    steps: Sequence[ProgressStep]
    promise: Promise | None
    reply: str | None
    timeline: Sequence[TimelineRow]
    bar: HopBar
    is_joint: bool = False
    earlier: str | None = None


def progress(status: Status) -> list[ProgressStep]:
    """Return the stations of a matter; one that ended beside the line shows where it left it."""
    present = next((i for i, (_, states) in enumerate(_LINE) if status in states), None)
    if present is None:
        return [ProgressStep(_LINE[0][0], "done"), ProgressStep(label(status), "now")]
    last = len(_LINE) - 1
    return [
        ProgressStep(
            text,
            "done" if i < present or present == last else "now" if i == present else "ahead",
        )
        for i, (text, _) in enumerate(_LINE)
    ]
