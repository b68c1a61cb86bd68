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
    VISIT_LINK = "visit_link"
    REWORK_COMPLETE = "rework_complete"
    SUPPLEMENT = "supplement"
    CONSULTATION = "consultation"
    DISPUTE_REVIEW = "dispute_review"
    ARBITRATION = "arbitration"
    MILESTONE = "milestone"
    CLOSE_OUT = "close_out"
    CLOSE_OUT_REVIEW = "close_out_review"
    SUSPENSION_REVIEW = "suspension_review"
    FINAL_REPLY = "final_reply"
    BAD_RATING_CONTACT = "bad_rating_contact"
    BAD_RATING_DECISION = "bad_rating_decision"
    BAD_RATING_FIX = "bad_rating_fix"
    SUPERVISION_REPLY = "supervision_reply"
    REPORT_IN = "report_in"
    MEETING_TASK = "meeting_task"
    URGE_REPLY = "urge_reply"


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


class Rung(enum.StrEnum):
    """A step of the ladder that a clock climbs: three levels up to its limit, then what follows.

    The three levels are laid out when the clock starts, what lies beyond red when red fires.
    """

    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    URGE = "urge"
    ACT = "act"
    ORDER = "order"
    LISTING = "listing"

    @property
    def level(self) -> Level:
        """The colour of a clock that has come this far."""
        return Level(self.value) if self.value in _COLOURS else Level.RED


_COLOURS = frozenset(level.value for level in Level)

FIRING_LEVELS = (Rung.YELLOW, Rung.ORANGE, Rung.RED)
"""The rungs up to the limit."""

ACTED_RUNGS = (Rung.ACT, Rung.ORDER, Rung.LISTING)
"""Rungs that change the ticket itself, each in a transaction of its own."""


class CalendarCode(enum.StrEnum):
    """The calendars that every installation has; administrators may add others."""

    NATURAL = "natural"
    WORKING = "working"


class InvalidPolicy(DomainError):
    """A policy that cannot be kept: a limit that is not positive, warnings out of order, ..."""

    kind = ErrorKind.INVALID
    code = "invalid-policy"
    title = N_("The time-limit policy is not valid: {problem}")

    def __init__(self, message: str = "", **details: object) -> None:
        """Say what is wrong.

        Args:
            message: message id of the problem; may name `details` in braces.
            details: values for it; several of one name are listed.
        """
        super().__init__(
            problem=message.format_map(
                {
                    name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
                    for name, value in details.items()
                }
            )
        )
        self.message = message
        self.details = details


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
            raise InvalidPolicy(
                N_("{text} is not a duration such as PT30M, PT24H or P5D"), text=repr(text)
            )
        seconds = (
            Decimal(match["hours"] or 0) * 3600
            + int(match["minutes"] or 0) * 60
            + int(match["seconds"] or 0)
        )
        limit = cls(Decimal(match["days"] or 0), int(seconds))
        if limit.days < _SHORTEST_DAYS and limit.seconds == 0:
            raise InvalidPolicy(N_("a limit must be longer than zero, not {text}"), text=text)
        if limit.days > MAX_LIMIT_DAYS or limit.seconds > MAX_LIMIT_DAYS * 86400:
            raise InvalidPolicy(N_("a limit must be a year at most, not {text}"), text=text)
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


WarnAt = Decimal | Limit
"""When a level fires: at a share of the limit, or so long before its end."""

DEFAULT_WARNINGS: tuple[WarnAt, WarnAt] = (Decimal("0.6"), Decimal("0.8"))


@dataclass(frozen=True, slots=True)
class Beyond:
    """When a rung beyond red follows, counted from the limit on the clock's own calendar.

    Attributes:
        after: a share of the limit, or a length of time; zero is at the limit itself.
        times: how often it fires, each time so much later.
    """

    after: Decimal | Limit
    times: int = 1

    def seconds(self, limit_seconds: int, day_seconds: int) -> int:
        """Return how many seconds beyond the limit it first fires."""
        if isinstance(self.after, Limit):
            return self.after.on_calendar(day_seconds)
        return int(self.after * limit_seconds)


