"""A matter at one glance: where it is, who acts, what comes next by when; and what cannot be done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.people.models import Department
from hotline.tickets.lifecycle import OPEN_STATUSES, Action, Hold, Status
from web.i18n import Translator
from web.views.directory import unit_name

HOTLINE_NUMBER = "12345"

NOW: Mapping[Status, str] = {
    Status.SUBMITTED: N_("It has reached the hotline. Somebody looks whether it can be taken on."),
    Status.ACCEPTED: N_("It is taken on. The hotline chooses the department that has to act."),
    Status.DISPATCHED: N_("A department has it on its table and has to sign for it."),
    Status.PROCESSING: N_("The department is working on it."),
    Status.FEEDBACK_SUBMITTED: N_(
        "The department says that it is done. The hotline looks at the proof."
    ),
    Status.PENDING_VISIT: N_("The work was found good. Now you are asked whether it is solved."),
    Status.CLOSED: N_("It is closed."),
    Status.ARCHIVED: N_("It is closed and filed."),
    Status.NOT_ACCEPTED: N_("It was not taken on. The reason stands below."),
    Status.TRANSFERRED_OUT: N_("Another authority has it: where it went stands below."),
    Status.MERGED: N_("It is handled together with the same matter of others."),
    Status.CANCELLED: N_("It was withdrawn or called off."),
}
"""What each status means to whoever brought the matter."""

HELD: Mapping[Hold, str] = {
    Hold.SUPPLEMENT: N_("It waits for something from you: what that is stands below."),
    Hold.CONSULTATION: N_("Several departments are settling between them who has to act."),
    Hold.RETURN_REVIEW: N_("The department says that it is another's duty. The hotline decides."),
    Hold.ARBITRATION: N_("Whose duty it is will be decided at a higher place."),
    Hold.RECTIFICATION: N_("It takes longer: there is a plan with steps and dates."),
    Hold.SUSPENSION: N_(
        "The work has to wait for something. It is looked at again on a fixed day."
    ),
    Hold.FINAL_REPLY: N_("The department wants to give a final reply. The hotline examines it."),
    Hold.RATING_CHECK: N_("You were not satisfied. Somebody looks into it."),
}
"""What each thing means that may hold a matter up."""

_NEXT: Mapping[Status, str] = {
    Status.SUBMITTED: N_("You learn whether it is taken on"),
    Status.ACCEPTED: N_("It is handed to a department"),
    Status.DISPATCHED: N_("The department signs for it and calls you"),
    Status.PROCESSING: N_("The department has to be done"),
    Status.FEEDBACK_SUBMITTED: N_("The hotline has judged the work"),
    Status.PENDING_VISIT: N_("You say whether it is solved"),
}


@dataclass(frozen=True, slots=True)
class Glance:
    """What stands at the top.

    Attributes:
        where: where the matter is now, in a sentence.
        next_step: what comes next; empty when nothing does.
        unit: who acts.
        phone: of its office; never a person's.
        tone: `is-late`, `is-ended`, or empty.
    """

    where: str
    next_step: str
    due_at: datetime | None
    unit: str
    phone: str
    tone: str


def glance_of(
    status: Status,
    hold: Hold | None,
    due_at: datetime | None,
    owner: Department | None,
    now: datetime,
    t: Translator,
) -> Glance:
    """Return a matter at one glance."""
    is_open = status in OPEN_STATUSES or hold is not None
    is_late = is_open and due_at is not None and due_at < now
    return Glance(
        t.text(HELD[hold] if hold else NOW[status]),
        t.text(_NEXT[status]) if status in _NEXT and hold is None else "",
        due_at if is_open else None,
        unit_name(owner, t) if owner and is_open else "",
        _phone(owner) if is_open else "",
        "is-late" if is_late else "" if is_open else "is-ended",
    )


def _phone(owner: Department | None) -> str:
    if owner is None or owner.is_hotline:
        return HOTLINE_NUMBER
    return owner.phone or HOTLINE_NUMBER


# -- what cannot be done, and why ------------------------------------------------------------------

_STILL = N_("It is still being handled. If it takes too long, ask for speed.")
_OVER = N_("It has ended. If something is new, report it as a new matter.")
_WHY_NOT: Mapping[Action, tuple[str, str]] = {
    Action.URGE: (_STILL, N_("It has ended: there is nobody to be hurried.")),
    Action.CONTRIBUTE: (_STILL, _OVER),
    Action.RECORD_VISIT: (
        N_("You can say whether it is solved as soon as the department's work was found good."),
        N_(
            "It has ended. What you said is recorded; if it is not solved, say that it has come back."
        ),
    ),
    Action.REOPEN: (
        _STILL,
        N_("It cannot be taken up again: it was not closed as handled. Report it as a new matter."),
    ),
    Action.OBJECT: (
        N_("There is nothing to object to yet: one objects to a refusal or to a final reply."),
        N_(
            "One objects to a refusal or to a final reply within 15 days; there is none, or it is later."
        ),
    ),
    Action.WITHDRAW: (
        N_(
            "It cannot be withdrawn any more: others are working on it. Tell the department or 12345."
        ),
        N_("It has ended: there is nothing to withdraw."),
    ),
}
"""Why something is not offered: while a matter is handled, and when it has ended."""


def why_not(
    action: Action, allowed: Collection[Action], status: Status, hold: Hold | None
) -> str | None:
    """Return why an action of the requester's own is not offered now.

    Args:
        action: which.
        allowed: what is offered.
        status: of the matter that is worked on.
        hold: likewise.

    Returns:
        A message id; None for what is offered, and for what nobody misses.
    """
    if action in allowed or action not in _WHY_NOT:
        return None
    is_open = status in OPEN_STATUSES or hold is not None
    return _WHY_NOT[action][0 if is_open else 1]
