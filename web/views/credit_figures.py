"""Figures of credit as people read them: points, shares, intervals, grades."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from credit.movers import LEDGER
from credit.rulebook import Grade, Indicator
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label

NOTHING = "–"

_HUNDRED = Decimal(100)

GRADE_TONES: Mapping[Grade, str] = MappingProxyType(
    {Grade.A: "green", Grade.B: "green", Grade.C: "yellow", Grade.D: "red"}
)


@dataclass(frozen=True, slots=True)
class GradeView:
    """A grade: letter, colour and word together.

    Attributes:
        is_trial: the sample is small, so it is on trial.
    """

    letter: str
    tone: str
    word: str
    is_trial: bool


def grade_view(grade: Grade | None, t: Translator, *, is_trial: bool) -> GradeView | None:
    """Return how a grade is shown; None where there is none."""
    if grade is None:
        return None
    word = t.text(label(grade)).removeprefix(grade.value).strip()
    return GradeView(grade.value, GRADE_TONES[grade], word, is_trial)


def rounded(value: Decimal, digits: int = 2) -> str:
    """Return points, with a true minus."""
    text = f"{value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP):f}"
    return text.replace("-", "−") if text.strip("-0.") else text.lstrip("-")


def signed(value: Decimal, digits: int = 2) -> str:
    """Return a difference with its sign; nothing for what rounds to nothing."""
    text = rounded(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def exact(value: Decimal) -> str:
    """Return a number without zeros at its end."""
    return f"{value.normalize():f}".replace("-", "−")


def share(value: Decimal | None, digits: int = 1) -> str:
    """Return a share as per cent."""
    return NOTHING if value is None else f"{rounded(value * _HUNDRED, digits)}%"


def span(low: Decimal | None, high: Decimal | None, digits: int = 1) -> str:
    """Return an interval of points."""
    if low is None or high is None:
        return NOTHING
    return f"{rounded(low, digits)}–{rounded(high, digits)}"  # a dash between numbers


def part_words(part: str, t: Translator) -> str:
    """Return what a part of a score is called."""
    return t.text(N_("Ledger of events") if part == LEDGER else label(Indicator(part)))
