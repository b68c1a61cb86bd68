"""What observers' answers come to: results of a survey, and the observers' score of a year - pure.

The arithmetic, with an example in docs/observer.md:

1. An answer to a counted question is a value between 0 and 1: one to five is (x - 1) / 4, yes is 1,
   no is 0. An answer about a department is the mean of its counted questions.
2. One observer is one voice: what he answered about a department in all surveys of a year (its four
   quarters, the year) is the mean of his answers.
3. The score is 100 times the mean of the voices, to two places. The interval is Wilson's 90 % interval
   of k = the sum of the voices out of n = how many there are.
4. Below the least number of observers there is no score: n is told, and nothing else.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from credit.observers.rules import COUNTED_KINDS, LEAST_SCALE, MOST_SCALE, Question, Value
from credit.statistics import Rate, wilson

_ONE, _ZERO, _HUNDRED = Decimal(1), Decimal(0), Decimal(100)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class SurveyScore:
    """What observers think of a department.

    Attributes:
        score: 0 to 100; None when not enough observers have answered.
        n: how many observers have.
        low: lower end of the 90 % interval; None without a score.
        high: upper end of it.
    """

    score: Decimal | None
    n: int
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """One observer's answer about one department in one survey, as a value between 0 and 1."""

    observer: uuid.UUID
    department: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What was answered to one question about one department.

    Attributes:
        mean: on the question's own measure, 1 to 5 or 0 to 1; None when it says nothing.
        n: how many answers.
        low: lower end of the 90 % interval, on the same measure.
        high: upper end of it.
        words: what was written, in the order of the alphabet so that nobody is recognised by his place.
    """

    mean: Decimal | None
    n: int
    low: Decimal | None = None
    high: Decimal | None = None
    words: Sequence[str] = ()


def share_of(question: Question, value: Value) -> Decimal | None:
    """Return a value between 0 and 1; None for words, and for what was not answered."""
    if question.kind not in COUNTED_KINDS or value is None or isinstance(value, str):
        return None
    if isinstance(value, bool):
        return _ONE if value else _ZERO
    return Decimal(value - LEAST_SCALE) / (MOST_SCALE - LEAST_SCALE)


def voice_of(questions: Sequence[Question], values: Sequence[Value]) -> Decimal | None:
    """Return the mean of an answer's counted questions; None when it has none."""
    shares = [
        share
        for question, value in zip(questions, values, strict=True)
        if (share := share_of(question, value)) is not None
    ]
    return sum(shares, _ZERO) / len(shares) if shares else None


def score_of(voices: Sequence[Decimal], least: int) -> SurveyScore:
    """Return the score of so many voices, each between 0 and 1."""
    n = len(voices)
    if n < max(least, 1):
        return SurveyScore(None, n)
    rate = Rate(sum(voices, _ZERO), n)
    low, high = wilson(rate)
    return SurveyScore(_hundredth(rate.k / n), n, _hundredth(low), _hundredth(high))


def score_departments(
    voices: Iterable[Voice], departments: Mapping[int, int]
) -> Mapping[int, SurveyScore]:
    """Return every department's score.

    Args:
        voices: of every survey that counts; several of one observer about one department are one.
        departments: the least number of observers for each department that was asked about.
    """
    heard: defaultdict[int, defaultdict[uuid.UUID, list[Decimal]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for voice in voices:
        heard[voice.department][voice.observer].append(voice.value)
    return {
        department: score_of(
            [
                sum(values, _ZERO) / len(values)
                for _, values in sorted(heard.get(department, {}).items())
            ],
            least,
        )
        for department, least in departments.items()
    }


def result_of(question: Question, values: Sequence[Value], least: int) -> QuestionResult:
    """Return what was answered to one question; too few answers say nothing."""
    given = [value for value in values if value is not None]
    if len(given) < max(least, 1):
        return QuestionResult(None, len(given))
    if question.kind not in COUNTED_KINDS:
        return QuestionResult(None, len(given), words=sorted(str(value) for value in given))
    shares = [share for value in given if (share := share_of(question, value)) is not None]
    rate = Rate(sum(shares, _ZERO), len(shares))
    low, high = wilson(rate)
    mean = rate.k / rate.n
    ends = (mean, low, high)
    mean, low, high = (_on_measure(question, end) for end in ends)
    return QuestionResult(mean, len(given), low, high)


def _on_measure(question: Question, share: Decimal) -> Decimal:
    """Return a share on the measure that the question was answered on."""
    if question.kind.value == "scale":
        share = LEAST_SCALE + share * (MOST_SCALE - LEAST_SCALE)
    return share.quantize(_CENT, ROUND_HALF_EVEN)


def _hundredth(share: Decimal) -> Decimal:
    return (share * _HUNDRED).quantize(_CENT, ROUND_HALF_EVEN)
