"""Who may enter an event, when it comes into force, and why it is taken back - pure."""

import enum
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from credit.entries.errors import NotAnEvent, SecondPersonOfCheckNeeded
from credit.errors import UnknownEventCode
from credit.rulebook import EventRule, RuleBook, Severity


class ProposalKind(enum.StrEnum):
    """What a person asks for."""

    ENTRY = "entry"
    REVERSAL = "reversal"


class ProposalState(enum.StrEnum):
    """How far it is."""

    WAITING = "waiting"
    ENTERED = "entered"
    REFUSED = "refused"


class ChangeReason(enum.StrEnum):
    """Why an entry came to another state, where no person's words say so."""

    TERM_PASSED = "term_passed"
    SECOND_PERSON = "second_person"
    ACCEPTED = "accepted"
    MERGED = "merged"
    RETURN_UPHELD = "return_upheld"
    DESIGNATED_ANOTHER = "designated_another"
    RATING_UNFOUNDED = "rating_unfounded"
    NOT_DONE = "not_done"
    EXCLUDED = "excluded"


_BY_NOBODY = frozenset({Severity.RATE, Severity.CANCELS})
"""Classes of codes that are no events to enter: one counts in rates, the other only cancels."""

TOLERANCE = "tolerance"
"""The code of an authority's decision that a named event does not count (容错认定)."""

OF_CARD: Mapping[str, str] = MappingProxyType(
    {
        "no_contact": "no_contact_close",
        "copied_reply": "nonresponsive_reply",
        "unrelated_reply": "nonresponsive_reply",
        "quick_close": "false_closure",
        "bulk_close": "false_closure",
        "back_again": "repeat_after_done",
        "one_source": "rating_pressure",
        "ping_pong": "unfounded_return",
        "withdrawn_after_contact": "rating_pressure",
        "made_consult": "data_tamper",
    }
)
"""What a founded anomaly may come to, by its kind: offered in a form, never entered by itself."""


def needs_two(rule: EventRule) -> bool:
    """Tell whether only two persons of an independent check may create such an event."""
    return rule.severity is Severity.SEVERE or rule.from_checks


def require_event(book: RuleBook, code: str) -> EventRule:
    """Return the rule of an event that people may enter.

    Raises:
        UnknownEventCode: the rules know no such event.
        NotAnEvent: it counts in a rate only, or cancels another.
    """
    rule = book.events.get(code)
    if rule is None:
        raise UnknownEventCode(code=code)
    if rule.severity in _BY_NOBODY:
        raise NotAnEvent(code=code)
    return rule


def enterable(book: RuleBook) -> list[str]:
    """Return the codes that people may enter, in the order of the rules."""
    return [code for code, rule in book.events.items() if rule.severity not in _BY_NOBODY]


def require_independent(
    *, person: uuid.UUID | None, of: int | None, department_id: int, before: Iterable[uuid.UUID]
) -> None:
    """Pass in silence when a person may speak about a department's event.

    Args:
        person: who.
        of: his department.
        department_id: the one the event is about.
        before: who proposed it, or otherwise had a part in it.

    Raises:
        SecondPersonOfCheckNeeded: he is of the department, or had a part in it already.
    """
    if of == department_id or person is None or person in set(before):
        raise SecondPersonOfCheckNeeded


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Events that a fact has made void.

    Attributes:
        ticket_id: the ticket that they are about.
        reason: why.
        source_key: only the event of this cause; None for all of the ticket.
        department_id: only this department's; None for everybody's.
        is_for_good: whatever is told later does not count either; else only what had happened by then.
        name: of the decision, where it can be ended later.
    """

    ticket_id: uuid.UUID
    reason: ChangeReason
    source_key: str | None = None
    department_id: int | None = None
    is_for_good: bool = False
    name: str | None = None


def has_fallen(before: int, now: int, *, least: int, drop: Decimal) -> bool:
    """Tell whether a volume is down by the share that says somebody acted before people complained.

    Args:
        before: in the same season of the year before.
        now: in this one.
        least: below so many before nothing can be said.
        drop: the share.
    """
    return before >= least and Decimal(now) <= before * (1 - drop)
