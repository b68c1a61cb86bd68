"""The supervisor's view: what is late, what will be, and whether anybody watches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from hotline.escalation.queries import Unseen, UnseenList
from hotline.kernel.errors import N_
from hotline.kernel.health import Health
from hotline.people.models import Department
from hotline.sla.policy import ClockKind, Rung
from hotline.supervision.lateness import Holder, Lateness, LatenessView
from hotline.supervision.queries import OrderCounts
from hotline.supervision.rules import OrderState
from web.i18n import Translator
from web.labels import label
from web.views.board import Tile
from web.views.charts import Chart, Line, Slice, rows
from web.views.directory import unit_name

MOST_LINES = 10
MOST_HOLDERS = 30
MOST_NAMES = 3
WATCHED_WITHIN_SECONDS = 30
LATE_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LateLine:
    """One line of a table: three figures, each with the list behind it.

    Attributes:
        name: of the line.
        under: what stands below the name.
        drawn: the name in the picture, where nothing stands below it.
    """

    name: str
    under: str
    drawn: str
    late: int
    hour: int
    today: int
    late_href: str
    hour_href: str
    today_href: str


@dataclass(frozen=True, slots=True)
class LateTable:
    """A table of figures with its picture.

    Attributes:
        code: names it on the page.
        text: message id of its heading.
        heading: message id of its first column.
        left_out: how many more lines there would be.
    """

    code: str
    text: str
    heading: str
    lines: Sequence[LateLine]
    chart: Chart
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether the limits are being watched right now.

    Attributes:
        is_well: the sweeper went round lately and nothing due is waiting.
        beat_seconds: since it went round; None when it never did.
        late_seconds: how long the oldest due warning has waited.
    """

    is_well: bool
    beat_seconds: int | None
    late_seconds: int


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert that nobody has acknowledged."""

    ticket: str
    text: str
    department: str
    told: str
    fired_at: datetime
    ack_due_at: datetime
    raised_at: datetime | None


@dataclass(frozen=True, slots=True)
class Oversight:
    """Everything on the supervisor's view but the orders."""

    watch: Watch
    tiles: Sequence[Tile]
    tables: Sequence[LateTable]
    alerts: Sequence[AlertView]
    alerts_left_out: int


def make_oversight(
    lateness: LatenessView,
    orders: OrderCounts,
    unseen: UnseenList,
    units: Mapping[int, Department],
    health: Health,
    t: Translator,
) -> Oversight:
    """Return the view of these figures.

    Args:
        lateness: what is late and will be.
        orders: open supervision orders.
        unseen: alerts that nobody has acknowledged.
        units: departments by id, for the alerts.
        health: of the loops.
        t: the reader's language.
    """
    return Oversight(
        watch_of(health),
        _tiles(lateness.total, orders, unseen.count, t),
        _tables(lateness, t),
        [alert_view(alert, units, t) for alert in unseen.items],
        unseen.count - len(unseen.items),
    )


def watch_of(health: Health) -> Watch:
    """Return whether the limits are being watched right now."""
    beat = health.heartbeats.get("sweeper")
    return Watch(
        beat is not None
        and beat <= WATCHED_WITHIN_SECONDS
        and health.clock_lateness <= LATE_AFTER_SECONDS,
        None if beat is None else max(0, int(beat)),
        int(health.clock_lateness),
    )


def _tables(lateness: LatenessView, t: Translator) -> list[LateTable]:
    kinds = _sorted(
        _line(t.text(label(kind)), "", count, _of_kind(kind)) for kind, count in lateness.kinds
    )
    units = _sorted(
        _line(unit_name(unit, t), "", count, {"limit_unit": unit.code})
        for unit, count in lateness.units
    )
    holders = _sorted(_holder_line(holder, count, t) for holder, count in lateness.holders)
    return [
        LateTable("kinds", N_("By limit"), N_("Limit"), kinds, _drawn(kinds, t)),
        LateTable("units", N_("By department"), N_("Department"), units, _drawn(units, t)),
        LateTable(
            "holders",
            N_("By who has the ticket"),
            N_("Person or post"),
            holders[:MOST_HOLDERS],
            _drawn(holders, t),
            max(0, len(holders) - MOST_HOLDERS),
        ),
    ]