_AT_ONCE = Beyond(Decimal(0))

_AGAIN: Mapping[Rung, Beyond] = MappingProxyType({Rung.URGE: Beyond(Decimal(1), times=10)})
"""The hotline's own clocks are urged again after each further length of their limit."""

LADDER: Mapping[ClockKind, Mapping[Rung, Beyond]] = MappingProxyType(
    {
        ClockKind.ACCEPT: {Rung.ACT: Beyond(Limit(seconds=15 * 60)), **_AGAIN},
        ClockKind.DISPATCH: {Rung.ACT: Beyond(Limit(seconds=30 * 60)), **_AGAIN},
        ClockKind.CONSULTATION: _AGAIN,
        ClockKind.ARBITRATION: _AGAIN,
        ClockKind.AUDIT: _AGAIN,
        ClockKind.VISIT: _AGAIN,
        ClockKind.FINAL_REPLY: _AGAIN,
        ClockKind.BAD_RATING_CONTACT: _AGAIN,
        ClockKind.BAD_RATING_DECISION: _AGAIN,
        ClockKind.SIGN: {Rung.URGE: Beyond(Limit(seconds=30 * 60))},
        ClockKind.COMPLETE: {
            Rung.URGE: Beyond(Decimal("0.25"), times=3),
            Rung.ORDER: Beyond(Decimal("0.5")),
            Rung.LISTING: Beyond(Decimal(1)),
        },
        ClockKind.REWORK_COMPLETE: {
            Rung.URGE: Beyond(Decimal("0.25"), times=3),
            Rung.ORDER: _AT_ONCE,
            Rung.LISTING: Beyond(Decimal(1)),
        },
        ClockKind.BAD_RATING_FIX: {Rung.ORDER: _AT_ONCE, Rung.LISTING: Beyond(Decimal(1))},
        ClockKind.MILESTONE: {
            Rung.ORDER: _AT_ONCE,
            Rung.ACT: _AT_ONCE,
            Rung.LISTING: Beyond(Decimal(1)),
        },
        ClockKind.CLOSE_OUT: _AGAIN,
        ClockKind.CLOSE_OUT_REVIEW: _AGAIN,
        ClockKind.CO_OPINION: {Rung.ACT: _AT_ONCE},
        ClockKind.VISIT_LINK: {Rung.ACT: _AT_ONCE},
        ClockKind.DISPUTE_REVIEW: {Rung.ACT: _AT_ONCE, **_AGAIN},
        ClockKind.SUPPLEMENT: {Rung.ACT: Beyond(Limit(seconds=60))},
        ClockKind.SUSPENSION_REVIEW: {Rung.ACT: _AT_ONCE},
        ClockKind.SUPERVISION_REPLY: {Rung.ACT: _AT_ONCE},
        ClockKind.REPORT_IN: {Rung.URGE: Beyond(Decimal(1), times=3)},
        ClockKind.MEETING_TASK: {Rung.URGE: Beyond(Decimal("0.25"), times=3)},
        ClockKind.URGE_REPLY: {Rung.ORDER: _AT_ONCE},
    }
)
"""What follows red, where a policy does not say otherwise.

An overdue acceptance goes to the duty head after 15 minutes, an overdue dispatch into a consultation
after 30. Overdue work is urged, gets a supervision order at half as much again and is listed at
twice the limit; the second round, a missed milestone and urging that nobody answered get the order
at once, and the second milestone that a plan misses ends the plan. A co-handler's silence is consent, a
return not judged in time goes to the authority, never to the department, and is urged there.
A matter whose requester was neither reached nor has answered by link is closed.
"""

