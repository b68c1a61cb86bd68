"""When every demo ticket begins, so that at one given instant the city stands as it should."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from hotline.kernel.clock import SHANGHAI
from hotline.sla.policy import Policy
from web.run.demo.directory import Cast
from web.run.demo.disputes import DISPUTES
from web.run.demo.groups import GROUP_PATHS
from web.run.demo.loader import DemoCity, TicketTemplate
from web.run.demo.matters import Matters
from web.run.demo.onsite import SITE_PATHS
from web.run.demo.paths import PATHS, Path, handled_to_its_end
from web.run.demo.script import Delay, Script

SPAN = timedelta(days=45)
"""How far back the demo city's memory goes."""

_TRIES = 200
CALLS_BY_HOUR = (
    1,
    1,
    1,
    1,
    1,
    2,
    4,
    8,
    16,
    22,
    22,
    16,
    11,
    12,
    20,
    20,
    17,
    14,
    12,
    12,
    11,
    8,
    4,
    2,
)
"""How many calls come in each hour of a day, beside one another."""

_RECENT = 1.25
"""Above one: more of what has ended has ended lately."""


class NoTimeForPath(RuntimeError):
    """A path does not fit into the span with any matter that suits it."""


@dataclass(frozen=True, slots=True)
class Life:
    """A script with its instants.

    Attributes:
        script: what is done.
        start: when it is submitted.
        instants: when each deed is done; deeds whose time has not come are left out.
    """

    script: Script
    start: datetime
    instants: Sequence[datetime]


def plan(
    city: DemoCity,
    cast: Cast,
    policies: Sequence[Policy],
    *,
    now: datetime,
    count: int,
    rng: random.Random,
) -> list[Life]:
    """Return the lives of `count` tickets, parents before those that join them.

    Raises:
        NoTimeForPath: a path is longer than the span.
    """
    matters = Matters(city, policies, cast, rng)
    lives: list[Life] = []
    hosts: list[Life] = []
    handled: list[Life] = []
    for path in apportioned(count):
        if path.joins:
            host = hosts[0] if path.gathers else rng.choice(handled if path.repeats else hosts)
            life = _join(city, cast, matters, path, host, now, rng)
        else:
            life = live(city, cast, matters, path, now, rng)
            # An open ticket of some age may be joined by others on the same matter.
            is_open = path.ended is None and path.hosts and path.is_dispatched
            if is_open and now - life.start > timedelta(days=1):
                hosts.append(life)
            if path.write is handled_to_its_end and life.script.matter.requester is not None:
                handled.append(life)
        matters.take(life.script.matter, is_dispatched=path.is_dispatched)
        lives.append(life)
    return lives


def apportioned(count: int) -> list[Path]:
    """Return a path for each of `count` tickets, joining ones last."""
    paths = (*PATHS, *DISPUTES, *GROUP_PATHS, *SITE_PATHS)
    total = sum(path.weight for path in paths)
    shares = [max(1, round(path.weight * count / total)) for path in paths]
    while sum(shares) != count:
        largest = max(range(len(shares)), key=shares.__getitem__)
        shares[largest] += 1 if sum(shares) < count else -1
    chosen = [path for path, share in zip(paths, shares, strict=True) for _ in range(share)]
    return sorted(chosen, key=lambda path: path.joins)


def live(  # who, what, which way, when
    city: DemoCity,
    cast: Cast,
    matters: Matters,
    path: Path,
    now: datetime,
    rng: random.Random,
    *,
    span: timedelta = SPAN,
) -> Life:
    """Return a life that takes a path and stands where the path says at `now`.

    Raises:
        NoTimeForPath: no matter that suits leaves room for it in the span.
    """
    is_slow = rng.random() < path.slow

    def suits(one: TicketTemplate) -> bool:
        return path.suits(city, one) and (not is_slow or one.urgency == "p3")

    for _ in range(_TRIES):
        matter = matters.draw(suits, is_dispatched=path.is_dispatched)
        script = Script(city, cast, matter, rng)
        path.write(script)
        if path.ended is not None:
            low, high = path.ended
            script.ended(low + (high - low) * rng.random() ** _RECENT)
        start = _latest_start(script, now, span)
        if start is not None and path.ended is not None:
            start = _at_calling_time(start, rng)
        if start is not None and start >= now - span:
            return _life(script, start, now)
    raise NoTimeForPath(path.write.__name__)


def _join(
    city: DemoCity,
    cast: Cast,
    matters: Matters,
    path: Path,
    host: Life,
    now: datetime,
    rng: random.Random,
) -> Life:
    for _ in range(_TRIES):
        again = matters.once_more if path.repeats else matters.again
        script = Script(city, cast, again(host.script.matter), rng)
        script.parent = host.script
        path.write(script)
        if path.ended is not None:
            script.ended(rng.uniform(0.02, 0.8) * (now - host.start) / timedelta(days=1))
        start = _latest_start(script, now)
        after = host.instants[-1] if path.repeats else host.start
        if start is not None and start > after:
            return _life(script, start, now)
    raise NoTimeForPath(path.write.__name__)


def _instants(script: Script, start: datetime) -> list[datetime]:
    instants, at = [], start
    for deed in script.deeds:
        at = deed.delay.after(at)
        instants.append(at)
    return instants


def _fits(script: Script, start: datetime, now: datetime) -> bool:
    instants = _instants(script, start)
    certain = [at for deed, at in zip(script.deeds, instants, strict=True) if deed.is_certain]
    anchor = instants[script.anchor - 1] if script.anchor else start
    return (not certain or certain[-1] <= now) and _over(script.age, anchor, now)


def _over(age: Delay, anchor: datetime, now: datetime) -> bool:
    return age.after(anchor) <= now


def _latest_start(script: Script, now: datetime, span: timedelta = SPAN) -> datetime | None:
    """Return the last instant from which everything certain is done, and aged, by `now`.

    The later a script begins, the later all of it happens, so halving the span finds it.
    """
    early, late = now - span, now
    if not _fits(script, early, now):
        return None
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if _fits(script, middle, now) else (early, middle)
    return early


def _at_calling_time(start: datetime, rng: random.Random) -> datetime:
    """Return an instant at most two days before `start` at an hour at which people call."""
    hour = rng.choices(range(24), CALLS_BY_HOUR)[0]
    at = time(hour, rng.randint(0, 59), rng.randint(0, 59), rng.randint(0, 999_999))
    local = start.astimezone(SHANGHAI)
    called = datetime.combine(local.date(), at, SHANGHAI)
    if called > local:
        called -= timedelta(days=1)
    return called.astimezone(start.tzinfo)


def _life(script: Script, start: datetime, now: datetime) -> Life:
    return Life(script, start, [at for at in _instants(script, start) if at <= now])
