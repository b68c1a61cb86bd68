"""Learning a model from texts with their categories, and judging it on texts that it has not seen.

This module alone needs scikit-learn, and imports it where it is used: a second and a hundred megabytes
that the desk does not pay for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hotline.suggestions.features import Floats, Ids, count, words_of
from hotline.suggestions.measuring import SHOWN, Figures, Judged, figures_of, threshold_of
from hotline.suggestions.model import LARGEST_WEIGHTS, Header, LinearModel, balanced, softmax
from hotline.suggestions.repeats import groups_of
from hotline.suggestions.splitting import folds_of, rolled_up

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SEED = 12345
_FOLDS, _FOLDS_OF_MANY, _MANY = 5, 3, 4000
_RARE = 2
"""Texts in which a feature must be to be learned."""

_IDF_POWER, _TELLING_POWER, _TELLING_PRIOR = 1.3, 0.3, 2.0
_PENALTY = 1.0
_TOLERANCE = 1e-2
_AT_ONCE = 3000
"""Up to so many texts are solved for all categories at once."""

_FEW_CLASSES = 20
_COOLEST, _HOTTEST, _TEMPERATURES = 0.02, 2.0, 60

Places = npt.NDArray[np.intp]


class NothingToLearn(Exception):
    """Too few texts, or only one category."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text with the category that people gave it.

    Attributes:
        text: plain, as `plain` gives it.
        label: the category's code.
        closed_at: when its ticket was closed; None for what comes from a file.
    """

    text: str
    label: str
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What a model that has not seen an example says of it.

    Attributes:
        place: of the example among those that teach.
        label: what it teaches: its category or one above it.
        shares: probabilities in the order of the classes, calibrated on other examples.
        is_sure: by a threshold found on other examples.
    """

    place: int
    label: str
    shares: Floats
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """A model, and how good it is.

    Attributes:
        model: learned from everything.
        figures: of models that were judged on what they had not seen.
        held: the same, one by one.
        left_out: examples of categories with too few of them.
        unjudged: examples that teach, and judge nothing: no text unlike them has their category.
        groups: how many different texts there are.
    """

    model: LinearModel
    figures: Figures
    held: tuple[Held, ...]
    left_out: int
    groups: int
    unjudged: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Matrix:
    """Every text as counted features.

    Attributes:
        ids: of the columns.
        counts: a sparse row per text.
    """

    ids: Ids
    counts: "csr_array"


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    scales: Floats
    weights: Floats
    bias: Floats


def digest_of(examples: Sequence[Example]) -> str:
    """Return what the examples come to: the same texts with the same categories give the same."""
    found = hashlib.sha256()
    for line in sorted(f"{one.label}\t{one.text}\n" for one in examples):
        found.update(line.encode())
    return found.hexdigest()


def learn(
    examples: Sequence[Example], *, version: int, trained_at: datetime, seed: int = SEED
) -> Learned:
    """Return a model with its figures.

    Args:
        examples: what people decided.
        version: the number that the model gets.
        trained_at: when.
        seed: of the folds.

    Raises:
        NothingToLearn: too few examples, of one category alone, or all near-identical.
    """
    taught = rolled_up([one.label for one in examples])
    kept = [place for place, label in enumerate(taught) if label is not None]
    labels = [label for label in taught if label is not None]
    classes = tuple(sorted(set(labels)))
    if len(classes) < 2:  # noqa: PLR2004  # one category is told from nothing
        raise NothingToLearn
    texts = [examples[place].text for place in kept]
    targets = np.array([classes.index(label) for label in labels])
    matrix = _counted(texts)
    groups = groups_of(texts)
    if len(set(groups)) < 2:  # noqa: PLR2004  # one kind of text is never parted from itself
        raise NothingToLearn
    folds = np.array(
        folds_of(labels, groups, _FOLDS if len(texts) <= _MANY else _FOLDS_OF_MANY, seed=seed)
    )
    scores = np.zeros((len(texts), len(classes)), dtype=np.float32)
    fair = _fair(targets, folds)
    for fold in sorted(set(folds.tolist())):
        fit = _fit(matrix, targets, np.flatnonzero(folds != fold), len(classes))
        here = np.flatnonzero(folds == fold)
        scores[here] = _scores(matrix, fit, here)
    scores, folds = scores[fair], folds[fair]
    held = _held(scores, targets[fair], folds, [kept[int(place)] for place in fair], classes)
    fit = _fit(matrix, targets, np.arange(len(texts)), len(classes))
    temperature = _temperature(scores, targets[fair])
    shares = softmax(scores / np.float32(temperature))
    threshold = threshold_of(_firsts(shares, targets[fair]))
    header = Header(
        version=version,
        trained_at=trained_at.isoformat(),
        digest=digest_of(examples),
        classes=classes,
        temperature=temperature,
        threshold=threshold,
        sample_count=len(texts),
    )
    return Learned(
        _made(header, matrix, fit),
        figures_of(judged_of(held, classes)),
        tuple(held),
        len(examples) - len(texts),
        len(set(groups)),
        len(texts) - len(fair),
    )


