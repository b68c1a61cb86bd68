"""Bulletins, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hotline.kernel.errors import N_
from hotline.kernel.masking import mask_text
from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.supervision.bulletins.queries import BulletinDetail
from hotline.supervision.bulletins.rules import (
    COUNTED,
    BulletinKind,
    BulletinState,
    UnitFigures,
    total_of,
)
from hotline.supervision.models import Bulletin
from web.i18n import Translator
from web.views.directory import unit_name

FIGURES: dict[str, tuple[str, str]] = {
    "received": (N_("Received"), N_("tickets given to the unit as the leading department")),
    "late": (N_("Late"), N_("pieces of work whose limit passed before they were done")),
    "returned": (N_("Return requests"), N_("requests to give a ticket back")),
    "reworked": (N_("Reworked"), N_("times that work was begun again because it was not good")),
    "unanswered": (
        N_("Orders unanswered"),
        N_("supervision orders whose time for a reply passed without one"),
    ),
    "listed": (N_("Listed"), N_("matters on the list of supervision at some time of the period")),
}
"""What each figure is called, and what it counts."""


def figures_shown(one: Bulletin, reader: Principal) -> Sequence[UnitFigures] | None:
    """Return a bulletin's figures, or None where they are not shown any more: it was recalled."""
    writes = Permission.PUBLISH_BULLETIN in reader.permissions
    if one.state is BulletinState.RECALLED and not writes:
        return None
    return [UnitFigures(**line) for line in one.figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinLine:
    """A bulletin in a list."""

    id: str
    number: str | None
    kind: BulletinKind
    state: BulletinState
    title: str
    begins: date
    ends: date
    at: datetime


def bulletin_line(one: Bulletin) -> BulletinLine:
    """Return a bulletin as a line."""
    return BulletinLine(
        id=str(one.id),
        number=one.number,
        kind=one.kind,
        state=one.state,
        title=one.title,
        begins=one.begins,
        ends=one.ends,
        at=one.published_at or one.drafted_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinView:
    """A bulletin in full.

    Attributes:
        lines: name of each unit with its figures.
        steps: what was done with it, by whom and when, as message id, name, instant.
    """

    id: str
    number: str | None
    kind: BulletinKind
    state: BulletinState
    version: int
    title: str
    begins: date
    ends: date
    text: str
    lines: Sequence[tuple[str, Sequence[int]]]
    total: Sequence[int]
    is_shown: bool
    readers: str
    steps: Sequence[tuple[str, str, datetime]]
    recall_reason: str | None


def bulletin_view(
    detail: BulletinDetail, reader: Principal, units: Sequence[Department], t: Translator
) -> BulletinView:
    """Return a bulletin as this reader sees it, personal data masked."""
    one = detail.bulletin
    shown = figures_shown(one, reader)
    names = {unit.code: unit_name(unit, t) for unit in units}
    total = total_of(shown or ())
    return BulletinView(
        id=str(one.id),
        number=one.number,
        kind=one.kind,
        state=one.state,
        version=one.version,
        title=one.title,
        begins=one.begins,
        ends=one.ends,
        text=mask_text(one.text) if shown is not None else "",
        lines=[
            (
                line.name_en if t.language == "en" else line.name,
                [getattr(line, name) for name in COUNTED],
            )
            for line in shown or ()
        ],
        total=[total[name] for name in COUNTED],
        is_shown=shown is not None,
        readers=t.listed(names.get(code, code) for code in one.units)
        or t.text(N_("All departments")),
        steps=_steps(detail, t),
        recall_reason=one.recall_reason,
    )


_STEPS: Sequence[tuple[str, str]] = (
    (N_("Drafted"), "drafted"),
    (N_("Found good"), "reviewed"),
    (N_("Published"), "published"),
    (N_("Recalled"), "recalled"),
)


def _steps(detail: BulletinDetail, t: Translator) -> list[tuple[str, str, datetime]]:
    found: list[tuple[str, str, datetime]] = []
    for text, part in _STEPS:
        at: Any = getattr(detail.bulletin, f"{part}_at")
        if at is not None:
            name = detail.names.get(f"{part}_by") or t.text(N_("the system"))
            found.append((text, name, at))
    return found
