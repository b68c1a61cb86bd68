"""A linear model: predicting with numpy alone, and its file, which can hold nothing but numbers.

A file is an `.npz` of plain arrays, read with pickles refused, and a JSON header among them. The
header says which program wrote it and how; its checksum is over everything else in the file.
"""

import hashlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hotline.suggestions.features import SPACE, WORDS_FROM, Floats, Ids, count, word_id, words_of

FORMAT = 1
"""Of files; another one is not read."""

LARGEST_BYTES = 100 * 1024 * 1024
LARGEST_WEIGHTS = 24_000_000
"""Half-precision weights of a model: features times categories, 48 MB."""

_ARRAYS = ("ids", "scales", "weights", "bias")
_SHORTEST_WORD = 2
_SHOWN_WORDS = 3

_UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What comes of reading a file that is no model."""

Halves = npt.NDArray[np.float16]


class BrokenModel(Exception):
    """A file that is no model, or not whole."""


class ForeignModel(Exception):
    """A whole model that another version of the program wrote, or that goes by another number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a model says of itself.

    Attributes:
        version: its number in this house.
        trained_at: when, ISO 8601.
        digest: of what it learned from, SHA-256.
        classes: what it tells apart, in the order of its weights.
        temperature: what its scores are divided by, so that they are probabilities.
        threshold: the probability from which it is sure.
        sample_count: how many texts it learned from.
        format: of the file.
    """

    version: int
    trained_at: str
    digest: str
    classes: tuple[str, ...]
    temperature: float
    threshold: float
    sample_count: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Guess:
    """A category with its probability."""

    label: str
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """Categories by words, as one multiplication.

    Attributes:
        header: what it says of itself.
        ids: the features that it knows, ascending.
        scales: how much each says, whatever it says.
        weights: what each says for each category.
        bias: what stands for each category beforehand.
    """

    header: Header
    ids: Ids
    scales: Floats
    weights: Halves
    bias: Floats

    def scores(self, text: str, words: Sequence[str] | None = None) -> Floats:
        """Return how much speaks for each category, uncalibrated."""
        places, values = self._weighed(text, words)
        found: Floats = values @ self.weights[places].astype(np.float32) + self.bias
        return found

    def _weighed(
        self, text: str, words: Sequence[str] | None
    ) -> tuple[npt.NDArray[np.intp], Floats]:
        counted = count(text, words)
        places = np.searchsorted(self.ids, counted.ids)
        places[places == len(self.ids)] = 0
        known = self.ids[places] == counted.ids if len(self.ids) else np.zeros(0, dtype=bool)
        places = places[known]
        values = counted.counts[known] * self.scales[places]
        return places, balanced(values, self.ids[places])

    def guesses(self, text: str, words: Sequence[str] | None = None) -> list[Guess]:
        """Return every category with its probability, the likeliest first."""
        shares = softmax(self.scores(text, words) / np.float32(self.header.temperature))
        order = np.argsort(-shares, kind="stable")
        return [Guess(self.header.classes[place], float(shares[place])) for place in order]

    def telling_words(self, text: str, label: str) -> tuple[str, ...]:
        """Return the words of a plain text that speak most for a category."""
        nth = self.header.classes.index(label)
        words = [word for word in words_of(text) if len(word) >= _SHORTEST_WORD]
        found: dict[str, float] = {}
        for word in dict.fromkeys(words):
            number = word_id(word)
            place = int(np.searchsorted(self.ids, number))
            if place < len(self.ids) and self.ids[place] == number:
                weight = float(self.weights[place, nth]) * float(self.scales[place])
                found[word] = weight * words.count(word)
        speaking = sorted((word for word in found if found[word] > 0), key=lambda w: -found[w])
        return tuple(speaking[:_SHOWN_WORDS])


def balanced(values: Floats, ids: Ids) -> Floats:
    """Return values of a text with words and runs of characters weighing the same, however long."""
    words = ids >= WORDS_FROM
    made = values.copy()
    for part in (words, ~words):
        length = math.sqrt(float(np.square(values[part]).sum()))
        if length:
            made[part] /= length
    return made


def softmax(scores: Floats) -> Floats:
    """Return scores as probabilities."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    found: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return found


# -- the file --------------------------------------------------------------------------------------


def to_bytes(model: LinearModel) -> bytes:
    """Return a model as the bytes of its file."""
    arrays = {name: np.ascontiguousarray(getattr(model, name)) for name in _ARRAYS}
    told = {**asdict(model.header), "checksum": _checksum(asdict(model.header), arrays)}
    header = np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8)
    stream = io.BytesIO()
    np.savez(stream, header=header, **arrays)  # type: ignore[arg-type]  # its stub takes the names for flags
    return stream.getvalue()


def from_bytes(content: bytes) -> LinearModel:
    """Return the model of a file.

    Raises:
        BrokenModel: it is none, or not whole.
        ForeignModel: another version of the program wrote it.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            told = json.loads(stored["header"].tobytes())
            if told.get("format") != FORMAT:
                raise ForeignModel(f"its format is {told.get('format')}, not {FORMAT}")
            arrays = {name: stored[name] for name in _ARRAYS}
        checksum = told.pop("checksum")
        header = Header(**{**told, "classes": tuple(told["classes"])})
    except _UNREADABLE as error:
        raise BrokenModel(f"it cannot be read: {type(error).__name__}") from error
    if checksum != _checksum(asdict(header), arrays):
        raise BrokenModel("its checksum does not fit")
    model = LinearModel(header, **arrays)
    if not _is_sound(model):
        raise BrokenModel("its parts do not fit each other")
    return model


def _is_sound(model: LinearModel) -> bool:
    features, classes = len(model.ids), len(model.header.classes)
    return (
        features > 0
        and classes > 0
        and model.ids.dtype == np.uint32
        and bool(np.all(np.diff(model.ids.astype(np.int64)) > 0))
        and int(model.ids[-1]) < SPACE
        and model.scales.shape == (features,)
        and model.weights.shape == (features, classes)
        and model.weights.dtype == np.float16
        and model.bias.shape == (classes,)
        and model.header.temperature > 0
    )


def _checksum(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    found = hashlib.sha256(json.dumps(header, sort_keys=True, ensure_ascii=False).encode())
    for name in _ARRAYS:
        array = arrays[name]
        found.update(f"{name} {array.dtype.str} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
