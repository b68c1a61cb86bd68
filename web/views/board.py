"""The supervisor's board: what is late and what will be, counted, drawn and linked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from hotline.kernel.errors import N_
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.queries import ClockCount, ClockCounts, QueueCount
from web.i18n import Translator
from web.labels import label
from web.views.charts import Chart, Line, Slice, rows
from web.views.directory import unit_name

SOON_HOURS = 4
MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with the list behind it."""

    text: str
    value: int
    href: str
    tone: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of a table: what is late, what soon will be, what runs in time."""

    name: str
    late: int
    soon: int
    running: int
    late_href: str
    soon_href: str
    href: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board."""

    tiles: Sequence[Tile]
    kinds: Sequence[Figures]
    kinds_chart: Chart
    units: Sequence[Figures]
    units_chart: Chart


def make_board(clocks: ClockCounts, places: Sequence[QueueCount], t: Translator) -> Board:
    """Return the board of these counts.

    Args:
        clocks: tickets with running clocks, by kind and by unit.
        places: open tickets by status and hold.
        t: the reader's language.
    """
    kinds = _sorted(
        _figures(t.text(label(kind)), count, {"limit": kind.value}) for kind, count in clocks.kinds
    )
    units = _sorted(
        _figures(unit_name(unit, t), count, {"limit_unit": unit.code})
        for unit, count in clocks.units
    )
    return Board(_tiles(clocks.total, places, t), kinds, _drawn(kinds, t), units, _drawn(units, t))


def _figures(name: str, count: ClockCount, asked: Mapping[str, str]) -> Figures:
    return Figures(
        name,
        count.late,
        count.soon,
        count.running,
        late_href=_list_href({**asked, "limit_due": "late"}),
        soon_href=_list_href({**asked, "limit_due": f"{SOON_HOURS}h"}),
        href=_list_href(asked),
    )


def _list_href(asked: Mapping[str, str]) -> str:
    return f"/tickets?{urlencode(asked)}"


def _sorted(lines: Iterable[Figures]) -> list[Figures]:
    return sorted(lines, key=lambda line: (-line.late, -line.soon, -line.running, line.name))


def _drawn(lines: Sequence[Figures], t: Translator) -> Chart:
    def slices(line: Figures) -> list[Slice]:
        # One limit of a ticket may be late while another is due soon: it is in both.
        in_time = max(line.running - line.late - line.soon, 0)
        return [
            Slice(line.late, "red", t.text(N_("{n} overdue"), n=line.late)),
            Slice(line.soon, "orange", t.text(N_("{n} due soon"), n=line.soon)),
            Slice(in_time, "plain", t.text(N_("{n} in time"), n=in_time)),
        ]

    return rows([Line(line.name, slices(line)) for line in lines[:MOST_LINES]])


def _tiles(total: ClockCount, places: Sequence[QueueCount], t: Translator) -> list[Tile]:
    def at(*status: Status) -> int:
        return sum(place.count for place in places if place.status in status)

    def held(*hold: Hold) -> int:
        return sum(place.count for place in places if place.hold in hold)

    return [
        Tile(
            t.text(N_("Tickets overdue")),
            sum(place.late for place in places),
            "/tickets?due=late",
            "red",
        ),
        Tile(
            t.text(N_("Limits due within {n} hours"), n=SOON_HOURS),
            total.soon,
            _list_href({"limit_due": f"{SOON_HOURS}h"}),
            "orange",
        ),
        Tile(t.text(N_("Open tickets")), sum(place.count for place in places), "/tickets?due=open"),
        Tile(t.text(N_("To accept")), at(Status.SUBMITTED), "/queues/accept"),
        Tile(t.text(N_("To dispatch")), at(Status.ACCEPTED), "/queues/dispatch"),
        Tile(
            t.text(N_("Returns and disputes")),
            held(Hold.RETURN_REVIEW, Hold.ARBITRATION),
            "/queues/returns",
        ),
        Tile(t.text(N_("To audit")), at(Status.FEEDBACK_SUBMITTED), "/queues/audit"),
        Tile(t.text(N_("To visit")), at(Status.PENDING_VISIT), "/queues/visit"),
    ]
