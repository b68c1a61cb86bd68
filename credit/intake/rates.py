"""What a ticket's facts contribute to the rates: a function of the set of facts, in any order - pure.

A contribution is counted or set aside with a cause. Because every one of them is worked out from all
that is known of the ticket, a fact that comes twice, late, or before the one that it takes back leads to
the same end (credit.md sections 2 and 3).
"""

import enum
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

from credit.intake.facts import ExclusionEnded, ToldFact, WorkExcluded
from credit.ledger import Measure
from hotline.kernel.facts import Fact
from hotline.procedures.events import RatingUnfounded
from hotline.tickets.assignments import AssignmentRole, AssignmentState, Punctuality
from hotline.tickets.counted import (
    AssignmentSettled,
    EndChanged,
    MilestoneEnded,
    PlaceChecked,
    RequesterAnswered,
    WorkAudited,
)
from hotline.tickets.events import PromiseEnded, WorkBegunAgain
from hotline.tickets.lifecycle import Action, ClosureCode
from hotline.tickets.ratings import BAD_RATINGS

_NOTHING, _DIGITS = Decimal(0), Decimal("0.001")


class Cause(enum.StrEnum):
    """Why something does not count, or what is to be known of it."""

    OUT_OF_DUTY = "out_of_duty"
    UNREASONABLE = "unreasonable"
    MALICIOUS = "malicious"
    DUPLICATE_CHILD = "duplicate_child"
    WITHDRAWN = "withdrawn"
    MISDISPATCH = "misdispatch"
    FORCE_MAJEURE = "force_majeure"
    PILOT = "pilot"
    OUTAGE = "outage"
    APPROVED_PAUSE = "approved_pause"
    RELEASED = "released"
    NOBODY_TO_CONTACT = "nobody_to_contact"
    BY_MILESTONE = "by_milestone"
    EXPLAINED = "explained"
    REOPENED = "reopened"
    MISTAKEN = "mistaken"
    NOT_ABOUT_UNIT = "not_about_unit"
    IN_CONFIDENCE = "in_confidence"
    CORRECTED = "corrected"


EXCLUSIONS = frozenset(
    {
        *(Cause.OUT_OF_DUTY, Cause.UNREASONABLE, Cause.MALICIOUS, Cause.DUPLICATE_CHILD),
        *(Cause.WITHDRAWN, Cause.MISDISPATCH, Cause.FORCE_MAJEURE, Cause.PILOT),
    }
)
"""Codes by which work is left out of the base altogether."""

_BY_CLOSURE: Mapping[str, Cause] = MappingProxyType(
    {
        ClosureCode.MERGED.value: Cause.DUPLICATE_CHILD,
        ClosureCode.CANCELLED.value: Cause.WITHDRAWN,
        ClosureCode.OUT_OF_DUTY.value: Cause.OUT_OF_DUTY,
        ClosureCode.TRANSFERRED.value: Cause.OUT_OF_DUTY,
        ClosureCode.FINAL_REPLY.value: Cause.UNREASONABLE,
    }
)

RatingValues = Callable[[datetime], Mapping[int, Decimal]]
"""What each rating is worth by the rules that held at an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one cause contributes to one rate.

    Attributes:
        k: how much was achieved.
        n: 1 when it counts, 0 when it is set aside.
        cause: why it does not count; on one that does, what is to be known of it.
        finished_at: into which window it falls.
        fact_id: the first of the facts that it rests on.
    """

    department_id: int
    ticket_id: uuid.UUID
    ticket_number: str
    hop: int
    round: int
    measure: Measure
    category: str
    k: Decimal
    n: int
    cause: str | None
    finished_at: datetime
    fact_id: uuid.UUID | None = None


KINDS: Mapping[str, type[Fact]] = MappingProxyType(
    {
        kind.topic: kind
        for kind in (
            *(AssignmentSettled, PromiseEnded, MilestoneEnded, RequesterAnswered, WorkAudited),
            *(PlaceChecked, RatingUnfounded, WorkBegunAgain, EndChanged),
            *(WorkExcluded, ExclusionEnded),
        )
    }
)
"""The facts that rates are made of, by topic."""

_F = TypeVar("_F", bound=Fact)
_F_co = TypeVar("_F_co", bound=Fact, covariant=True)


@dataclass(frozen=True, slots=True)
class Read(Generic[_F_co]):
    """A fact read as its class, with the message that it came in."""

    fact: _F_co
    id: uuid.UUID
    at: datetime