def judged_of(held: Sequence[Held], classes: Sequence[str]) -> list[Judged]:
    """Return what was held back as it is measured."""
    found = []
    for one in held:
        order = np.argsort(-one.shares, kind="stable")
        place = classes.index(one.label)
        rank = int(np.flatnonzero(order == place)[0]) + 1
        found.append(
            Judged(
                one.label,
                classes[int(order[0])],
                float(one.shares[order[0]]),
                rank if rank <= SHOWN else 0,
                one.is_sure,
            )
        )
    return found


def _fair(targets: Places, folds: npt.NDArray[Any]) -> Places:
    """Return the examples whose category other folds teach; all, if there are none.

    Where all texts of a category are near-identical they share a fold, and a model that has not seen
    them knows nothing of the category: what it says would judge how they were parted, not the model.
    """
    pairs = np.unique(np.stack([targets, folds]), axis=1)
    found = np.flatnonzero((np.bincount(pairs[0]) > 1)[targets])
    return found if len(found) else np.arange(len(targets))


def _counted(texts: Sequence[str]) -> _Matrix:
    from scipy.sparse import csr_array  # noqa: PLC0415  # only training pays for it

    parts = [count(text, words_of(text)) for text in texts]
    every = np.concatenate([part.ids for part in parts])
    ids, places, times = np.unique(every, return_inverse=True, return_counts=True)
    ends = np.cumsum([0, *(len(part.ids) for part in parts)])
    values = np.concatenate([part.counts for part in parts])
    rows = csr_array((values, places, ends), shape=(len(texts), len(ids)))
    often = np.flatnonzero(times >= _RARE)
    return _Matrix(ids[often].astype(np.uint32), rows[:, often].tocsr())


def _fit(matrix: _Matrix, targets: Places, rows: Places, classes: int) -> _Fit:
    from sklearn.linear_model import Ridge  # noqa: PLC0415  # only training pays for it

    counts, truths = matrix.counts[rows], targets[rows]
    there = counts.copy()
    there.data = np.ones_like(there.data)
    by_class = np.stack(
        [np.asarray(there[truths == one].sum(axis=0)).ravel() for one in range(classes)]
    )
    scales = _scales(by_class, np.bincount(truths, minlength=classes) / len(truths))
    values = _weighed(counts, scales, matrix.ids)
    # Rare categories count as much as frequent ones.
    sizes = np.bincount(truths, minlength=classes)
    weights = len(truths) / (classes * np.maximum(sizes, 1))[truths]
    wanted = np.where(truths[:, None] == np.arange(classes)[None, :], 1.0, -1.0).astype(np.float32)
    solved = Ridge(
        alpha=_PENALTY,
        fit_intercept=False,
        solver="cholesky" if classes > _FEW_CLASSES and len(truths) <= _AT_ONCE else "sparse_cg",
        tol=_TOLERANCE,
    ).fit(_with_constant(values), wanted, sample_weight=weights.astype(np.float32))
    found = np.asarray(solved.coef_, dtype=np.float32).T
    return _Fit(scales, found[:-1], found[-1])


