"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday at nine in the morning, in Shanghai: an office has just opened."""


class FrozenClock:
    """Tells the instant it was last set to."""

    def __init__(self, instant: datetime = MONDAY) -> None:
        self._instant = instant

    def now(self) -> datetime:
        return self._instant

    def move(self, **amount: float) -> datetime:
        """Go on by so many `minutes`, `hours`, `days`, ... and return the new instant."""
        self._instant += timedelta(**amount)
        return self._instant

    def set(self, instant: datetime) -> None:
        self._instant = instant
