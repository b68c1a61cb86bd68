"""Suggestions, the models behind them and how good they are, as they are shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.kernel.errors import N_
from hotline.people.permissions import Role
from hotline.people.principal import SYSTEM
from hotline.suggestions.models import ChoiceOutcome, SuggestionModel
from hotline.suggestions.queries import LOOKED_BACK, LiveFigures
from hotline.suggestions.shelf import ModelFault
from hotline.suggestions.suggesting import SuggestedCategory, Suggestions
from hotline.suggestions.weighing import Candidate, Reason, ReasonKind
from web.i18n import Translator
from web.labels import label
from web.views import charts
from web.views.catalogue import Names

_VERY_LIKELY, _LIKELY, _POSSIBLE = 0.8, 0.5, 0.25
_SHOWN_REASONS = 3
_SHOWN_CLASSES = 40
_SHOWN_MISTAKES = 20
_MATRIX_CLASSES = 12


def percent(share: float) -> str:
    """Return a share as whole percent."""
    return f"{share:.0%}"


def likelihood(share: float, t: Translator) -> str:
    """Return in words how likely something is."""
    if share >= _VERY_LIKELY:
        return t.text(N_("very likely"))
    if share >= _LIKELY:
        return t.text(N_("likely"))
    if share >= _POSSIBLE:
        return t.text(N_("possible"))
    return t.text(N_("little speaks for it"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    """A department that is suggested."""

    code: str
    name: str
    percent: str
    likelihood: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryLine:
    """A category that is suggested.

    Attributes:
        key: what is pressed to take it over.
        fill: what is filled in then, as JSON.
    """

    key: str
    fill: str
    name: str
    department: str | None
    percent: str
    likelihood: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionsView:
    """What is suggested for a matter, in words."""

    categories: Sequence[CategoryLine]
    is_sure: bool
    units: Sequence[UnitLine]
    is_unit_sure: bool
    version: int | None


def suggestions_view(made: Suggestions, names: Names, t: Translator) -> SuggestionsView:
    """Return what is suggested, with the reasons in words."""
    return SuggestionsView(
        categories=[
            _category_line(nth, one, names, t) for nth, one in enumerate(made.categories, 1)
        ],
        is_sure=made.is_sure,
        units=[unit_line(one, names, t) for one in made.departments],
        is_unit_sure=made.is_department_sure,
        version=made.version,
    )


def _category_line(nth: int, one: SuggestedCategory, names: Names, t: Translator) -> CategoryLine:
    fill = {"category": one.code}
    if one.department is not None:
        fill["department"] = one.department.department
    said = [reason_words(reason, names, t) for reason in _reasons(one.department)]
    if one.words:
        said.insert(0, t.text(N_("Words: {words}"), words=t.listed(one.words)))
    return CategoryLine(
        key=f"Alt+{nth}",
        fill=json.dumps(fill, ensure_ascii=False),
        name=names.category(one.code),
        department=names.department(one.department.department) if one.department else None,
        percent=percent(one.share),
        likelihood=likelihood(one.share, t),
        reasons=said,
    )


def unit_line(one: Candidate, names: Names, t: Translator) -> UnitLine:
    """Return a department that is suggested, with the reasons in words."""
    return UnitLine(
        code=one.department,
        name=names.department(one.department),
        percent=percent(one.score),
        likelihood=likelihood(one.score, t),
        reasons=[reason_words(reason, names, t) for reason in _reasons(one)],
    )


def _reasons(one: Candidate | None) -> Sequence[Reason]:
    return one.reasons[:_SHOWN_REASONS] if one else ()


def reason_words(reason: Reason, names: Names, t: Translator) -> str:
    """Return what speaks for a department, in words."""
    subject = names.category(reason.category)
    place = f"{subject} · {reason.area}" if reason.area else subject
    match reason.kind:
        case ReasonKind.CATALOGUE:
            return t.text(N_("Catalogue: {subject}"), subject=place)
        case ReasonKind.AREA:
            return t.text(N_("Catalogue: nothing but the area {area}"), area=reason.area or "–")
        case ReasonKind.PRECEDENT:
            return t.text(
                N_("Precedent {ticket}: {subject}"), ticket=reason.ticket or "", subject=place
            )
        case ReasonKind.HISTORY:
            return t.text(
                N_("Last {days} days: {count} of {of} tickets of {subject}"),
                days=LOOKED_BACK.days,
                count=reason.count,
                of=reason.of,
                subject=place,
            )


# -- for administrators ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """A model that was trained."""

    version: int
    trained_at: datetime
    trained_by: str
    source: str
    samples: int
    classes: int
    macro_f1: str
    accuracy: str
    is_active: bool
    is_kept: bool
    fault: str | None
    switched_at: datetime | None
    switched_by: str | None


def model_line(row: SuggestionModel, fault: ModelFault | None, t: Translator) -> ModelLine:
    """Return a model in words."""
    found = row.metrics["categories"]
    return ModelLine(
        version=row.version,
        trained_at=row.trained_at,
        trained_by=_who(row.trained_by, t),
        source=t.text(label(row.source)),
        samples=row.sample_count,
        classes=row.class_count,
        macro_f1=_three(found["macro_f1"]),
        accuracy=f"{found['accuracy']:.1%}",
        is_active=row.is_active,
        is_kept=row.is_kept,
        fault=t.text(label(fault)) if fault else None,
        switched_at=row.switched_at,
        switched_by=_who(row.switched_by, t) if row.switched_by else None,
    )


def _who(username: str, t: Translator) -> str:
    return t.text(label(Role.SYSTEM)) if username == SYSTEM.username else username


def _three(value: float) -> str:
    return f"{value:.3f}"


@dataclass(frozen=True, slots=True)
class ClassLine:
    """How one category fares."""

    name: str
    precision: str
    recall: str
    f1: str
    count: int


@dataclass(frozen=True, slots=True)
class BinLine:
    """What was said with a probability, and how often it was right."""

    name: str
    said: str
    right: str
    count: int


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure."""

    value: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresView:
    """What an evaluation found, with its charts.

    Attributes:
        matrix: rows of the confusion table: the true category, and counts in the order of
            `classes`; empty where there are too many categories for one.
        mistakes: the most frequent ones: true, suggested, count.
        left_out: how many categories are not shown.
    """

    tiles: Sequence[Tile]
    classes: Sequence[ClassLine]
    left_out: int
    class_chart: charts.Chart
    bins: Sequence[BinLine]
    bin_chart: charts.Chart
    matrix: Sequence[tuple[str, Sequence[int]]]
    mistakes: Sequence[tuple[str, str, int]]


