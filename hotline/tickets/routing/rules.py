"""Which entry of the dispatch catalogue (派单目录) speaks for a matter - pure.

The narrowest entry wins: the exact category before those above it, for one category an entry for
the area before one for all areas, then one for the request type before one for all types. Whatever
else could be true is said as a doubt, and only a proposal without doubt is sure.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotline.kernel.clock import SHANGHAI
from hotline.people.levels import DepartmentLevel, is_below


class Doubt(enum.StrEnum):
    """Why a proposal is not sure."""

    NOT_MARKED_SURE = "not_marked_sure"
    AREA_UNKNOWN = "area_unknown"
    RIVAL = "rival"
    NEWER_PRECEDENT = "newer_precedent"
    REQUESTER_SECRET = "requester_secret"  # noqa: S105  # a reason, no password
    AGAINST_UNIT = "against_unit"
    UNIT_INACTIVE = "unit_inactive"
    GIVEN_BACK = "given_back"
    ONLY_AREA = "only_area"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the catalogue.

    Attributes:
        category: the subject, with everything below it.
        department: code of the unit that leads.
        area: where it holds; None for everywhere.
        request_types: for which it holds; none for all.
        co_departments: codes of the units that help.
        min_level: the lowest level that may lead such a matter.
        valid_from: first day on which it holds, in Shanghai.
        valid_to: last day.
        basis: the rule or the decision that it rests on.
        is_sure: whether it may be dispatched without a dispatcher.
        since: when it came into the catalogue as it stands.
    """

    category: str
    department: str
    area: str | None = None
    request_types: tuple[str, ...] = ()
    co_departments: tuple[str, ...] = ()
    min_level: DepartmentLevel | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""
    is_sure: bool = False
    since: datetime | None = None

    def is_valid_on(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    @property
    def narrowness(self) -> tuple[int, bool, bool]:
        """How narrow it is; the greater wins."""
        return (self.category.count("."), self.area is not None, bool(self.request_types))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What of a matter decides where it goes.

    Attributes:
        words: title and content, in which a unit may be named.
        is_given_back: whether a department gave it back, and was right.
    """

    category: str | None
    area: str | None
    request_type: str
    words: str = ""
    is_secret: bool = False
    is_given_back: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A department as the catalogue sees it."""

    code: str
    name: str
    level: DepartmentLevel = DepartmentLevel.OTHER
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision whose duty such a matter is, while it holds."""

    category: str | None
    area: str | None
    department: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who should get a matter, and why.

    Attributes:
        department: code of the unit that leads.
        co_departments: codes of the units that help.
        entry: the line that won; None when only the area spoke.
        also: what else matched, the narrowest first.
        doubts: why it is not sure.
    """

    department: str
    co_departments: tuple[str, ...]
    entry: Entry | None
    also: tuple[Entry, ...]
    doubts: tuple[Doubt, ...]

    @property
    def is_sure(self) -> bool:
        """Tell whether nothing speaks against it."""
        return not self.doubts


AGAINST_SOMEBODY = frozenset({"complaint", "report"})
"""Request types that may be about the very unit in charge."""


def lies_under(category: str | None, above: str) -> bool:
    """Tell whether a category is `above` or lies below it."""
    return category is not None and (category == above or category.startswith(f"{above}."))


def matching(entries: Iterable[Entry], traits: Traits, now: datetime) -> list[Entry]:
    """Return the entries that speak for a matter, the narrowest first, in an order of their own."""
    day = now.astimezone(SHANGHAI).date()
    found = [
        entry
        for entry in entries
        if lies_under(traits.category, entry.category)
        and (entry.area is None or entry.area == traits.area)
        and (not entry.request_types or traits.request_type in entry.request_types)
        and entry.is_valid_on(day)
    ]
    return sorted(found, key=_place)


def _place(entry: Entry) -> tuple[object, ...]:
    depth, has_area, has_types = entry.narrowness
    return (
        *(-depth, not has_area, not has_types),
        *(entry.department, entry.co_departments, entry.request_types, entry.basis),
        *(str(entry.valid_from), str(entry.valid_to), str(entry.min_level), entry.is_sure),
        str(entry.since),
    )


def lowest_level(entries: Iterable[Entry], traits: Traits, now: datetime) -> DepartmentLevel | None:
    """Return the lowest level that may lead a matter: what the narrowest entry says."""
    found = matching(entries, traits, now)
    narrowest = [entry for entry in found if entry.narrowness == found[0].narrowness]
    levels = [entry.min_level for entry in narrowest if entry.min_level is not None]
    return next((level for level in DepartmentLevel if level in levels), None)


def choose(
    entries: Sequence[Entry],
    traits: Traits,
    now: datetime,
    *,
    units: Mapping[str, Unit],
    rulings: Iterable[Ruling] = (),
) -> Proposal | None:
    """Return who should get a matter; None when nothing speaks for anybody.

    Args:
        entries: of the version in force.
        traits: of the matter.
        now: when it is asked; what has ended or not begun does not count.
        units: departments by code; an unknown or inactive one is never proposed.
        rulings: precedents that hold.
    """
    found = matching(entries, traits, now)
    able = [entry for entry in found if _can_lead(entry, units)]
    if not able:
        return _by_area(traits, units, lowest_level(found, traits, now), is_passed_over=bool(found))
    best, *also = able
    doubts = {
        Doubt.NOT_MARKED_SURE: not best.is_sure,
        Doubt.AREA_UNKNOWN: traits.area is None and _needs_area(entries, best, traits, now),
        Doubt.RIVAL: any(entry.narrowness == best.narrowness for entry in also),
        Doubt.NEWER_PRECEDENT: any(_speaks_against(ruling, best, traits) for ruling in rulings),
        Doubt.UNIT_INACTIVE: found[0] is not best or not _are_active(best.co_departments, units),
        **_doubts_of_matter(traits, units[best.department]),
    }
    return Proposal(
        best.department,
        tuple(code for code in best.co_departments if _are_active((code,), units)),
        best,
        tuple(also),
        tuple(doubt for doubt, holds in doubts.items() if holds),
    )


def _can_lead(entry: Entry, units: Mapping[str, Unit]) -> bool:
    unit = units.get(entry.department)
    return unit is not None and unit.is_active and not is_below(unit.level, entry.min_level)


def _are_active(codes: Iterable[str], units: Mapping[str, Unit]) -> bool:
    return all(code in units and units[code].is_active for code in codes)


def _by_area(
    traits: Traits,
    units: Mapping[str, Unit],
    lowest: DepartmentLevel | None,
    *,
    is_passed_over: bool,
) -> Proposal | None:
    """Where the unit is not known but the area is, the district of that area finds out."""
    district = next(
        (
            unit
            for _, unit in sorted(units.items())
            if _is_of(unit, traits.area)
            and unit.level is DepartmentLevel.DISTRICT
            and unit.is_active
            and not is_below(unit.level, lowest)
        ),
        None,
    )
    if district is None:
        return None
    doubts = (Doubt.UNIT_INACTIVE, Doubt.ONLY_AREA) if is_passed_over else (Doubt.ONLY_AREA,)
    return Proposal(district.code, (), None, (), doubts)


def _is_of(unit: Unit, area: str | None) -> bool:
    """Tell whether an area is a district's own: by its code, or because its name holds it."""
    return area is not None and (unit.code == area or (len(area) > 1 and area in unit.name))


def _needs_area(entries: Iterable[Entry], best: Entry, traits: Traits, now: datetime) -> bool:
    """Tell whether another entry would win if only the area were known."""
    day = now.astimezone(SHANGHAI).date()
    return any(
        entry.area is not None
        and lies_under(traits.category, entry.category)
        and (not entry.request_types or traits.request_type in entry.request_types)
        and entry.is_valid_on(day)
        and entry.narrowness > best.narrowness
        for entry in entries
    )


def _speaks_against(ruling: Ruling, entry: Entry, traits: Traits) -> bool:
    return (
        ruling.department != entry.department
        and ruling.category is not None
        and lies_under(traits.category, ruling.category)
        and lies_under(ruling.category, entry.category)
        and (ruling.area is None or ruling.area == traits.area)
        and (entry.since is None or ruling.decided_at > entry.since)
    )


def _doubts_of_matter(traits: Traits, lead: Unit) -> dict[Doubt, bool]:
    return {
        Doubt.REQUESTER_SECRET: traits.is_secret,
        Doubt.AGAINST_UNIT: traits.request_type in AGAINST_SOMEBODY and lead.name in traits.words,
        Doubt.GIVEN_BACK: traits.is_given_back,
    }
