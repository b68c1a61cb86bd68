"""Urging many tickets: what it would do, and how far it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.kernel.errors import N_
from hotline.supervision.queries import Candidate, UrgePreview, UrgeProgress
from hotline.supervision.rules import UrgeState
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name


@dataclass(frozen=True, slots=True)
class UrgedUnit:
    """A unit that would be told: how many of its tickets, and who has them."""

    name: str
    count: int
    holders: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A ticket that was urged lately."""

    number: str
    urged_at: datetime


@dataclass(frozen=True, slots=True)
class UrgePreviewView:
    """What urging a list would do."""

    count: int
    units: Sequence[UrgedUnit]
    left_out: Sequence[LeftOut]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class UrgeLine:
    """A ticket of a run with what became of it, in words."""

    number: str
    state: UrgeState
    reason: str


@dataclass(frozen=True, slots=True)
class UrgeProgressView:
    """How far a run is."""

    done: int
    total: int
    is_finished: bool
    note: str
    requested_at: datetime
    counts: Sequence[tuple[UrgeState, int]]
    lines: Sequence[UrgeLine]


def preview_view(preview: UrgePreview, t: Translator) -> UrgePreviewView:
    """Return what urging a list would do, unit by unit."""
    by_unit: dict[str, Counter[str]] = {}
    for item in preview.to_urge:
        name = unit_name(item.unit, t) if item.unit else "–"
        by_unit.setdefault(name, Counter())[_holder(item, t)] += 1
    return UrgePreviewView(
        len(preview.to_urge),
        [
            UrgedUnit(
                name,
                holders.total(),
                t.listed(f"{who} × {n}" for who, n in holders.most_common()),
            )
            for name, holders in sorted(by_unit.items(), key=lambda pair: -pair[1].total())
        ],
        [
            LeftOut(item.number, item.urged_at)
            for item in preview.left_out
            if item.urged_at is not None
        ],
        preview.is_cut,
    )


def _holder(item: Candidate, t: Translator) -> str:
    if item.holder is not None:
        return item.holder.display_name
    return t.text(label(item.post)) if item.post else "–"


_REASONS: Mapping[str, str] = {
    "urged_lately": N_("urged within the last two hours"),
    "account_closed": N_("the account that asked for it is closed"),
    "illegal-transition": N_("the ticket has ended meanwhile"),
    "internal-error": N_("a fault of the system; the log has it"),
}


def progress_view(progress: UrgeProgress, t: Translator) -> UrgeProgressView:
    """Return how far a run is; what was not urged stands first."""
    order = (UrgeState.FAILED, UrgeState.LEFT_OUT, UrgeState.WAITING, UrgeState.URGED)
    waiting = len(progress.of(UrgeState.WAITING))
    return UrgeProgressView(
        len(progress.items) - waiting,
        len(progress.items),
        progress.run.finished_at is not None,
        progress.run.note,
        progress.run.requested_at,
        [(state, len(progress.of(state))) for state in order if progress.of(state)],
        [
            UrgeLine(item.ticket_number, state, _reason(item.reason, t))
            for state in order
            for item in progress.of(state)
        ],
    )


def _reason(reason: str | None, t: Translator) -> str:
    return t.text(_REASONS.get(reason, N_("it was refused"))) if reason else ""
