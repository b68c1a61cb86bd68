"""The rules of credit as values: what an event weighs, how rates become points, where grades begin.

A rule book is an immutable version. What an entry or a score was made with is kept with it, so that it
can be made again (credit.md sections 3 to 6). Points and lines are ours where no source backs them:
each is a figure here, and can be another in the next version.
"""

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
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
class Remedies:
    """How long appeals and repairs may take (credit.md section 7); days of work but where said.

    Attributes:
        appeal_days: from the notice, in which a department may appeal.
        mark_days: in which an appeal must be marked.
        first_days: in which it is decided.
        second_ask_days: from the first decision, in which the second level may be asked.
        second_days: in which the second level decides.
        late_days: calendar days from the notice, in which new evidence is heard once more.
        repair_days: in which a repair is decided.
        repair_more_days: by how much that may be put off once.
        minor_clean_days: calendar days without the same event after the cure of a minor one.
        general_from_day: of its life, from which a general event may be repaired.
        general_clean_days: calendar days without the same event before that.
        severe_from_day: of its life, from which a severe event may be repaired.
        false_ban_days: calendar days for which no repair is heard after a false statement.
    """

    appeal_days: int = 10
    mark_days: int = 1
    first_days: int = 5
    second_ask_days: int = 10
    second_days: int = 10
    late_days: int = 365
    repair_days: int = 3
    repair_more_days: int = 3
    minor_clean_days: int = 30
    general_from_day: int = 90
    general_clean_days: int = 60
    severe_from_day: int = 365
    false_ban_days: int = 365


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
        confirm_days: working days after which an event comes into force that nobody objected to.
        season_drop: share by which complaints must be down on the year before to be worth a plus.
        season_least: below so many complaints the year before nothing is said about their drop.
        exclusion_alarm: share of excluded work above which an exclusion is looked into.
        exclusion_factor: how many times its peers' usual share a department's may be.
        recheck_share: share of the decided exclusions that are looked at again.
        notice_days: working days for which a quarter or a year is shown before it is published.
        remedies: limits of appeals and repairs.
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
    confirm_days: int = 3
    season_drop: Decimal = Decimal("0.20")
    season_least: int = 30
    exclusion_alarm: Decimal = Decimal("0.05")
    exclusion_factor: int = 2
    recheck_share: Decimal = Decimal("0.10")
    notice_days: int = 5
    remedies: Remedies = field(default_factory=Remedies)

    def __post_init__(self) -> None:
        if faults := faults_of(self):
            raise InvalidRuleBook(*faults)


