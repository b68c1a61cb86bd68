"""The rules of credit as values: what an event weighs, how rates become points, where grades begin.

A rule book is an immutable version. What an entry or a score was made with is kept with it, so that it
can be made again (credit.md sections 3 to 6). Points and lines are ours where no source backs them:
each is a figure here, and can be another in the next version.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from hotline.kernel.errors import N_, DomainError, ErrorKind


class Severity(enum.StrEnum):
    """How grave an event is; the three classes of the national rules of repair, and the good ones."""

    RATE = "rate"
    MINOR = "minor"
    GENERAL = "general"
    SEVERE = "severe"
    PLUS = "plus"
    CANCELS = "cancels"


class Indicator(enum.StrEnum):
    """One of the six rates of the performance part."""

    SIGN = "sign"
    CONTACT = "contact"
    PROMISE = "promise"
    RESOLVED = "resolved"
    SATISFIED = "satisfied"
    QUALITY = "quality"


class Grade(enum.StrEnum):
    """A department's standing."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def place(self) -> int:
        """Return 0 for the best up to 3 for the worst."""
        return list(Grade).index(self)


@dataclass(frozen=True, slots=True)
class EventRule:
    """What one kind of event weighs.

    Attributes:
        severity: its class, which says how long it counts.
        points: what it takes or gives; 0 for what counts in a rate only.
        cap: what all events of the code may sum up to within `cap_days`; None for no limit.
        cap_days: the span of the cap; None for as long as an event of the class counts.
        from_checks: True when only an independent check of two persons may create it.
    """

    severity: Severity
    points: Decimal
    cap: Decimal | None = None
    cap_days: int | None = None
    from_checks: bool = False


@dataclass(frozen=True, slots=True)
class Weighing:
    """How one rate becomes points.

    Attributes:
        weight: the most that it brings.
        floor: the rate that brings nothing.
        target: the rate that brings all.
    """

    weight: Decimal
    floor: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True)
