"""What the supervisor's page says of orders by level, urging, the list, interviews and bulletins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal
from hotline.supervision.rules import LIVE, OrderLevel, OrderState
from web.i18n import Translator
from web.labels import label
from web.views.board import Tile


@dataclass(frozen=True, slots=True)
class Account:
    """Figures that each open the list they count.

    Attributes:
        urges: tickets whose urging waits for an answer, and those for too long.
        listed: matters on the list.
        interviews: those of which something is ahead, and those of which it is overdue.
        unpublished: bulletins to be reviewed, and those to be published.
        knowledge: reports of mistakes that are overdue, and articles not reviewed in time.
    """

    urges: tuple[int, int]
    listed: int
    interviews: tuple[int, int]
    unpublished: tuple[int, int]
    knowledge: tuple[int, int]


def account_tiles(account: Account, principal: Principal, t: Translator) -> list[Tile]:
    """Return the figures as tiles, those left out whose list the reader may not open."""
    waiting, overdue = account.urges
    ahead, missed = account.interviews
    drafted, reviewed = account.unpublished
    late_reports, stale = account.knowledge
    interviews = (
        Tile(t.text(N_("Interviews ahead")), ahead, "/interviews?due=ahead"),
        Tile(t.text(N_("Interviews overdue")), missed, "/interviews?due=late", "red"),
    )
    return [
        Tile(t.text(N_("Urging without an answer")), waiting, "/supervision/urges"),
        Tile(
            t.text(N_("Urging not answered in time")),
            overdue,
            "/supervision/urges?late=true",
            "red",
        ),
        Tile(t.text(N_("Listed matters")), account.listed, "/supervision/listed"),
        *(interviews if Permission.READ_INTERVIEWS in principal.permissions else ()),
        Tile(t.text(N_("Bulletins to review")), drafted, "/bulletins?state=draft"),
        Tile(t.text(N_("Bulletins to publish")), reviewed, "/bulletins?state=reviewed"),
        Tile(
            t.text(N_("Reports on knowledge overdue")),
            late_reports,
            "/knowledge/corrections?overdue=true",
            "red",
        ),
        Tile(
            t.text(N_("Knowledge not reviewed in time")),
            stale,
            "/knowledge?warning=stale",
            "red",
        ),
    ]


@dataclass(frozen=True, slots=True)
class LadderLine:
    """A level with its figures: how many, and where they are listed."""

    name: str
    cells: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Open orders by level and state."""

    states: Sequence[str]
    lines: Sequence[LadderLine]


def ladder_view(counts: Mapping[tuple[OrderLevel, OrderState], int], t: Translator) -> Ladder:
    """Return the open orders by level and state, each figure with its list."""
    return Ladder(
        [t.text(label(state)) for state in LIVE],
        [
            LadderLine(
                f"{level.value} · {t.text(label(level))}",
                [
                    (
                        counts.get((level, state), 0),
                        f"/supervision/orders?level={level.value}&state={state.value}",
                    )
                    for state in LIVE
                ],
            )
            for level in OrderLevel
        ],
    )
