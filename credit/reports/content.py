"""What a report says, as values: made once of frozen scores and counted figures, never changed - pure."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from credit.ledger import Measure
from credit.periods import PeriodKind
from credit.rulebook import Grade, Indicator, Severity
from hotline.supervision.figures.values import Dimension


class Advice(enum.StrEnum):
    """What is recommended; each follows from one figure and one threshold."""

    RAISE_CONTACT = "raise_contact"
    RAISE_RESOLVED = "raise_resolved"
    RAISE_SATISFIED = "raise_satisfied"
    ASK_FOR_RATINGS = "ask_for_ratings"
    CURB_LATENESS = "curb_lateness"
    ANSWER_ORDERS = "answer_orders"
    MEND_CATALOGUE = "mend_catalogue"
    CURB_RETURNS = "curb_returns"
    CURB_REWORK = "curb_rework"
    CURB_REPEATS = "curb_repeats"
    CURB_DELAYS = "curb_delays"
    CLEAR_SLOW = "clear_slow"
    TACKLE_ISSUE = "tackle_issue"
    WATCH_UNITS = "watch_units"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The figures from which something is called hot or recommended; kept with the report.

    Attributes:
        least_hot: below so many tickets nothing is called hot, however fast it rises.
        most_hot: so many hot issues are shown.
        least_n: below so many cases a share says nothing.
        late_share: late pieces of work per ticket received.
        rework_share: work begun again per ticket received.
        repeat_share: repeats among the tickets submitted.
        upheld_share: returns that were right, among those decided: the dispatch was wrong.
        rejected_share: returns that were not right.
        delay_share: requests for more time per ticket received.
        slow_factor: how many times the median the slowest tenth may take.
    """

    least_hot: int = 10
    most_hot: int = 10
    least_n: int = 30
    late_share: Decimal = Decimal("0.05")
    rework_share: Decimal = Decimal("0.05")
    repeat_share: Decimal = Decimal("0.10")
    upheld_share: Decimal = Decimal("0.50")
    rejected_share: Decimal = Decimal("0.50")
    delay_share: Decimal = Decimal("0.10")
    slow_factor: Decimal = Decimal(4)


DEFAULT_THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Name:
    """Something with a code and its names on the day of the report."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """One rate of one department: so much of so many, as it was and as it was counted.

    Where nothing was counted there is no rate and no interval: nothing is said.
    """

    indicator: Indicator
    k: Decimal
    n: int
    raw: Decimal | None
    shrunk: Decimal | None
    low: Decimal | None
    high: Decimal | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An event of a ledger that the public may see."""

    code: str
    severity: Severity
    confirmed_on: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class YearParts:
    """What a year's score is made of, each part 0 to 100 and by its share; None where there was none."""

    quarters: Decimal | None
    ledger: Decimal | None
    survey: Decimal | None


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A department's frozen score.

    Attributes:
        low: of the interval of the score; None without activity.
        band: 1 for the best of its peer group; None for who is not ranked.
        is_small: too few tickets to be ranked.
        is_trial: the grade is on trial.
        observed: matters resolved.
        expected: what its peers would have resolved of its own mix of categories.
        entries: those that are shown publicly.
        year: the parts of a year's score; None for shorter periods.
    """

    unit: Name
    peer_group: str | None
    score: Decimal | None
    performance: Decimal | None
    ledger: Decimal
    low: Decimal | None
    high: Decimal | None
    n: int
    band: int | None
    rank: int | None
    is_small: bool
    severe: int
    grade: Grade | None
    grade_before: Grade | None
    is_trial: bool
    observed: Decimal | None
    expected: Decimal | None
    indicators: tuple[IndicatorLine, ...]
    entries: tuple[EntryLine, ...]
    year: YearParts | None = None


@dataclass(frozen=True, slots=True)
class RateLine:
    """One of the three rates for all departments; its bounds are None when nothing was counted."""

    measure: Measure
    k: Decimal
    n: int
    low: Decimal | None
    high: Decimal | None
    k_before: Decimal
    n_before: int

    @property
    def raw(self) -> Decimal | None:
        """The share; None, never nothing, when nothing was counted."""
        return self.k / self.n if self.n else None

    @property
    def raw_before(self) -> Decimal | None:
        """The share of the period before."""
        return self.k_before / self.n_before if self.n_before else None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One rate in one month."""

    month: str
    measure: Measure
    k: Decimal
    n: int

    @property
    def raw(self) -> Decimal | None:
        """The share; None when nothing was counted."""
        return self.k / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Share:
    """How many tickets came by one channel, of one type, category or area."""

    dimension: Dimension
    item: Name
    count: int
    before: int


