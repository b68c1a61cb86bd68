"""The rules of credit for people: a book in tables, a sent form as a book, what a draft would do."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from credit.models import RuleBookVersion
from credit.rulebook import Grade, Indicator, InvalidRuleBook, Remedies, Severity
from credit.rules.fields import (
    CONSEQUENCE_PARTS,
    DECAY_PARTS,
    DECAYING,
    EVENT_PARTS,
    GRADE_PARTS,
    SCALARS,
    WEIGHING_PARTS,
    Difference,
    flat,
)
from credit.rules.models import RetroactiveDecision, RuleDraft
from credit.rules.preview import Preview, Stand
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label
from web.views.credit_words import (
    FLAGS,
    PART_WORDS,
    about_words,
    path_words,
    value_words,
)
from web.views.fields import Posted
from web.views.forms import FormState

NEW = "new"
"""Stands for the code of an event that is being added."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One value.

    Attributes:
        path: names it; the field of a form too.
        words: what it is called, in full.
        shown: as people read it.
        kind: how it is asked for: `flag`, `class`, `whole`, `number` or `line`.
        part: message id of its column.
    """

    path: str
    words: str
    shown: str
    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class RowView:
    """One line of a table of the rules."""

    about: str
    code: str
    cells: Sequence[CellView]


@dataclass(frozen=True, slots=True)
class TableView:
    """One table of the rules."""

    key: str
    title: str
    hint: str
    columns: Sequence[str]
    rows: Sequence[RowView]


_BY_GRAVITY = (
    *(Severity.SEVERE, Severity.GENERAL, Severity.MINOR),
    *(Severity.PLUS, Severity.CANCELS, Severity.RATE),
)
_WHOLE = frozenset(
    {
        *("cap_days", "full_days", "end_days", "shown_days.0", "shown_days.1", "check_days"),
        *("least_n", "strength", "window_days", "prior_months", "least_ranked_n"),
        *("confirm_days", "season_least", "exclusion_factor", "notice_days"),
        *(f"remedies.{one.name}" for one in fields(Remedies)),
    }
)


def _kind(part: str) -> str:
    if part in FLAGS:
        return "flag"
    if part == "severity":
        return "class"
    if part == "formula":
        return "line"
    return "whole" if part in _WHOLE else "number"


def book_tables(book: Mapping[str, Any], t: Translator) -> Sequence[TableView]:
    """Return a book as tables."""
    values = flat(book)

    def cell(path: str, part: str) -> CellView:
        return CellView(
            path,
            path_words(path, t),
            value_words(path, values.get(path), t),
            _kind(part),
            PART_WORDS.get(part, part),
        )

    def table(
        key: str, title: str, hint: str, abouts: Sequence[str], parts: Sequence[str]
    ) -> TableView:
        return TableView(
            key,
            title,
            hint,
            [PART_WORDS[part] for part in parts],
            [
                RowView(
                    about_words(key, about, t),
                    about,
                    [cell(f"{key}.{about}.{part}", part) for part in parts],
                )
                for about in abouts
            ],
        )

    singles = [("grades", f"grades.{part}", part) for part in GRADE_PARTS]
    singles += [("scalars", path, path) for path in SCALARS]
    return (
        table(
            "events",
            N_("Events"),
            N_("What each event takes or gives. What counts in a rate only has no points."),
            ordered_events(book["events"]),
            EVENT_PARTS,
        ),
        table(
            "weighings",
            N_("Rates"),
            N_("The floor brings nothing, the target all of the weight. Shares from 0 to 1."),
            [one.value for one in Indicator],
            WEIGHING_PARTS,
        ),
        table(
            "decays",
            N_("How long events count"),
            N_("Full weight at first, then less in a line, then nothing."),
            [one.value for one in DECAYING],
            DECAY_PARTS,
        ),
        table(
            "consequences",
            N_("What a grade brings"),
            N_("Acts as soon as a grade is published. Shares from 0 to 1."),
            [one.value for one in Grade],
            CONSEQUENCE_PARTS,
        ),
        *(
            TableView(
                key,
                title,
                "",
                (),
                [
                    RowView(path_words(path, t), path, [cell(path, part)])
                    for section, path, part in singles
                    if section == key
                ],
            )
            for key, title in (
                ("grades", N_("Where grades begin")),
                ("scalars", N_("Everything else")),
            )
        ),
    )


def ordered_events(events: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """Return the codes of events, the gravest class first and in it what weighs most."""
    classes = [one.value for one in _BY_GRAVITY]
    return sorted(
        events,
        key=lambda code: (
            classes.index(events[code]["severity"]),
            -abs(float(events[code]["points"])),
            code,
        ),
    )


def class_options(t: Translator) -> Sequence[tuple[str, str]]:
    """Return the classes that an event may have."""
    return [(one.value, t.text(label(one))) for one in Severity]


# -- a sent form -----------------------------------------------------------------------------------


def draft_form(draft: RuleDraft) -> FormState:
    """Return a draft as the form that changes it."""
    return FormState(
        {
            **flat(draft.book),
            "note": draft.note,
            "expected_version": str(draft.version),
        }
    )


def sent_values(posted: Posted) -> dict[str, str]:
    """Return what was typed, a new event under its own code."""
    values = {
        name: "".join(typed).strip() for name, typed in posted.items() if not name.startswith("_")
    }
    code = values.get(f"{NEW}.code", "")
    if code:
        for part in EVENT_PARTS:
            values[f"events.{code}.{part}"] = values.get(f"{NEW}.{part}", "")
    return values


def fault_errors(
    error: InvalidRuleBook, values: Mapping[str, str], t: Translator
) -> Mapping[str, str]:
    """Return what is wrong by field, each fault at the field that it names."""
    errors: dict[str, str] = {}
    new = f"events.{values.get(f'{NEW}.code', '')}."
    for fault in error.faults:
        field = fault.field
        if values.get(f"{NEW}.code") and field.startswith(new):
            field = f"{NEW}.{field.removeprefix(new)}"
        errors.setdefault(field, t.text(label(fault.code)))
    return errors


def faulty_fields(errors: Mapping[str, str], t: Translator) -> Sequence[tuple[str, str, str]]:
    """Return the address of each faulty field, its words and what is wrong, for a list of them."""
    return [
        (
            field,
            path_words(field, t) if not field.startswith(f"{NEW}.") else t.text(N_("New event")),
            said,
        )
        for field, said in errors.items()
    ]


# -- versions, differences, the preview ------------------------------------------------------------


def called(names: Mapping[uuid.UUID, str], user_id: uuid.UUID | None) -> str:
    """Return what somebody is called; a dash for the program itself."""
    return names.get(user_id, "–") if user_id else "–"


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of the rules."""

    version: int
    valid_from: datetime
    published_at: datetime
    by: str
    is_by_program: bool
    note: str
    state: str
    colour: str
    retroactive: Sequence[tuple[datetime, str, datetime, str | None]]


