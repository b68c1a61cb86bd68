"""What a requester sees of his matter: how far it is, who acts, what was promised, what was done."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.papers.kinds import PaperKind
from hotline.procedures.models import Procedure
from hotline.procedures.queries import MilestoneRow
from hotline.procedures.rules import ProcedureKind, ProcedureState
from hotline.tickets.lifecycle import Hold, Status
from web.i18n import Translator
from web.labels import label
from web.views.requests import MilestoneView, milestone_view, reason_words
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


@dataclass(frozen=True, slots=True)
class OwnPlan:
    """The plan for a matter with its milestones."""

    text: str
    milestones: Sequence[MilestoneView]


def own_plan(
    procedures: Sequence[Procedure],
    milestones: Mapping[uuid.UUID, Sequence[MilestoneRow]],
    t: Translator,
) -> OwnPlan | None:
    """Return the newest plan that was approved; one that still waits is nobody's word yet."""
    plan = next(
        (
            one
            for one in reversed(procedures)
            if one.kind is ProcedureKind.RECTIFICATION and one.state in _APPROVED
        ),
        None,
    )
    if plan is None:
        return None
    rows = [milestone_view(row, t) for row in milestones.get(plan.id, ())]
    return OwnPlan(mask_text(plan.text), rows)


_APPROVED = frozenset({ProcedureState.RUNNING, ProcedureState.COMPLETED, ProcedureState.FAILED})


def own_news(procedures: Sequence[Procedure], t: Translator) -> Iterator[str]:
    """Return in a sentence each what holds a matter up or moved its date, for its requester."""
    for one in procedures:
        reason = reason_words(one, t) or ""
        if one.kind is ProcedureKind.SUSPENSION and one.state is ProcedureState.RUNNING:
            if one.review_at is not None:
                yield t.text(
                    N_("The work has to wait ({reason}). It is looked at again by {at}."),
                    reason=reason,
                    at=t.instant(one.review_at),
                )
        elif one.kind is ProcedureKind.EXTENSION and one.state is ProcedureState.GRANTED:
            yield t.text(
                N_("More time was given until {at} ({reason})."),
                at=t.instant(datetime.fromisoformat(one.details["until"])),
                reason=reason,
            )
        elif one.kind is ProcedureKind.FINAL_REPLY and one.state is ProcedureState.GRANTED:
            yield t.text(
                N_(
                    "This was the final reply ({reason}). You may object with new facts within "
                    "15 days here, or by calling 12345."
                ),
                reason=reason,
            )


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
    promise: Promise | None
    reply: str | None
    timeline: Sequence[TimelineRow]
    papers: Sequence[PaperKind]
    plan: OwnPlan | None = None
    news: Sequence[str] = ()
    urging: str = ""
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
