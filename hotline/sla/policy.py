"""Time-limit policies: which clocks a ticket gets, how long each runs, when each warns.

A policy is an immutable snapshot. The version in force when a ticket is submitted is pinned to it;
later versions touch only later tickets.
"""

import enum
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ClockKind(enum.StrEnum):
    """One limit of the loop."""

    ACCEPT = "accept"
    DISPATCH = "dispatch"
    SIGN = "sign"
    FIRST_CONTACT = "first_contact"
    COMPLETE = "complete"
    CO_OPINION = "co_opinion"
    AUDIT = "audit"
    VISIT = "visit"
    REWORK_COMPLETE = "rework_complete"
    SUPPLEMENT = "supplement"
    CONSULTATION = "consultation"
    DISPUTE_REVIEW = "dispute_review"
    ARBITRATION = "arbitration"
    MILESTONE = "milestone"
    SUSPENSION_REVIEW = "suspension_review"
    FINAL_REPLY = "final_reply"
    BAD_RATING_CONTACT = "bad_rating_contact"
    BAD_RATING_FIX = "bad_rating_fix"


class Level(enum.StrEnum):
    """How close a clock is to its end. Green is silence; the other three fire, each once."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def rank(self) -> int:
        """Return 0 for green up to 3 for red."""
        return _LEVELS.index(self)


_LEVELS = tuple(Level)


class CalendarCode(enum.StrEnum):
    """Which time a limit counts."""

    NATURAL = "natural"
    WORKING = "working"


class InvalidPolicy(DomainError):
    """A policy that cannot be kept: a limit that is not positive, warnings out of order, ..."""

    kind = ErrorKind.INVALID
    code = "invalid-policy"
    title = N_("The time-limit policy is not valid: {problem}")


_DURATION = re.compile(
    r"P(?:(?P<days>[0-9]{1,4}(?:\.[0-9]{1,4})?)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6}(?:\.[0-9]{1,4})?)H)?"
    r"(?:(?P<minutes>[0-9]{1,8})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?"
)

MAX_LIMIT_DAYS = 366
_SHORTEST_DAYS = Decimal("0.0001")
"""Some seconds on every calendar: a shorter part of a day would round to no time at all."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A length of time on some calendar: days (natural or working) and seconds.

    Attributes:
        days: days of the calendar it is counted on; halves are allowed.
        seconds: seconds of that calendar, on top.
    """

    days: Decimal = Decimal(0)
    seconds: int = 0

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Read an ISO 8601 duration of days, hours, minutes and seconds, such as `PT30M` or `P5D`.

        Raises:
            InvalidPolicy: `text` is no such duration, is not positive, or is over a year.
        """
        match = _DURATION.fullmatch(text)
        if match is None or text in {"P", "PT"}:
            raise InvalidPolicy(problem=f"{text!r} is not a duration such as PT30M, PT24H or P5D")
        seconds = (
            Decimal(match["hours"] or 0) * 3600
            + int(match["minutes"] or 0) * 60
            + int(match["seconds"] or 0)
        )
        limit = cls(Decimal(match["days"] or 0), int(seconds))
        if limit.days < _SHORTEST_DAYS and limit.seconds == 0:
            raise InvalidPolicy(problem=f"a limit must be longer than zero, not {text}")
        if limit.days > MAX_LIMIT_DAYS or limit.seconds > MAX_LIMIT_DAYS * 86400:
            raise InvalidPolicy(problem=f"a limit must be a year at most, not {text}")
        return limit

    def __str__(self) -> str:
        days = f"{self.days.normalize():f}D" if self.days else ""
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        time = "".join(
            f"{value}{unit}"
            for value, unit in ((hours, "H"), (minutes, "M"), (seconds, "S"))
            if value
        )
        return f"P{days}{'T' + time if time else ''}"

    def on_calendar(self, day_seconds: int) -> int:
        """Return the limit in seconds of a calendar whose ordinary day has `day_seconds`."""
        return int(self.days * day_seconds) + self.seconds