def read_fact(told: ToldFact) -> Read[Fact]:
    """Return a fact that rates are made of as its class.

    Raises:
        KeyError: rates are not made of such a fact.
    """
    kind = KINDS[told.topic]
    return Read(kind.from_payload(dict(told.payload)), told.id, told.told_at)


class _OfUnit(Protocol):
    """What every fact says that counts for a department."""

    @property
    def ticket_id(self) -> str: ...
    @property
    def ticket_number(self) -> str: ...
    @property
    def department_id(self) -> int: ...
    @property
    def hop(self) -> int: ...
    @property
    def round(self) -> int: ...
    @property
    def category(self) -> str: ...


class _Facts:
    """All that is known of one ticket, by kind, oldest first."""

    def __init__(self, facts: Iterable[Read[Fact]]) -> None:
        self._by_kind: defaultdict[type[Fact], list[Read[Fact]]] = defaultdict(list)
        for read in sorted(facts, key=lambda one: (one.at, one.id)):
            self._by_kind[type(read.fact)].append(read)

    def all(self, kind: type[_F]) -> Sequence[Read[_F]]:
        return self._by_kind.get(kind, ())  # type: ignore[return-value]  # sorted by kind above

    def first(self, kind: type[_F], key: Callable[[_F], object]) -> Sequence[Read[_F]]:
        """Return one fact of each thing: whoever tells twice with other words is heard once."""
        found: dict[object, Read[_F]] = {}
        for read in self.all(kind):
            found.setdefault(key(read.fact), read)
        return tuple(found.values())


def contributions(facts: Iterable[Read[Fact]], values: RatingValues) -> dict[str, Contribution]:
    """Return what a ticket's facts contribute, by the name of each cause.

    Args:
        facts: all that are known of one ticket, in any order.
        values: what ratings are worth.
    """
    known = _Facts(facts)
    found: dict[str, Contribution] = {}
    for part in (_tasks, _promises, _milestones, _audits, _resolved):
        found |= part(known)
    found |= _satisfied(known, values)
    return {key: _or_aside(one, _excluded(one, known)) for key, one in found.items()}


def _made(
    read: Read[Fact],
    measure: Measure,
    k: bool | Decimal,
    cause: str | None = None,
    *,
    counts: bool = True,
) -> Contribution:
    fact: _OfUnit = read.fact  # type: ignore[assignment]  # only facts of a unit come here
    return Contribution(
        department_id=fact.department_id,
        ticket_id=uuid.UUID(fact.ticket_id),
        ticket_number=fact.ticket_number,
        hop=fact.hop,
        round=fact.round,
        measure=measure,
        category=fact.category,
        k=Decimal(k) if counts else _NOTHING,
        n=int(counts),
        cause=cause,
        finished_at=read.at,
        fact_id=read.id,
    )


def _or_aside(one: Contribution, cause: str | None) -> Contribution:
    return one if cause is None else replace(one, k=_NOTHING, n=0, cause=cause)


# -- what is taken out altogether ------------------------------------------------------------------


def _excluded(one: Contribution, known: _Facts) -> str | None:
    """Return why a department's work on the ticket, or on this hop of it, does not count at all."""
    ends = known.all(EndChanged)
    if ends:
        closure = max(ends, key=lambda read: read.fact.version).fact.closure
        if closure is not None:
            return _BY_CLOSURE.get(closure, Cause.WITHDRAWN)
    over = {read.fact.exclusion_id for read in known.all(ExclusionEnded)}
    for read in known.all(WorkExcluded):
        fact = read.fact
        if fact.exclusion_id not in over and fact.department_id in {None, one.department_id}:
            return fact.cause
    if any(
        (read.fact.department_id, read.fact.hop) == (one.department_id, one.hop)
        and read.fact.ended == AssignmentState.RETURNED
        for read in known.all(AssignmentSettled)
    ):
        return Cause.MISDISPATCH
    return None


# -- each rate -------------------------------------------------------------------------------------


