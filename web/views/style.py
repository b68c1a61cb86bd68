"""What the page about the looks shows: the tokens as the sheet has them, and one of everything."""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credit.rulebook import Grade
from hotline.kernel.errors import N_
from hotline.sla.policy import Level
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.models import Urgency
from web.i18n import Translator
from web.views.charts import Chart, Line, Slice, rows
from web.views.credit_figures import GradeView, grade_view
from web.views.explanations import HopBar, HopView
from web.views.forms import FormState
from web.views.rendering import WEB, AlarmView
from web.views.static_files import STATIC

_BLOCK = r"\s*\{(.*?)\n\s*\}"
_GROUP = re.compile(r"/\*\s*(.*?)\s*\*/|(--[\w-]+):\s*((?:\"[^\"]*\"|[^;\"])+);", re.DOTALL)
_SYMBOL = re.compile(r'<symbol id="([\w-]+)"')
_COLOUR = re.compile(r"#[0-9a-f]{6}|rgb\(")

GROUPS: Mapping[str, str] = {
    "ink": N_("Ink: what is written"),
    "grounds": N_("Grounds: what it is written on"),
    "lines": N_("Lines: faint ones part, strong ones are the rim of what one can use"),
    "the one colour": N_("The one colour of doing: links, buttons, what is chosen"),
    "the sign": N_("The sign of the house and the ring of the keyboard"),
    "the side bar": N_("The side bar"),
    "levels": N_("Levels and states: ink on ground, a line around it, a mark beside it"),
    "what must not": N_("What must not be overlooked"),
    "charts": N_("Charts"),
    "whose turn": N_("Whose turn it was, one after the other"),
    "the parts": N_("The parts of a credit score"),
    "the days": N_("The days of a calendar"),
    "a paper": N_("A paper is a paper, by day and by night"),
}
"""Headings by how the comment in the sheet begins."""
SIZES: Mapping[str, str] = {
    "type": N_("Sizes of writing"),
    "space": N_("Spaces"),
    "radius": N_("Corners"),
    "target": N_("What a pointer or a finger has to hit"),
    "shadow": N_("Heights"),
}
"""Headings of the tokens that are no colours, by how their names begin."""


@dataclass(frozen=True, slots=True)
class Token:
    """One value of the looks.

    Attributes:
        name: as sheets write it.
        light: its value by day.
        dark: its value by night, where that differs.
    """

    name: str
    light: str
    dark: str | None

    @property
    def css(self) -> str:
        """Return the class of its sample."""
        return f"sample-{self.name.removeprefix('--')}"


@dataclass(frozen=True, slots=True)
class TokenGroup:
    """Tokens under one heading, a message id."""

    text: str
    tokens: Sequence[Token]


def _dark(sheet: str) -> Mapping[str, str]:
    found = re.search(r'html\[data-theme="dark"\]' + _BLOCK, sheet, re.DOTALL)
    return {name: value for _, name, value in _GROUP.findall(found[1] if found else "") if name}


@functools.cache
def tokens() -> tuple[Sequence[TokenGroup], Sequence[TokenGroup]]:
    """Return the colours in their groups, and the sizes in theirs, as the sheet has them."""
    sheet = (STATIC / "tokens.css").read_text(encoding="utf-8")
    found = re.search(r":root" + _BLOCK, sheet, re.DOTALL)
    dark = _dark(sheet)
    colours: dict[str, list[Token]] = {}
    sizes: dict[str, list[Token]] = {}
    heading = ""
    for comment, name, value in _GROUP.findall(found[1] if found else ""):
        if comment:
            heading = next(
                (text for start, text in GROUPS.items() if comment.startswith(start)), ""
            )
            continue
        token = Token(name, " ".join(value.split()), dark.get(name))
        kind = name.removeprefix("--").partition("-")[0]
        if kind in SIZES:
            sizes.setdefault(SIZES[kind], []).append(token)
        elif heading and _COLOUR.match(value):
            colours.setdefault(heading, []).append(token)
    return (
        [TokenGroup(text, some) for text, some in colours.items()],
        [TokenGroup(text, some) for text, some in sizes.items()],
    )


@functools.cache
def icons() -> Sequence[str]:
    """Return the names in the sprite."""
    sprite = WEB / "static/vendor/tabler-icons-3.51.0/sprite.svg"
    return sorted(_SYMBOL.findall(sprite.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Samples:
    """One of everything, made up, with no ticket and no person behind it."""

    form: FormState
    wrong: FormState
    options: Sequence[tuple[str, str]]
    levels: Sequence[Level]
    urgencies: Sequence[Urgency]
    statuses: Sequence[Status]
    holds: Sequence[Hold]
    grades: Sequence[GradeView | None]
    soon: datetime
    late: datetime
    earlier: datetime
    hops: HopBar
    chart: Chart
    alarms: Sequence[AlarmView]


def samples(now: datetime, t: Translator) -> Samples:
    """Return one of everything."""
    words = t.text(N_("A street light has been out for three days"))
    return Samples(
        form=FormState({"line": words, "words": words, "one": "b", "few": "a", "agreed": "true"}),
        wrong=FormState({"wrong": "1390000"}, {"wrong": t.text(N_("A number has eleven digits"))}),
        options=[
            ("a", t.text(N_("First"))),
            ("b", t.text(N_("Second"))),
            ("c", t.text(N_("Third"))),
        ],
        levels=list(Level),
        urgencies=list(Urgency),
        statuses=list(Status),
        holds=list(Hold),
        grades=[*(grade_view(grade, t, is_trial=False) for grade in Grade), None],
        soon=now + timedelta(hours=5, minutes=12),
        late=now - timedelta(days=1, hours=3),
        earlier=now - timedelta(hours=7),
        hops=_hops(now, t),
        chart=_chart(t),
        alarms=[
            AlarmView(
                t.text(N_("A message could not be delivered")),
                "",
                now - timedelta(minutes=18),
                is_grave,
                None,
            )
            for is_grave in (False, True)
        ],
    )


def _hops(now: datetime, t: Translator) -> HopBar:
    held = ((N_("Hotline centre"), 3, "hop-1"), (N_("Street office"), 14, "hop-2"))
    parts = [*held, (N_("Nobody"), 2, "hop-none"), (N_("Bureau of works"), 31, "hop-3")]
    total = sum(hours for _, hours, _ in parts)
    since, drawn = now - timedelta(hours=total), list[HopView]()
    for place, (unit, hours, tone) in enumerate(parts, start=1):
        until, width = since + timedelta(hours=hours), round(100 * hours / total, 2)
        drawn.append(
            HopView(
                place=place,
                unit=t.text(unit),
                person=None,
                since=since,
                until=until,
                length=t.duration(until - since),
                x=round(sum(one.width for one in drawn), 2),
                width=width,
                tone=tone,
                is_numbered=True,
            )
        )
        since = until
    return HopBar(hops=drawn, total=t.duration(total * 3600), held=drawn[-1].length)


def _chart(t: Translator) -> Chart:
    figures = ((N_("Street office"), 4, 7, 21), (N_("Bureau of works"), 1, 3, 34))
    kinds = ((N_("Overdue"), "red"), (N_("Due soon"), "orange"), (N_("In time"), "plain"))
    return rows(
        [
            Line(
                t.text(name),
                [
                    Slice(value, tone, f"{t.text(words)}: {value}")
                    for value, (words, tone) in zip(values, kinds, strict=True)
                ],
            )
            for name, *values in figures
        ]
    )
