"""Forms of the commonest steps, filled in as far as the facts allow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.tickets.actions.handling import ContactMethod
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import TicketEvent
from hotline.tickets.onsite.queries import CheckInRow
from web.i18n import Translator
from web.labels import label
from web.views.forms import EMPTY, FormState

QUICK = (
    *(Action.CONTACT, Action.PROGRESS, Action.SUBMIT_FEEDBACK, Action.SUBMIT_OPINION),
    *(Action.ANSWER_URGE, Action.ANSWER_ORDER, Action.REQUEST_EXTENSION, Action.REQUEST_RETURN),
    *(Action.NAME_HANDLER, Action.SIGN, Action.SIGN_CO, Action.REQUEST_SUSPENSION),
)
"""What may be done from a list, without the ticket's own page."""

MORE_TIME = timedelta(days=1)
"""What an extension begins with: a day more, which its writer changes as he needs."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a ticket that its department would write down again.

    Attributes:
        events: its timeline as the writer may read it, oldest first.
        check_ins: what was entered on the spot.
        work_due_at: until when the work has to be done; None where no limit of it runs.
        leader: who would answer for a return.
    """

    events: Sequence[TicketEvent] = ()
    check_ins: Sequence[CheckInRow] = ()
    work_due_at: datetime | None = None
    leader: str = ""
    unit: int | None = None
    since: datetime | None = None


def filled(action: Action, known: Known, t: Translator) -> FormState:
    """Return the form of a step, filled in with what is known."""
    fill = _FILL.get(action)
    return FormState(fill(known, t)) if fill else EMPTY


def _contact(_known: Known, _t: Translator) -> dict[str, str]:
    return {"method": ContactMethod.PHONE.value, "reached": "true"}


def _feedback(known: Known, t: Translator) -> dict[str, str]:
    done = [mask_text(one.text) for one in _own(known, Action.PROGRESS) if one.text]
    values = {"result": "\n".join(done)} if done else {}
    if known.check_ins:
        values["evidence"] = "\n".join(_reference(row, t) for row in known.check_ins)
    return values


def _reference(row: CheckInRow, t: Translator) -> str:
    entry = row.entry
    words = t.text(
        N_("On site no. {position}: {moment}, {at}"),
        position=entry.position,
        moment=t.text(label(entry.moment)),
        at=t.instant(entry.made_at),
    )
    if not entry.photo_count:
        return words
    photos = t.plural(N_("{n} photograph"), N_("{n} photographs"), entry.photo_count)
    return t.listed([words, photos])


def _extension(known: Known, _t: Translator) -> dict[str, str]:
    values = _told(known)
    if known.work_due_at is not None:
        values["until"] = _typed(known.work_due_at + MORE_TIME)
    return values


def _suspension(known: Known, _t: Translator) -> dict[str, str]:
    return _told(known)


def _told(known: Known) -> dict[str, str]:
    """Return how and when the requester was spoken with last; the writer says whether he was told."""
    reached = [one for one in _own(known, Action.CONTACT) if one.details.get("reached")]
    if not reached:
        return {"told_how": ContactMethod.PHONE.value}
    last = reached[-1]
    return {"told_how": str(last.details["method"]), "told_at": _typed(last.at)}


def _return(known: Known, _t: Translator) -> dict[str, str]:
    return {"leader": known.leader} if known.leader else {}


def _own(known: Known, action: Action) -> Sequence[TicketEvent]:
    """Return what the department itself has written since it has the ticket."""
    return [
        one
        for one in known.events
        if one.action == action.value
        and one.department_id == known.unit
        and (known.since is None or one.at >= known.since)
    ]


def _typed(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


_FILL: Mapping[Action, Callable[[Known, Translator], dict[str, str]]] = {
    Action.CONTACT: _contact,
    Action.SUBMIT_FEEDBACK: _feedback,
    Action.REQUEST_EXTENSION: _extension,
    Action.REQUEST_SUSPENSION: _suspension,
    Action.REQUEST_RETURN: _return,
}
