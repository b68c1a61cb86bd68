"""The public figures of a month in words: tables, trend, files to take along."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hotline.citizens.models import PublicMonth
from hotline.exchange.cells import plain
from hotline.kernel.errors import N_
from hotline.tickets.models import Channel, RequestType
from web.i18n import Translator
from web.labels import label
from web.views.promised import LOOP_WORDS, percent_of

LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"

DIMENSION_WORDS: Mapping[str, str] = {
    "category": N_("By subject"),
    "area": N_("By area"),
    "channel": N_("By channel"),
    "request_type": N_("By request type"),
}
RATE_WORDS: Mapping[str, str] = {
    "promises": N_("Promises kept"),
    "contacted": N_("The department spoke with the requester"),
    "solved": N_("Solved, as the requester says"),
    "satisfied": N_("Satisfied, as the requester says"),
}
DEFINITIONS: Sequence[tuple[str, str]] = (
    (
        N_("Matters"),
        N_("Tickets that reached the hotline in the month, on whatever road, by when they came."),
    ),
    (
        N_("Kept in time"),
        N_(
            "Limits that ended in the month: k ended in time, of n that were judged. Time for which a "
            "limit was stopped with the hotline's consent does not count."
        ),
    ),
    (
        N_("Promises kept"),
        N_("Promises in writing that came due in the month: k were kept, of n."),
    ),
    (
        N_("Spoke, solved, satisfied"),
        N_(
            "What requesters told the hotline in the month, never the department: k said yes, of n who "
            "answered the question. Satisfied is fairly satisfied or better; nobody is counted as "
            "satisfied for having said nothing."
        ),
    ),
    (
        N_("How long it took"),
        N_(
            "From when a matter came to the work that was found good in the month: half were done within "
            "the first figure, nine of ten within the second. Nights and holidays are in it."
        ),
    ),
    (
        N_("Left out"),
        N_(
            "Figures of fewer than 5 tickets are not shown, nor others by which they could be worked "
            "out. Of a department nothing is said below 30 answers, and departments are not ranked here."
        ),
    ),
)
"""What the figures mean; they go with every file."""


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """So many matters of one kind; None where it is left out."""

    name: str
    count: int | None


@dataclass(frozen=True, slots=True)
class RateRow:
    """So many of so many; empty words where it is left out."""

    name: str
    percent: str
    value: float | None
    of: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One department; None where too few answered."""

    name: str
    rates: Sequence[RateRow]


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month as it is read."""

    month: date
    revision: int
    digest: str
    total: int | None
    volumes: Sequence[tuple[str, str, Sequence[VolumeRow]]]
    rates: Sequence[RateRow]
    loop: Sequence[RateRow]
    median: str
    slow: str
    handled: int | None
    units: Sequence[UnitRow]
    unit_heads: Sequence[str]


def month_view(row: PublicMonth, t: Translator) -> MonthView:
    """Return a published month in the reader's language."""
    content = row.content
    handled = content["handled"]
    return MonthView(
        month=row.month,
        revision=row.revision,
        digest=row.digest,
        total=content["total"],
        volumes=[
            (
                dimension,
                t.text(words),
                [
                    VolumeRow(_name(dimension, cell, t), cell["n"])
                    for cell in _cells(content, dimension)
                ],
            )
            for dimension, words in DIMENSION_WORDS.items()
        ],
        rates=[_rate(t.text(words), content[name], t) for name, words in RATE_WORDS.items()],
        loop=[
            _rate(t.text(LOOP_WORDS[line["limit"]]), line["rate"], t) for line in content["loop"]
        ],
        median=_hours(handled["median_hours"], t),
        slow=_hours(handled["slow_hours"], t),
        handled=handled["n"],
        units=[
            UnitRow(
                one["name_en"] if t.language == "en" else one["name"],
                [_rate(t.text(RATE_WORDS[kind]), one[kind], t) for kind in _UNIT_KINDS],
            )
            for one in content["departments"]
        ],
        unit_heads=[t.text(RATE_WORDS[kind]) for kind in _UNIT_KINDS],
    )


_UNIT_KINDS = ("promises", "solved", "satisfied")
_MOST_ROWS = 40