def _scales(by_class: npt.NDArray[Any], priors: npt.NDArray[Any]) -> Floats:
    """Return what each feature says: how rare it is, and how unevenly it is spread over categories."""
    texts = by_class.sum(axis=0)
    total = max(float(texts.max(initial=1.0)), 1.0)
    rare = np.log((1 + total) / (1 + texts)) + 1
    shares = (by_class + _TELLING_PRIOR * priors[:, None]) / (texts + _TELLING_PRIOR)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(shares > 0, shares * np.log(shares / priors[:, None]), 0.0).sum(axis=0)
    telling = np.maximum(told, 1e-6)
    found: Floats = (rare**_IDF_POWER * telling**_TELLING_POWER).astype(np.float32)
    return found


def _weighed(counts: "csr_array", scales: Floats, ids: Ids) -> "csr_array":
    """Return rows as the model will see them: scaled, words and runs of one length each."""
    made = counts.copy()
    made.data = (made.data * scales[made.indices]).astype(np.float32)
    for start, end in zip(made.indptr[:-1], made.indptr[1:], strict=True):
        made.data[start:end] = balanced(made.data[start:end], ids[made.indices[start:end]])
    return made


def _with_constant(values: "csr_array") -> "csr_array":
    from scipy.sparse import csr_array, hstack  # noqa: PLC0415  # only training pays for it

    return hstack(
        [values, csr_array(np.ones((values.shape[0], 1), dtype=np.float32))], format="csr"
    )


def _scores(matrix: _Matrix, fit: _Fit, rows: Places) -> Floats:
    values = _weighed(matrix.counts[rows], fit.scales, matrix.ids)
    found: Floats = (values @ fit.weights + fit.bias).astype(np.float32)
    return found


def _held(
    scores: Floats,
    targets: Places,
    folds: npt.NDArray[Any],
    kept: Sequence[int],
    classes: Sequence[str],
) -> list[Held]:
    """Return what is said of each example, its own fold left out of calibration too."""
    found: list[Held] = []
    for fold in sorted(set(folds.tolist())):
        others, here = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        temperature = np.float32(_temperature(scores[others], targets[others]))
        threshold = threshold_of(_firsts(softmax(scores[others] / temperature), targets[others]))
        for place, shares in zip(here, softmax(scores[here] / temperature), strict=True):
            is_sure = float(shares.max()) >= threshold
            found.append(Held(kept[int(place)], classes[int(targets[place])], shares, is_sure))
    return sorted(found, key=lambda one: one.place)


def _firsts(shares: Floats, targets: Places) -> list[tuple[float, bool]]:
    said = shares.argmax(axis=1)
    return [
        (float(share), bool(right))
        for share, right in zip(shares.max(axis=1), said == targets, strict=True)
    ]


def _temperature(scores: Floats, targets: Places) -> float:
    """Return what scores are divided by, so that what is said with 80 % is right in 80 of 100."""
    rows = np.arange(len(targets))

    def surprise(temperature: float) -> float:
        shares = softmax(scores / np.float32(temperature))[rows, targets]
        return float(-np.log(np.maximum(shares, 1e-9)).mean())

    tried = np.geomspace(_COOLEST, _HOTTEST, _TEMPERATURES)
    return float(min(tried, key=lambda one: surprise(float(one))))


def _made(header: Header, matrix: _Matrix, fit: _Fit) -> LinearModel:
    room = max(LARGEST_WEIGHTS // len(header.classes), 1)
    said = np.abs(fit.weights).max(axis=1) * fit.scales
    kept = np.sort(np.argsort(-said, kind="stable")[:room])
    return LinearModel(
        header,
        matrix.ids[kept],
        fit.scales[kept],
        fit.weights[kept].astype(np.float16),
        fit.bias.astype(np.float32),
    )
