"""Somebody else was faster: what has changed, beside what one was about to send."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.tickets import queries
from hotline.tickets.history import rebuild
from hotline.tickets.lifecycle import Action, ClosureCode, Hold, Status
from hotline.tickets.models import Post, RequestType, Urgency
from web.i18n import Translator
from web.labels import label
from web.views.fields import Field, Kind
from web.views.forms import FormState
from web.views.timelines import TimelineRow, timeline_row


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One thing that is not what it was."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SentValue:
    """One thing that was about to be sent."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class ConflictView:
    """What happened between reading and sending.

    Attributes:
        action: what was to be done.
        rows: who did what, newest first.
        values: what is different now.
        sent: what was about to be sent.
        is_allowed: it can still be done.
        allowed: what can be done now.
    """

    action: Action
    rows: Sequence[TimelineRow]
    values: Sequence[ChangedValue]
    sent: Sequence[SentValue]
    is_allowed: bool
    allowed: Sequence[Action]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names behind the keys that a timeline holds.

    Attributes:
        departments: by id.
        users: by id.
        categories: full names by code.
        units: departments by code, as a form names them.
    """

    departments: Mapping[int, str]
    users: Mapping[uuid.UUID, str]
    categories: Mapping[str, str]
    units: Mapping[str, str]


def conflict_view(
    rows: Sequence[queries.TimelineRow],
    since: int,
    action: Action,
    form: FormState,
    fields: Sequence[Field],
    allowed: Collection[Action],
    names: KnownNames,
    t: Translator,
) -> ConflictView:
    """Return what has changed, what was about to be sent, and what can be done about it.

    Args:
        rows: the timeline as its reader may see it, oldest first.
        since: the number of the first row that the sender had not seen.
        action: what he wanted to do.
        form: what he had typed.
        fields: what the form asks.
        allowed: what he may do now.
        names: behind the keys.
        t: his language.
    """
    new = [row for row in rows if row.event.seq >= since]
    return ConflictView(
        action=action,
        rows=[timeline_row(row, t) for row in reversed(new)],
        values=_values(rows, since, names, t),
        sent=_sent(fields, form, names, t),
        is_allowed=action in allowed,
        allowed=[one for one in allowed if one is not action],
    )


def _values(
    rows: Sequence[queries.TimelineRow], since: int, names: KnownNames, t: Translator
) -> Sequence[ChangedValue]:
    before = rebuild(_plain(row) for row in rows if row.event.seq < since)
    after = rebuild(_plain(row) for row in rows)
    return [
        ChangedValue(t.text(what), say(before.get(column), names, t), say(after[column], names, t))
        for column, (what, say) in _SHOWN.items()
        if column in after and before.get(column) != after[column]
    ]


def _plain(row: queries.TimelineRow) -> Mapping[str, Any]:
    event = row.event
    return {
        "changes": event.changes,
        "to_status": event.to_status,
        "to_hold": event.to_hold,
        "round": event.round,
    }


_NONE = "–"
_Say = Callable[[Any, KnownNames, Translator], str]


def _member(kind: Callable[[Any], Any]) -> _Say:
    def say(value: Any, _names: KnownNames, t: Translator) -> str:  # noqa: ANN401  # as it was stored
        return t.text(label(kind(value))) if value else _NONE

    return say


def _department(value: Any, names: KnownNames, _t: Translator) -> str:  # noqa: ANN401  # a stored id
    return names.departments.get(int(value), _NONE) if value is not None else _NONE


def _user(value: Any, names: KnownNames, _t: Translator) -> str:  # noqa: ANN401  # a stored id
    return names.users.get(uuid.UUID(str(value)), _NONE) if value else _NONE


def _category(value: Any, names: KnownNames, _t: Translator) -> str:  # noqa: ANN401  # a stored code
    return names.categories.get(str(value), str(value)) if value else _NONE


def _count(value: Any, _names: KnownNames, _t: Translator) -> str:  # noqa: ANN401  # a stored number
    return _NONE if value is None else str(value)


_SHOWN: Mapping[str, tuple[str, _Say]] = {
    "status": (N_("State"), _member(Status)),
    "hold": (N_("Held up by"), _member(Hold)),
    "urgency": (N_("Urgency"), _member(Urgency)),
    "request_type": (N_("Request type"), _member(RequestType)),
    "category_code": (N_("Category"), _category),
    "lead_department_id": (N_("Lead department"), _department),
    "owner_department_id": (N_("Now with"), _department),
    "holder_user_id": (N_("In the hands of"), _user),
    "holder_post": (N_("Post"), _member(Post)),
    "closure_code": (N_("How it ended"), _member(ClosureCode)),
    "round": (N_("Round of handling"), _count),
}
"""What people ask about when something has changed, in this order; dates follow from these."""


def _sent(
    fields: Sequence[Field], form: FormState, names: KnownNames, t: Translator
) -> Sequence[SentValue]:
    said = []
    for field in fields:
        typed = form.values.get(field.name, "")
        if typed:
            said.append(SentValue(t.text(field.text), _said(field, typed, names, t)))
    return said


def _said(field: Field, typed: str, names: KnownNames, t: Translator) -> str:
    if field.kind is Kind.CHECK:
        return t.text(N_("Yes"))
    if field.kind in {Kind.DEPARTMENT, Kind.DEPARTMENTS}:
        return t.listed([names.units.get(code, code) for code in typed.split()])
    return dict(field.options(t)).get(typed, mask_text(typed))
