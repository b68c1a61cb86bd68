"""A department's credit: how its score comes about, step by step down to the tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from credit.dossier import Compared, PeriodLine, Shown, TrendPoint
from credit.grades import GradeReason
from credit.movers import LEDGER, Mover, middle_of, movers, parts_of
from credit.outlook import projection
from credit.rulebook import Indicator, RuleBook, Severity
from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label
from web.views.credit_charts import Axis, Block, Dot, Picture, build_up, radar, trend
from web.views.credit_figures import (
    NOTHING,
    GradeView,
    exact,
    grade_view,
    part_words,
    rounded,
    share,
    signed,
    span,
)
from web.views.credit_words import event_words

COMING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a calculation: what is worked out, how, and what comes of it."""

    text: str
    sum: str
    result: str


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of a score: an indicator or the ledger.

    Attributes:
        code: names it in addresses.
        key: the number of its colour; 0 for the ledger.
        points: what it brings.
        room: of how many points.
        against_peers, against_before: how many points more than they have.
        is_most: it sets this score apart more than any other part.
        steps: how the points come about.
        href: the tickets behind it; None where nothing was counted.
    """

    code: str
    name: str
    key: int
    counted: str
    raw: str
    shrunk: str
    interval: str
    prior: str
    peers: str
    points: str
    room: str
    filled: int
    against_peers: str
    against_before: str
    tone: str
    is_most: bool
    steps: Sequence[Step]
    href: str | None


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as it weighs in a score."""

    id: str
    name: str
    severity: Severity
    points: str
    capped: str | None
    weight: str
    value: str
    tone: str
    since: str
    counts: bool
    ticket: str | None


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A score with its picture.

    Attributes:
        place: its band among the peers, or why it has none.
        reasons: why the grade is not what the score alone says.
        year: what a year is made of; nothing for shorter periods.
    """

    score: str | None
    interval: str
    performance: str
    ledger: str
    ledger_before_range: str | None
    ledger_range: tuple[str, str]
    n: int
    grade: GradeView | None
    by_score: GradeView | None
    place: str
    reasons: Sequence[str]
    picture: Picture | None
    parts: Sequence[PartView]
    events: Sequence[EventView]
    day: date
    as_of: datetime
    rule_version: int
    formula: str
    digest: str
    period: str | None
    state: Any
    revision: int | None
    before: str | None
    year: Sequence["YearPart"]


@dataclass(frozen=True, slots=True)
class YearPart:
    """One part of a year's score, and the share that it weighs."""

    text: str
    value: str
    share: str


def _year(explanation: Mapping[str, Any], t: Translator) -> list[YearPart]:
    year = explanation.get("year")
    if not year:
        return []
    shares = year["shares"]
    return [
        YearPart(t.text(text), rounded(Decimal(value)), share(Decimal(part), 0))
        for text, value, part in (
            (N_("Mean of the quarters"), year["quarters"], shares["quarters"]),
            (N_("Ledger of the year"), year["ledger_part"], shares["ledger"]),
            (N_("Observers' survey"), year["survey"], shares["survey"]),
        )
        if value is not None
    ]


def score_view(
    shown: Shown,
    peers: Sequence[Compared],
    before: Compared | None,
    book: RuleBook,
    tickets: Mapping[str, str],
    here: str,
    t: Translator,
) -> ScoreView:
    """Return a score as its page shows it; `tickets` are those of its events."""
    explanation = shown.explanation
    reasons = [t.text(label(GradeReason(reason))) for reason in shown.reasons]
    unbounded = explanation.get("ledger_before_range")
    return ScoreView(
        score=None if shown.score is None else rounded(shown.score),
        interval=span(shown.low, shown.high),
        performance=NOTHING if shown.performance is None else rounded(shown.performance),
        ledger=signed(shown.ledger),
        ledger_before_range=signed(Decimal(unbounded))
        if unbounded and abs(Decimal(unbounded) - shown.ledger) >= Decimal("0.01")
        else None,
        ledger_range=(signed(book.ledger_range[0], 0), signed(book.ledger_range[1], 0)),
        n=shown.n,
        grade=grade_view(shown.grade, t, is_trial=shown.is_trial),
        by_score=grade_view(shown.by_score, t, is_trial=False)
        if shown.by_score is not None and shown.by_score is not shown.grade
        else None,
        place=_place(shown, book, t),
        reasons=reasons,
        picture=_picture(shown, book, t),
        parts=_parts(shown, peers, before, book, here, t),
        events=[_event(line, tickets, t) for line in explanation.get("entries", ())],
        day=shown.day,
        as_of=shown.as_of,
        rule_version=shown.rule_version,
        formula=shown.formula,
        digest=shown.digest.hex()[:16],
        period=shown.period,
        state=shown.state,
        revision=shown.revision,
        before=before.said if before else None,
        year=_year(explanation, t),
    )


