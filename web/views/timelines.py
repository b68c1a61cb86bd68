"""Rows of a timeline in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.calls.ports import CommandKind
from hotline.exchange.handover.rules import LineState
from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.papers.kinds import PaperKind
from hotline.people.permissions import Role
from hotline.sla.policy import ClockKind, Level, Rung
from hotline.tickets import queries
from hotline.tickets.lifecycle import Action, Outcome
from hotline.tickets.models import (
    CALL_PASSED_ON,
    CLOCK_FIRED,
    EVENT_KINDS,
    HAND_OVER_ANSWERED,
    HANDED_OVER,
    PAPER_ISSUED,
    TicketEvent,
)
from web.i18n import Translator
from web.labels import label
from web.views.visits import coded_words

_REPOLICED = frozenset({Action.REAPPLY_POLICY, Action.RECLASSIFY})
_QUIET = frozenset({Action.NOTE, Action.SUBMIT, Action.IMPORT})

_REMARKS: Mapping[str, str] = {
    "deviation": N_("Not where the catalogue was sure of: {reason}"),
    "override": N_("Past the guard of levels: {reason}"),
}
"""What a dispatch said against the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """Who did what and when; words are translated, texts are as they were written."""

    head: str
    at: datetime
    who: str
    text: str | None = None
    is_quiet: bool = False
    is_warning: bool = False


def headline(event: TicketEvent, t: Translator) -> str:
    """Return what was done, and which of its ends it came to when there are several."""
    if event.action in EVENT_KINDS:
        words = t.text(EVENT_KINDS[event.action])
        if event.action == CLOCK_FIRED:
            kind = t.text(label(ClockKind(event.details["clock"])))
            level = t.text(label(Rung(event.details["level"])))
            return t.text(N_("{event}: {kind}, {level}"), event=words, kind=kind, level=level)
        if event.action == PAPER_ISSUED:
            kind = t.text(label(PaperKind(event.details["kind"])))
            return t.text(
                N_("{event}: {kind} {number}"),
                event=words,
                kind=kind,
                number=event.details["paper"],
            )
        if event.action in {HANDED_OVER, HAND_OVER_ANSWERED}:
            return _handed_over(event, words, t)
        return _passed_on(event, words, t) if event.action == CALL_PASSED_ON else words
    words = t.text(label(Action(event.action)))
    if event.outcome and event.outcome is not Outcome.DONE:
        return t.text(N_("{action}: {outcome}"), action=words, outcome=t.text(label(event.outcome)))
    return words


def _passed_on(event: TicketEvent, words: str, t: Translator) -> str:
    kind = t.text(label(CommandKind(event.details["kind"])))
    target = event.details["target"] or t.text(N_("another number"))
    pattern = (
        N_("{event}: {kind} {target}")
        if event.details["done"]
        else N_("{event}: {kind} {target}, failed")
    )
    return t.text(pattern, event=words, kind=kind, target=target)


def _handed_over(event: TicketEvent, words: str, t: Translator) -> str:
    """Return to whom a ticket went in which file, and what was answered."""
    details = event.details
    place = f"{details['recipient']}, {details['file']}"
    if event.action == HANDED_OVER:
        return t.text(N_("{event}: {place}"), event=words, place=place)
    answer = t.text(label(LineState(details["answer"])))
    number = details["their_number"] or "–"
    return t.text(
        N_("{event}: {place}, {answer}, its number {number}"),
        event=words,
        place=place,
        answer=answer,
        number=number,
    )


def timeline_row(row: queries.TimelineRow, t: Translator) -> TimelineRow:
    """Return a row as people at work see it."""
    event = row.event
    role = t.text(label(Role(event.role))) if event.role else ""
    is_late = event.action == CLOCK_FIRED and Rung(event.details["level"]).level is Level.RED
    return TimelineRow(
        head=headline(event, t),
        at=event.at,
        who=" · ".join(
            part for part in (_unit(row, t), f"{role} {row.actor_name or ''}".strip()) if part
        ),
        text=_text(event, t),
        is_quiet=event.action in _QUIET or (event.action == CLOCK_FIRED and not is_late),
        is_warning=is_late,
    )


def _text(event: TicketEvent, t: Translator) -> str | None:
    """Return what was written, and which limits moved when another policy took over."""
    units = event.details.get("units") or ()
    lines = [t.listed(units)] if units else []
    lines += [mask_text(event.text)] if event.text else []
    lines += [
        t.text(words, reason=mask_text(event.details[name]))
        for name, words in _REMARKS.items()
        if event.details.get(name)
    ]
    lines += [words for words in (coded_words(event.reason, t),) if words]
    if event.action in _REPOLICED:
        lines += _moves(event.details, t)
    return "\n".join(lines) or None


def _moves(details: Mapping[str, Any], t: Translator) -> Iterator[str]:
    before, after = (details["policy"][end] for end in ("from", "to"))
    if before != after:
        yield t.text(
            N_("Policy: {before} → {after}"),
            before=f"{before['code']} v{before['version']}",
            after=f"{after['code']} v{after['version']}",
        )
    moved = [
        (t.text(label(ClockKind(clock["clock"]))), clock["due_at"]) for clock in details["clocks"]
    ]
    if "promise_due_at" in details:
        moved.append((t.text(N_("Promise")), details["promise_due_at"]))
    for what, due_at in moved:
        yield t.text(
            N_("{what}: due {before} → {after}"),
            what=what,
            before=t.instant(datetime.fromisoformat(due_at["from"])),
            after=t.instant(datetime.fromisoformat(due_at["to"])),
        )


def public_row(row: queries.TimelineRow, t: Translator) -> TimelineRow:
    """Return a row as the requester sees it: units, never persons."""
    event = row.event
    is_own = event.role == Role.REQUESTER
    return TimelineRow(
        head=headline(event, t),
        at=event.at,
        who=t.text(label(Role.REQUESTER)) if is_own else _unit(row, t),
        text=mask_text(event.text) if event.text else None,
    )


def joint_row(row: queries.TimelineRow, t: Translator) -> TimelineRow:
    """Return a step of a joint matter as everybody behind it sees it: what was done, by which unit.

    Neither what was written with it nor how it came out: that is one requester's own.
    """
    event = row.event
    return TimelineRow(
        head=t.text(label(Action(event.action))),
        at=event.at,
        who="" if event.role == Role.REQUESTER else _unit(row, t),
    )


def _unit(row: queries.TimelineRow, t: Translator) -> str:
    return (row.department_name_en if t.language == "en" else row.department_name) or ""
