"""What reports say: titles, definitions of every figure, recommendations, events."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from credit.periods import Period, PeriodKind
from credit.reports.content import Advice, Name, Recommendation
from hotline.kernel.errors import N_
from hotline.procedures.rules import ExtensionReason, PauseReason, ReturnReason
from hotline.supervision.rules import OrderReason
from web.i18n import Translator
from web.labels import label

TITLES: Mapping[PeriodKind, str] = MappingProxyType(
    {
        PeriodKind.MONTH: N_("Monthly bulletin on the handling of hotline matters, {period}"),
        PeriodKind.QUARTER: N_("Quarterly analysis of the handling of hotline matters, {period}"),
        PeriodKind.YEAR: N_("Annual assessment of the handling of hotline matters, {period}"),
    }
)

KINDS: Mapping[PeriodKind, str] = MappingProxyType(
    {
        PeriodKind.MONTH: N_("Monthly bulletins"),
        PeriodKind.QUARTER: N_("Quarterly analyses"),
        PeriodKind.YEAR: N_("Annual assessments"),
    }
)


def period_words(key: str, t: Translator) -> str:
    """Return a period as people say it."""
    period = Period.parse(key)
    match period.kind:
        case PeriodKind.MONTH:
            return t.text(N_("{month}/{year}"), year=period.year, month=period.nth)
        case PeriodKind.QUARTER:
            return t.text(N_("quarter {nth} of {year}"), year=period.year, nth=period.nth)
        case PeriodKind.YEAR:
            return t.text(N_("the year {year}"), year=period.year)


def title_of(key: str, t: Translator) -> str:
    """Return the heading of a period's report."""
    return t.text(TITLES[Period.parse(key).kind], period=period_words(key, t))


def name_of(item: Name, t: Translator) -> str:
    """Return a name in the reader's language."""
    return item.name_en if t.language == "en" else item.name