MAX_URGES = 10


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How one clock runs under a policy.

    Attributes:
        limit: how long the clock may run.
        calendar: the code of the calendar that it counts on.
        warnings: when yellow and orange fire: shares of the limit, or lengths before its end.
        by_type: limits for single request types, instead of `limit`.
        beyond: what follows red, instead of `LADDER`.
    """

    limit: Limit
    calendar: str = CalendarCode.NATURAL
    warnings: tuple[WarnAt, WarnAt] = DEFAULT_WARNINGS
    by_type: Mapping[str, Limit] = field(default_factory=dict)
    beyond: Mapping[Rung, Beyond] | None = None

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
        area: areas it is for.
        secret: True when it is only for tickets whose requester asked for secrecy.
    """

    urgency: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    programme: tuple[str, ...] = ()
    request_type: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
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
            and (not self.area or ticket.area in self.area)
            and (not self.secret or ticket.secret)
        )

    @property
    def precedence(self) -> int:
        """Rank of the first trait the policy asks for; lower is asked first.

        The order is urgency, channel or programme, type (with secrecy), category, area, default.
        """
        if self.urgency:
            return 0
        if self.channel or self.programme:
            return 1
        if self.request_type or self.secret:
            return 2
        if self.category:
            return 3
        if self.area:
            return 4
        return 5

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
                    self.area,
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
    area: str | None
    secret: bool


REQUIRED_CLOCKS = (
    ClockKind.ACCEPT,
    ClockKind.DISPATCH,
    ClockKind.COMPLETE,
    ClockKind.AUDIT,
    ClockKind.VISIT,
)
"""Clocks that no policy may leave out: without one of them a deadline would be missed in silence."""


_A_DAY = 86400


def _require_rising(kind: ClockKind, rule: ClockRule) -> None:
    yellow, orange = rule.warnings
    if isinstance(yellow, Limit) and isinstance(orange, Limit):
        if yellow.on_calendar(_A_DAY) <= orange.on_calendar(_A_DAY):
            raise InvalidPolicy(
                N_(
                    "the yellow warning of {clock} must come before the orange one, "
                    "not {yellow} and {orange} before the end"
                ),
                clock=kind,
                yellow=str(yellow),
                orange=str(orange),
            )
        return
    shares = [share for share in rule.warnings if isinstance(share, Decimal)]
    if any(not 0 < share < 1 for share in shares) or shares != sorted(set(shares)):
        raise InvalidPolicy(
            N_("warnings of {clock} must rise between 0 and 1, not {yellow} and {orange}"),
            clock=kind,
            yellow=str(yellow),
            orange=str(orange),
        )


def _require_ladder(kind: ClockKind, rule: ClockRule) -> None:
    for rung, beyond in (rule.beyond or {}).items():
        if rung in FIRING_LEVELS:
            raise InvalidPolicy(N_("{rung} of {clock} is not beyond red"), rung=rung, clock=kind)
        if rung is Rung.ACT and Rung.ACT not in LADDER.get(kind, {}):
            raise InvalidPolicy(N_("nothing is done by itself when {clock} is overdue"), clock=kind)
        if not 1 <= beyond.times <= (MAX_URGES if rung is Rung.URGE else 1):
            raise InvalidPolicy(
                N_("{clock} may be urged {most} times at most, anything else happens once"),
                clock=kind,
                most=MAX_URGES,
            )
        if isinstance(beyond.after, Decimal) and not 0 <= beyond.after <= MAX_LIMIT_DAYS:
            raise InvalidPolicy(
                N_("{rung} of {clock} must follow the limit"), rung=rung, clock=kind
            )