def _place(shown: Shown, book: RuleBook, t: Translator) -> str:
    if shown.band is not None:
        return t.text(N_("Band {band} of its peers"), band=shown.band)
    if shown.peer_group is None:
        return t.text(N_("No peers: it is compared with nobody"))
    if shown.n < book.least_ranked_n:
        return t.text(
            N_("Not ranked: fewer than {n} assignments were counted"), n=book.least_ranked_n
        )
    return t.text(N_("Not ranked"))


def _picture(shown: Shown, book: RuleBook, t: Translator) -> Picture | None:
    lines = shown.explanation.get("indicators", ())
    if shown.score is None or shown.performance is None or not lines:
        return None
    if "year" in shown.explanation:
        return None  # it sums up quarters: no bar of P and L makes it
    score = shown.score
    return build_up(
        [
            Block(
                Decimal(line["weight"]),
                Decimal(line["points"]),
                t.text(
                    N_("{name}: {points} of {most} points"),
                    name=part_words(line["indicator"], t),
                    points=rounded(Decimal(line["points"])),
                    most=exact(Decimal(line["weight"])),
                ),
            )
            for line in lines
        ],
        shown.performance,
        shown.ledger,
        (score if shown.low is None else shown.low, score if shown.high is None else shown.high),
        book.grades.lines,
        (
            f"P {rounded(shown.performance)}",
            f"L {signed(shown.ledger)}",
        ),
    )


def _parts(
    shown: Shown,
    peers: Sequence[Compared],
    before: Compared | None,
    book: RuleBook,
    here: str,
    t: Translator,
) -> list[PartView]:
    lines = shown.explanation.get("indicators", ())
    if not lines or shown.score is None:
        return []
    own = parts_of(lines, shown.ledger)
    middle = middle_of([parts_of(one.lines, one.ledger) for one in peers])
    to_peers = {one.part: one for one in movers(own, middle)} if len(peers) > 1 else {}
    to_before = (
        {one.part: one for one in movers(own, parts_of(before.lines, before.ledger))}
        if before
        else {}
    )
    order = list(to_peers or to_before)
    rates = _middle_rates(peers) if len(peers) > 1 else {}
    found = [
        _indicator(key, line, book, here, rates, to_peers, to_before, t)
        for key, line in enumerate(lines, start=1)
    ]
    found.append(_ledger_part(shown, to_peers, to_before, t))
    found.sort(key=lambda one: order.index(one.code) if one.code in order else len(order))
    if order:
        found[0] = replace(found[0], is_most=True)
    return found


