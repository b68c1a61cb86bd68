"""What another policy would have meant, in words, figures and a picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hotline.kernel.clock import SHANGHAI
from hotline.kernel.errors import N_
from hotline.people.models import Department
from hotline.sla.actions import Draft
from hotline.sla.simulation import Excluded, Simulation, Tally, Verdict
from web.i18n import Translator
from web.labels import label
from web.views.charts import Chart, Line, Slice, rows
from web.views.directory import unit_name

MOST_LINES = 10
MOST_TICKETS = 20_000
"""So many tickets are looked at by one request; some seconds of arithmetic beside other readers."""

SHOWN_NUMBERS = 200
"""So many tickets are listed behind a figure; the command line lists all."""

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
"""The days that a period may have."""

Units = Mapping[int, Department]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedLine:
    """One line of the result: what was, what would have been, and which tickets differ."""

    name: str
    was_kept: int
    was_broken: int
    was_open: int
    would_kept: int
    would_broken: int
    would_open: int
    gained: Sequence[str]
    lost: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationView:
    """The whole result."""

    tickets: int
    clocks: int
    total: SimulatedLine
    departments: Sequence[SimulatedLine]
    unchanged: int
    kinds: Sequence[SimulatedLine]
    excluded: Sequence[tuple[str, int]]
    chart: Chart


def period(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the instants of a period of whole days in Shanghai, both days included."""
    return (
        datetime.combine(first, time(), SHANGHAI),
        datetime.combine(last + timedelta(days=1), time(), SHANGHAI),
    )


def draft_of(given: Any) -> Draft | None:  # noqa: ANN401  # JSON from outside
    """Return the draft that an object in the shape of a new policy describes, if it is one."""
    if not isinstance(given, dict):
        return None
    code, name = given.get("code"), given.get("name")
    is_active = given.get("is_active", True)
    if not (isinstance(code, str) and isinstance(name, str) and isinstance(is_active, bool)):
        return None
    about = {"code", "name", "is_active"}
    definition = {part: value for part, value in given.items() if part not in about}
    return Draft(code=code, name=name, definition=definition, is_active=is_active)


def month_before(now: datetime) -> tuple[date, date]:
    """Return the first and the last day of the month before."""
    last = now.astimezone(SHANGHAI).date().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def simulation_view(simulation: Simulation, units: Units, t: Translator) -> SimulationView:
    """Return the result of a simulation."""
    departments = [
        _line(_unit(unit, units, t), tally) for unit, tally in simulation.by_department().items()
    ]
    return SimulationView(
        tickets=simulation.tickets,
        clocks=simulation.clocks,
        total=_line(t.text(N_("All together")), simulation.total()),
        departments=[line for line in departments if line.gained or line.lost],
        unchanged=sum(not line.gained and not line.lost for line in departments),
        kinds=[_line(t.text(label(kind)), tally) for kind, tally in simulation.by_kind().items()],
        excluded=[
            (t.text(label(why)), simulation.excluded[why])
            for why in Excluded
            if simulation.excluded[why]
        ],
        chart=_drawn(departments[:MOST_LINES], t),
    )


def _unit(unit: int | None, units: Units, t: Translator) -> str:
    found = units.get(unit) if unit is not None else None
    return unit_name(found, t) if found else t.text(N_("No department"))


def _line(name: str, tally: Tally) -> SimulatedLine:
    was, would = tally.was, tally.would
    return SimulatedLine(
        name=name,
        was_kept=was[Verdict.KEPT],
        was_broken=was[Verdict.BROKEN],
        was_open=was[Verdict.OPEN],
        would_kept=would[Verdict.KEPT],
        would_broken=would[Verdict.BROKEN],
        would_open=would[Verdict.OPEN],
        gained=list(tally.gained),
        lost=list(tally.lost),
    )


def _drawn(lines: Iterable[SimulatedLine], t: Translator) -> Chart:
    def slices(kept: int, still: int, broken: int) -> list[Slice]:
        return [
            Slice(broken, "red", t.text(N_("{n} broken"), n=broken)),
            Slice(still, "open", t.text(N_("{n} open"), n=still)),
            Slice(kept, "plain", t.text(N_("{n} kept"), n=kept)),
        ]

    drawn = []
    for line in lines:
        was = slices(line.was_kept, line.was_open, line.was_broken)
        would = slices(line.would_kept, line.would_open, line.would_broken)
        drawn.append(Line(line.name, was))
        drawn.append(Line(t.text(N_("as it would be")), would))
    return rows(drawn)


def as_text(simulation: Simulation, units: Units, t: Translator) -> str:
    """Return the result as text for a terminal."""
    view = simulation_view(simulation, units, t)
    lines = [
        t.text(
            N_("{tickets} tickets looked at, {clocks} limits compared."),
            tickets=view.tickets,
            clocks=view.clocks,
        )
    ]
    for heading, group in (
        (N_("By department"), view.departments),
        (N_("By limit"), view.kinds),
        (N_("In all"), [view.total]),
    ):
        lines += ["", t.text(heading)]
        lines += [
            "  "
            + t.text(
                N_(
                    "{name}: kept {was_kept}, would be {would_kept}; broken {was_broken}, would be "
                    "{would_broken}; {gained} tickets would be in time, {lost} too late"
                ),
                name=line.name,
                was_kept=line.was_kept,
                would_kept=line.would_kept,
                was_broken=line.was_broken,
                would_broken=line.would_broken,
                gained=len(line.gained),
                lost=len(line.lost),
            )
            for line in group
        ]
    if view.excluded:
        lines += ["", t.text(N_("Not counted"))]
        lines += [f"  {words}: {count}" for words, count in view.excluded]
    return "\n".join(lines)
