"""How good suggestions are: figures of what was suggested and what was true - pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BINS = 10
SHOWN = 3
"""So many are suggested."""

TARGET = 0.9
"""How often what is called sure is to be right."""

_LOWEST, _HIGHEST, _STEP = 0.50, 0.90, 0.01


@dataclass(frozen=True, slots=True)
class Judged:
    """One example, as a model that has not seen it suggested it.

    Attributes:
        truth: the category that people gave it.
        said: what was suggested first.
        share: its probability, 0 to 1.
        rank: the place of the truth among those suggested, from 1; 0 when it is not among them.
        is_sure: whether the suggestion called itself sure.
    """

    truth: str
    said: str
    share: float
    rank: int
    is_sure: bool


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one category fares."""

    label: str
    precision: float
    recall: float
    f1: float
    count: int


@dataclass(frozen=True, slots=True)
class Bin:
    """What was said with a probability between two tenths, and how often it was right."""

    low: float
    high: float
    count: int
    share: float
    right: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What an evaluation found.

    Attributes:
        count: of examples.
        accuracy: how often the first suggestion was right.
        top3: how often one of the three was.
        macro_f1: the mean of the categories' F1.
        ece: expected error of the probabilities, weighted by bin.
        sure: the share called sure.
        sure_accuracy: how often these were right; None when there were none.
        classes: by category.
        confusions: truth, suggestion and count, the most frequent first, right ones included.
        bins: the calibration curve.
    """

    count: int
    accuracy: float
    top3: float
    macro_f1: float
    ece: float
    sure: float
    sure_accuracy: float | None
    classes: tuple[ClassFigures, ...]
    confusions: tuple[tuple[str, str, int], ...]
    bins: tuple[Bin, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, rounded to what they mean."""
        return {
            "count": self.count,
            "accuracy": round(self.accuracy, 4),
            "top3": round(self.top3, 4),
            "macro_f1": round(self.macro_f1, 4),
            "ece": round(self.ece, 4),
            "sure": round(self.sure, 4),
            "sure_accuracy": None if self.sure_accuracy is None else round(self.sure_accuracy, 4),
            "classes": [
                {
                    "label": one.label,
                    "precision": round(one.precision, 4),
                    "recall": round(one.recall, 4),
                    "f1": round(one.f1, 4),
                    "count": one.count,
                }
                for one in self.classes
            ],
            "confusions": [list(one) for one in self.confusions],
            "bins": [
                {
                    "low": round(one.low, 1),
                    "high": round(one.high, 1),
                    "count": one.count,
                    "share": round(one.share, 4),
                    "right": round(one.right, 4),
                }
                for one in self.bins
            ],
        }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def figures_of(judged: Sequence[Judged]) -> Figures:
    """Return the figures of an evaluation."""
    pairs = Counter((one.truth, one.said) for one in judged)
    classes = _classes(pairs)
    sure = [one for one in judged if one.is_sure]
    bins = bins_of(judged)
    return Figures(
        count=len(judged),
        accuracy=_ratio(sum(one.rank == 1 for one in judged), len(judged)),
        top3=_ratio(sum(0 < one.rank <= SHOWN for one in judged), len(judged)),
        macro_f1=_ratio(sum(one.f1 for one in classes), len(classes)),
        ece=_ratio(sum(one.count * abs(one.share - one.right) for one in bins), len(judged)),
        sure=_ratio(len(sure), len(judged)),
        sure_accuracy=_ratio(sum(one.rank == 1 for one in sure), len(sure)) if sure else None,
        classes=classes,
        confusions=tuple(
            (truth, said, count)
            for (truth, said), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        ),
        bins=bins,
    )


def _classes(pairs: Counter[tuple[str, str]]) -> tuple[ClassFigures, ...]:
    truths: Counter[str] = Counter()
    saids: Counter[str] = Counter()
    for (truth, said), count in pairs.items():
        truths[truth] += count
        saids[said] += count
    found = []
    for label in sorted(truths):
        right = pairs[label, label]
        precision, recall = _ratio(right, saids[label]), _ratio(right, truths[label])
        f1 = _ratio(2 * precision * recall, precision + recall)
        found.append(ClassFigures(label, precision, recall, f1, truths[label]))
    return tuple(found)


def bins_of(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    """Return the calibration curve in ten bins of equal width; empty ones are there too."""
    parts: list[list[Judged]] = [[] for _ in range(BINS)]
    for one in judged:
        parts[min(int(one.share * BINS), BINS - 1)].append(one)
    return tuple(
        Bin(
            nth / BINS,
            (nth + 1) / BINS,
            len(part),
            _ratio(sum(one.share for one in part), len(part)),
            _ratio(sum(one.rank == 1 for one in part), len(part)),
        )
        for nth, part in enumerate(parts)
    )


def threshold_of(found: Sequence[tuple[float, bool]], target: float = TARGET) -> float:
    """Return the probability from which a suggestion calls itself sure; never below one half.

    The lowest from which what is sure is right as often as `target`; the highest there is when none
    reaches it.

    Args:
        found: probability of the first suggestion, and whether it was right.
        target: how often the sure ones are to be right.
    """
    steps = round((_HIGHEST - _LOWEST) / _STEP)
    for nth in range(steps + 1):
        threshold = round(_LOWEST + nth * _STEP, 2)
        sure = [right for share, right in found if share >= threshold]
        if sure and sum(sure) / len(sure) >= target:
            return threshold
    return _HIGHEST


# -- promotion -------------------------------------------------------------------------------------

ENOUGH_NEW = 100
"""Tickets closed since the last training, before another is worth it."""

ENOUGH_FIRST = 60
"""Closed tickets with a category, before there is anything to learn from."""

_BETTER = 0.005
"""Less of macro-F1 than this is chance."""


def is_training_due(closed: int, closed_since: int | None) -> bool:
    """Tell whether there is enough to learn from.

    Args:
        closed: tickets that teach something.
        closed_since: how many of them are newer than the last training; None before there was one.
    """
    if closed < ENOUGH_FIRST:
        return False
    return closed_since is None or closed_since >= ENOUGH_NEW


def is_better(active: float | None, fresh: float) -> bool:
    """Tell whether a new model takes over, by macro-F1 on tickets that neither has learned from.

    Args:
        active: of the model in use; None when there is none.
        fresh: of the new one.
    """
    return active is None or fresh >= active + _BETTER