def figures_view(
    figures: Mapping[str, Any], names: Mapping[str, str], t: Translator
) -> FiguresView:
    """Return stored figures as they are shown.

    Args:
        figures: as they are stored with a model.
        names: what codes are called.
        t: speaks.
    """
    classes = sorted(figures["classes"], key=lambda one: (-one["count"], one["label"]))
    shown = classes[:_SHOWN_CLASSES]
    lines = [
        ClassLine(
            names.get(one["label"], one["label"]),
            percent(one["precision"]),
            percent(one["recall"]),
            _three(one["f1"]),
            one["count"],
        )
        for one in shown
    ]
    return FiguresView(
        tiles=_tiles(figures, t),
        classes=lines,
        left_out=len(classes) - len(shown),
        class_chart=charts.rows(
            [
                charts.Line(
                    _short(line.name),
                    [charts.Slice(round(one["f1"] * 100), "plain", line.f1)],
                )
                for line, one in zip(lines, shown, strict=True)
            ]
        ),
        bins=[_bin_line(one) for one in figures["bins"] if one["count"]],
        bin_chart=_bin_chart(figures["bins"], t),
        matrix=_matrix(figures, classes, names),
        mistakes=[
            (names.get(truth, truth), names.get(said, said), count)
            for truth, said, count in figures["confusions"]
            if truth != said
        ][:_SHOWN_MISTAKES],
    )