FIGURES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "group": (N_("Peer group"), N_("Departments that may be compared with one another.")),
        "rank": (
            N_("Rank"),
            N_(
                "Within the peer group; those of one band share it. Only departments with at least "
                "{least_n} assignments counted are ranked."
            ),
        ),
        "band": (
            N_("Band"),
            N_(
                "Departments whose intervals overlap with that of the best of the band: the data "
                "cannot tell them apart."
            ),
        ),
        "department": (N_("Department"), N_("Its name on the day of the freeze.")),
        "n": (N_("Counted"), N_("Assignments finished in the period, minus approved exclusions.")),
        "score": (
            N_("Score"),
            N_("Performance (0 to 100) plus ledger (-40 to +10), kept between 0 and 100."),
        ),
        "low": (N_("Score from"), N_("Lower end of the 90 % interval of the score.")),
        "high": (N_("Score to"), N_("Upper end of the 90 % interval of the score.")),
        "performance": (
            N_("Performance"),
            N_(
                "Sum of six weighted rates, each drawn towards its peers when it is of few tickets."
            ),
        ),
        "ledger": (N_("Ledger points"), N_("Points of events, less as they grow old.")),
        "over": (
            N_("Above peers"),
            N_(
                "Matters resolved minus those that its peers would have resolved of its own mix of "
                "categories; below 0 when it resolved fewer."
            ),
        ),
        "quarters": (N_("Quarters"), N_("Mean of the scores of the four quarters.")),
        "ledger_part": (
            N_("Ledger part"),
            N_("The ledger on the last day of the year, as a part from 0 to 100."),
        ),
        "survey": (
            N_("Survey"),
            N_("What outside observers found; empty when they were not asked."),
        ),
        "grade": (
            N_("Grade"),
            N_("By fixed lines; it changes only when the line is crossed for good."),
        ),
        "remark": (
            N_("Remark"),
            N_(
                "Small sample: fewer than {least_n} assignments, so neither ranked nor listed; on "
                "trial: the grade rests on few tickets and falls by one step at most."
            ),
        ),
        "indicator": (N_("Indicator"), N_("One of the six rates of the performance part.")),
        "k": (
            N_("Achieved (k)"),
            N_("Cases that count as achieved; a rating brings a part of one."),
        ),
        "of": (
            N_("Out of (n)"),
            N_("Cases counted; what nobody answered or rated is not among them."),
        ),
        "raw": (N_("Plain rate"), N_("k divided by n; empty when nothing was counted.")),
        "shrunk": (
            N_("Counted rate"),
            N_(
                "The rate as it would be with some more tickets that went as those of the peers do."
            ),
        ),
        "rate_low": (
            N_("Rate from"),
            N_("Lower end of the 90 % Wilson interval of the plain rate."),
        ),
        "rate_high": (
            N_("Rate to"),
            N_("Upper end of the 90 % Wilson interval of the plain rate."),
        ),
        "points": (N_("Points"), N_("What the rate brings to the performance part.")),
        "event": (N_("Event"), N_("By the table of events in force when it was recorded.")),
        "severity": (N_("Class"), N_("Minor events are not shown publicly.")),
        "confirmed_on": (N_("Counts since"), N_("The day on which it was confirmed.")),
        "value": (N_("Weighs"), N_("Points as far as caps and age leave them.")),
        "received": (
            N_("Received"),
            N_("Tickets that it was given as the leading department in the period."),
        ),
        "late": (
            N_("Late work"),
            N_("Pieces of work whose limit passed in the period before they were done."),
        ),
        "returns": (N_("Returns"), N_("Requests to give a ticket back.")),
        "upheld": (
            N_("Returns upheld"),
            N_("Returns that were right: the ticket had been sent wrong."),
        ),
        "rejected": (N_("Returns rejected"), N_("Returns that were not right.")),
        "reworks": (N_("Reworked"), N_("Times that work was begun again because it was not good.")),
        "extensions": (N_("Extensions"), N_("Requests for more time.")),
        "suspensions": (N_("Suspensions"), N_("Requests to suspend a matter.")),
        "plans": (N_("Plans"), N_("Rectification plans that were asked for.")),
        "orders": (N_("Orders"), N_("Supervision orders issued in the period.")),
        "unanswered": (
            N_("Unanswered"),
            N_("Supervision orders whose time for a reply passed without one."),
        ),
        "rated": (N_("Rated"), N_("Ratings that count; whoever did not rate is not among them.")),
        "bad": (N_("Bad ratings"), N_("Ratings of one and two.")),
        "uncontacted": (
            N_("Not contacted"),
            N_("Requesters who said that nobody had spoken with them."),
        ),
        "handled": (
            N_("Work done"),
            N_("Pieces of work handed in within the period and found good."),
        ),
        "median": (
            N_("Median (h)"),
            N_("Hours from the matter's submission within which half of what was done was done."),
        ),
        "slow": (N_("Nine of ten (h)"), N_("Hours within which nine of ten were done.")),
        "item": (N_("Item"), N_("What is counted.")),
        "count": (N_("This period"), N_("Tickets submitted in the period.")),
        "share": (N_("Share"), N_("Of all tickets of the period.")),
        "before": (N_("Period before"), N_("Tickets of the period of the same length before.")),
        "rise": (
            N_("Rise"),
            N_("Per day against the period before; empty when there had been nothing."),
        ),
        "season": (
            N_("A year before"),
            N_("Tickets of the same time a year before; empty where that is not on record."),
        ),
        "season_rise": (N_("Rise in a year"), N_("Per day against the same time a year before.")),
        "rate": (N_("Rate"), N_("One of the three rates of all departments together.")),
        "rate_before": (N_("Rate before"), N_("The same of the period before.")),
        "month": (N_("Month"), N_("A month of the calendar in Shanghai.")),
        "request": (N_("Kind of request"), N_("What was asked for, or issued.")),
        "cause": (N_("Cause"), N_("The coded reason that was given.")),
        "times": (N_("Times"), N_("How often in the period.")),
        "rating": (N_("Rating"), N_("Five is the best.")),
    }
)
"""What each figure is called and what it counts: on screens, in Word and in Excel alike."""

DIMENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "channel": N_("Matters by channel"),
        "request_type": N_("Matters by request type"),
        "category": N_("Matters by category"),
        "area": N_("Matters by area"),
    }
)

