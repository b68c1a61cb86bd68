"""The steps in which a citizen reports a matter by himself - pure.

Three steps are counted: what happened, where and when, who he is. What a category asks belongs to the
second; the last page only shows what will be sent.
"""

import enum
import re
from collections.abc import Mapping, Sequence

from hotline.tickets.questions import Given


class SubmitStep(enum.StrEnum):
    """A page on the way to a ticket."""

    WHAT = "what"
    WHERE = "where"
    DETAILS = "details"
    WHO = "who"
    CHECK = "check"


COUNTED = (SubmitStep.WHAT, SubmitStep.WHERE, SubmitStep.WHO)
"""Steps that progress is counted in."""

ANSWER = "answer."
"""How the name of a field begins that answers a question of a category."""

STEP_FIELDS: Mapping[SubmitStep, tuple[str, ...]] = {
    SubmitStep.WHAT: ("request_type", "content"),
    SubmitStep.WHERE: ("address", "area", "category", "since", "lat", "long"),
    SubmitStep.DETAILS: (),
    SubmitStep.WHO: ("name", "phone", "email", "secret", "on_behalf_of"),
    SubmitStep.CHECK: ("title", "same_as"),
}
"""What is typed on each page; the answers to a category's questions stand on `details`."""

_NEEDED: Mapping[SubmitStep, tuple[tuple[str, ...], ...]] = {
    SubmitStep.WHAT: (("request_type",), ("content",)),
    SubmitStep.WHERE: (("address", "lat"),),
    SubmitStep.WHO: (("phone", "email"),),
}
"""Of each group at least one has to be there."""

TITLE_LENGTH = 40
_SENTENCE_END = re.compile(r"[。！？!?;；\n]|\.(?=\s|$)")
_SHORTEST_TITLE = 4


def number_of(step: SubmitStep) -> int:
    """Return which of the three a page belongs to; one more for the last."""
    if step is SubmitStep.DETAILS:
        return number_of(SubmitStep.WHERE)
    return COUNTED.index(step) + 1 if step in COUNTED else len(COUNTED) + 1


def is_filled(step: SubmitStep, fields: Given) -> bool:
    """Tell whether what a page needs stands there, answers to questions left aside."""
    return all(any(_one(fields, name) for name in several) for several in _NEEDED.get(step, ()))


def way(*, asks: bool) -> Sequence[SubmitStep]:
    """Return the pages of a matter in order.

    Args:
        asks: its category has questions.
    """
    return [step for step in SubmitStep if asks or step is not SubmitStep.DETAILS]


def first_open(fields: Given, *, asks: bool, is_answered: bool) -> SubmitStep:
    """Return the first page on which something is missing, the last one when nothing is.

    Args:
        fields: what was typed so far.
        asks: the category has questions.
        is_answered: they are answered as they must be.
    """
    for step in way(asks=asks):
        if step is SubmitStep.DETAILS and not is_answered:
            return step
        if not is_filled(step, fields):
            return step
    return SubmitStep.CHECK


def step_after(step: SubmitStep, *, asks: bool) -> SubmitStep:
    """Return the page that follows one."""
    pages = way(asks=asks)
    if step not in pages:
        return SubmitStep.WHO
    return pages[min(pages.index(step) + 1, len(pages) - 1)]


def step_before(step: SubmitStep, *, asks: bool) -> SubmitStep | None:
    """Return the page before one; None before the first."""
    pages = way(asks=asks)
    place = pages.index(step) if step in pages else pages.index(SubmitStep.WHO)
    return pages[place - 1] if place else None


def kept_of(step: SubmitStep, sent: Given) -> dict[str, list[str]]:
    """Return what a page says of its own fields: one that came empty is empty from now on.

    What belongs to other pages is left alone, so that two windows do not undo each other.
    """
    kept = {name: _values(sent, name) for name in STEP_FIELDS[step]}
    if step is SubmitStep.DETAILS:
        kept |= {name: _values(sent, name) for name in sent if name.startswith(ANSWER)}
    return kept


def merged(fields: Given, kept: Given) -> dict[str, list[str]]:
    """Return a draft with what one page says put in; answers of another category go."""
    whole = {name: list(values) for name, values in {**fields, **kept}.items()}
    if "category" in kept and _one(kept, "category") != _one(fields, "category"):
        whole = {name: values for name, values in whole.items() if not name.startswith(ANSWER)}
    return {name: values for name, values in whole.items() if values}


def title_of(content: str) -> str:
    """Return a title made of the first words of what happened; of a long sentence its beginning."""
    text = " ".join(content.split())
    end = next(
        (
            found.start()
            for found in _SENTENCE_END.finditer(text)
            if found.start() >= _SHORTEST_TITLE
        ),
        len(text),
    )
    sentence = text[:end].strip()
    if len(sentence) <= TITLE_LENGTH:
        return sentence
    cut = sentence[:TITLE_LENGTH]
    comma = max(cut.rfind(mark) for mark in "，,、")
    return cut[:comma] if comma >= TITLE_LENGTH // 2 else f"{cut[: TITLE_LENGTH - 1]}…"


def _one(fields: Given, name: str) -> str:
    return "".join(fields.get(name, ())).strip()


def _values(sent: Given, name: str) -> list[str]:
    return [value for value in sent.get(name, ()) if value.strip()]
