"""The rules of bulletins: how far one is, who may take it further, and what its figures say."""

import enum
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from hotline.kernel.clock import SHANGHAI
from hotline.supervision.errors import BulletinMoveRefused, InvalidPeriod, SecondPersonForBulletin


class BulletinKind(enum.StrEnum):
    """What a bulletin is for."""

    NOTICE = "notice"
    WEEKLY = "weekly"


class BulletinState(enum.StrEnum):
    """How far a bulletin is."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    RECALLED = "recalled"


_FOLLOWING: Mapping[BulletinState, frozenset[BulletinState]] = MappingProxyType(
    {
        # A draft that is changed is a draft again: whoever reviewed it has not read the new words.
        BulletinState.DRAFT: frozenset({BulletinState.DRAFT, BulletinState.REVIEWED}),
        BulletinState.REVIEWED: frozenset({BulletinState.DRAFT, BulletinState.PUBLISHED}),
        BulletinState.PUBLISHED: frozenset({BulletinState.RECALLED}),
    }
)

LONGEST_PERIOD = timedelta(days=366)


def require_following(state: BulletinState, following: BulletinState) -> None:
    """Pass in silence when a bulletin may go from one state to another.

    Raises:
        BulletinMoveRefused: it may not.
    """
    if following not in _FOLLOWING.get(state, frozenset()):
        raise BulletinMoveRefused(state=state)


def require_reviewer(*, drafted_by: uuid.UUID | None, actor: uuid.UUID | None) -> None:
    """Pass in silence when somebody else than its writer reviews a draft.

    Raises:
        SecondPersonForBulletin: he wrote it himself.
    """
    if drafted_by is not None and drafted_by == actor:
        raise SecondPersonForBulletin


def require_publisher(
    *, drafted_by: uuid.UUID | None, reviewed_by: uuid.UUID | None, actor: uuid.UUID | None
) -> None:
    """Pass in silence when two persons stand behind what is published.

    What the system drafted has no writer: another one than its reviewer publishes it.

    Args:
        drafted_by: who wrote it last; None for the system.
        reviewed_by: who found it good.
        actor: who publishes it.

    Raises:
        SecondPersonForBulletin: it would be one person alone.
    """
    if drafted_by is None and reviewed_by == actor:
        raise SecondPersonForBulletin


def require_period(begins: date, ends: date, today: date) -> None:
    """Pass in silence when a period can be counted: not turned round, not to come, not too long.

    Args:
        begins: its first day.
        ends: its last day.
        today: the present day.

    Raises:
        InvalidPeriod: it cannot.
    """
    if not begins <= ends <= today or ends - begins > LONGEST_PERIOD:
        raise InvalidPeriod


def instants_of(begins: date, ends: date) -> tuple[datetime, datetime]:
    """Return when a period of days begins, and when the day after it does."""
    return (
        datetime.combine(begins, time(), SHANGHAI),
        datetime.combine(ends + timedelta(days=1), time(), SHANGHAI),
    )


WEEKLY_AT = time(8)
"""On Mondays at this time the digest of the week before is drafted."""


def week_to_draft(now: datetime) -> tuple[date, date]:
    """Return the last week, Monday to Sunday, whose digest is to be there by now."""
    local = now.astimezone(SHANGHAI)
    monday = local.date() - timedelta(days=local.weekday())
    if local.weekday() == 0 and local.time() < WEEKLY_AT:
        monday -= timedelta(days=7)
    return monday - timedelta(days=7), monday - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFigures:
    """What a period looked like for one unit.

    Attributes:
        code: the unit's code.
        name: its name when the bulletin was drafted.
        name_en: the same in English.
        received: tickets that it was given as the leading department within the period.
        late: pieces of work whose limit passed within the period before they were done.
        returned: requests to give a ticket back.
        reworked: times that work was begun again because it was not good.
        unanswered: supervision orders whose time for a reply passed without one.
        listed: matters that were listed for supervision at some time of the period.
    """

    code: str
    name: str
    name_en: str
    received: int = 0
    late: int = 0
    returned: int = 0
    reworked: int = 0
    unanswered: int = 0
    listed: int = 0

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing is to be said of it."""
        return not any(getattr(self, name) for name in COUNTED)


COUNTED = ("received", "late", "returned", "reworked", "unanswered", "listed")
"""The figures of a bulletin, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of one figure for one unit."""

    figure: str
    department_id: int
    count: int


def figures_of(
    rows: Iterable[Counted], units: Mapping[int, tuple[str, str, str]]
) -> list[UnitFigures]:
    """Return the figures of every unit that anything is to be said of, by code: never a ranking.

    Args:
        rows: what was counted.
        units: code, name and English name by id.
    """
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.department_id, {})[row.figure] = row.count
    lines = [
        UnitFigures(code=code, name=name, name_en=name_en, **found.get(key, {}))
        for key, (code, name, name_en) in units.items()
    ]
    return sorted((line for line in lines if not line.is_quiet), key=lambda line: line.code)


def total_of(lines: Iterable[UnitFigures]) -> dict[str, int]:
    """Return the sum of each figure."""
    kept = list(lines)
    return {name: sum(getattr(line, name) for line in kept) for name in COUNTED}


def stored(lines: Iterable[UnitFigures]) -> list[dict[str, object]]:
    """Return figures as they are kept with a bulletin."""
    return [asdict(line) for line in lines]
