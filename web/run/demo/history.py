"""What the demo city did in the months before: matters handled to their end, so that credit has a past.

They lie with a few units, so that some have enough tickets to be compared and others have not, and
one of them works visibly worse than its peers.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from hotline.sla.policy import Policy
from web.run.demo.directory import Cast
from web.run.demo.loader import DemoCity, TicketTemplate
from web.run.demo.matters import Matters
from web.run.demo.paths import ROUGH_ENDS, SMOOTH_ENDS, Path
from web.run.demo.schedule import Life, live

HISTORY_SPAN = timedelta(days=190)
"""How far back the memory goes when there is a past: over the whole of the quarter before this one."""

_BUSY = ("chengguan", "renshe", "shichang", "zhujian")
_KNOWN = (*_BUSY, *_BUSY, *_BUSY, "minzheng", "weijian", "lanhu")
"""Whose matters are told of, in turn."""

_LATELY, _BEFORE = (25.0, 62.0), (62.0, 183.0)
_SHARE_LATELY = 0.355
"""The last whole month is told more of than the months before, by the busy units alone."""

_ROUGHNESS: Mapping[str, float] = MappingProxyType({"zhujian": 2.8, "renshe": 0.15})
_USUAL_ROUGHNESS = 0.4
"""How much more or less often things go wrong with a unit than the paths say."""

_JOINT = 9
"""Every so many matters are of several departments; the rest a unit does alone."""

_ENOUGH = 5
"""Kinds of matters that a unit needs lest it answer with the same words again."""


def plan_history(
    city: DemoCity,
    cast: Cast,
    policies: Sequence[Policy],
    present: Sequence[Life],
    *,
    now: datetime,
    count: int,
    rng: random.Random,
) -> list[Life]:
    """Return the lives of `count` tickets that ended before those of the present began to."""
    told = Counter(life.script.matter.template.key for life in present)
    matters = Matters(city, policies, cast, rng, told=told)
    lives = []
    for nth in range(count):
        is_lately = nth < count * _SHARE_LATELY
        units = _BUSY if is_lately else _KNOWN
        unit = units[nth % len(units)]
        fit = [one for one in city.tickets if one.department == unit and one.matter is None]
        alone = [one for one in fit if not one.co_departments]
        template = rng.choice(fit if nth % _JOINT == 0 or len(alone) < _ENOUGH else alone)
        ended = _LATELY if is_lately else _BEFORE
        path = replace(_path_of(template, rng), ended=ended, suits=_only(template))
        life = live(city, cast, matters, path, now, rng, span=HISTORY_SPAN)
        matters.take(life.script.matter, is_dispatched=True)
        lives.append(life)
    return lives


def _only(template: TicketTemplate) -> Callable[[DemoCity, TicketTemplate], bool]:
    return lambda _city, one: one is template


def _path_of(template: TicketTemplate, rng: random.Random) -> Path:
    factor = _ROUGHNESS.get(template.department, _USUAL_ROUGHNESS)
    weights = {path: float(n) for path, n in SMOOTH_ENDS.items()}
    weights |= {path: n * factor for path, n in ROUGH_ENDS.items()}
    return rng.choices(list(weights), list(weights.values()))[0]
