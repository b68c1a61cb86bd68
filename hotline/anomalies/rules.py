"""What looks odd in how tickets are worked off: thresholds in one place, detectors of values - pure.

None of them proves anything. Each raises a card that a person looks into; nobody is ever marked down
by a detector.
"""

import enum
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType


class AnomalyKind(enum.StrEnum):
    """What looks odd."""

    NO_CONTACT = "no_contact"
    COPIED_REPLY = "copied_reply"
    UNRELATED_REPLY = "unrelated_reply"
    QUICK_CLOSE = "quick_close"
    BULK_CLOSE = "bulk_close"
    LAST_MINUTE = "last_minute"
    BACK_AGAIN = "back_again"
    ONE_SOURCE = "one_source"
    PING_PONG = "ping_pong"
    WITHDRAWN_AFTER_CONTACT = "withdrawn_after_contact"
    MADE_CONSULT = "made_consult"
    OWN_VISITS = "own_visits"
    OVER_PEERS = "over_peers"
    SELF_RAISED = "self_raised"


class CardState(enum.StrEnum):
    """What people made of it."""

    OPEN = "open"
    LOOKED_INTO = "looked_into"
    FOUNDED = "founded"
    UNFOUNDED = "unfounded"


FOLLOWING: Mapping[CardState, frozenset[CardState]] = MappingProxyType(
    {
        CardState.OPEN: frozenset({CardState.LOOKED_INTO, CardState.FOUNDED, CardState.UNFOUNDED}),
        CardState.LOOKED_INTO: frozenset({CardState.FOUNDED, CardState.UNFOUNDED}),
    }
)
"""Which words may follow which; what is decided stays decided."""


class NextStep(enum.StrEnum):
    """What a person may do about what was found to be so; nothing of it happens by itself."""

    SUPERVISION_ORDER = "supervision_order"
    RATING_CHECK = "rating_check"
    CLUE = "clue"
    TALK = "talk"


NEXT_STEPS: Mapping[AnomalyKind, tuple[NextStep, ...]] = MappingProxyType(
    {
        AnomalyKind.NO_CONTACT: (NextStep.SUPERVISION_ORDER, NextStep.CLUE),
        AnomalyKind.COPIED_REPLY: (NextStep.SUPERVISION_ORDER, NextStep.TALK),
        AnomalyKind.UNRELATED_REPLY: (NextStep.SUPERVISION_ORDER, NextStep.TALK),
        AnomalyKind.QUICK_CLOSE: (NextStep.SUPERVISION_ORDER, NextStep.TALK),
        AnomalyKind.BULK_CLOSE: (NextStep.SUPERVISION_ORDER, NextStep.TALK),
        AnomalyKind.LAST_MINUTE: (NextStep.TALK,),
        AnomalyKind.BACK_AGAIN: (NextStep.SUPERVISION_ORDER, NextStep.RATING_CHECK),
        AnomalyKind.ONE_SOURCE: (NextStep.RATING_CHECK, NextStep.CLUE),
        AnomalyKind.PING_PONG: (NextStep.TALK,),
        AnomalyKind.WITHDRAWN_AFTER_CONTACT: (NextStep.RATING_CHECK, NextStep.CLUE),
        AnomalyKind.MADE_CONSULT: (NextStep.TALK,),
        AnomalyKind.OWN_VISITS: (NextStep.CLUE, NextStep.TALK),
        AnomalyKind.OVER_PEERS: (NextStep.TALK,),
        AnomalyKind.SELF_RAISED: (NextStep.CLUE, NextStep.TALK),
    }
)

# -- thresholds ------------------------------------------------------------------------------------

COPIED_ABOVE = 0.9
"""Two replies are as good as the same when they are more alike than this."""

COPIED_WITHIN = timedelta(days=90)
"""How far back a unit's other replies are looked at."""

SHORTEST_REPLY = 24
"""Signs of a reply that say something; below that it is a phrase, and phrases are alike."""

UNRELATED_BELOW = 0.06
"""A reply of which a smaller share touches the matter does not answer it."""

QUICK = timedelta(minutes=10)
"""A complaint worked off in less, counted from signing, was not worked on."""

