"""Making suggestions for a matter: the model's categories, and departments weighed for each of them."""

import enum
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import Department
from hotline.suggestions.queries import Handled, decided_before, handled_lately
from hotline.suggestions.shelf import SHELF, Held, ModelFault
from hotline.suggestions.text import is_enough, plain
from hotline.suggestions.weighing import (
    SURE_FROM,
    Candidate,
    Decided,
    Evidence,
    weigh,
)
from hotline.tickets.assignments import AssignmentState
from hotline.tickets.models import Assignment, Category, Ticket
from hotline.tickets.routing.queries import CATALOGUES, Catalogue, read_units, traits_of
from hotline.tickets.routing.rules import Ruling, Traits, Unit, choose, lowest_level

SHOWN = 3
_LEAST_SHARE = 0.02
"""Categories less probable than this are not shown."""

_NOTHING = Handled(Counter(), {})


class Readiness(enum.StrEnum):
    """Whether there is something to suggest from."""

    READY = "ready"
    TOO_SHORT = "too_short"
    OFF = "off"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is known of a matter.

    Attributes:
        category: chosen by a person already; None when it is to be suggested.
        request_type: as the catalogue knows it.
    """

    title: str
    content: str = ""
    area: str | None = None
    category: str | None = None
    request_type: str = "help"
    is_secret: bool = False
    is_given_back: bool = False

    def traits(self, category: str) -> Traits:
        """Return what of it decides where it goes, were it of this category."""
        return Traits(
            category=category,
            area=self.area,
            request_type=self.request_type,
            words=f"{self.title}\n{self.content}",
            is_secret=self.is_secret,
            is_given_back=self.is_given_back,
        )


@dataclass(frozen=True, slots=True)
class SuggestedCategory:
    """A category that the matter may be of.

    Attributes:
        code: of the category.
        share: how probably, 0 to 1.
        words: of the text, that say so most.
        department: the likeliest one for such a matter.
    """

    code: str
    share: float
    words: tuple[str, ...]
    department: Candidate | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested for a matter.

    Attributes:
        readiness: whether the words could be read at all.
        version: of the model.
        fault: why the model cannot be used.
        categories: the likeliest first.
        is_sure: whether the first category stands without a doubt.
        departments: the likeliest first, over all categories.
        is_department_sure: whether the first department does.
    """

    readiness: Readiness
    version: int | None = None
    fault: ModelFault | None = None
    categories: tuple[SuggestedCategory, ...] = ()
    is_sure: bool = False
    departments: tuple[Candidate, ...] = ()
    is_department_sure: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is suggested."""
        return not self.categories and not self.departments


@dataclass(frozen=True, slots=True)
class Ground:
    """What departments are weighed on, read once for a matter or for many.

    Attributes:
        catalogue: in force.
        units: departments by code.
        decided: precedents by category.
        handled: closed tickets by category.
        now: when.
    """

    catalogue: Catalogue | None
    units: Mapping[str, Unit]
    decided: Mapping[str, Sequence[tuple[Decided, datetime]]]
    handled: Mapping[str, Handled]
    now: datetime

    def evidence(
        self,
        matter: Matter,
        category: str,
        share: float,
        *,
        but: str | None = None,
    ) -> Evidence:
        """Return what speaks for departments, were the matter of this category.

        Args:
            matter: as it is known.
            category: what it may be of.
            share: how probably.
            but: the department that handled the matter itself, when it is among the closed ones.
        """
        traits = matter.traits(category)
        entries = self.catalogue.entries if self.catalogue else ()
        decided = self.decided.get(category, ())
        handled = self.handled.get(category, _NOTHING)
        here = handled.by_area.get(matter.area or "", Counter())
        return Evidence(
            category=category,
            share=share,
            area=matter.area,
            proposal=choose(
                entries,
                traits,
                self.now,
                units=self.units,
                rulings=[Ruling(category, one.area, one.department, at) for one, at in decided],
            ),
            lowest=lowest_level(entries, traits, self.now),
            decided=[one for one, _ in decided],
            closed=_without(handled.everywhere, but),
            closed_here=_without(here, but),
        )


def _without(counts: Mapping[str, int], unit: str | None) -> Mapping[str, int]:
    return {
        code: count - (code == unit) for code, count in counts.items() if count - (code == unit) > 0
    }


async def read_ground(session: AsyncSession, categories: Collection[str], now: datetime) -> Ground:
    """Return what departments of these categories are weighed on, in four statements."""
    return Ground(
        await CATALOGUES.in_force(session, now),
        await read_units(session),
        await decided_before(session, categories) if categories else {},
        await handled_lately(session, categories, now) if categories else {},
        now,
    )


async def suggest(
    session: AsyncSession,
    folder: Path,
    matter: Matter,
    now: datetime,
    *,
    given_back: Collection[str] = (),
) -> Suggestions:
    """Return what is suggested for a matter, in at most six statements.

    Args:
        session: to read with.
        folder: of the models.
        matter: as it is known.
        now: the present instant.
        given_back: departments that were right to give it back.
    """
    held = await SHELF.active(session, folder)
    text = plain(matter.title, matter.content)
    readiness = _readiness(held, matter)
    guessed = await _guessed(session, held, text) if readiness is Readiness.READY else []
    chosen = [(matter.category, 1.0)] if matter.category else guessed
    ground = await read_ground(session, {code for code, _ in (*guessed, *chosen)}, now)
    departments = weigh(
        [ground.evidence(matter, code, share) for code, share in chosen],
        ground.units,
        given_back=given_back,
    )
    return Suggestions(
        readiness,
        held.version,
        held.fault,
        tuple(
            SuggestedCategory(
                code,
                share,
                _words(held, text, code),
                _likeliest(ground, matter, code, given_back),
            )
            for code, share in guessed
        ),
        bool(guessed) and held.model is not None and guessed[0][1] >= held.model.header.threshold,
        tuple(departments),
        bool(departments) and departments[0].score >= SURE_FROM,
    )


def _readiness(held: Held, matter: Matter) -> Readiness:
    if held.version is None:
        return Readiness.OFF
    if held.model is None:
        return Readiness.UNUSABLE
    is_said = is_enough(matter.title, matter.content)
    return Readiness.READY if is_said else Readiness.TOO_SHORT


async def _guessed(session: AsyncSession, held: Held, text: str) -> list[tuple[str, float]]:
    """Return the likeliest categories that are in use."""
    if held.model is None:
        return []
    guesses = [one for one in held.model.guesses(text) if one.share >= _LEAST_SHARE]
    if not guesses:
        return []
    rows = await session.exec(
        select(Category.code).where(
            col(Category.code).in_([one.label for one in guesses]), col(Category.is_active)
        )
    )
    in_use = set(rows)
    return [(one.label, one.share) for one in guesses if one.label in in_use][:SHOWN]


def _words(held: Held, text: str, code: str) -> tuple[str, ...]:
    return held.model.telling_words(text, code) if held.model else ()


def _likeliest(
    ground: Ground, matter: Matter, code: str, given_back: Collection[str]
) -> Candidate | None:
    found = weigh(
        [ground.evidence(matter, code, 1.0)], ground.units, given_back=given_back, limit=1
    )
    return found[0] if found else None


def matter_of(ticket: Ticket, *, with_category: bool = True) -> Matter:
    """Return what is known of a ticket."""
    traits = traits_of(ticket)
    return Matter(
        title=ticket.title,
        content=ticket.content,
        area=ticket.area,
        category=ticket.category_code if with_category else None,
        request_type=traits.request_type,
        is_secret=ticket.is_secret,
        is_given_back=traits.is_given_back,
    )


async def suggest_for(
    session: AsyncSession, folder: Path, ticket: Ticket, now: datetime
) -> Suggestions:
    """Return what is suggested for a ticket; who was right to give it back is left out."""
    given_back = await session.exec(
        select(Department.code)
        .join(Assignment, col(Assignment.department_id) == col(Department.id))
        .where(Assignment.ticket_id == ticket.id, Assignment.state == AssignmentState.RETURNED)
    )
    return await suggest(session, folder, matter_of(ticket), now, given_back=set(given_back))