class RuleFaultCode(enum.StrEnum):
    """What can be wrong with the rules."""

    MISSING = "missing"
    NOT_READABLE = "not_readable"
    OUT_OF_RANGE = "out_of_range"
    TOO_PRECISE = "too_precise"
    FLOOR_AND_TARGET = "floor_and_target"
    WEIGHTS_SUM = "weights_sum"
    SIGN_OF_POINTS = "sign_of_points"
    CAP_TOO_SMALL = "cap_too_small"
    SPAN = "span"
    LINES_FALL = "lines_fall"
    RATINGS_FALL = "ratings_fall"
    SHARES_SUM = "shares_sum"
    EVENT_DROPPED = "event_dropped"
    EVENT_CODE = "event_code"
    UNKNOWN_FORMULA = "unknown_formula"


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One thing that is wrong.

    Attributes:
        field: the path of the value in the book, such as `weighings.sign.floor`.
        code: what is wrong with it.
    """

    field: str
    code: RuleFaultCode


class InvalidRuleBook(DomainError):
    """A rule book that contradicts itself."""

    kind = ErrorKind.INVALID
    code = "invalid-rule-book"
    title = N_("The rules of credit are not valid: {field}: {problem}")

    def __init__(self, *faults: RuleFault) -> None:
        """Say everything that is wrong.

        Args:
            faults: at least one; the first stands in the sentence.
        """
        super().__init__(field=faults[0].field, problem=faults[0].code, count=len(faults))
        self.faults = faults


_F = RuleFaultCode
_MOST_POINTS, _MOST_DAYS, _MOST_MONTHS, _MOST_N = 100, 3650, 60, 100_000
_EVENT_CODE = re.compile(r"[a-z][a-z0-9_]{1,46}")


def faults_of(book: RuleBook) -> Sequence[RuleFault]:
    """Return everything that is wrong with a book; nothing when it holds together."""
    return (
        *_weighing_faults(book),
        *_event_faults(book),
        *_decay_faults(book),
        *_grade_faults(book),
        *_range_faults(book),
        *_rating_faults(book),
        *_remedy_faults(book),
    )


def _weighing_faults(book: RuleBook) -> Sequence[RuleFault]:
    faults = [
        RuleFault(f"weighings.{one}.weight", _F.MISSING)
        for one in Indicator
        if one not in book.weighings
    ]
    faults += [
        RuleFault(f"weighings.{one}.floor", _F.FLOOR_AND_TARGET)
        for one, how in book.weighings.items()
        if not 0 <= how.floor < how.target <= 1
    ]
    faults += [
        RuleFault(f"weighings.{one}.weight", _F.OUT_OF_RANGE)
        for one, how in book.weighings.items()
        if how.weight < 0
    ]
    if sum(how.weight for how in book.weighings.values()) != 100:  # noqa: PLR2004  # per cent
        faults.append(RuleFault(f"weighings.{Indicator.SIGN}.weight", _F.WEIGHTS_SUM))
    return faults


_SIGNS: Mapping[Severity, int] = MappingProxyType(
    {Severity.MINOR: -1, Severity.GENERAL: -1, Severity.SEVERE: -1, Severity.PLUS: 1}
)


def _event_faults(book: RuleBook) -> Sequence[RuleFault]:
    return [
        RuleFault(f"events.{code}.{part}", fault)
        for code, rule in book.events.items()
        for part, fault in _faults_of_event(code, rule)
    ]


def _faults_of_event(code: str, rule: EventRule) -> Sequence[tuple[str, RuleFaultCode]]:
    points, cap, days = rule.points, rule.cap, rule.cap_days
    sign = _SIGNS.get(rule.severity, 0)
    checked = (
        ("points", _F.EVENT_CODE, _EVENT_CODE.fullmatch(code) is None),
        ("points", _F.SIGN_OF_POINTS, (points > 0) - (points < 0) != sign),
        ("points", _F.OUT_OF_RANGE, abs(points) > _MOST_POINTS),
        ("points", _F.TOO_PRECISE, _is_too_precise(points)),
        ("cap", _F.CAP_TOO_SMALL, cap is not None and abs(cap) < abs(points)),
        ("cap", _F.SIGN_OF_POINTS, cap is not None and cap * sign < 0),
        ("cap", _F.OUT_OF_RANGE, cap is not None and abs(cap) > 10 * _MOST_POINTS),
        ("cap", _F.TOO_PRECISE, cap is not None and _is_too_precise(cap)),
        ("cap_days", _F.OUT_OF_RANGE, days is not None and not 0 < days <= _MOST_DAYS),
    )
    return [(part, fault) for part, fault, is_so in checked if is_so]


def _is_too_precise(value: Decimal) -> bool:
    """Tell whether the ledger's two digits cannot hold a value."""
    return value != value.quantize(Decimal("0.01")) if abs(value) < 10**6 else False