DEFAULT_WARNINGS = (Decimal("0.6"), Decimal("0.8"))


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How one clock runs under a policy.

    Attributes:
        limit: how long the clock may run.
        calendar: which time it counts.
        warnings: the shares of the limit at which yellow and orange fire; red fires at the limit.
        by_type: limits for single request types, instead of `limit`.
    """

    limit: Limit
    calendar: CalendarCode = CalendarCode.NATURAL
    warnings: tuple[Decimal, Decimal] = DEFAULT_WARNINGS
    by_type: Mapping[str, Limit] = field(default_factory=dict)

    def limit_for(self, request_type: str) -> Limit:
        """Return the limit that holds for a ticket of `request_type`."""
        return self.by_type.get(request_type, self.limit)


@dataclass(frozen=True, slots=True)
class Match:
    """Which tickets a policy is for. An empty part matches everything.

    Attributes:
        urgency: urgencies it is for.
        channel: channels it is for.
        programme: programmes it is for.
        request_type: request types it is for.
        category: category codes it is for, each with everything below it.
        secret: True when it is only for tickets whose requester asked for secrecy.
    """

    urgency: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    programme: tuple[str, ...] = ()
    request_type: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    secret: bool = False

    def fits(self, ticket: "TicketTraits") -> bool:
        """Tell whether a ticket of these traits falls under the policy."""
        category = ticket.category or ""
        return (
            (not self.urgency or ticket.urgency in self.urgency)
            and (not self.channel or ticket.channel in self.channel)
            and (not self.programme or ticket.programme in self.programme)
            and (not self.request_type or ticket.request_type in self.request_type)
            and (
                not self.category
                or any(
                    category == code or category.startswith(f"{code}.") for code in self.category
                )
            )
            and (not self.secret or ticket.secret)
        )

    @property
    def precedence(self) -> int:
        """Rank of the first trait the policy asks for; lower is asked first.

        The order is urgency, channel or programme, type (with secrecy), category, default.
        """
        if self.urgency:
            return 0
        if self.channel or self.programme:
            return 1
        if self.request_type or self.secret:
            return 2
        if self.category:
            return 3
        return 4

    @property
    def narrowness(self) -> int:
        """Number of traits the policy asks for; the narrower of two equals wins."""
        return sum(
            map(
                bool,
                (
                    self.urgency,
                    self.channel,
                    self.programme,
                    self.request_type,
                    self.category,
                    self.secret,
                ),
            )
        )


@dataclass(frozen=True, slots=True)
class TicketTraits:
    """What a policy may look at when it is chosen."""

    urgency: str
    channel: str
    programme: str
    request_type: str
    category: str | None
    secret: bool


REQUIRED_CLOCKS = (
    ClockKind.ACCEPT,
    ClockKind.DISPATCH,
    ClockKind.COMPLETE,
    ClockKind.AUDIT,
    ClockKind.VISIT,
)
"""Clocks that no policy may leave out: without one of them a deadline would be missed in silence."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A set of clock rules and the tickets it is for."""

    code: str
    name: str
    match: Match
    clocks: Mapping[ClockKind, ClockRule]
    is_default: bool = False

    def __post_init__(self) -> None:
        missing = [kind.value for kind in REQUIRED_CLOCKS if kind not in self.clocks]
        if missing:
            raise InvalidPolicy(problem=f"a limit is missing for {', '.join(missing)}")
        for kind, rule in self.clocks.items():
            yellow, orange = rule.warnings
            if not 0 < yellow < orange < 1:
                raise InvalidPolicy(
                    problem=f"warnings of {kind.value} must rise between 0 and 1, not "
                    f"{yellow} and {orange}"
                )
        object.__setattr__(self, "clocks", MappingProxyType(dict(self.clocks)))


class NoPolicyFits(DomainError):
    """No policy fits a ticket and none is the default: the directory of policies is broken."""

    kind = ErrorKind.CONFLICT
    code = "no-policy-fits"
    title = N_("No time-limit policy fits this ticket and no default is set")


def choose_policy(ticket: TicketTraits, policies: Collection[Policy]) -> Policy:
    """Return the policy that holds for a ticket.

    Asked in order: urgency, then channel or programme, then request type, then category, then the
    default. Between two of the same rank the narrower wins, then the one whose code sorts first.

    Raises:
        NoPolicyFits: nothing fits and there is no default.
    """
    fitting = [p for p in policies if not p.is_default and p.match.fits(ticket)]
    if fitting:
        return min(fitting, key=lambda p: (p.match.precedence, -p.match.narrowness, p.code))
    for policy in policies:
        if policy.is_default:
            return policy
    raise NoPolicyFits


_WORKING = CalendarCode.WORKING

STEP_RULES: Mapping[ClockKind, ClockRule] = MappingProxyType(
    {
        ClockKind.SUPPLEMENT: ClockRule(Limit(Decimal(3)), _WORKING),
        ClockKind.CONSULTATION: ClockRule(Limit(seconds=2 * 3600), _WORKING),
        ClockKind.DISPUTE_REVIEW: ClockRule(Limit(seconds=2 * 3600), _WORKING),
        ClockKind.ARBITRATION: ClockRule(Limit(seconds=4 * 3600), _WORKING),
        ClockKind.MILESTONE: ClockRule(Limit(Decimal(10)), _WORKING),
        ClockKind.SUSPENSION_REVIEW: ClockRule(Limit(Decimal(30))),
        ClockKind.FINAL_REPLY: ClockRule(Limit(Decimal(2)), _WORKING),
        ClockKind.BAD_RATING_CONTACT: ClockRule(Limit(Decimal(1)), _WORKING),
        ClockKind.BAD_RATING_FIX: ClockRule(Limit(Decimal(5)), _WORKING),
        ClockKind.REWORK_COMPLETE: ClockRule(Limit(seconds=24 * 3600)),
    }
)
"""Limits of the steps beside the main line, where a policy does not set its own."""


def rule_for(policy: Policy, kind: ClockKind) -> ClockRule | None:
    """Return the rule of a clock, or None when the policy leaves that clock out on purpose."""
    return policy.clocks.get(kind) or STEP_RULES.get(kind)