def version_line(
    row: RuleBookVersion,
    holding: int | None,
    now: datetime,
    names: Mapping[uuid.UUID, str],
    decided: Sequence[RetroactiveDecision],
    followed: Mapping[uuid.UUID, str | None] = MappingProxyType({}),
) -> VersionLine:
    """Return a version as a line of the list; `followed` says how frozen periods follow a decision."""
    if row.version == holding:
        state, colour = N_("In force"), "green"
    elif row.valid_from > now and row.version > (holding or 0):
        state, colour = N_("Still to come"), "blue"
    else:
        state, colour = N_("Replaced"), "ended"
    return VersionLine(
        row.version,
        row.valid_from,
        row.published_at,
        called(names, row.published_by),
        row.published_by is None,
        row.note,
        state,
        colour,
        [(one.since, one.reason, one.decided_at, followed.get(one.id)) for one in decided],
    )


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One value that differs, in words."""

    part: str
    before: str
    after: str


def difference_views(found: Sequence[Difference], t: Translator) -> Sequence[DifferenceView]:
    """Return differences in words; a value that was not there has a dash."""
    return [
        DifferenceView(
            path_words(one.field, t),
            "–" if one.before is None else value_words(one.field, one.before, t),
            "–" if one.after is None else value_words(one.field, one.after, t),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class EffectView:
    """What a draft does to one department."""

    code: str
    name: str
    n: int
    before: str
    after: str
    moved: str
    grades: tuple[str, str]
    ranks: tuple[str, str]
    is_regraded: bool
    is_down: bool


def effect_views(preview: Preview, t: Translator) -> Sequence[EffectView]:
    """Return the effects, those first that move furthest; whoever has no score is left out."""
    ordered = sorted(preview.effects, key=lambda one: (-abs(one.moved), one.department.code))
    return [
        EffectView(
            one.department.code,
            one.department.name_en if t.language == "en" else one.department.name,
            one.n,
            _score(one.before),
            _score(one.after),
            _signed(one.moved),
            (_grade(one.before), _grade(one.after)),
            (_rank(one.before), _rank(one.after)),
            one.before.grade is not one.after.grade,
            one.moved < 0,
        )
        for one in ordered
        if one.before.score is not None or one.after.score is not None
    ]


def preview_words(preview: Preview, t: Translator) -> str:
    """Return which time a preview looks at."""
    if preview.period is not None:
        return str(preview.period)
    return t.text(N_("the last {n} days"), n=(preview.window.until - preview.window.since).days)


def _score(stand: Stand) -> str:
    return "–" if stand.score is None else f"{stand.score:f}"


def _grade(stand: Stand) -> str:
    return stand.grade.value if stand.grade else "–"


def _rank(stand: Stand) -> str:
    return "–" if stand.rank is None else str(stand.rank)


def _signed(moved: Decimal) -> str:
    return f"{moved:+f}" if moved else "0"
