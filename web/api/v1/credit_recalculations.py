"""How frozen periods follow a change, as the interface tells it."""

from credit.recalculation_models import Recalculation
from web.api.schemas import Answer, Instant


class RevisedOut(Answer):
    """A revision that a frozen period has for a change."""

    period: str
    revision: int


class RecalculationOut(Answer):
    """Frozen periods that a change touches are calculated again after it.

    `done_at` is null until they were; `revised` are those that changed by it.
    """

    asked_at: Instant
    done_at: Instant | None
    revised: list[RevisedOut]


def recalculation_out(row: Recalculation | None) -> RecalculationOut | None:
    """Return how frozen periods follow a change; None where none has to."""
    if row is None:
        return None
    places = [one.split("/") for one in row.revised or ()]
    return RecalculationOut(
        asked_at=row.asked_at,
        done_at=row.done_at,
        revised=[RevisedOut(period=key, revision=int(nth)) for key, nth in places],
    )