BULK = 5
BULK_WITHIN = timedelta(minutes=1)
"""So many results handed in by one unit within so short a time."""

LAST_SHARE = 0.95
LAST_MINUTE_ABOVE = 0.4
LAST_MINUTE_LEAST = 20
LAST_MINUTE_DAYS = 30
"""More than 40 % of at least 20 works finished in the last 5 % of their limits, in so many days."""

BACK_WITHIN = timedelta(days=30)
"""The same again so soon after "solved"."""

RATINGS = 5
RATINGS_WITHIN = timedelta(days=1)
"""So many ratings from one source within a day."""

BURST_WITHIN = timedelta(minutes=1)
"""So many ratings by link for one unit within a minute come from one hand."""

PING_PONG_MOVES = 3
PING_PONG_WITHIN = timedelta(days=30)
"""So many moves between the same two units, in both directions."""

WITHDRAWN_WITHIN = timedelta(days=3)
"""A matter taken back so soon after a unit has spoken with the requester."""

OWN_VISIT_DAYS = 90
"""How far back a unit's own visits are held against the hotline's."""

RESPITE_DAYS = 90
RESPITE_LEAST_WORK = 30
RESPITE_LEAST = 5
RESPITE_PEERS = 4
RESPITE_PERCENTILE = 0.95
"""More pauses, extensions or plans for 100 works than 95 % of at least so many peers."""

SELF_RAISED_DAYS = 30
SELF_RAISED_LEAST = 3
"""So many tickets in so many days from the numbers of the unit that got them."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that looks odd.

    Attributes:
        kind: what.
        subject: of what it is: a ticket, a unit, a source; codes only.
        day: of when; with kind and subject it names the card.
        department_id: whose.
        tickets: which tickets are behind it.
        figures: the numbers, and what they are held against.
    """

    kind: AnomalyKind
    subject: str
    day: date
    department_id: int | None
    tickets: tuple[object, ...]
    figures: Mapping[str, object] = field(default_factory=dict)


# -- results handed in -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A department's result, as far as the detectors look at it.

    Attributes:
        ticket: its id.
        number: its number.
        signed_at: when the department signed.
        has_contact: whether a contact with the requester is on record.
        excuse: the coded reason why there is none.
        said_nobody: the requester said on the visit that nobody had spoken with him; None unasked.
        is_complaint: whether it was a complaint or a report.
        overlap: share of the reply that touches the matter; None for a mere phrase.
    """

    ticket: object
    number: str
    round: int
    department_id: int
    submitted_at: datetime
    signed_at: datetime | None = None
    has_contact: bool = True
    excuse: str | None = None
    said_nobody: bool | None = None
    is_complaint: bool = False
    overlap: float | None = None


SPOKE_OR_TRIED = frozenset({"contact_refused", "unreachable"})
"""Excuses that claim a try; whoever asked for secrecy or gave no name is not to be spoken with."""


def find_no_contact(results: Iterable[Result], day: date) -> list[Found]:
    """Return results without a word with the requester, or whose word he contradicts."""
    found = []
    for one in results:
        is_bare = not one.has_contact and one.excuse is None
        claims = one.has_contact or one.excuse in SPOKE_OR_TRIED
        if is_bare or (one.said_nobody and claims):
            figures = {"contradicted": bool(one.said_nobody), "excuse": one.excuse}
            found.append(
                Found(
                    AnomalyKind.NO_CONTACT,
                    f"{one.number}/{one.round}",
                    day,
                    one.department_id,
                    (one.ticket,),
                    figures,
                )
            )
    return found


def find_unrelated(results: Iterable[Result], day: date) -> list[Found]:
    """Return replies that do not touch the matter."""
    return [
        Found(
            AnomalyKind.UNRELATED_REPLY,
            f"{one.number}/{one.round}",
            day,
            one.department_id,
            (one.ticket,),
            {"overlap": round(one.overlap, 3), "least": UNRELATED_BELOW},
        )
        for one in results
        if one.overlap is not None and one.overlap < UNRELATED_BELOW
    ]


def find_quick(results: Iterable[Result], day: date) -> list[Found]:
    """Return complaints that were worked off as soon as they were signed."""
    return [
        Found(
            AnomalyKind.QUICK_CLOSE,
            f"{one.number}/{one.round}",
            day,
            one.department_id,
            (one.ticket,),
            {
                "seconds": int((one.submitted_at - one.signed_at).total_seconds()),
                "least": int(QUICK.total_seconds()),
            },
        )
        for one in results
        if one.is_complaint
        and one.signed_at is not None
        and one.submitted_at - one.signed_at < QUICK
    ]


def find_bulk(results: Iterable[Result], day: date) -> list[Found]:
    """Return units that handed in many results at once, with the tightest bunch of the day."""
    by_unit: dict[int, list[Result]] = defaultdict(list)
    for one in results:
        by_unit[one.department_id].append(one)
    found = []
    for unit, theirs in by_unit.items():
        bunch = _densest([(one.submitted_at, one.ticket) for one in theirs], BULK_WITHIN)
        if len(bunch) >= BULK:
            found.append(
                Found(
                    AnomalyKind.BULK_CLOSE,
                    f"unit:{unit}",
                    day,
                    unit,
                    tuple(bunch),
                    {"count": len(bunch), "seconds": int(BULK_WITHIN.total_seconds())},
                )
            )
    return found


def _densest(rows: Iterable[tuple[datetime, object]], span: timedelta) -> list[object]:
    """Return what came together in the fullest stretch of `span`, each thing once."""
    ordered = sorted(rows, key=lambda row: row[0])
    best: list[object] = []
    start = 0
    for end, (at, _) in enumerate(ordered):
        while at - ordered[start][0] > span:
            start += 1
        here = list(dict.fromkeys(what for _, what in ordered[start : end + 1]))
        if len(here) > len(best):
            best = here
    return best


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two replies of one unit, and how alike they are, from 0 to 1."""

    department_id: int
    ticket: object
    other: object
    share: float