@dataclass(frozen=True, slots=True)
class Policy:
    """A set of clock rules and the tickets it is for.

    Attributes:
        return_window: how long a department may ask to give a ticket back, on the calendar of the
            work; None for a quarter of the limit, two hours at least.
    """

    code: str
    name: str
    match: Match
    clocks: Mapping[ClockKind, ClockRule]
    is_default: bool = False
    return_window: Limit | None = None

    def __post_init__(self) -> None:
        missing = [kind for kind in REQUIRED_CLOCKS if kind not in self.clocks]
        if missing:
            raise InvalidPolicy(N_("a limit is missing for {clocks}"), clocks=missing)
        for kind, rule in self.clocks.items():
            _require_rising(kind, rule)
            _require_ladder(kind, rule)
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
        # The requester is told a second time at half of it.
        ClockKind.SUPPLEMENT: ClockRule(
            Limit(Decimal(3)), _WORKING, (Decimal("0.5"), Decimal("0.8"))
        ),
        # Nobody owes an answer to a link: the two warnings lie before its start and never fire.
        ClockKind.VISIT_LINK: ClockRule(
            Limit(seconds=24 * 3600), warnings=(Limit(Decimal(2)), Limit(Decimal(1)))
        ),
        ClockKind.CONSULTATION: ClockRule(Limit(seconds=2 * 3600), _WORKING),
        ClockKind.DISPUTE_REVIEW: ClockRule(Limit(seconds=2 * 3600), _WORKING),
        ClockKind.ARBITRATION: ClockRule(Limit(seconds=4 * 3600), _WORKING),
        # A milestone may lie months ahead: it warns by days before its end, not by a share.
        ClockKind.MILESTONE: ClockRule(
            Limit(Decimal(10)), _WORKING, (Limit(Decimal(3)), Limit(Decimal(1)))
        ),
        ClockKind.CLOSE_OUT: ClockRule(Limit(Decimal(2)), _WORKING),
        ClockKind.CLOSE_OUT_REVIEW: ClockRule(Limit(Decimal(2)), _WORKING),
        ClockKind.SUSPENSION_REVIEW: ClockRule(Limit(Decimal(30))),
        ClockKind.FINAL_REPLY: ClockRule(Limit(Decimal(2)), _WORKING),
        ClockKind.BAD_RATING_CONTACT: ClockRule(Limit(Decimal(1)), _WORKING),
        ClockKind.BAD_RATING_DECISION: ClockRule(Limit(Decimal(1)), _WORKING),
        ClockKind.BAD_RATING_FIX: ClockRule(Limit(Decimal(5)), _WORKING),
        ClockKind.REWORK_COMPLETE: ClockRule(Limit(seconds=24 * 3600)),
        ClockKind.SUPERVISION_REPLY: ClockRule(Limit(seconds=24 * 3600)),
        ClockKind.REPORT_IN: ClockRule(Limit(seconds=2 * 3600), _WORKING),
        ClockKind.MEETING_TASK: ClockRule(Limit(Decimal(5))),
        ClockKind.URGE_REPLY: ClockRule(Limit(seconds=24 * 3600)),
    }
)
"""Limits of the steps beside the main line, where a policy does not set its own."""

URGENT = frozenset({"p0", "p1"})
"""Urgencies at which whoever is called comes at any hour, and people act first and argue later."""

URGENT_STEP_RULES: Mapping[ClockKind, ClockRule] = MappingProxyType(
    {
        ClockKind.DISPUTE_REVIEW: ClockRule(Limit(seconds=1800)),
        ClockKind.ARBITRATION: ClockRule(Limit(seconds=1800)),
        ClockKind.REPORT_IN: ClockRule(Limit(seconds=1800)),
    }
)
"""The same under a policy for urgent matters only: none of it can wait for the morning."""

SUPPLEMENT_REMINDED_AT = Rung.YELLOW
"""The rung at which a requester who was asked for something is told a second time."""


def rule_for(policy: Policy, kind: ClockKind) -> ClockRule | None:
    """Return the rule of a clock, or None when the policy leaves that clock out on purpose."""
    is_urgent = bool(policy.match.urgency) and URGENT.issuperset(policy.match.urgency)
    urgent = URGENT_STEP_RULES.get(kind) if is_urgent else None
    return policy.clocks.get(kind) or urgent or STEP_RULES.get(kind)


def ladder_of(rule: ClockRule, kind: ClockKind) -> Mapping[Rung, Beyond]:
    """Return what follows red on this clock."""
    return LADDER.get(kind, {}) if rule.beyond is None else rule.beyond


RETURN_WINDOW_SHARE = 4
RETURN_WINDOW_SECONDS = 2 * 3600


def return_window_seconds(policy: Policy, limit_seconds: int, day_seconds: int) -> int:
    """Return how long a department may ask to give a ticket back.

    Args:
        policy: the ticket's.
        limit_seconds: the limit of the work.
        day_seconds: length of a day on its calendar.
    """
    if policy.return_window is not None:
        return policy.return_window.on_calendar(day_seconds)
    return max(limit_seconds // RETURN_WINDOW_SHARE, RETURN_WINDOW_SECONDS)
