"""Frozen periods and their revisions, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credit.figures import PeriodRow, RevisionRow, ScoreChange
from credit.period_models import CreditPeriod, PeriodScore, PeriodState
from credit.periods import PeriodKind
from web.i18n import Translator

_MARKS = {
    PeriodState.FROZEN: "mark-yellow",
    PeriodState.NOTICE: "mark-yellow",
    PeriodState.PUBLISHED: "mark-green",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLine:
    """A period in the list; `objections` hold its publication up."""

    key: str
    kind: PeriodKind
    state: PeriodState
    mark: str
    revision: int
    frozen_at: datetime
    notice_until: datetime | None
    published_at: datetime | None
    objections: int
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """What a revision changed of a department."""

    department: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision in full."""

    nth: int
    made_at: datetime
    as_of: datetime
    formula: str
    rule_version: int
    reason: str
    result_digest: str
    changes: Sequence[ChangeLine]


def until_of_notice(period: CreditPeriod, now: datetime) -> datetime | None:
    """Return until when the figures of a period may be objected to; None when they may not."""
    until = period.notice_until if period.state is PeriodState.NOTICE else None
    return until if until is not None and now <= until else None


def period_line(row: PeriodRow, now: datetime) -> PeriodLine:
    """Return a period as a line."""
    one = row.period
    is_over = one.notice_until is not None and one.notice_until <= now
    return PeriodLine(
        key=one.key,
        kind=one.kind,
        state=one.state,
        mark=_MARKS[one.state],
        revision=one.revision,
        frozen_at=one.frozen_at,
        notice_until=one.notice_until if one.state is PeriodState.NOTICE else None,
        published_at=one.published_at,
        objections=row.objections,
        is_waiting=one.state is PeriodState.NOTICE and is_over and row.objections > 0,
    )


def revision_view(row: RevisionRow, t: Translator) -> RevisionView:
    """Return a revision with what it changed."""
    one = row.revision
    return RevisionView(
        one.revision,
        one.made_at,
        one.as_of,
        one.formula,
        one.rule_version,
        one.reason,
        one.result_digest.hex(),
        [_change(change, t) for change in row.changes],
    )


def _change(one: ScoreChange, t: Translator) -> ChangeLine:
    row = one.after
    name = row.department_name_en if t.language == "en" else row.department_name
    return ChangeLine(one.department, name, _said(one.before), _said(row))


def _said(row: PeriodScore) -> str:
    return f"{_figure(row.score)} {row.grade.value if row.grade else '–'} · n {row.n}"


def _figure(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:f}"