ADVICE: Mapping[Advice, str] = MappingProxyType(
    {
        Advice.RAISE_CONTACT: N_(
            "Contact requesters sooner: the response rate is {value} of {n} cases, surely below the "
            "target of {threshold}."
        ),
        Advice.RAISE_RESOLVED: N_(
            "Settle more at the first handling: the resolution rate is {value} of {n} answers, surely "
            "below the target of {threshold}."
        ),
        Advice.RAISE_SATISFIED: N_(
            "Look into what requesters are not content with: the satisfaction rate is {value} of {n} "
            "ratings, surely below the target of {threshold}."
        ),
        Advice.ASK_FOR_RATINGS: N_(
            "Ask for ratings: {n} pieces of work were done and not one was rated, so nothing can be "
            "said of satisfaction."
        ),
        Advice.CURB_LATENESS: N_(
            "Act on work that is late: {value} of {n} tickets received, above {threshold}."
        ),
        Advice.ANSWER_ORDERS: N_(
            "Demand replies to supervision orders: {value} were not answered in time, above {threshold}; "
            "{n} were issued."
        ),
        Advice.MEND_CATALOGUE: N_(
            "Mend the dispatch catalogue: {value} of {n} decided returns were right, above {threshold}."
        ),
        Advice.CURB_RETURNS: N_(
            "Make duties plain to departments: {value} of {n} decided returns were not right, above "
            "{threshold}."
        ),
        Advice.CURB_REWORK: N_(
            "Check work before it is handed in: {value} of {n} tickets received were begun again, above "
            "{threshold}."
        ),
        Advice.CURB_REPEATS: N_(
            "Cure causes: {value} of {n} tickets tell again of a matter that was handled, above "
            "{threshold}."
        ),
        Advice.CURB_DELAYS: N_(
            "Look through extensions, suspensions and plans: {value} of {n} tickets received, above "
            "{threshold}."
        ),
        Advice.CLEAR_SLOW: N_(
            "Clear what lies long: the slowest tenth takes {value} times the median or more, above "
            "{threshold} times, of {n} pieces of work."
        ),
        Advice.TACKLE_ISSUE: N_(
            "Make these issues a matter of the month: {subjects}; they surely rose, {n} tickets "
            "together, each at least {threshold}."
        ),
        Advice.WATCH_UNITS: N_(
            "Put on the watch list and talk with: {subjects}; {value} of {n} departments have the grade "
            "C or D."
        ),
    }
)
"""What is recommended, with the figure and the threshold that made it."""

_PLAIN = frozenset(
    {Advice.ANSWER_ORDERS, Advice.CLEAR_SLOW, Advice.TACKLE_ISSUE, Advice.WATCH_UNITS}
)
"""Advice whose figure is no share."""


def advice_words(one: Recommendation, t: Translator) -> str:
    """Return a recommendation as a sentence."""
    say = plain if one.advice in _PLAIN else percent
    return t.text(
        ADVICE[one.advice],
        value=say(one.value),
        threshold=say(one.threshold),
        n=one.n,
        subjects=t.listed(name_of(item, t) for item in one.subjects),
    )


def percent(value: Decimal) -> str:
    """Return a share as a percentage with one digit."""
    return f"{value * 100:.1f}%"


def plain(value: Decimal) -> str:
    """Return a figure with no more digits than it needs."""
    rounded = value.quantize(Decimal("0.1"))
    return f"{rounded:.0f}" if rounded == rounded.to_integral_value() else f"{rounded}"


_REASONS = {
    "return": ReturnReason,
    "extension": ExtensionReason,
    "suspension": PauseReason,
    "order": OrderReason,
}


def reason_words(kind: str, reason: str, t: Translator) -> str:
    """Return a coded reason in words; one that the program does not know any more as it is."""
    known = _REASONS.get(kind)
    found = next((one for one in known or () if one.value == reason), None)
    return t.text(label(found)) if found is not None else reason


REQUESTS: Mapping[str, str] = MappingProxyType(
    {
        "return": N_("Return"),
        "extension": N_("Extension"),
        "suspension": N_("Suspension"),
        "rectification": N_("Rectification plan"),
        "order": N_("Supervision order"),
    }
)
