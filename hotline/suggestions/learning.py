"""Learning from this hotline's own closed tickets: what is read, what is found out, what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.suggestions.errors import TooFewExamples
from hotline.suggestions.measuring import Figures, Judged, figures_of, is_better
from hotline.suggestions.model import LinearModel
from hotline.suggestions.queries import LOOKED_BACK, Closed, closed_tickets
from hotline.suggestions.suggesting import SHOWN, Ground, Matter, read_ground
from hotline.suggestions.text import plain
from hotline.suggestions.training import (
    Example,
    Held,
    Learned,
    NothingToLearn,
    judged_of,
    learn,
)
from hotline.suggestions.weighing import SURE_FROM, weigh

_WEIGHED = 2000
"""The newest closed tickets that departments are judged on."""

_ENOUGH_TO_COMPARE = 30


@dataclass(frozen=True, slots=True)
class Lesson:
    """Closed tickets, and what departments are weighed on.

    Attributes:
        tickets: the newest first.
        ground: for departments.
    """

    tickets: Sequence[Closed]
    ground: Ground

    @property
    def examples(self) -> list[Example]:
        """The tickets as a model learns from them."""
        return [
            Example(plain(one.title, one.content), one.category, one.closed_at)
            for one in self.tickets
        ]


@dataclass(frozen=True, slots=True)
class Studied:
    """A model and every figure of it.

    Attributes:
        learned: the model with its categories' figures.
        by_words: of departments, when the category is guessed too.
        by_category: of departments, when the category is known.
    """

    learned: Learned
    by_words: Figures | None = None
    by_category: Figures | None = None

    def metrics(self) -> dict[str, Any]:
        """Return the figures as they are stored with the model."""
        return {
            "categories": self.learned.figures.as_json(),
            "departments_by_words": self.by_words.as_json() if self.by_words else None,
            "departments_by_category": self.by_category.as_json() if self.by_category else None,
            "left_out": self.learned.left_out,
            "unjudged": self.learned.unjudged,
            "groups": self.learned.groups,
        }


async def read_lesson(session: AsyncSession, now: datetime) -> Lesson:
    """Return what this hotline's closed tickets teach."""
    tickets = await closed_tickets(session)
    categories = {one.category for one in tickets}
    return Lesson(tickets, await read_ground(session, categories, now))


def study(examples: Sequence[Example], *, version: int, now: datetime) -> Studied:
    """Return what texts with categories teach.

    Raises:
        TooFewExamples: too little.
    """
    try:
        return Studied(learn(examples, version=version, trained_at=now))
    except NothingToLearn as error:
        raise TooFewExamples(count=len(examples)) from error


def study_lesson(lesson: Lesson, *, version: int, now: datetime) -> Studied:
    """Return what closed tickets teach, with figures of departments.

    Raises:
        TooFewExamples: too little.
    """
    learned = study(lesson.examples, version=version, now=now).learned
    classes = learned.model.header.classes
    by_words, by_category = [], []
    for one in learned.held[:_WEIGHED]:
        ticket = lesson.tickets[one.place]
        if ticket.department is None:
            continue
        guessed = _guessed(one, classes)
        by_words.append(_judged(lesson.ground, ticket, guessed))
        by_category.append(_judged(lesson.ground, ticket, [(ticket.category, 1.0)]))
    if not by_words:
        return Studied(learned)
    return Studied(learned, figures_of(by_words), figures_of(by_category))


def _guessed(one: Held, classes: Sequence[str]) -> list[tuple[str, float]]:
    order = np.argsort(-one.shares, kind="stable")[:SHOWN]
    return [(classes[int(place)], float(one.shares[place])) for place in order]


def _judged(ground: Ground, ticket: Closed, categories: Sequence[tuple[str, float]]) -> Judged:
    """Return where a closed ticket would have been sent; itself it says nothing."""
    matter = Matter(
        title=ticket.title,
        content=ticket.content,
        area=ticket.area,
        request_type=ticket.request_type,
    )
    truth = ticket.department or ""
    is_counted = ticket.closed_at > ground.now - LOOKED_BACK
    found = weigh(
        [
            ground.evidence(
                matter, code, share, but=truth if is_counted and code == ticket.category else None
            )
            for code, share in categories
        ],
        ground.units,
    )
    codes = [one.department for one in found]
    return Judged(
        truth,
        codes[0] if codes else "-",
        found[0].score if found else 0.0,
        codes.index(truth) + 1 if truth in codes else 0,
        bool(found) and found[0].score >= SURE_FROM,
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """A new model beside the one in use, on tickets that neither has learned from.

    Attributes:
        count: of such tickets.
        active: macro-F1 of the model in use.
        fresh: of the new one.
        is_better: whether the new one takes over.
    """

    count: int
    active: float
    fresh: float
    is_better: bool


def compare(active: LinearModel, examples: Sequence[Example], learned: Learned) -> Compared:
    """Return how a new model fares beside the one in use.

    Only tickets closed after the one in use was trained count: it has seen all that are older.
    """
    since = datetime.fromisoformat(active.header.trained_at)
    new = [one for one in learned.held if _is_after(examples[one.place].closed_at, since)]
    fresh = figures_of(judged_of(new, learned.model.header.classes)).macro_f1
    said = [(one.label, active.guesses(examples[one.place].text)[0]) for one in new]
    before = figures_of(
        [
            Judged(truth, guess.label, guess.share, int(guess.label == truth), is_sure=False)
            for truth, guess in said
        ]
    ).macro_f1
    return Compared(
        len(new), before, fresh, len(new) >= _ENOUGH_TO_COMPARE and is_better(before, fresh)
    )


def _is_after(closed_at: datetime | None, since: datetime) -> bool:
    return closed_at is not None and closed_at > since