@dataclass(frozen=True, slots=True)
class HotIssue:
    """A category that surely rose.

    Attributes:
        rise: against the period before, as a share of it, by day; None when there was nothing.
        season: tickets of the same time a year before; None when that time is not on record.
        season_rise: against it, likewise.
    """

    category: Name
    count: int
    before: int
    rise: Decimal | None
    season: int | None
    season_rise: Decimal | None


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """What a period looked like for one unit, or for all of them together.

    Attributes:
        received: tickets that it was given as the leading department.
        late: pieces of work whose limit passed before they were done.
        returns: requests to give a ticket back.
        upheld: of them, those that were right.
        rejected: those that were not.
        reworks: times that work was begun again.
        extensions: requests for more time.
        suspensions: requests to suspend.
        plans: rectification plans that were asked for.
        orders: supervision orders issued.
        unanswered: orders whose time for a reply passed without one.
        rated: ratings that count.
        bad: of them, "dissatisfied" and worse.
        uncontacted: requesters who say that nobody spoke with them.
        handled: pieces of work found good.
        median: seconds that half of these took at most; None when there was none.
        slow: seconds that nine of ten took at most.
    """

    unit: Name | None
    received: int = 0
    late: int = 0
    returns: int = 0
    upheld: int = 0
    rejected: int = 0
    reworks: int = 0
    extensions: int = 0
    suspensions: int = 0
    plans: int = 0
    orders: int = 0
    unanswered: int = 0
    rated: int = 0
    bad: int = 0
    uncontacted: int = 0
    handled: int = 0
    median: int | None = None
    slow: int | None = None


COUNTED = tuple(
    field.name for field in fields(ProcessLine) if field.name not in {"unit", "median", "slow"}
)
"""The figures of a process line that sum up."""


@dataclass(frozen=True, slots=True)
class Cause:
    """How often a coded reason was given."""

    kind: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class SlowLine:
    """One of the tickets that took longest."""

    number: str
    unit: Name
    seconds: int


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What is recommended, with the figure and the threshold that made it.

    Attributes:
        value: the figure.
        threshold: what it was held against.
        n: of how many cases.
        subjects: what it is about, where it is about something by name.
    """

    advice: Advice
    value: Decimal
    threshold: Decimal
    n: int
    subjects: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedBand:
    """A whole band of one peer group that surely stands apart from the rest."""

    peer_group: str
    units: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class RedBlack:
    """Red and black list."""

    red: tuple[ListedBand, ...]
    black: tuple[ListedBand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """Everything that a report says beside the words written by people.

    Attributes:
        issuer: whose report it is.
        revision: of the frozen period.
        as_of: what the scores knew.
        counted_at: when the figures of the loop were counted.
        scores_digest: of the frozen scores.
        ratings: how many ratings of one to five that count.
        asked: attempts to ask a requester.
        reached: of them, those that reached him.
        lists: None while the option is off.
    """

    kind: PeriodKind
    period: str
    since: datetime
    until: datetime
    issuer: Name
    revision: int
    as_of: datetime
    counted_at: datetime
    formula: str
    rule_version: int
    scores_digest: str
    least_ranked_n: int
    thresholds: Thresholds
    groups: tuple[Name, ...]
    units: tuple[UnitLine, ...]
    rates: tuple[RateLine, ...]
    trend: tuple[TrendPoint, ...]
    submitted: int
    submitted_before: int
    submitted_season: int | None
    repeats: int
    shares: tuple[Share, ...]
    hot: tuple[HotIssue, ...]
    total: ProcessLine
    lines: tuple[ProcessLine, ...]
    causes: tuple[Cause, ...]
    ratings: tuple[int, int, int, int, int]
    asked: int
    reached: int
    slowest: tuple[SlowLine, ...]
    recommendations: tuple[Recommendation, ...]
    lists: RedBlack | None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing happened at all."""
        return not self.submitted and all(not getattr(self.total, name) for name in COUNTED)

    def share_of(self, dimension: Dimension) -> Sequence[Share]:
        """Return the shares of one dimension, the largest first."""
        return [one for one in self.shares if one.dimension is dimension]
