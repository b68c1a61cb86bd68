"""The ranking: bands of what the data can tell apart, within peer groups, small samples apart from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from credit.movers import Mover, Parts, middle_of, movers
from credit.rulebook import Grade
from credit.standings import Moved, Revised, Standing
from credit.visibility import sees_inside
from hotline.kernel.errors import N_
from hotline.people.models import PeerGroup
from hotline.people.principal import Principal
from web.i18n import Translator
from web.views.credit_charts import Scale, scale_of
from web.views.credit_figures import NOTHING, GradeView, grade_view, part_words, rounded, signed
from web.views.credit_reasons import Reason, reason_view

MOST_MOVED = 20


@dataclass(frozen=True, slots=True)
class RowView:
    """A department in the ranking.

    Attributes:
        href: what sets its score apart most, explained; None where that is not for the reader.
        whisker, dot: its interval and its score as paths.
        apart: how many more matters were resolved than its peers would have.
        trend: 1, 0 or -1; 0 also for what cannot be told apart.
        mover: what sets it apart most, and by how many points.
    """

    code: str
    name: str
    href: str | None
    is_own: bool
    is_active: bool
    score: str
    interval: str
    whisker: str
    dot: str
    n: int
    apart: str
    grade: GradeView | None
    trend: int
    mover: str
    mover_points: str
    mover_tone: str


@dataclass(frozen=True, slots=True)
class BandView:
    """Departments that the data cannot tell apart, by score."""

    number: int
    rank: int
    rows: Sequence[RowView]


@dataclass(frozen=True, slots=True)
class GroupView:
    """One peer group.

    Attributes:
        unranked: with too few assignments, by name; they have a score and no place.
        silent: without any score.
        scale: of all its whiskers.
    """

    code: str
    name: str
    bands: Sequence[BandView]
    unranked: Sequence[RowView]
    silent: Sequence[RowView]
    scale: Scale

    @property
    def count(self) -> int:
        """Return how many departments are shown."""
        return sum(len(band.rows) for band in self.bands) + len(self.unranked) + len(self.silent)


@dataclass(frozen=True, slots=True)
class RankingFilter:
    """Which departments a ranking shows; an empty part asks for nothing."""

    peer_group: str = ""
    grade: str = ""
    name: str = ""

    def takes(self, one: Standing) -> bool:
        """Tell whether a department is asked for."""
        if self.peer_group and (one.peer_group or "-") != self.peer_group:
            return False
        if self.grade and (one.grade is None or one.grade.value != self.grade):
            return False
        sought = self.name.strip().casefold()
        return not sought or any(
            sought in text.casefold() for text in (one.name, one.name_en, one.code)
        )


def group_views(
    items: Sequence[Standing],
    groups: Sequence[PeerGroup],
    wanted: RankingFilter,
    lines: Mapping[Grade, Decimal],
    principal: Principal,
    period: str | None,
    t: Translator,
) -> list[GroupView]:
    """Return the peer groups in their order, then those who have no peers; empty ones are left out."""
    by_group: defaultdict[str | None, list[Standing]] = defaultdict(list)
    for one in items:
        by_group[one.peer_group].append(one)
    names = {row.code: row.name_en if t.language == "en" else row.name for row in groups}
    order: list[str | None] = [row.code for row in groups if row.code in by_group]
    order += sorted(one for one in by_group if one not in names and one is not None)
    if None in by_group:
        order.append(None)
    found = []
    for code in order:
        name = names.get(code or "", code or t.text(N_("Without peers: compared with nobody")))
        view = _group(code or "-", name, by_group[code], wanted, lines, principal, period, t)
        if view.count:
            found.append(view)
    return found


def _group(
    code: str,
    name: str,
    members: Sequence[Standing],
    wanted: RankingFilter,
    lines: Mapping[Grade, Decimal],
    principal: Principal,
    period: str | None,
    t: Translator,
) -> GroupView:
    scored = [one for one in members if one.score is not None]
    middle = middle_of([one.parts for one in scored]) if len(scored) > 1 else {}
    scale = scale_of([one.interval.low for one in scored if one.interval], lines)
    rows = {
        one.department_id: _row(one, middle, scale, principal, period, t)
        for one in members
        if wanted.takes(one)
    }
    shown = [one for one in members if one.department_id in rows]
    bands: dict[int, list[Standing]] = {}
    for one in shown:
        if one.band is not None:
            bands.setdefault(one.band, []).append(one)

    def by_name(some: Sequence[Standing]) -> list[RowView]:
        return [rows[one.department_id] for one in sorted(some, key=lambda each: each.code)]

    return GroupView(
        code,
        name,
        [
            BandView(
                number,
                min(one.rank or 0 for one in some),
                [rows[one.department_id] for one in some],
            )
            for number, some in sorted(bands.items())
        ],
        by_name([one for one in shown if one.band is None and one.score is not None]),
        by_name([one for one in shown if one.score is None]),
        scale,
    )


def _row(
    one: Standing,
    middle: Parts,
    scale: Scale,
    principal: Principal,
    period: str | None,
    t: Translator,
) -> RowView:
    apart = movers(one.parts, middle) if one.score is not None else ()
    most = apart[0] if apart else None
    has_interval = one.interval is not None and one.score is not None
    return RowView(
        code=one.code,
        name=one.name_en if t.language == "en" else one.name,
        href=_href(one.code, most, period) if sees_inside(principal, one.department_id) else None,
        is_own=principal.is_department and one.department_id == principal.department_id,
        is_active=one.is_active,
        score=NOTHING if one.score is None else rounded(one.score, 1),
        interval=f"{rounded(one.interval.low, 1)}–{rounded(one.interval.high, 1)}"
        if one.interval
        else NOTHING,
        whisker=scale.whisker(*one.interval) if one.interval and has_interval else "",
        dot=scale.dot(one.score) if one.score is not None and has_interval else "",
        n=one.n,
        apart=NOTHING if one.apart is None else signed(one.apart, 1),
        grade=grade_view(one.grade, t, is_trial=one.is_trial),
        trend=one.trend,
        mover=part_words(most.part, t) if most else NOTHING,
        mover_points=signed(most.difference, 1) if most else "",
        mover_tone="up" if most and most.difference > 0 else "down",
    )


def _href(code: str, most: Mover | None, period: str | None) -> str:
    path = f"/credit/departments/{code}"
    query = {"period": period} if period else {}
    if most is None:
        return f"{path}?{urlencode(query)}" if query else path
    return f"{path}?{urlencode({**query, 'open': most.part})}#{most.part}"


def grades_shown(groups: Sequence[GroupView]) -> Sequence[GradeView]:
    """Return each grade that stands in a ranking once: a page draws it once, whoever has it."""
    return list(
        {
            row.grade: None
            for group in groups
            for rows in (*(band.rows for band in group.bands), group.unranked)
            for row in rows
            if row.grade is not None
        }
    )


# -- revisions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MovedView:
    """What a revision changed for one department: before and after."""

    name: str
    href: str | None
    score: tuple[str, str]
    band: tuple[str, str]
    grade: tuple[str, str]


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A later revision of a period."""

    number: int
    reason: Reason
    made_at: datetime
    is_published: bool
    moved: Sequence[MovedView]
    left_out: int


def revision_views(
    revisions: Sequence[Revised],
    inside: Mapping[str, str],
    t: Translator,
    *,
    sees_cases: bool,
) -> list[RevisionView]:
    """Return revisions in words; `inside` has where each department's explanation is, if anywhere."""
    return [
        RevisionView(
            one.revision,
            reason_view(one.reason, t, sees_cases=sees_cases),
            one.made_at,
            one.is_published,
            [_moved(row, inside, t) for row in one.moved[:MOST_MOVED]],
            max(len(one.moved) - MOST_MOVED, 0),
        )
        for one in revisions
    ]


def _moved(row: Moved, inside: Mapping[str, str], t: Translator) -> MovedView:
    return MovedView(
        row.name_en if t.language == "en" else row.name,
        inside.get(row.code),
        (_score(row.score_before), _score(row.score)),
        (_number(row.band_before), _number(row.band)),
        (_letter(row.grade_before), _letter(row.grade)),
    )


def _score(value: Decimal | None) -> str:
    return NOTHING if value is None else rounded(value)


def _number(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _letter(value: Grade | None) -> str:
    return NOTHING if value is None else value.value
