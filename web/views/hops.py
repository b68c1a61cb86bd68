"""A ticket's time as a bar: used by stage, whose time each stretch was, what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.people.models import Department
from hotline.tickets.spans.rules import Stage, TimeUse, parts_of
from web.i18n import Translator
from web.labels import label
from web.views.directory import unit_name

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class StretchView:
    """A stretch of the bar, or a line below it.

    Attributes:
        stage: what was owed.
        words: what was owed, in words.
        unit: who held it; empty when the matter was thought closed.
        length: in words.
        since: when it began; None for a line that adds several stretches up.
        x, width: parts of a thousand.
    """

    stage: Stage
    words: str
    unit: str
    length: str
    since: datetime | None
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class HopBarView:
    """A ticket's time.

    Attributes:
        stretches: used time in order; with what is left they are a thousand parts.
        lines: the same added up by stage and unit, in the order in which they came.
        total: used in all, in words.
        due_at: the limit; None where none runs.
        left: what is left in words; None when nothing is or no limit runs.
        left_x, left_width: its place in the bar.
        over: how long the limit has passed, in words; None while it has not.
        over_x: where in the bar the limit was passed; None while it was not, or before submission.
        words: the whole bar in a sentence, for who cannot see it.
    """

    stretches: Sequence[StretchView]
    lines: Sequence[StretchView]
    total: str
    due_at: datetime | None
    left: str | None
    left_x: int
    left_width: int
    over: str | None
    over_x: int | None
    words: str


def hop_bar(use: TimeUse, departments: Mapping[int, Department], t: Translator) -> HopBarView:
    """Return a ticket's time as a bar with its lines.

    Args:
        use: the time.
        departments: units by id.
        t: the reader's language.
    """
    lengths = [span.microseconds for span in use.spans]
    parts = parts_of([*lengths, use.left])
    stretches, x = [], 0
    for span, width in zip(use.spans, parts, strict=False):
        stretches.append(
            StretchView(
                span.stage,
                t.text(label(span.stage)),
                _unit(span.department_id, departments, t),
                t.duration(span.microseconds * _MICROSECOND),
                span.since,
                x,
                width,
            )
        )
        x += width
    over_x = None
    if use.over and use.over < use.total:
        over_x = parts_of([use.total - use.over, use.over])[0]
    left = t.duration(use.left * _MICROSECOND) if use.left else None
    over = t.duration(use.over * _MICROSECOND) if use.over else None
    lines = _lines(use, departments, t)
    return HopBarView(
        stretches,
        lines,
        t.duration(use.total * _MICROSECOND),
        use.due_at,
        left,
        x,
        parts[-1] if parts else 0,
        over,
        over_x,
        t.listed(_said(lines)),
    )


def _lines(
    use: TimeUse, departments: Mapping[int, Department], t: Translator
) -> Sequence[StretchView]:
    sums: dict[tuple[Stage, int | None], int] = {}
    for span in use.spans:
        key = (span.stage, span.department_id)
        sums[key] = sums.get(key, 0) + span.microseconds
    parts = parts_of(list(sums.values()))
    return [
        StretchView(
            stage,
            t.text(label(stage)),
            _unit(unit, departments, t),
            t.duration(length * _MICROSECOND),
            None,
            0,
            width,
        )
        for ((stage, unit), length), width in zip(sums.items(), parts, strict=True)
    ]


def _said(lines: Sequence[StretchView]) -> Iterable[str]:
    for line in lines:
        yield " ".join(part for part in (line.words, line.unit, line.length) if part)


def _unit(unit: int | None, departments: Mapping[int, Department], t: Translator) -> str:
    if unit is None or unit not in departments:
        return ""
    return unit_name(departments[unit], t)


def units_in(uses: Iterable[TimeUse]) -> set[int]:
    """Return the units that have to be read for bars."""
    return {
        span.department_id for use in uses for span in use.spans if span.department_id is not None
    }
