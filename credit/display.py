"""What of a ledger the public sees, and for how long - pure (credit.md section 4).

The least days of a class are those before which it cannot be repaired; the most, those after which it is
shown no more even if nobody asks for anything.
"""

from dataclasses import dataclass
from datetime import date

from credit.ledger import EntryState
from credit.rulebook import RuleBook, Severity

_SEEN = frozenset({EntryState.IN_FORCE, EntryState.OBJECTED})


@dataclass(frozen=True, slots=True)
class Displayed:
    """An entry as far as its display goes.

    Attributes:
        confirmed_on: the day in Shanghai on which it came into force; None when it never did.
    """

    severity: Severity
    state: EntryState
    confirmed_on: date | None


def is_shown(entry: Displayed, day: date, book: RuleBook) -> bool:
    """Tell whether the public sees an entry on a day.

    What is under objection is shown with its mark; what is revoked, repaired or ended is not, and
    nothing that was shown for the most days of its class.
    """
    decay = book.decays.get(entry.severity)
    if decay is None or decay.shown_days is None or entry.confirmed_on is None:
        return False
    return entry.state in _SEEN and 0 <= (day - entry.confirmed_on).days < decay.shown_days[1]
