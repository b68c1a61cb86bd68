"""Which department a matter is for: what the catalogue, precedents and closed tickets say - pure.

Every voice has a weight, as if so many tickets had gone there. A department's score is its share of
all weights, over the categories that the matter may be of. Guards of levels hold, and nobody is
suggested who takes no tickets or was right to give this very matter back.
"""

import enum
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hotline.people.levels import DepartmentLevel, is_below
from hotline.tickets.routing.rules import Doubt, Proposal, Unit

SHOWN = 3

SURE_FROM = 0.6
"""The score from which the first department is suggested without a doubt."""

MOST_HISTORY = 12.0
"""Closed tickets weigh no more than this, however many they are: the catalogue is the rule."""

_SURE_ENTRY, _DOUBTED_ENTRY, _AREA_ALONE = 10.0, 5.0, 1.0
_PRECEDENT, _PRECEDENT_ELSEWHERE = 6.0, 3.0
_SILENCE = 1.0
"""What is kept for departments that nothing speaks for: little evidence is no certainty."""


class ReasonKind(enum.StrEnum):
    """What speaks for a department."""

    CATALOGUE = "catalogue"
    AREA = "area"
    PRECEDENT = "precedent"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Something that speaks for a department.

    Attributes:
        kind: what.
        weight: how much, for the order in which reasons are told.
        category: of which category it speaks.
        ticket: number of the ticket of a precedent.
        count: closed tickets that this department handled.
        of: closed tickets of the category, everywhere or in the area.
        area: where, when it speaks of one area.
        is_sure: whether the catalogue has no doubt.
    """

    kind: ReasonKind
    weight: float
    category: str
    ticket: str | None = None
    count: int = 0
    of: int = 0
    area: str | None = None
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A precedent that holds."""

    department: str
    ticket: str
    area: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of matters of one category.

    Attributes:
        category: its code.
        share: how probably the matter is of it, 0 to 1.
        area: where the matter is; None when that is not known.
        proposal: of the catalogue.
        lowest: the lowest level that may lead.
        decided: precedents.
        closed: by whom tickets closed of late were handled, everywhere.
        closed_here: the same in the matter's area.
    """

    category: str
    share: float
    area: str | None = None
    proposal: Proposal | None = None
    lowest: DepartmentLevel | None = None
    decided: Sequence[Decided] = ()
    closed: Mapping[str, int]
    closed_here: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A department that may be the right one.

    Attributes:
        department: its code.
        score: its share of what speaks, 0 to 1.
        reasons: what speaks for it, the weightiest first.
    """

    department: str
    score: float
    reasons: tuple[Reason, ...]


def weigh(
    evidence: Sequence[Evidence],
    units: Mapping[str, Unit],
    *,
    given_back: Collection[str] = (),
    limit: int = SHOWN,
) -> list[Candidate]:
    """Return the departments that most speaks for, the likeliest first.

    Args:
        evidence: by category; shares need not come to 1.
        units: departments by code.
        given_back: those that were right to give this matter back.
        limit: how many at most.
    """
    scores: dict[str, float] = defaultdict(float)
    reasons: dict[str, list[Reason]] = defaultdict(list)
    for one in evidence:
        voices = [
            (code, reason)
            for code, reason in _voices(one)
            if code not in given_back and _may_lead(units.get(code), one.lowest)
        ]
        total = sum(reason.weight for _, reason in voices) + _SILENCE
        for code, reason in voices:
            scores[code] += one.share * reason.weight / total
            reasons[code].append(reason)
    in_order = sorted(scores, key=lambda code: (-scores[code], code))
    return [
        Candidate(
            code,
            min(scores[code], 1.0),
            tuple(sorted(reasons[code], key=lambda reason: -reason.weight)),
        )
        for code in in_order[:limit]
    ]


def _may_lead(unit: Unit | None, lowest: DepartmentLevel | None) -> bool:
    return unit is not None and unit.is_active and not is_below(unit.level, lowest)


def _voices(one: Evidence) -> list[tuple[str, Reason]]:
    found: list[tuple[str, Reason]] = []
    if one.proposal is not None:
        found.append((one.proposal.department, _of_catalogue(one, one.proposal)))
    found += [
        (
            decided.department,
            Reason(
                kind=ReasonKind.PRECEDENT,
                weight=_PRECEDENT if decided.area == one.area else _PRECEDENT_ELSEWHERE,
                category=one.category,
                ticket=decided.ticket,
                area=decided.area,
            ),
        )
        for decided in one.decided
        if decided.area is None or one.area is None or decided.area == one.area
    ]
    # What was handled in the very area says more than what was handled elsewhere.
    is_here = bool(one.closed_here)
    closed = one.closed_here if is_here else one.closed
    total = sum(closed.values())
    found += [
        (
            code,
            Reason(
                kind=ReasonKind.HISTORY,
                weight=count * min(1.0, MOST_HISTORY / total),
                category=one.category,
                count=count,
                of=total,
                area=one.area if is_here else None,
            ),
        )
        for code, count in closed.items()
    ]
    return found


def _of_catalogue(one: Evidence, proposal: Proposal) -> Reason:
    if proposal.entry is None:
        return Reason(
            kind=ReasonKind.AREA, weight=_AREA_ALONE, category=one.category, area=one.area
        )
    # That requests of a kind are never dispatched by themselves says nothing against the department.
    grave = set(proposal.doubts) - {Doubt.NOT_MARKED_SURE, Doubt.REQUESTER_SECRET}
    return Reason(
        kind=ReasonKind.CATALOGUE,
        weight=_DOUBTED_ENTRY if grave else _SURE_ENTRY,
        category=proposal.entry.category,
        area=proposal.entry.area,
        is_sure=proposal.is_sure,
    )