def find_copied(pairs: Iterable[Likeness], day: date) -> list[Found]:
    """Return units of which replies of the day are as good as the same as others of theirs."""
    by_unit: dict[int, list[Likeness]] = defaultdict(list)
    for pair in pairs:
        if pair.share > COPIED_ABOVE and pair.ticket != pair.other:
            by_unit[pair.department_id].append(pair)
    return [
        Found(
            AnomalyKind.COPIED_REPLY,
            f"unit:{unit}",
            day,
            unit,
            tuple(dict.fromkeys(t for pair in alike for t in (pair.ticket, pair.other))),
            {
                "count": len({pair.ticket for pair in alike}),
                "highest": round(max(pair.share for pair in alike), 3),
                "above": COPIED_ABOVE,
            },
        )
        for unit, alike in by_unit.items()
    ]


# -- limits ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finish:
    """A work finished in time: which share of its limit was used."""

    department_id: int
    ticket: object
    share: float


def find_last_minute(finishes: Iterable[Finish], day: date) -> list[Found]:
    """Return units that finish suspiciously often just before the limit; one card a month."""
    by_unit: dict[int, list[Finish]] = defaultdict(list)
    for finish in finishes:
        by_unit[finish.department_id].append(finish)
    found = []
    for unit, theirs in by_unit.items():
        last = [finish for finish in theirs if LAST_SHARE < finish.share <= 1]
        if len(theirs) >= LAST_MINUTE_LEAST and len(last) > LAST_MINUTE_ABOVE * len(theirs):
            figures = {
                "count": len(last),
                "of": len(theirs),
                "above": LAST_MINUTE_ABOVE,
            }
            found.append(
                Found(
                    AnomalyKind.LAST_MINUTE,
                    f"unit:{unit}",
                    day.replace(day=1),
                    unit,
                    tuple(dict.fromkeys(finish.ticket for finish in last)),
                    figures,
                )
            )
    return found


# -- what comes back -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Return:
    """A new ticket so like one that was closed as solved that it may be the same matter.

    Attributes:
        same_place: told of the same place.
        same_requester: told by the same requester.
    """

    ticket: object
    number: str
    earlier: object
    department_id: int | None
    submitted_at: datetime
    solved_at: datetime
    same_place: bool
    same_requester: bool