def _tasks(known: _Facts) -> dict[str, Contribution]:
    """Return the base, the signatures and the first contacts: each department's for its own hop."""
    found = {}
    for read in known.first(AssignmentSettled, lambda fact: fact.assignment_id):
        fact, key = read.fact, read.fact.assignment_id
        is_done = fact.ended == AssignmentState.DONE
        released = None if is_done else Cause.RELEASED
        found[f"base:{key}"] = _made(read, Measure.BASE, is_done, released, counts=is_done)
        for measure, kept in ((Measure.SIGN, fact.signed), (Measure.CONTACT, fact.contacted)):
            if kept is not None:
                judged = _judged(read, measure, Punctuality(kept))
                found[f"{measure.value}:{key}"] = _or_aside(judged, released)
        if fact.was_paused and fact.role == AssignmentRole.LEAD:
            found[f"pause:{key}"] = _made(
                read, Measure.PROMISE, False, Cause.APPROVED_PAUSE, counts=False
            )
    return found


def _judged(read: Read[AssignmentSettled], measure: Measure, kept: Punctuality) -> Contribution:
    match kept:
        case Punctuality.EXCUSED:
            return _made(read, measure, False, Cause.OUTAGE, counts=False)
        case Punctuality.NOT_ASKED:
            return _made(read, measure, False, Cause.NOBODY_TO_CONTACT, counts=False)
        case Punctuality.IN_TIME | Punctuality.LATE:
            return _made(read, measure, kept is Punctuality.IN_TIME)


def _promises(known: _Facts) -> dict[str, Contribution]:
    """Return promises kept of promises due; that of a plan counts by the plan's milestones."""
    milestones = [read.fact for read in known.first(MilestoneEnded, lambda one: one.milestone_id)]
    found = {}
    for read in known.first(PromiseEnded, lambda fact: fact.commitment_id):
        fact, is_kept = read.fact, read.fact.outcome == "kept"
        of_plan = [one.met for one in milestones if one.round == fact.round]
        made = _made(read, Measure.PROMISE, is_kept)
        if fact.is_excused:
            made = _or_aside(made, Cause.OUTAGE)
        elif of_plan and (is_kept or not all(of_plan)):
            # A plan that failed though no milestone was missed is a promise broken all the same.
            made = _or_aside(made, Cause.BY_MILESTONE)
        found[f"promise:{fact.commitment_id}"] = made
    return found


def _milestones(known: _Facts) -> dict[str, Contribution]:
    found = {}
    for read in known.first(MilestoneEnded, lambda fact: fact.milestone_id):
        made = _made(read, Measure.PROMISE, read.fact.met)
        excuse = Cause.OUTAGE if read.fact.is_excused else None
        found[f"milestone:{read.fact.milestone_id}"] = _or_aside(made, excuse)
    return found


def _audits(known: _Facts) -> dict[str, Contribution]:
    """Return what passed of what was audited: a result that fails one audit of several has failed."""
    by_result: defaultdict[str, list[Read[WorkAudited]]] = defaultdict(list)
    for read in known.first(WorkAudited, lambda fact: (fact.feedback_id, fact.by)):
        by_result[read.fact.feedback_id].append(read)
    return {
        f"quality:{key}": _made(reads[0], Measure.QUALITY, all(one.fact.passed for one in reads))
        for key, reads in by_result.items()
    }


_Place = tuple[int, int, int]
"""A round, a hop and a department: what an answer is about."""


def _place(fact: RequesterAnswered | PlaceChecked) -> _Place:
    return fact.round, fact.hop, fact.department_id


def _answers(known: _Facts) -> Mapping[_Place, Sequence[Read[RequesterAnswered]]]:
    found: defaultdict[_Place, list[Read[RequesterAnswered]]] = defaultdict(list)
    for read in known.first(RequesterAnswered, lambda fact: fact.visit_id):
        found[_place(read.fact)].append(read)
    return found


def _resolved(known: _Facts) -> dict[str, Contribution]:
    """Return whether each answer was confirmed: once, however many were asked; the worst word counts."""
    voices: defaultdict[_Place, list[tuple[Read[RequesterAnswered] | Read[PlaceChecked], bool]]]
    voices = defaultdict(list)
    explained = set()
    for place, answers in _answers(known).items():
        voices[place] += [(read, read.fact.solved) for read in answers]
        if any(read.fact.was_explained for read in answers):
            explained.add(place)
    for check in known.first(PlaceChecked, lambda fact: fact.check_id):
        voices[_place(check.fact)].append((check, check.fact.is_done))
    reopened = {
        read.fact.round - 1
        for read in known.all(WorkBegunAgain)
        if read.fact.action == Action.REOPEN
    }
    found = {}
    for place, said in voices.items():
        read, _ = min(said, key=lambda one: (one[0].at, one[0].id))
        is_solved = all(solved for _, solved in said)
        made = _made(read, Measure.RESOLVED, is_solved)
        if place in explained:
            made = _or_aside(made, Cause.EXPLAINED)
        elif place[0] in reopened and is_solved:
            made = _or_aside(made, Cause.REOPENED)
        found[_name("resolved", read.fact, place)] = made
    return found