_LONGEST_NAME = 14


def _short(name: str) -> str:
    last = name.rpartition(" / ")[2]
    return last if len(last) <= _LONGEST_NAME else f"{last[: _LONGEST_NAME - 1]}…"


def _tiles(figures: Mapping[str, Any], t: Translator) -> list[Tile]:
    right = figures["sure_accuracy"]
    return [
        Tile(f"{figures['accuracy']:.1%}", t.text(N_("First suggestion right"))),
        Tile(f"{figures['top3']:.1%}", t.text(N_("One of three right"))),
        Tile(_three(figures["macro_f1"]), t.text(N_("Macro-F1"))),
        Tile(f"{figures['sure']:.1%}", t.text(N_("Suggested without a doubt"))),
        Tile("–" if right is None else f"{right:.1%}", t.text(N_("Of these right"))),
        Tile(_three(figures["ece"]), t.text(N_("Calibration error"))),
    ]


def _span(one: Mapping[str, Any]) -> str:
    return f"{one['low'] * 100:.0f}–{one['high'] * 100:.0f}%"


def _bin_line(one: Mapping[str, Any]) -> BinLine:
    return BinLine(_span(one), f"{one['share']:.1%}", f"{one['right']:.1%}", one["count"])


def _bin_chart(bins: Sequence[Mapping[str, Any]], t: Translator) -> charts.Chart:
    """Draw for each tenth what was said above what was right, both in percent."""
    said, right = t.text(N_("said")), t.text(N_("right"))
    lines = []
    for one in bins:
        if one["count"]:
            share, found = round(one["share"] * 100), round(one["right"] * 100)
            lines += [
                charts.Line(f"{_span(one)} {said}", [charts.Slice(share, "open", f"{share}%")]),
                charts.Line(right, [charts.Slice(found, "plain", f"{found}%")]),
            ]
    return charts.rows(lines)


def _matrix(
    figures: Mapping[str, Any], classes: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> list[tuple[str, Sequence[int]]]:
    if len(classes) > _MATRIX_CLASSES:
        return []
    codes = [one["label"] for one in classes]
    counts = {(truth, said): count for truth, said, count in figures["confusions"]}
    return [
        (names.get(truth, truth), [counts.get((truth, said), 0) for said in codes])
        for truth in codes
    ]


@dataclass(frozen=True, slots=True)
class LiveLine:
    """How often people chose so."""

    name: str
    count: int
    percent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What people chose, seen from what was suggested."""

    code: str
    title: str
    total: int
    lines: Sequence[LiveLine]
    unsuggested: int
    sure: int
    sure_first: str
    chart: charts.Chart


_ASKED = (ChoiceOutcome.FIRST, ChoiceOutcome.SECOND, ChoiceOutcome.THIRD, ChoiceOutcome.OTHER)


def live_view(live: LiveFigures, t: Translator) -> LiveView:
    """Return what became of suggestions, in words."""
    lines = [
        LiveLine(
            t.text(label(outcome)),
            live.counts.get(outcome, 0),
            f"{live.counts.get(outcome, 0) / live.total:.1%}" if live.total else "–",
        )
        for outcome in _ASKED
    ]
    sure = sum(live.sure.get(outcome, 0) for outcome in _ASKED)
    first = live.sure.get(ChoiceOutcome.FIRST, 0)
    return LiveView(
        code=live.subject.value,
        title=t.text(label(live.subject)),
        total=live.total,
        lines=lines,
        unsuggested=live.counts.get(ChoiceOutcome.NONE_SUGGESTED, 0),
        sure=sure,
        sure_first=f"{first / sure:.1%}" if sure else "–",
        chart=charts.rows(
            [
                charts.Line(line.name, [charts.Slice(line.count, "plain", str(line.count))])
                for line in lines
            ]
        ),
    )