def find_back_again(returns: Iterable[Return], day: date) -> list[Found]:
    """Return matters that came back soon after they were closed as solved."""
    by_ticket: dict[str, list[Return]] = defaultdict(list)
    for one in returns:
        is_soon = timedelta(0) <= one.submitted_at - one.solved_at <= BACK_WITHIN
        if is_soon and (one.same_place or one.same_requester):
            by_ticket[one.number].append(one)
    return [
        Found(
            AnomalyKind.BACK_AGAIN,
            number,
            day,
            (latest := max(theirs, key=lambda one: one.solved_at)).department_id,
            (latest.ticket, *dict.fromkeys(one.earlier for one in theirs)),
            {
                "days": (latest.submitted_at - latest.solved_at).days,
                "within": BACK_WITHIN.days,
                "same_place": any(one.same_place for one in theirs),
                "same_requester": any(one.same_requester for one in theirs),
            },
        )
        for number, theirs in by_ticket.items()
    ]


# -- ratings ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating that a requester gave by his link.

    Attributes:
        source: a digest of where it came from; None where nothing is known.
    """

    ticket: object
    department_id: int | None
    at: datetime
    source: str | None


def find_one_source(ratings: Sequence[Rating], day: date) -> list[Found]:
    """Return ratings of many tickets that came from one source, or in one breath for one unit."""
    found = []
    by_source: dict[str, list[Rating]] = defaultdict(list)
    by_unit: dict[int, list[Rating]] = defaultdict(list)
    for rating in ratings:
        if rating.source is not None:
            by_source[rating.source].append(rating)
        if rating.department_id is not None:
            by_unit[rating.department_id].append(rating)
    groups = itertools.chain(
        ((f"source:{key}"[:64], theirs, RATINGS_WITHIN) for key, theirs in by_source.items()),
        ((f"unit:{unit}", theirs, BURST_WITHIN) for unit, theirs in by_unit.items()),
    )
    for subject, theirs, span in groups:
        bunch = _densest([(rating.at, rating.ticket) for rating in theirs], span)
        if len(bunch) >= RATINGS:
            units = {rating.department_id for rating in theirs if rating.ticket in bunch}
            found.append(
                Found(
                    AnomalyKind.ONE_SOURCE,
                    subject,
                    day,
                    units.pop() if len(units) == 1 else None,
                    tuple(bunch),
                    {"count": len(bunch), "seconds": int(span.total_seconds())},
                )
            )
    return found


# -- units between themselves, and the desk --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handover:
    """A ticket that one unit gave back and another got."""

    ticket: object
    giver_id: int
    taker_id: int
    at: datetime


def find_ping_pong(moves: Iterable[Handover], day: date) -> list[Found]:
    """Return pairs of units that send tickets back and forth; one card a month."""
    by_pair: dict[tuple[int, int], list[Handover]] = defaultdict(list)
    for move in moves:
        pair = sorted((move.giver_id, move.taker_id))
        if pair[0] != pair[1]:
            by_pair[pair[0], pair[1]].append(move)
    return [
        Found(
            AnomalyKind.PING_PONG,
            f"pair:{one}:{other}",
            day.replace(day=1),
            None,
            tuple(dict.fromkeys(move.ticket for move in theirs)),
            {"count": len(theirs), "units": [one, other], "least": PING_PONG_MOVES},
        )
        for (one, other), theirs in by_pair.items()
        if len(theirs) >= PING_PONG_MOVES and len({move.giver_id for move in theirs}) > 1
    ]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A ticket taken back by its requester after a unit had spoken with him."""

    ticket: object
    number: str
    department_id: int
    contacted_at: datetime
    withdrawn_at: datetime


def find_withdrawn(withdrawals: Iterable[Withdrawal], day: date) -> list[Found]:
    """Return matters that were taken back soon after a unit had spoken with the requester."""
    return [
        Found(
            AnomalyKind.WITHDRAWN_AFTER_CONTACT,
            one.number,
            day,
            one.department_id,
            (one.ticket,),
            {"hours": int((one.withdrawn_at - one.contacted_at) / timedelta(hours=1))},
        )
        for one in withdrawals
        if timedelta(0) <= one.withdrawn_at - one.contacted_at <= WITHDRAWN_WITHIN
    ]