class Decay:
    """How long an event counts.

    Attributes:
        full_days: days of full weight.
        end_days: days after which it counts no more; in between the weight falls in a line.
        shown_days: least and most days for which it is shown publicly; None when it never is.
    """

    full_days: int
    end_days: int
    shown_days: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a grade brings with it.

    Attributes:
        qa_share: share of the work that is looked at again.
        check_share: share of solved matters that is checked in the field.
        is_watched: the department is on the watch list.
        check_days: days between routine checks.
        may_extend: its leaders may ask for more time.
        interview: an interview is proposed.
        plan: a plan of rectification is asked for.
        honours: it may be honoured.
    """

    qa_share: Decimal
    check_share: Decimal
    is_watched: bool
    check_days: int
    may_extend: bool
    interview: bool
    plan: bool
    honours: bool


@dataclass(frozen=True, slots=True)
class GradeLines:
    """Where grades begin.

    Attributes:
        lines: the least score of each grade but the last.
        a_performance: the least performance part of an A.
        margin: by how much a score must cross a line to change the grade at once.
        least_n: below so many tickets a grade is on trial and falls one step at most.
    """

    lines: Mapping[Grade, Decimal]
    a_performance: Decimal
    margin: Decimal
    least_n: int


@dataclass(frozen=True, slots=True)
class RuleBook:
    """One version of all of it.

    Attributes:
        formula: the released formula that it is for.
        strength: how many tickets the peers' rate counts for.
        rating_values: what each of the five ratings is worth.
        ledger_range: the least and the most that the ledger may bring.
        year_shares: shares of the quarters, the ledger and the observers in a year's score.
        year_ledger_scale: how many points of the year's ledger part one point of the ledger is.
        least_ranked_n: below so many tickets nobody is ranked.
        exclusion_alarm: share of excluded work above which an exclusion is looked into.
        exclusion_factor: how many times its peers' usual share a department's may be.
        recheck_share: share of the decided exclusions that are looked at again.
        notice_days: working days for which a quarter or a year is shown before it is published.
    """

    events: Mapping[str, EventRule]
    weighings: Mapping[Indicator, Weighing]
    decays: Mapping[Severity, Decay]
    grades: GradeLines
    consequences: Mapping[Grade, Consequences]
    formula: str = "v1"
    strength: int = 20
    window_days: int = 90
    prior_months: int = 12
    rating_values: Mapping[int, Decimal] = field(
        default_factory=lambda: {
            5: Decimal("1.0"),
            4: Decimal("0.9"),
            3: Decimal("0.7"),
            2: Decimal("0.2"),
            1: Decimal("0.0"),
        }
    )
    ledger_range: tuple[Decimal, Decimal] = (Decimal(-40), Decimal(10))
    year_shares: tuple[Decimal, Decimal, Decimal] = (
        Decimal("0.70"),
        Decimal("0.20"),
        Decimal("0.10"),
    )
    year_ledger_scale: Decimal = Decimal("2.5")
    least_ranked_n: int = 30
    exclusion_alarm: Decimal = Decimal("0.05")
    exclusion_factor: int = 2
    recheck_share: Decimal = Decimal("0.10")
    notice_days: int = 5

    def __post_init__(self) -> None:
        for fault in (*_weighing_faults(self), *_event_faults(self), *_grade_faults(self)):
            raise InvalidRuleBook(problem=fault)


class InvalidRuleBook(DomainError):
    """A rule book that contradicts itself."""

    kind = ErrorKind.INVALID
    code = "invalid-rule-book"
    title = N_("The rules of credit are not valid: {problem}")


def _weighing_faults(book: RuleBook) -> Sequence[str]:
    faults = [f"{one} has no weight" for one in Indicator if one not in book.weighings]
    faults += [
        f"{one}: the floor must lie below the target, both between 0 and 1"
        for one, how in book.weighings.items()
        if not 0 <= how.floor < how.target <= 1
    ]
    if sum(how.weight for how in book.weighings.values()) != 100:  # noqa: PLR2004  # per cent
        faults.append("the weights must sum up to 100")
    if book.strength < 1:
        faults.append("the peers must count for one ticket at least")
    return faults


_SIGNS: Mapping[Severity, int] = MappingProxyType(
    {Severity.MINOR: -1, Severity.GENERAL: -1, Severity.SEVERE: -1, Severity.PLUS: 1}
)


def _event_faults(book: RuleBook) -> Sequence[str]:
    faults = []
    for code, rule in book.events.items():
        sign = _SIGNS.get(rule.severity, 0)
        if (rule.points > 0) - (rule.points < 0) != sign:
            faults.append(f"{code}: points {rule.points} do not suit the class {rule.severity}")
        if rule.cap is not None and abs(rule.cap) < abs(rule.points):
            faults.append(f"{code}: the cap is less than one event")
    faults += [
        f"{severity}: it must end after its days of full weight"
        for severity, decay in book.decays.items()
        if not 0 <= decay.full_days < decay.end_days
    ]
    faults += [f"{severity} has no span" for severity in _SIGNS if severity not in book.decays]
    return faults


def _grade_faults(book: RuleBook) -> Sequence[str]:
    lines = [book.grades.lines.get(grade) for grade in (Grade.A, Grade.B, Grade.C)]
    known = [line for line in lines if line is not None]
    faults = []
    if len(known) < len(lines) or known != sorted(known, reverse=True):
        faults.append("A, B and C need lines that fall")
    faults += [f"{grade} has no consequences" for grade in Grade if grade not in book.consequences]
    return faults


def _points(points: str, severity: Severity, cap: str | None = None, **more: object) -> EventRule:
    return EventRule(severity, Decimal(points), Decimal(cap) if cap else None, **more)  # type: ignore[arg-type]  # by name


_MINOR, _GENERAL, _SEVERE, _PLUS = (
    Severity.MINOR,
    Severity.GENERAL,
    Severity.SEVERE,
    Severity.PLUS,
)

DEFAULT_EVENTS: Mapping[str, EventRule] = {
    "promise_kept": _points("0", Severity.RATE),
    "promise_broken": _points("0", Severity.RATE),
    "late_sign": _points("0", Severity.RATE),
    "late_contact": _points("0", Severity.RATE),
    "supervision_l2": _points("-0.5", _MINOR, "-5", cap_days=90),
    "supervision_unanswered": _points("-2", _GENERAL),
    "unfounded_return": _points("-0.5", _MINOR, "-5"),
    "refuse_after_designation": _points("-8", _SEVERE, from_checks=True),
    "no_contact_close": _points("-2", _GENERAL),
    "nonresponsive_reply": _points("-1", _MINOR),
    "false_closure": _points("-10", _SEVERE, from_checks=True),
    "repeat_after_done": _points("-0.5", _MINOR),
    "milestone_missed": _points("-2", _GENERAL),
    "plan_failed": _points("-4", _GENERAL),
    "co_timeout": _points("-0.5", _MINOR),
    "rude_service": _points("-3", _GENERAL),
    "bad_rating_founded_unfixed": _points("-2", _GENERAL),
    "privacy_leak": _points("-15", _SEVERE, from_checks=True),
    "retaliation": _points("-20", _SEVERE, from_checks=True),
    "rating_pressure": _points("-8", _SEVERE, from_checks=True),
    "data_tamper": _points("-15", _SEVERE, from_checks=True),
    "accountability": _points("-10", _SEVERE, from_checks=True),
    "false_repair_statement": _points("-8", _SEVERE, from_checks=True),
    "kb_stale": _points("-0.5", _MINOR),
    "hard_case_solved": _points("2", _PLUS, from_checks=True),
    "first_receiver_lead": _points("1", _PLUS),
    "proactive_fix": _points("2", _PLUS),
    "praise_verified": _points("0.2", _PLUS, "2"),
    "kb_contribution": _points("0.2", _PLUS, "1"),
    "whistle_good": _points("0.5", _PLUS, "2"),
    "tolerance": _points("0", Severity.CANCELS),
}
"""The table of events (credit.md section 5), and what a false statement for a repair weighs."""


def _weighing(weight: int, floor: str, target: str) -> Weighing:
    return Weighing(Decimal(weight), Decimal(floor), Decimal(target))


DEFAULT_BOOK = RuleBook(
    events=DEFAULT_EVENTS,
    weighings=(
        {
            Indicator.SIGN: _weighing(10, "0.80", "0.99"),
            Indicator.CONTACT: _weighing(10, "0.80", "0.99"),
            Indicator.PROMISE: _weighing(25, "0.80", "0.99"),
            Indicator.RESOLVED: _weighing(25, "0.60", "0.95"),
            Indicator.SATISFIED: _weighing(20, "0.60", "0.92"),
            Indicator.QUALITY: _weighing(10, "0.80", "0.98"),
        }
    ),
    decays=(
        {
            Severity.MINOR: Decay(30, 90, None),
            Severity.GENERAL: Decay(90, 365, (90, 365)),
            Severity.SEVERE: Decay(365, 1095, (365, 1095)),
            Severity.PLUS: Decay(90, 365, (0, 365)),
        }
    ),
    grades=GradeLines(
        lines=({Grade.A: Decimal(90), Grade.B: Decimal(80), Grade.C: Decimal(70)}),
        a_performance=Decimal(85),
        margin=Decimal(1),
        least_n=30,
    ),
    consequences=(
        {
            Grade.A: Consequences(
                Decimal("0.05"), Decimal("0.01"), False, 180, True, False, False, True
            ),
            Grade.B: Consequences(
                Decimal("0.10"), Decimal("0.01"), False, 90, True, False, False, True
            ),
            Grade.C: Consequences(
                Decimal("0.30"), Decimal("0.05"), True, 30, False, False, False, False
            ),
            Grade.D: Consequences(
                Decimal("1.00"), Decimal("0.05"), True, 15, False, True, True, False
            ),
        }
    ),
)
"""What an installation starts with."""
