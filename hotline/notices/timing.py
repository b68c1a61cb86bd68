"""When a message goes out: quiet hours, digests, a limit per hour, and when to try again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from hotline.kernel.clock import SHANGHAI

DIGEST_OVER = 10
"""More notices than this to one person within `DIGEST_WINDOW` become one message."""

DIGEST_WINDOW = timedelta(minutes=15)
SETTLING = timedelta(minutes=1)
"""How long a digest waits for what else a storm brings."""

HOUR = timedelta(hours=1)

MAX_TRIES = 12
"""After so many, about five hours after the first, a message is given up."""

_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Preferences:
    """When a person is left alone.

    Attributes:
        quiet_from: start of his quiet hours, in Shanghai.
        quiet_to: their end; the same as the start when he has none.
        hourly_limit: how many messages he takes in an hour by one road.
    """

    quiet_from: time = time(22)
    quiet_to: time = time(7)
    hourly_limit: int = 20


DEFAULT_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message to the same person by the same road that was sent or is going to be.

    Attributes:
        due: when it was, or will be, sent.
        notices: how many notices it tells of.
    """

    due: datetime
    notices: int
    is_digest: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """When new notices go out, and whether as one message."""

    due: datetime
    as_digest: bool


def out_of_quiet(instant: datetime, preferences: Preferences) -> datetime:
    """Return `instant`, or the end of the quiet hours that it lies in; the end is not quiet."""
    local = instant.astimezone(SHANGHAI)
    start, end, now = preferences.quiet_from, preferences.quiet_to, local.time()
    over_midnight = start > end
    quiet = (now >= start or now < end) if over_midnight else start <= now < end
    if not quiet:
        return instant
    day = local.date() + timedelta(days=1 if over_midnight and now >= start else 0)
    return datetime.combine(day, end, SHANGHAI).astimezone(UTC)


def plan(
    now: datetime,
    new: int,
    earlier: Sequence[Earlier],
    preferences: Preferences = DEFAULT_PREFERENCES,
    *,
    urgent: bool = False,
) -> Plan:
    """Return when `new` notices to one person go out by one road.

    What is urgent heeds neither quiet hours nor the limit per hour; a storm of it still becomes a
    digest, for nobody reads 500 messages.

    Args:
        now: the present instant.
        new: how many notices there are to tell.
        earlier: his messages by this road that are due after `now` less an hour.
        preferences: when he is left alone.
        urgent: the new notices are.
    """
    due = now if urgent else out_of_quiet(now, preferences)
    lately = sum(message.notices for message in earlier if message.due > due - DIGEST_WINDOW)
    in_hour = sorted(message.due for message in earlier if message.due > due - HOUR)
    room = preferences.hourly_limit - len(in_hour)
    if lately + new <= DIGEST_OVER and (urgent or new <= room):
        return Plan(due, as_digest=False)
    due += SETTLING
    if urgent:
        return Plan(due, as_digest=True)
    due = max([due, *(message.due + DIGEST_WINDOW for message in earlier if message.is_digest)])
    if room <= 0:
        due = max(due, in_hour[-preferences.hourly_limit] + HOUR)
    return Plan(out_of_quiet(due, preferences), as_digest=True)


def delay_before_retry(attempt: int, chance: float) -> timedelta:
    """Return how long to wait after try number `attempt`, counted from 1.

    It doubles from half a minute to an hour; `chance`, from 0 to 1, takes off up to a half, so that
    those who failed together do not come back together.
    """
    longest = min(_FIRST_DELAY * (1 << min(attempt - 1, 10)), _LONGEST_DELAY)
    return longest * (1 - chance / 2)