@dataclass(frozen=True, slots=True)
class Reclassified:
    """A ticket whose type was changed after it was taken down."""

    ticket: object
    number: str
    department_id: int | None
    before: str
    after: str


def find_made_consult(changes: Iterable[Reclassified], day: date) -> list[Found]:
    """Return complaints and reports that were made mere questions of."""
    return [
        Found(
            AnomalyKind.MADE_CONSULT,
            one.number,
            day,
            one.department_id,
            (one.ticket,),
            {"before": one.before, "after": one.after},
        )
        for one in changes
        if one.before in {"complaint", "report"} and one.after == "consult"
    ]


# -- a unit's own figures, and what it asks for ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnVisits:
    """What a unit heard of its own requesters beside what the hotline heard, where it flatters.

    Attributes:
        own: the unsatisfied among those whom the unit asked, in per cent.
        hotline: the same of those whom the hotline asked.
    """

    department_id: int
    own: float
    hotline: float
    answers: int


def find_own_visits(compared: Iterable[OwnVisits], day: date) -> list[Found]:
    """Return units whose own visits flatter them; one card a month."""
    return [
        Found(
            AnomalyKind.OWN_VISITS,
            f"unit:{one.department_id}",
            day.replace(day=1),
            one.department_id,
            (),
            {
                "own": round(one.own, 2),
                "hotline": round(one.hotline, 2),
                "answers": one.answers,
            },
        )
        for one in compared
    ]


@dataclass(frozen=True, slots=True)
class Respites:
    """How often a unit asked for one kind of respite, and of how many works.

    Attributes:
        what: `suspension`, `extension` or `rectification`.
        peers: its peer group; None where it is compared with nobody.
        tickets: those it was asked for.
    """

    department_id: int
    what: str
    peers: str | None
    works: int
    tickets: tuple[object, ...]

    @property
    def per_hundred(self) -> float:
        """How often for 100 works."""
        return 100 * len(self.tickets) / self.works if self.works else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, by the nearest rank."""
    ordered = sorted(values)
    place = int(share * len(ordered))
    if place == share * len(ordered):
        place -= 1  # the share itself is reached there
    return ordered[min(max(place, 0), len(ordered) - 1)]


def find_over_peers(respites: Iterable[Respites], day: date) -> list[Found]:
    """Return units that ask for more respite than nearly all of their peers; one card a month."""
    groups: dict[tuple[str, str], list[Respites]] = defaultdict(list)
    for one in respites:
        if one.peers is not None and one.works >= RESPITE_LEAST_WORK:
            groups[one.what, one.peers].append(one)
    found = []
    for (what, _), units in groups.items():
        for unit in units:
            peers = [one.per_hundred for one in units if one is not unit]
            if len(peers) < RESPITE_PEERS or len(unit.tickets) < RESPITE_LEAST:
                continue
            usual = percentile(peers, RESPITE_PERCENTILE)
            if unit.per_hundred > usual:
                found.append(
                    Found(
                        AnomalyKind.OVER_PEERS,
                        f"{what}:{unit.department_id}",
                        day.replace(day=1),
                        unit.department_id,
                        tuple(dict.fromkeys(unit.tickets)),
                        {
                            "what": what,
                            "per_hundred": round(unit.per_hundred, 1),
                            "usual": round(usual, 1),
                            "works": unit.works,
                        },
                    )
                )
    return found


@dataclass(frozen=True, slots=True)
class SelfRaised:
    """A ticket that came from a number of the very unit that got it."""

    ticket: object
    department_id: int


def find_self_raised(raised: Iterable[SelfRaised], day: date) -> list[Found]:
    """Return units that got many tickets from their own numbers; one card a month."""
    by_unit: dict[int, list[SelfRaised]] = defaultdict(list)
    for one in raised:
        by_unit[one.department_id].append(one)
    return [
        Found(
            AnomalyKind.SELF_RAISED,
            f"unit:{unit}",
            day.replace(day=1),
            unit,
            tuple(dict.fromkeys(one.ticket for one in theirs)),
            {"count": len({one.ticket for one in theirs}), "days": SELF_RAISED_DAYS},
        )
        for unit, theirs in by_unit.items()
        if len({one.ticket for one in theirs}) >= SELF_RAISED_LEAST
    ]
