"""The supervisor's board: what is late and what will be, counted, drawn and linked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hotline.kernel.errors import N_
from hotline.sla.policy import ClockKind
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.queries import LateCount, QueueCount
from web.i18n import Translator
from web.labels import label
from web.views.charts import Chart, Line, Slice, rows

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
    href: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board."""

    tiles: Sequence[Tile]
    kinds: Sequence[Figures]
    kinds_chart: Chart
    units: Sequence[Figures]
    units_chart: Chart


_QUEUE_OF: Mapping[ClockKind, str] = {
    ClockKind.ACCEPT: "accept",
    ClockKind.DISPATCH: "dispatch",
    ClockKind.SIGN: "sign",
    ClockKind.AUDIT: "audit",
    ClockKind.VISIT: "visit",
    ClockKind.DISPUTE_REVIEW: "returns",
    ClockKind.ARBITRATION: "returns",
    ClockKind.FINAL_REPLY: "final-replies",
    ClockKind.BAD_RATING_CONTACT: "ratings",
}
"""The queue in which a limit of this kind is worked off; every other kind is in handling."""


def make_board(late: Sequence[LateCount], places: Sequence[QueueCount], t: Translator) -> Board:
    """Return the board of these counts.

    Args:
        late: running clocks by kind and unit.
        places: open tickets by status and hold.
        t: the reader's language.
    """
    kinds = _added(late, lambda row: (row.kind.value, t.text(label(row.kind))), _kind_href)
    units = _added(late, lambda row: _unit(row, t), _unit_href)
    return Board(_tiles(late, places, t), kinds, _drawn(kinds, t), units, _drawn(units, t))


def _unit(row: LateCount, t: Translator) -> tuple[str, str]:
    name = row.department_name_en if t.language == "en" else row.department_name
    return row.department_code or "", name or t.text(N_("No department"))


def _kind_href(code: str) -> str:
    return f"/queues/{_QUEUE_OF.get(ClockKind(code), 'processing')}?due=late"


def _unit_href(code: str) -> str:
    return f"/tickets?due=late&department={code}" if code else "/tickets?due=late"


def _added(
    late: Sequence[LateCount],
    key: Callable[[LateCount], tuple[str, str]],
    href: Callable[[str], str],
) -> list[Figures]:
    sums: dict[tuple[str, str], list[int]] = {}
    for row in late:
        parts = sums.setdefault(key(row), [0, 0, 0])
        for index, value in enumerate((row.late, row.soon, row.running)):
            parts[index] += value
    lines = [
        Figures(name, parts[0], parts[1], parts[2], href(code))
        for (code, name), parts in sums.items()
    ]
    return sorted(lines, key=lambda line: (-line.late, -line.soon, -line.running, line.name))


def _drawn(lines: Sequence[Figures], t: Translator) -> Chart:
    def slices(line: Figures) -> list[Slice]:
        in_time = line.running - line.late - line.soon
        return [
            Slice(line.late, "red", t.text(N_("{n} overdue"), n=line.late)),
            Slice(line.soon, "orange", t.text(N_("{n} due soon"), n=line.soon)),
            Slice(in_time, "plain", t.text(N_("{n} in time"), n=in_time)),
        ]

    return rows([Line(line.name, slices(line)) for line in lines[:MOST_LINES]])


def _tiles(late: Sequence[LateCount], places: Sequence[QueueCount], t: Translator) -> list[Tile]:
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
            sum(row.soon for row in late),
            f"/tickets?due={SOON_HOURS}h",
            "orange",
        ),
        Tile(t.text(N_("Open tickets")), sum(place.count for place in places), "/tickets"),
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