def _satisfied(known: _Facts, values: RatingValues) -> dict[str, Contribution]:
    """Return what the ratings of each round are worth: all who rated have one voice together."""
    unfounded = known.all(RatingUnfounded)
    found = {}
    for place, answers in _answers(known).items():
        rated = [read for read in answers if read.fact.rating is not None]
        if not rated:
            continue
        set_aside = {read.id: _reason(read, unfounded) for read in rated}
        counted = [read for read in rated if set_aside[read.id] is None]
        if counted:
            worth = sum((values(one.at)[one.fact.rating or 0] for one in counted), _NOTHING)
            mean = (worth / len(counted)).quantize(_DIGITS, rounding=ROUND_HALF_EVEN)
            hushed = any(one.fact.is_in_confidence for one in counted)
            made = _made(
                counted[0], Measure.SATISFIED, mean, Cause.IN_CONFIDENCE if hushed else None
            )
        else:
            made = _made(rated[0], Measure.SATISFIED, False, set_aside[rated[0].id], counts=False)
        found[_name("satisfied", rated[0].fact, place)] = made
    return found


def _reason(
    read: Read[RequesterAnswered], unfounded: Sequence[Read[RatingUnfounded]]
) -> str | None:
    """Return why a rating does not count: two persons found that it has no ground."""
    if read.fact.rating not in BAD_RATINGS:
        return None
    return next(
        (
            one.fact.reason
            for one in unfounded
            if one.fact.round == read.fact.round and read.at <= one.at
        ),
        None,
    )


def _name(what: str, fact: RequesterAnswered | PlaceChecked, place: _Place) -> str:
    return f"{what}:{fact.ticket_id}:{':'.join(map(str, place))}"


# -- from what stands to what should stand ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rows of one cause say together: how many there are, and what they come to."""

    nth: int
    contribution: Contribution


@dataclass(frozen=True, slots=True)
class Correction:
    """One row to write: a contribution, or one taken back, whose `n` and `k` are negative then."""

    key: str
    nth: int
    contribution: Contribution

    @property
    def source_key(self) -> str:
        """The name of the row, which can stand once."""
        return f"{self.key}#{self.nth}"


def corrections(
    standing: Mapping[str, Standing], wanted: Mapping[str, Contribution], because: uuid.UUID
) -> list[Correction]:
    """Return the rows that lead from what stands to what should stand.

    Args:
        standing: by the name of each cause.
        wanted: likewise.
        because: the fact that has changed it.
    """
    rows = []
    for key in sorted({*standing, *wanted}):
        present, target = standing.get(key), wanted.get(key)
        nth = present.nth if present else 0
        for one in _steps(present.contribution if present else None, target, because):
            nth += 1
            rows.append(Correction(key, nth, one))
    return rows


def after(standing: Mapping[str, Standing], rows: Iterable[Correction]) -> dict[str, Standing]:
    """Return what stands once rows are written."""
    return {**standing, **{row.key: Standing(row.nth, _rest(row.contribution)) for row in rows}}


def standing_of(rows: Iterable[Correction]) -> dict[str, Standing]:
    """Return what rows come to, in whatever order they are given."""
    return after({}, sorted(rows, key=lambda row: row.nth))


def _rest(row: Contribution) -> Contribution:
    return replace(row, k=_NOTHING, n=0) if row.n < 0 else row


def _steps(
    present: Contribution | None, target: Contribution | None, because: uuid.UUID
) -> list[Contribution]:
    if present is None:
        return [target] if target else []
    if target is None:
        return [_taken_back(present, Cause.CORRECTED, because)] if present.n else []
    if _same(present, target):
        return []
    if not present.n:
        return [target]
    back = _taken_back(present, target.cause or Cause.CORRECTED, because)
    return [back] if not target.n and _same(_rest(back), target) else [back, target]


def _taken_back(one: Contribution, cause: str, because: uuid.UUID) -> Contribution:
    return replace(one, k=-one.k, n=-one.n, cause=cause, fact_id=because)


def _same(one: Contribution, other: Contribution) -> bool:
    return replace(one, fact_id=None) == replace(other, fact_id=None)