def _of_kind(kind: ClockKind) -> Mapping[str, str]:
    return {"limit": kind.value}


def _holder_line(holder: Holder, count: Lateness, t: Translator) -> LateLine:
    unit = unit_name(holder.unit, t) if holder.unit else ""
    if holder.user is not None:
        return _line(holder.user.display_name, unit, count, {"holder": holder.user.username})
    asked = {"post": holder.post.value if holder.post else ""}
    if holder.unit is not None:
        asked["owner"] = holder.unit.code
    post = t.text(label(holder.post)) if holder.post else "–"
    return _line(post, unit, count, asked, f"{unit} {post}")


def _line(
    name: str, under: str, count: Lateness, asked: Mapping[str, str], drawn: str | None = None
) -> LateLine:
    return LateLine(
        name,
        under,
        drawn or name,
        count.late,
        count.hour,
        count.today,
        _list_href(asked, "late"),
        _list_href(asked, "1h"),
        _list_href(asked, "today"),
    )


def _list_href(asked: Mapping[str, str], due: str) -> str:
    return f"/tickets?{urlencode({**asked, 'limit_due': due})}"


def _sorted(lines: Iterable[LateLine]) -> list[LateLine]:
    return sorted(
        (line for line in lines if line.late or line.hour or line.today),
        key=lambda line: (-line.late, -line.hour, -line.today, line.name),
    )


def _drawn(lines: Sequence[LateLine], t: Translator) -> Chart:
    def slices(line: LateLine) -> list[Slice]:
        later = max(0, line.today - line.hour)
        return [
            Slice(line.late, "red", t.text(N_("{n} overdue"), n=line.late)),
            Slice(line.hour, "orange", t.text(N_("{n} due within the hour"), n=line.hour)),
            Slice(later, "plain", t.text(N_("{n} due later today"), n=later)),
        ]

    return rows([Line(line.drawn, slices(line)) for line in lines[:MOST_LINES]])


def _tiles(total: Lateness, orders: OrderCounts, unseen: int, t: Translator) -> list[Tile]:
    return [
        Tile(t.text(N_("Late now")), total.late, _list_href({}, "late"), "red"),
        Tile(t.text(N_("Due within 1 hour")), total.hour, _list_href({}, "1h"), "orange"),
        Tile(t.text(N_("Due today")), total.today, _list_href({}, "today"), "yellow"),
        Tile(
            t.text(N_("Orders not acknowledged")),
            orders.issued,
            _orders_href(OrderState.ISSUED),
        ),
        Tile(
            t.text(N_("Orders not answered in time")),
            orders.overdue,
            "/supervision/orders?late=true",
            "red",
        ),
        Tile(
            t.text(N_("Answers to verify")),
            orders.answered,
            _orders_href(OrderState.ANSWERED),
        ),
        Tile(t.text(N_("Alerts nobody has seen")), unseen, "/supervision/alerts", "red"),
    ]


def _orders_href(state: OrderState) -> str:
    return f"/supervision/orders?state={state.value}"


_RUNGS: Mapping[Rung, str] = {
    Rung.YELLOW: N_("{clock}: reminder"),
    Rung.ORANGE: N_("{clock}: early warning"),
    Rung.RED: N_("{clock}: limit passed"),
    Rung.URGE: N_("{clock}: still not done, urged"),
    Rung.ACT: N_("{clock}: still not done, the system has acted"),
    Rung.ORDER: N_("{clock}: supervision order"),
    Rung.LISTING: N_("{clock}: listed for supervision"),
}


def _told(names: Sequence[str], t: Translator) -> str:
    """Return who was told: some names, and how many more."""
    some = t.listed(names[:MOST_NAMES]) or "–"
    more = len(names) - MOST_NAMES
    return t.text(N_("{names} and {n} more"), names=some, n=more) if more > 0 else some


def alert_view(alert: Unseen, units: Mapping[int, Department], t: Translator) -> AlertView:
    """Return an alert as a line."""
    unit = units.get(alert.department_id or 0)
    return AlertView(
        alert.ticket_number,
        t.text(_RUNGS[alert.rung], clock=t.text(label(alert.kind))),
        unit_name(unit, t) if unit else "–",
        _told(alert.told, t),
        alert.fired_at,
        alert.ack_due_at,
        alert.raised_at,
    )