def _cells(content: Mapping[str, Any], dimension: str) -> Sequence[Mapping[str, Any]]:
    cells: Sequence[Mapping[str, Any]] = content["volumes"][dimension][:_MOST_ROWS]
    return cells


def _name(dimension: str, cell: Mapping[str, Any], t: Translator) -> str:
    code = cell["code"]
    if not code:
        return t.text(N_("Not said"))
    if dimension == "channel":
        return t.text(label(Channel(code)))
    if dimension == "request_type":
        return t.text(label(RequestType(code)))
    name: str = cell.get("name_en" if t.language == "en" else "name", code)
    return name


def _rate(name: str, stored: Mapping[str, int] | None, t: Translator) -> RateRow:
    if stored is None:
        return RateRow(name, "", None, "")
    part, of = stored["k"], stored["n"]
    return RateRow(
        name,
        percent_of(part, of),
        round(100 * part / of, 1),
        t.text(N_("{k} of {n}"), k=t.number(part), n=t.number(of)),
    )


def _hours(hours: float | None, t: Translator) -> str:
    return t.duration(hours * 3600) if hours is not None else ""


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One month of the trend."""

    month: date
    total: int | None
    kept: RateRow
    solved: RateRow
    satisfied: RateRow


def trend_rows(months: Sequence[PublicMonth], t: Translator) -> list[TrendRow]:
    """Return months as a trend, the oldest first."""
    return [
        TrendRow(
            row.month,
            row.content["total"],
            *(
                _rate(t.text(RATE_WORDS[name]), row.content[name], t)
                for name in ("promises", "solved", "satisfied")
            ),
        )
        for row in reversed(months)
    ]


# -- files -----------------------------------------------------------------------------------------


def as_json(row: PublicMonth, t: Translator) -> dict[str, Any]:
    """Return a month as data, with what the figures mean and on what terms they are given."""
    return {
        "licence": {"name": LICENCE, "url": LICENCE_URL},
        "revision": row.revision,
        "note": row.note,
        "published_at": row.published_at.isoformat(),
        "digest": row.digest,
        "definitions": {t.text(name): t.text(words) for name, words in DEFINITIONS},
        "content": row.content,
    }


def as_csv(row: PublicMonth, t: Translator) -> str:
    """Return a month as a table that every program of spreadsheets opens, definitions at its end."""
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    for line in _lines(row, t):
        out.writerow([plain(cell) if isinstance(cell, str) else cell for cell in line])
    return "\ufeff" + written.getvalue()


Line = tuple[str | int | float | None, ...]


def _lines(row: PublicMonth, t: Translator) -> Iterator[Line]:
    content = row.content
    yield ("month", "group", "code", "name", "k", "n")
    month = content["month"]
    yield (month, "total", "", t.text(N_("Matters")), None, content["total"])
    for dimension in DIMENSION_WORDS:
        for cell in content["volumes"][dimension]:
            yield (month, dimension, cell["code"], _name(dimension, cell, t), None, cell["n"])
    for name, words in RATE_WORDS.items():
        yield (month, "rate", name, t.text(words), *_kn(content[name]))
    for line in content["loop"]:
        yield (month, "loop", line["limit"], t.text(LOOP_WORDS[line["limit"]]), *_kn(line["rate"]))
    handled = content["handled"]
    yield (
        month,
        "handled",
        "median_hours",
        t.text(N_("How long it took")),
        None,
        handled["median_hours"],
    )
    yield (
        month,
        "handled",
        "slow_hours",
        t.text(N_("How long it took")),
        None,
        handled["slow_hours"],
    )
    for unit in content["departments"]:
        name = unit["name_en"] if t.language == "en" else unit["name"]
        for kind in _UNIT_KINDS:
            yield (month, f"department {kind}", unit["code"], name, *_kn(unit[kind]))
    yield ()
    for name, words in DEFINITIONS:
        yield ("", "definition", "", f"{t.text(name)}: {t.text(words)}")
    yield ("", "licence", LICENCE, LICENCE_URL)
    yield ("", "revision", str(row.revision), row.note or "")
    yield ("", "digest", row.digest)


def _kn(stored: Mapping[str, int] | None) -> tuple[int | None, int | None]:
    return (stored["k"], stored["n"]) if stored else (None, None)