def _decay_faults(book: RuleBook) -> Sequence[RuleFault]:
    faults = [
        RuleFault(f"decays.{severity}.end_days", _F.SPAN)
        for severity, decay in book.decays.items()
        if not 0 <= decay.full_days < decay.end_days <= _MOST_DAYS
    ]
    faults += [
        RuleFault(f"decays.{severity}.shown_days.0", _F.SPAN)
        for severity, decay in book.decays.items()
        if decay.shown_days and not 0 <= decay.shown_days[0] <= decay.shown_days[1] <= _MOST_DAYS
    ]
    faults += [
        RuleFault(f"decays.{severity}.full_days", _F.MISSING)
        for severity in _SIGNS
        if severity not in book.decays
    ]
    return faults


def _grade_faults(book: RuleBook) -> Sequence[RuleFault]:
    lines = [book.grades.lines.get(grade) for grade in (Grade.A, Grade.B, Grade.C)]
    known = [line for line in lines if line is not None]
    faults = []
    falling = sorted(set(known), reverse=True)
    if len(known) < len(lines) or known != falling or not 0 < known[-1] <= known[0] <= 100:  # noqa: PLR2004  # of 100
        faults.append(RuleFault("grades.lines.A", _F.LINES_FALL))
    for grade in Grade:
        rules = book.consequences.get(grade)
        if rules is None:
            faults.append(RuleFault(f"consequences.{grade}.qa_share", _F.MISSING))
            continue
        faults += [
            RuleFault(f"consequences.{grade}.{part}", _F.OUT_OF_RANGE)
            for part, is_fit in (
                ("qa_share", 0 <= rules.qa_share <= 1),
                ("check_share", 0 <= rules.check_share <= 1),
                ("check_days", 1 <= rules.check_days <= _MOST_DAYS),
            )
            if not is_fit
        ]
    return faults


def _range_faults(book: RuleBook) -> Sequence[RuleFault]:
    low, high = book.ledger_range
    fits = {
        "grades.a_performance": 0 <= book.grades.a_performance <= 100,  # noqa: PLR2004  # of 100
        "grades.margin": 0 <= book.grades.margin <= 10,  # noqa: PLR2004  # points of 100
        "grades.least_n": 1 <= book.grades.least_n <= _MOST_N,
        "strength": 1 <= book.strength <= _MOST_N,
        "window_days": 1 <= book.window_days <= _MOST_DAYS,
        "prior_months": 1 <= book.prior_months <= _MOST_MONTHS,
        "ledger_range.0": -100 <= low <= 0,  # noqa: PLR2004  # of 100
        "ledger_range.1": 0 <= high <= 100,  # noqa: PLR2004  # of 100
        "year_ledger_scale": 0 <= book.year_ledger_scale <= 100,  # noqa: PLR2004  # of 100
        "least_ranked_n": 1 <= book.least_ranked_n <= _MOST_N,
        "exclusion_alarm": 0 <= book.exclusion_alarm <= 1,
        "exclusion_factor": 1 <= book.exclusion_factor <= 100,  # noqa: PLR2004  # times
        "recheck_share": 0 <= book.recheck_share <= 1,
        "notice_days": 0 <= book.notice_days <= _MOST_DAYS,
    }
    faults = [RuleFault(field, _F.OUT_OF_RANGE) for field, is_fit in fits.items() if not is_fit]
    if sum(book.year_shares) != 1 or min(book.year_shares) < 0:
        faults.append(RuleFault("year_shares.0", _F.SHARES_SUM))
    return faults


def _rating_faults(book: RuleBook) -> Sequence[RuleFault]:
    values = [book.rating_values.get(stars) for stars in range(5, 0, -1)]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return [RuleFault("rating_values.5", _F.MISSING)]
    if known != sorted(known, reverse=True) or not 0 <= known[-1] <= known[0] <= 1:
        return [RuleFault("rating_values.5", _F.RATINGS_FALL)]
    return ()


def _remedy_faults(book: RuleBook) -> Sequence[RuleFault]:
    return [
        RuleFault(f"remedies.{one.name}", _F.OUT_OF_RANGE)
        for one in fields(book.remedies)
        if not 1 <= getattr(book.remedies, one.name) <= _MOST_DAYS
    ]


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