def _middle_rates(peers: Sequence[Compared]) -> Mapping[str, Decimal]:
    """Return the median of the peers' shrunk rates by indicator."""
    found: dict[str, list[Decimal]] = {}
    for one in peers:
        for line in one.lines:
            if line["n"]:
                found.setdefault(line["indicator"], []).append(Decimal(line["shrunk"]))
    return {code: sorted(rates)[len(rates) // 2] for code, rates in found.items()}


def _against(found: Mapping[str, Mover], code: str) -> str:
    return signed(found[code].difference) if code in found else NOTHING


def _tone(found: Mapping[str, Mover], code: str) -> str:
    if code not in found:
        return "even"
    return "up" if found[code].difference > 0 else "down"


def _indicator(
    key: int,
    line: Mapping[str, Any],
    book: RuleBook,
    here: str,
    rates: Mapping[str, Decimal],
    to_peers: Mapping[str, Mover],
    to_before: Mapping[str, Mover],
    t: Translator,
) -> PartView:
    code, n = line["indicator"], line["n"]
    weight, points = Decimal(line["weight"]), Decimal(line["points"])
    return PartView(
        code=code,
        name=part_words(code, t),
        key=key,
        counted=f"{exact(Decimal(line['k']))} / {n}" if n else NOTHING,
        raw=share(Decimal(line["raw"])) if n else NOTHING,
        shrunk=share(Decimal(line["shrunk"])) if n else NOTHING,
        interval=_rates(line) if n else NOTHING,
        prior=share(Decimal(line["prior"])) if n else NOTHING,
        peers=share(rates.get(code)),
        points=rounded(points) if n else NOTHING,
        room=exact(weight.quantize(Decimal("0.01"))),
        filled=int(points / weight * 100) if weight else 0,
        against_peers=_against(to_peers, code),
        against_before=_against(to_before, code),
        tone=_tone(to_peers or to_before, code),
        is_most=False,
        steps=_steps(line, book, t) if n else (),
        href=f"{here}/behind/{code}" if n else None,
    )


def _rates(line: Mapping[str, Any]) -> str:
    return f"{share(Decimal(line['low']))}–{share(Decimal(line['high']))}"


def _steps(line: Mapping[str, Any], book: RuleBook, t: Translator) -> Sequence[Step]:
    how, n, m = book.weighings[Indicator(line["indicator"])], line["n"], book.strength
    k, shrunk = exact(Decimal(line["k"])), Decimal(line["shrunk"])
    weight = Decimal(line["weight"])
    reached = min(max((shrunk - how.floor) / (how.target - how.floor), Decimal(0)), Decimal(1))
    return (
        Step(t.text(N_("Plain share")), f"{k} ÷ {n}", share(Decimal(line["raw"]), 2)),
        Step(
            t.text(
                N_("Held against peers: they count for {m} tickets of the same mix of work"), m=m
            ),
            f"({k} + {m} × {share(Decimal(line['prior']), 2)}) ÷ ({n} + {m})",
            share(shrunk, 2),
        ),
        Step(
            t.text(N_("On the way from the floor to the target")),
            f"({share(shrunk, 2)} − {share(how.floor, 0)}) ÷ "
            f"({share(how.target, 0)} − {share(how.floor, 0)})",
            share(reached, 2),
        ),
        Step(
            t.text(N_("Points")),
            f"{share(reached, 2)} × {exact(weight.quantize(Decimal('0.01')))}",
            rounded(Decimal(line["points"])),
        ),
    )


def _ledger_part(
    shown: Shown, to_peers: Mapping[str, Mover], to_before: Mapping[str, Mover], t: Translator
) -> PartView:
    entries = shown.explanation.get("entries", ())
    return PartView(
        code=LEDGER,
        name=part_words(LEDGER, t),
        key=0,
        counted=t.plural(N_("{n} event"), N_("{n} events"), len(entries)),
        raw=NOTHING,
        shrunk=NOTHING,
        interval=NOTHING,
        prior=NOTHING,
        peers=NOTHING,
        points=signed(shown.ledger),
        room=NOTHING,
        filled=0,
        against_peers=_against(to_peers, LEDGER),
        against_before=_against(to_before, LEDGER),
        tone=_tone(to_peers or to_before, LEDGER),
        is_most=False,
        steps=(),
        href=None,
    )


def _event(line: Mapping[str, Any], tickets: Mapping[str, str], t: Translator) -> EventView:
    points, counted, value = (Decimal(line[name]) for name in ("points", "counted", "value"))
    return EventView(
        id=line["id"],
        name=event_words(line["code"], t),
        severity=Severity(line["severity"]),
        points=signed(points),
        capped=signed(counted) if line["counts"] and counted != points else None,
        weight=share(Decimal(line["weight"]), 0),
        value=signed(value),
        tone="up" if value > 0 else "down" if value < 0 else "even",
        since=line["confirmed_on"],
        counts=line["counts"],
        ticket=tickets.get(line["id"]),
    )


# -- course and shape ------------------------------------------------------------------------------


def trend_picture(
    live: Sequence[TrendPoint],
    periods: Sequence[PeriodLine],
    shown: Shown | None,
    book: RuleBook,
    t: Translator,
) -> Picture | None:
    """Return the course of a department's score, and how it goes on if nothing else changes."""
    since = live[-1].day - timedelta(days=400) if live else None
    dots = [
        Dot(
            _last_day(one),
            one.score,
            one.low,
            one.high,
            f"{one.key}: {rounded(one.score)} ({span(one.low, one.high)})"
            + (f" {t.text(label(one.grade))}" if one.grade else ""),
        )
        for one in periods
        if one.score is not None and one.low is not None and one.high is not None
        if since is None or _last_day(one) >= since
    ]
    coming: Sequence[tuple[date, Decimal]] = ()
    if shown is not None and shown.period is None and live:
        coming = projection(shown.explanation, shown.day, book, COMING_DAYS)
    return trend(
        [Dot(one.day, one.score, one.low, one.high) for one in live],
        dots,
        coming,
        book.grades.lines,
    )


def _last_day(line: PeriodLine) -> date:
    return (line.until - timedelta(microseconds=1)).astimezone(SHANGHAI).date()


def radar_picture(shown: Shown, peers: Sequence[Compared], t: Translator) -> Picture | None:
    """Return the six indicators against the middle of the peers."""
    lines = shown.explanation.get("indicators", ())
    if shown.score is None or not lines:
        return None
    middle = middle_of([parts_of(one.lines, one.ledger) for one in peers])
    return radar(
        [
            Axis(
                part_words(line["indicator"], t),
                _reached(Decimal(line["points"]), line) if line["n"] else None,
                _reached(middle[line["indicator"]], line)
                if line["indicator"] in middle and len(peers) > 1
                else None,
            )
            for line in lines
        ]
    )


def _reached(points: Decimal, line: Mapping[str, Any]) -> float:
    weight = Decimal(line["weight"])
    return float(min(points / weight, Decimal(1))) if weight else 0.0
